"""The outbox: rows taken under a lease, and one door for their status (design 4).

A lease is a promise that ends by itself: whoever dies with it loses nothing, for the sweep queues the row again.
`tries` grows with every lease, so it also tells whose lease it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock, queue
from backoffice.models import Account, Declaration, Notice, NoticeChannel, NoticeKind, NoticeStatus, TrailEvent
from backoffice.rules import deadlines
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record

DRAINS = {
    queue.COUNTER: "backoffice.notices.jobs.drain_counter",
    queue.DEFAULT: "backoffice.notices.jobs.drain_default",
}
"""Lane → the job that sends what is due on it."""
LEASE = timedelta(minutes=2)
PAUSES = tuple(timedelta(seconds=n) for n in (5, 30, 120, 300, 600, 1200, 1800, 3600, 3600, 3600))
"""After each failed try, so long until the next: four hours and some minutes in all, then it has failed."""

_MOVES: dict[NoticeStatus, set[NoticeStatus]] = {
    # From queued straight to an outcome: a sender that outlived its lease still tells how it went.
    NoticeStatus.QUEUED: set(NoticeStatus) - {NoticeStatus.UNKNOWN},
    NoticeStatus.SENDING: set(NoticeStatus) - {NoticeStatus.SENDING, NoticeStatus.UNKNOWN},
    NoticeStatus.SENT: {NoticeStatus.DELIVERED, NoticeStatus.FAILED, NoticeStatus.UNKNOWN},
}
_ENDS = {NoticeStatus.DELIVERED, NoticeStatus.FAILED, NoticeStatus.CANCELLED, NoticeStatus.UNKNOWN}


@dataclass(frozen=True)
class Lease:
    """My hold on one notice."""

    notice_id: int
    tries: int


def post(
    session: Session, kind: NoticeKind, channel: NoticeChannel, recipient: str, *, lane: str, body: str, **values: Any
) -> Notice:
    """Add a message to the outbox and have it sent once the caller's transaction is committed."""
    now = clock.now()
    notice = Notice(
        kind=kind,
        channel=channel,
        recipient=recipient,
        lane=lane,
        body=body,
        status=NoticeStatus.QUEUED,
        tries=0,
        created_at=now,
        next_try_at=not_at_night(kind, now),
        **values,
    )
    session.add(notice)
    session.flush()
    queue.enqueue_after_commit(session, DRAINS[lane], lane=lane)
    return notice


