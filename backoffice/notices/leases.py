"""Leases on notices: taken by a sender, given back, recorded, and queued again when the sender has gone silent.

A lease is a promise that ends by itself: whoever dies with it loses nothing, for the sweep queues the row again.
`tries` grows with every lease, so it also tells whose lease it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    DateTime,
    Text,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import COMMIT, Direct, Row
from backoffice.models import (
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Status,
    columns_of,
    table_of,
)
from backoffice.notices.outbox import DRAINS, LEASE, horizon, is_status, settle

MOST_LOST = 10
"""A message with which so many senders went silent is given up: it may be what ends them."""
CALL = timedelta(seconds=30)
"""A message whose lease ends sooner is not begun: two gateways may take ten seconds each."""


class Lease(NamedTuple):
    """My hold on one notice."""

    notice_id: int
    tries: int


class Due(NamedTuple):
    """A notice to be sent under my lease, and where its declaration stands, if it is about one."""

    lease: Lease
    kind: NoticeKind
    lane: str
    channel: NoticeChannel
    recipient: str
    subject: str | None
    body: str
    html: str | None
    attach_form01: bool
    declaration_id: int | None
    credential_issue_id: int | None
    one_time_code_id: int | None
    batch_id: int | None
    created_at: datetime
    declaration_status: Status | None
    declaration_expires_at: datetime | None

    @property
    def has_secret(self) -> bool:
        """Tell whether a password or a one-time code goes with it."""
        return self.credential_issue_id is not None or self.one_time_code_id is not None

    @property
    def is_old(self) -> bool:
        """Tell whether it has had the time messages have: a gateway is asked now whatever its circuit says."""
        return clock.now() - self.created_at >= horizon(self.lane)


_N, _D = columns_of(Notice), columns_of(Declaration)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_IDS, _TRIES = bindparam("ids", type_=ARRAY(BigInteger)), bindparam("tries_each", type_=ARRAY(BigInteger))
_FIRST = (
    select(_N.id)
    .where(_N.status == literal_column("'queued'"))
    .where(_N.lane == bindparam("of_lane", type_=Text()), _N.next_try_at <= _NOW)
    .order_by(_N.next_try_at, _N.id)
    .limit(bindparam("limit", type_=BigInteger()))
    .with_for_update(skip_locked=True)
    .cte("first_due")
)
_COLUMNS = Due._fields[1:-2]
_TAKEN = (
    update(table_of(Notice))
    # An array, for a plan made before the limit is known would read the whole table for that many rows.
    .where(_N.id == any_(func.array(select(_FIRST.c.id).scalar_subquery())))
    .values(
        status=literal_column("'sending'"),
        tries=_N.tries + 1,
        failure=null(),
        lease_until=bindparam("until", type_=DateTime(timezone=True)),
    )
    .returning(_N.id, _N.tries, _N.next_try_at, *(_N[name] for name in _COLUMNS))
    .cte("taken")
)
TAKING = (
    select(_TAKEN.c.id, _TAKEN.c.tries, *(_TAKEN.c[name] for name in _COLUMNS), _D.status, _D.expires_at)
    .outerjoin(table_of(Declaration), _D.id == _TAKEN.c.declaration_id)
    .where(COMMIT.c.setting.is_not(None))
    .order_by(_TAKEN.c.next_try_at, _TAKEN.c.id)
)
"""The statement of `take`: with the values of `taking` it gives rows for `due_of`.

