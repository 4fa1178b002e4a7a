"""The outbox: every message is a row, and this is the one door for where it stands (design 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.kernel import clock, queue, rows
from backoffice.kernel.direct import Direct
from backoffice.models import (
    Account,
    Declaration,
    Figure,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    TrailEvent,
    columns_of,
    table_of,
)
from backoffice.rules import deadlines, figures
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record

DRAINS = {
    queue.COUNTER: "backoffice.notices.jobs.drain_counter",
    queue.DEFAULT: "backoffice.notices.jobs.drain_default",
    queue.BULK: "backoffice.notices.jobs.drain_bulk",
}
"""Lane → the job that sends what is due on it, the most urgent first."""
LEASE = timedelta(minutes=2)
NIGHT = timedelta(hours=24 - deadlines.NIGHT_FROM + deadlines.NIGHT_TO)
PAUSES = tuple(timedelta(seconds=n) for n in (5, 30, 120, 300, 600, 1200, 1800, 3600, 3600, 3600))
"""After each failed try, so long until the next: four hours and some minutes in all."""
MINUTE = timedelta(minutes=1)
LEAST_TRIES = 4
"""So often a gateway was really asked before a message is given up, however old it is."""

_MOVES: dict[NoticeStatus, set[NoticeStatus]] = {
    # From queued straight to an outcome: a sender that outlived its lease still tells how it went.
    NoticeStatus.QUEUED: set(NoticeStatus) - {NoticeStatus.UNKNOWN},
    NoticeStatus.SENDING: set(NoticeStatus) - {NoticeStatus.SENDING, NoticeStatus.UNKNOWN},
    NoticeStatus.SENT: {NoticeStatus.DELIVERED, NoticeStatus.FAILED, NoticeStatus.UNKNOWN},
    # A receipt may come late, also for what an unanswered try had taken after all.
    NoticeStatus.UNKNOWN: {NoticeStatus.DELIVERED, NoticeStatus.FAILED},
    NoticeStatus.FAILED: {NoticeStatus.DELIVERED},
}
_ENDS = {NoticeStatus.DELIVERED, NoticeStatus.FAILED, NoticeStatus.CANCELLED, NoticeStatus.UNKNOWN}


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
        next_try_at=not_at_night(lane, channel, now),
        **values,
    )
    rows.add(session, notice)
    queue.ask_after_commit(session, DRAINS[lane], lane=lane)
    return notice


def post_where(
    session: Session,
    holds: ColumnElement[bool],
    kind: NoticeKind,
    channel: NoticeChannel,
    recipient: str,
    *,
    lane: str,
    body: str,
    **values: Any,
) -> None:
    """Post a message if `holds` is true in the database: what is asked of it and of the queue is the same if not."""
    given = draft(kind, channel, recipient, lane=lane, body=body, **values)
    columns = columns_of(Notice)
    row = select(*(literal(value, columns[name].type) for name, value in given.items())).where(holds)
    session.execute(insert(table_of(Notice)).from_select(list(given), row, include_defaults=False))
    queue.ask_after_commit(session, DRAINS[lane], lane=lane)


def draft(
    kind: NoticeKind, channel: NoticeChannel, recipient: str, *, lane: str, body: str, **values: Any
) -> dict[str, Any]:
    """Return the columns of a message to be posted now."""
    now = clock.now()
    return {
        "kind": kind,
        "channel": channel,
        "recipient": recipient,
        "lane": lane,
        "body": body,
        "attach_form01": False,
        "status": NoticeStatus.QUEUED,
        "tries": 0,
        "created_at": now,
        "next_try_at": not_at_night(lane, channel, now),
        **values,
    }


def post_each(session: Session, drafts: Sequence[dict[str, Any]]) -> None:
    """Post many drafts that give the same columns, at once."""
    if drafts:
        values = {name: [one[name] for one in drafts] for name in drafts[0]}
        alike = {name for name, these in values.items() if all(one == these[0] for one in these)}
        known = {name: these[0] if name in alike else these for name, these in values.items()}
        _posting(tuple(values), frozenset(alike)).rows(session, known)
    for lane in {one["lane"] for one in drafts}:
        queue.ask_after_commit(session, DRAINS[lane], lane=lane)


@cache
def _posting(names: tuple[str, ...], alike: frozenset[str]) -> Direct:
    """Return the statement that adds messages: a parameter for each column, an array for those not `alike` in all."""
    kinds = {name: columns_of(Notice)[name].type for name in names}
    values = [
        bindparam(name, type_=kinds[name]) if name in alike else func.unnest(bindparam(name, type_=ARRAY(kinds[name])))
        for name in names
    ]
    return Direct(table_of(Notice).insert().inline().from_select(list(names), select(*values), include_defaults=False))


def horizon(lane: str) -> timedelta:
    """Return for how long a message is tried: all the pauses together, and a night more where nights are spared."""
    return sum(PAUSES, timedelta()) + (NIGHT if lane == queue.BULK else timedelta())


def retry_or_fail(session: Session, notice: Notice, reason: str) -> None:
    """Queue a notice again after the pause its number of tries asks for, or give it up when it is old; say why.

    By its age, not by its tries alone: a gateway that comes and goes makes many tries in a short time.
    """
    now, end = clock.now(), notice.created_at + horizon(notice.lane)
    if notice.tries >= LEAST_TRIES and now >= end:
        settle(session, notice, NoticeStatus.FAILED, failure=reason)
        return
    again = now + PAUSES[min(notice.tries, len(PAUSES)) - 1]
    if now < end < again - MINUTE:
        again = end  # the last try is made when its time is over, not an hour later
    again = not_at_night(notice.lane, notice.channel, again)
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
    is_sent = to in (NoticeStatus.SENT, NoticeStatus.DELIVERED)
    session.flush()
    rows.change(
        session,
        notice,
        status=to,
        failure=failure,
        lease_until=now + LEASE if to is NoticeStatus.SENDING else None,
        next_try_at=next_try_at or notice.next_try_at,
        sent_at=notice.sent_at or (now if is_sent else None),
        gateway_id=(gateway_id if is_sent else None) or notice.gateway_id,
        finished_at=now if to in _ENDS else notice.finished_at,
    )
    if to is NoticeStatus.FAILED:
        _record_failure(session, notice, now)


def cancel(session: Session, *which: ColumnElement[bool]) -> int:
    """Cancel the queued notices that fit all of `which`; return how many. What is being sent goes its way."""
    waiting = select(Notice).where(is_status(NoticeStatus.QUEUED), *which).order_by(Notice.id).with_for_update()
    notices = session.scalars(waiting).all()
    for notice in notices:
        settle(session, notice, NoticeStatus.CANCELLED)
    return len(notices)


def cancel_each(session: Session, *which: ColumnElement[bool]) -> Sequence[int | None]:
    """Cancel many queued notices that fit all of `which`, in one statement; return the ids of their declarations.

    Likewise `cancel`; but what the session has read of them before is not renewed.
    """
    waiting = select(Notice.id).where(is_status(NoticeStatus.QUEUED), *which).order_by(Notice.id).with_for_update()
    cancelled = (
        update(Notice)
        .where(Notice.id.in_(waiting))
        .values(status=NoticeStatus.CANCELLED, failure=None, lease_until=None, finished_at=clock.now())
        .returning(Notice.declaration_id)
    )
    return session.scalars(cancelled, execution_options={"synchronize_session": False}).all()


def hasten(session: Session, channel: NoticeChannel, limit: int) -> int:
    """Make up to `limit` of what waits because it could not go due now: a gateway is back. Return how many there were.

    What is to be sent at another time for another reason (night) has no failure, and stays.
    """
    now = clock.now()
    waiting = (
        select(Notice.id)
        .where(is_status(NoticeStatus.QUEUED), Notice.channel == channel, Notice.next_try_at > now)
        .where(Notice.failure.is_not(None))
        .order_by(Notice.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("waiting")  # asked once: a subquery may be asked for each row, and its limit counts each time anew
    )
    sooner = update(Notice).where(Notice.id.in_(select(waiting.c.id))).values(next_try_at=now).returning(Notice.lane)
    lanes = session.scalars(sooner, execution_options={"synchronize_session": False}).all()
    for lane in set(lanes):
        queue.ask_after_commit(session, DRAINS[lane], lane=lane)
    return len(lanes)


def not_at_night(lane: str, channel: NoticeChannel, instant: datetime) -> datetime:
    """Return `instant`, or for an SMS that nobody waits for (a reminder, a list) the next eight in the morning.

    No such SMS rings between 20:00 and 08:00 (wording.md); a letter rings nobody out of bed.
    """
    if lane != queue.BULK or channel is not NoticeChannel.SMS or not deadlines.is_night(instant):
        return instant
    there = clock.local(instant)
    morning = there.replace(hour=deadlines.NIGHT_TO, minute=0, second=0, microsecond=0)
    return morning if morning > there else morning + timedelta(days=1)


def is_status(status: NoticeStatus) -> ColumnElement[bool]:
    """Return the condition on the status, with a literal: partial indexes are used only when the word is seen."""
    return Notice.status == literal_column(f"'{status.value}'")


def _record_failure(session: Session, notice: Notice, now: datetime) -> None:
    """Write the trail row, with ids and code words alone, and count it."""
    declaration = session.get(Declaration, notice.declaration_id) if notice.declaration_id else None
    account = session.get(Account, notice.account_id) if notice.account_id else None
    counted_at = notice.office_id or figures.NOWHERE
    figures.count(session, Figure.NOTICE_FAILED, counted_at, now, key=notice.channel.value)
    record(
        session,
        TrailEvent.NOTICE_FAILED,
        SYSTEM,
        declaration=declaration,
        account=account,
        moment=now,
        notice_id=notice.id,
        kind=notice.kind.value,
        channel=notice.channel.value,
        tries=notice.tries,
        at_office=counted_at,
    )