def take(session: Session, lane: str, limit: int) -> list[Lease]:
    """Lease up to `limit` due notices of `lane`, those longest due first; what others are taking is passed over."""
    due = (
        select(Notice)
        .where(_is(NoticeStatus.QUEUED), Notice.lane == lane, Notice.next_try_at <= clock.now())
        .order_by(Notice.next_try_at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leases = []
    for notice in session.scalars(due).all():
        notice.tries += 1
        settle(session, notice, NoticeStatus.SENDING)
        leases.append(Lease(notice.id, notice.tries))
    return leases


def held(session: Session, lease: Lease) -> Notice | None:
    """Return the notice, its row locked, if nobody has taken it since and it still exists."""
    notice = session.get(Notice, lease.notice_id, with_for_update=True, populate_existing=True)
    return notice if notice is not None and notice.tries == lease.tries else None


def is_live(notice: Notice) -> bool:
    """Tell whether the lease on `notice` has not run out."""
    return notice.status is NoticeStatus.SENDING and notice.lease_until is not None and notice.lease_until > clock.now()


def give_back(session: Session, lease: Lease, *, until: datetime | None = None) -> None:
    """Return a notice that was leased but not tried; it is due again at once, or not before `until`."""
    notice = held(session, lease)
    if notice is not None and notice.status is NoticeStatus.SENDING:
        notice.tries -= 1
        settle(session, notice, NoticeStatus.QUEUED, failure=notice.failure, next_try_at=until)


def retry_or_fail(session: Session, notice: Notice, reason: str) -> None:
    """Queue a notice again after the pause its number of tries asks for, or give it up after the last; say why."""
    if notice.tries > len(PAUSES):
        settle(session, notice, NoticeStatus.FAILED, failure=reason)
        return
    again = not_at_night(notice.kind, clock.now() + PAUSES[notice.tries - 1])
    settle(session, notice, NoticeStatus.QUEUED, failure=reason, next_try_at=again)


def settle(
    session: Session,
    notice: Notice,
    to: NoticeStatus,
    *,
    failure: str | None = None,
    gateway_id: str | None = None,
    next_try_at: datetime | None = None,
) -> None:
    """Write where `notice` (locked by the caller) stands now: the one door for its status.

    `failure` is plain Vietnamese for the officer: why it did not go, or not yet. A final failure is a trail row too.
    Raises RuntimeError for a move that the table does not know.
    """
    if to not in _MOVES.get(notice.status, ()):
        raise RuntimeError(f"a notice cannot go from {notice.status} to {to}")
    now = clock.now()
    notice.status = to
    notice.failure = failure
    notice.lease_until = now + LEASE if to is NoticeStatus.SENDING else None
    notice.next_try_at = next_try_at or notice.next_try_at
    if to in (NoticeStatus.SENT, NoticeStatus.DELIVERED):
        notice.sent_at = notice.sent_at or now
        notice.gateway_id = gateway_id or notice.gateway_id
    if to in _ENDS:
        notice.finished_at = now
    if to is NoticeStatus.FAILED:
        _record_failure(session, notice)
    session.flush()


def recover(session: Session, limit: int = 500) -> int:
    """Queue again what was being sent by someone who has gone silent; return how many there were."""
    lost = (
        select(Notice)
        .where(_is(NoticeStatus.SENDING), Notice.lease_until < clock.now())
        .order_by(Notice.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    notices = session.scalars(lost).all()
    for notice in notices:
        if notice.tries > len(PAUSES):
            settle(
                session,
                notice,
                NoticeStatus.FAILED,
                failure="Việc gửi bị ngắt giữa chừng nhiều lần. Xin báo quản trị kiểm tra.",
            )
        else:
            settle(session, notice, NoticeStatus.QUEUED, failure=notice.failure, next_try_at=clock.now())
    return len(notices)


def due_lanes(session: Session, *, within: timedelta = timedelta()) -> set[str]:
    """Return the lanes on which something is to be sent now, or `within` a while."""
    return {
        lane
        for lane in DRAINS
        if session.scalars(
            select(Notice.id)
            .where(_is(NoticeStatus.QUEUED), Notice.lane == lane, Notice.next_try_at <= clock.now() + within)
            .limit(1)
        ).first()
        is not None
    }


def cancel(session: Session, *which: ColumnElement[bool]) -> int:
    """Cancel the queued notices that fit all of `which`; return how many. What is being sent goes its way."""
    waiting = select(Notice).where(_is(NoticeStatus.QUEUED), *which).order_by(Notice.id).with_for_update()
    notices = session.scalars(waiting).all()
    for notice in notices:
        settle(session, notice, NoticeStatus.CANCELLED)
    return len(notices)


def not_at_night(kind: NoticeKind, instant: datetime) -> datetime:
    """Return `instant`, or for a reminder the next eight in the morning when it falls in the night (wording.md)."""
    if kind is not NoticeKind.REMINDER or not deadlines.is_night(instant):
        return instant
    there = clock.local(instant)
    morning = there.replace(hour=deadlines.NIGHT_TO, minute=0, second=0, microsecond=0)
    return morning if morning > there else morning + timedelta(days=1)


def _is(status: NoticeStatus) -> ColumnElement[bool]:
    """Compare with a literal: the planner uses the partial indexes only when it sees the very word."""
    return Notice.status == literal_column(f"'{status.value}'")


def _record_failure(session: Session, notice: Notice) -> None:
    """Write the trail row, with ids and code words alone."""
    declaration = session.get(Declaration, notice.declaration_id) if notice.declaration_id else None
    account = session.get(Account, notice.account_id) if notice.account_id else None
    record(
        session,
        TrailEvent.NOTICE_FAILED,
        SYSTEM,
        declaration=declaration,
        account=account,
        notice_id=notice.id,
        kind=notice.kind.value,
        channel=notice.channel.value,
        tries=notice.tries,
    )