Leases of many wait for the disk. A crash of the database would take them back from a sender who lives on, and who takes
them next has leases that look the same: both would send all. Of one, only that may go again which is under way.
"""
_TAKE = Direct(TAKING)
_LEASED = func.unnest(_IDS, _TRIES).table_valued("id", "tries", name="leased").render_derived()
_DUE = Direct(
    select(_N.id, _N.tries, *(_N[name] for name in _COLUMNS), _D.status, _D.expires_at)
    .select_from(_LEASED)
    .join(table_of(Notice), (_N.id == _LEASED.c.id) & (_N.tries == _LEASED.c.tries))
    .outerjoin(table_of(Declaration), _D.id == _N.declaration_id)
    .where(_N.status == NoticeStatus.SENDING, _N.lease_until > bindparam("live_at", type_=DateTime(timezone=True)))
)
_GIVE_BACK = Direct(
    update(table_of(Notice))
    .where(_N.id == _LEASED.c.id, _N.tries == _LEASED.c.tries, _N.status == NoticeStatus.SENDING)
    .values(
        status=NoticeStatus.QUEUED,
        tries=_N.tries - 1,
        lease_until=None,
        failure=bindparam("why", type_=Text()),
        next_try_at=func.coalesce(bindparam("again", type_=DateTime(timezone=True)), _N.next_try_at),
    )
    .returning(_N.id)
)
_LANE = func.unnest(bindparam("lanes", type_=ARRAY(Text))).table_valued("lane", name="asked").render_derived()
_DUE_LANES = Direct(
    select(_LANE.c.lane).where(
        exists().where(
            _N.status == literal_column("'queued'"),
            _N.lane == _LANE.c.lane,
            _N.next_try_at <= bindparam("by", type_=DateTime(timezone=True)),
        )
    )
)


def take(session: Session, lane: str, limit: int) -> list[Due]:
    """Lease up to `limit` due notices of `lane`, those longest due first; what others are taking is passed over."""
    return [due_of(row) for row in _TAKE.rows(session, taking(lane, limit))]


def taking(lane: str, limit: int) -> dict[str, Any]:
    """Return the values of TAKING that take up to `limit` due notices of `lane` now."""
    now = clock.now()
    commit = "on" if limit > 1 else "off"
    return {"of_lane": lane, "limit": limit, "now": now, "until": now + LEASE, "commit": commit}


def due_of(row: Row) -> Due:
    """Return what a row of TAKING says."""
    return Due._make((Lease(row[0], row[1]), *row[2:]))


def due(session: Session, leases: Sequence[Lease]) -> list[Due]:
    """Return, in the order of `leases`, the notices whose lease is live for a call more: what was taken over or deleted
    is missing, and what others would take over while it is being sent.
    """
    known = {
        "ids": [one.notice_id for one in leases],
        "tries_each": [one.tries for one in leases],
        "live_at": clock.now() + CALL,
    }
    found = {row[0]: due_of(row) for row in _DUE.rows(session, known)}
    return [found[one.notice_id] for one in leases if one.notice_id in found]


def held(session: Session, lease: Lease) -> Notice | None:
    """Return the notice, its row locked, if nobody has taken it since and it still exists."""
    notice = session.get(Notice, lease.notice_id, with_for_update=True, populate_existing=True)
    return notice if notice is not None and notice.tries == lease.tries else None


def give_back(session: Session, lease: Lease, *, until: datetime | None = None, reason: str | None = None) -> None:
    """Return a notice that was leased but not tried, for `reason`; it is due again at once, or not before `until`."""
    notice = held(session, lease)
    if notice is not None and notice.status is NoticeStatus.SENDING:
        notice.tries -= 1
        settle(session, notice, NoticeStatus.QUEUED, failure=reason or notice.failure, next_try_at=until)


def give_back_all(
    session: Session, leases: Sequence[Lease], *, until: datetime | None = None, reason: str | None = None
) -> None:
    """Return many notices that were not tried, for `reason`, by one statement; due at once, or not before `until`."""
    known = {"ids": [one.notice_id for one in leases], "tries_each": [one.tries for one in leases]}
    _GIVE_BACK.rows(session, known | {"again": until, "why": reason})


def drop(session: Session, lease: Lease) -> None:
    """Cancel the notice under `lease`: it is not true any more."""
    notice = held(session, lease)
    if notice is not None and notice.status is NoticeStatus.SENDING:
        settle(session, notice, NoticeStatus.CANCELLED)


def recover(session: Session, limit: int = 500) -> int:
    """Queue again what was being sent by someone who has gone silent; return how many there were."""
    lost = (
        select(Notice)
        .where(is_status(NoticeStatus.SENDING), Notice.lease_until < clock.now())
        .order_by(Notice.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    notices = session.scalars(lost).all()
    for notice in notices:
        notice.lost += 1
        if notice.lost > MOST_LOST:
            settle(
                session,
                notice,
                NoticeStatus.FAILED,
                failure="Việc gửi bị ngắt giữa chừng nhiều lần. Xin báo quản trị kiểm tra.",
            )
        else:
            settle(session, notice, NoticeStatus.QUEUED, failure=notice.failure, next_try_at=clock.now())
    return len(notices)


def due_lanes(session: Session, *, within: timedelta = timedelta(), of: Sequence[str] = tuple(DRAINS)) -> set[str]:
    """Return the lanes, among those asked for, on which something is to be sent now, or `within` a while."""
    return set(_DUE_LANES.values(session, {"lanes": list(of), "by": clock.now() + within}))
