"""Looking through what is new in the trail for what is unusual, every five minutes.

How far it has looked is a row. It looks back a little behind that, for a row is seen only once its transaction is over,
and what it finds is written by kind, officer, office and day: looking twice is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import case, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    ActorKind,
    Declaration,
    Officer,
    Role,
    TrailAlarm,
    TrailAlarmKind,
    TrailEvent,
    TrailRow,
    TrailWatch,
    columns_of,
)
from backoffice.trail.unusual import (
    ACTS,
    LISTS,
    LOOKS,
    USUAL,
    WINDOW,
    Seen,
    Unusual,
    Way,
    by_office,
    is_out_of_hours,
    mass_lookup,
    out_of_hours,
)

LATE = timedelta(minutes=10)
"""A transaction that lasts longer writes rows this job does not see."""
FARTHEST = timedelta(days=7)
"""So far it looks back when it has not run for long."""
_T = columns_of(TrailRow)
_LISTED = _T.facts["listed"]
_IN_BATCH = _T.facts.has_key("batch")
_IS_READ = _T.event.in_((TrailEvent.BATCH_SEE, TrailEvent.BATCH_EXPORT)) & ~_T.facts.has_key("told")
"""Shown in a unit's list, as the unit wrote it."""
_WAY = case(
    (_IS_READ, Way.READ), (_T.event == TrailEvent.BATCH_SEE, Way.LISTED), (_IN_BATCH, Way.STEPPED), else_=Way.OPENED
)
_BY_OFFICERS = (
    _T.actor_kind == ActorKind.OFFICER,
    or_(_T.subject_hash.is_not(None), _T.event.in_(LISTS) & (func.jsonb_typeof(_LISTED) == "array")),
)
_FEWEST = min(min(usual.people, usual.listed) for usual in USUAL.values())


def watch() -> int:
    """Look through what is new and raise the alarms; return how many were written. Of several at once one works."""
    with transaction() as session:
        seen = _taken(session)
        if seen is None:
            return 0
        now = clock.now()
        since = max(seen.until - LATE, now - FARTHEST)
        written = 0
        for officer_id, role in _suspects(session, since):
            written += _look_at(session, officer_id, role, since)
        seen.until = now
        return written


def _taken(session: Session) -> TrailWatch | None:
    """Return how far was looked, locked; None while another one looks."""
    session.execute(insert(TrailWatch).values(id=1, until=clock.now() - timedelta(days=1)).on_conflict_do_nothing())
    return session.scalars(select(TrailWatch).with_for_update(skip_locked=True)).one_or_none()


def _suspects(session: Session, since: datetime) -> list[tuple[int, Role]]:
    """Return the officers who may have done anything unusual since `since`: one pass over what is new."""
    listed = func.sum(func.jsonb_array_length(_LISTED)).filter(_T.subject_hash.is_(None))
    people = func.count(_T.subject_hash.distinct()).filter(~_IS_READ) + func.coalesce(listed, 0)
    local = func.timezone("Asia/Ho_Chi_Minh", _T.at)
    usual_hours = [(usual.begins, usual.ends) for usual in USUAL.values() if usual.begins and usual.ends]
    begins, ends = max(hours[0] for hours in usual_hours), min(hours[1] for hours in usual_hours)
    is_odd = or_(
        func.date_part("hour", local) < begins.hour,
        func.date_part("hour", local) >= ends.hour,
        func.date_part("isodow", local) > 5,
        func.to_char(local, "YYYY-MM-DD").in_(_days_off(since)),
    )
    query = (
        select(_T.actor_id, Officer.role)
        .join(Officer, Officer.id == _T.actor_id)
        .where(*_BY_OFFICERS, _T.event.in_(LOOKS), _T.at > since - WINDOW)
        .group_by(_T.actor_id, Officer.role)
        .having(
            func.max(_T.at) > since,
            or_(people > _FEWEST, func.bool_or(is_odd)),
        )
    )
    return [(row.actor_id, row.role) for row in session.execute(query)]


def _days_off(since: datetime) -> list[str]:
    first, last = clock.local(since - WINDOW).date(), clock.today()
    usual = USUAL[Role.RECEPTION]
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    noon = {day: datetime.combine(day, datetime.min.time(), clock.VIETNAM) + timedelta(hours=12) for day in days}
    return [day.isoformat() for day in days if is_out_of_hours(noon[day], usual)]


def _look_at(session: Session, officer_id: int, role: Role, since: datetime) -> int:
    """Go through the officer's days since `since` and write what is unusual in them."""
    written = 0
    for day, rows in groupby(_rows(session, officer_id, since), key=lambda row: clock.local(row.at).date()):
        those = list(rows)
        found = {
            TrailAlarmKind.OUT_OF_HOURS: out_of_hours(those, USUAL[role]),
            TrailAlarmKind.MASS_LOOKUP: mass_lookup(those, USUAL[role]),
        }
        for kind, looks in found.items():
            written += sum(_written(session, officer_id, day, kind, one) for one in by_office(looks))
    return written


def _rows(session: Session, officer_id: int, since: datetime) -> Iterable[Seen]:
    """Return the officer's looks and acts, one for each person; whom a list shows is known by their declaration."""
    midnight = clock.local(since).replace(hour=0, minute=0, second=0, microsecond=0)
    query = (
        select(_T.at, _T.event, _T.subject_hash, _T.office_id, _WAY, _LISTED)
        .where(*_BY_OFFICERS, _T.actor_id == officer_id, _T.at >= midnight, _T.event.in_(LOOKS | ACTS))
        .order_by(_T.at, _T.id)
    )
    rows = session.execute(query).all()
    people = _people(session, {one for row in rows if row.subject_hash is None for one in row[-1]})
    for at, event, subject, office_id, way, listed in rows:
        if subject is not None:
            yield Seen(at, event, subject, office_id, Way(way))
        else:
            yield from (Seen(at, event, people[one], office_id, Way.LISTED) for one in listed)


def _people(session: Session, ids: set[int]) -> dict[int, bytes]:
    """Return whose declarations these are, as keyed hashes; a deleted one stands for a person of its own."""
    query = select(Declaration.id, Declaration.bhxh_code).where(Declaration.id.in_(ids))
    known = {row.id: lookup_hash("bhxh_code", row.bhxh_code) for row in session.execute(query)} if ids else {}
    return {one: known.get(one, b"declaration %d" % one) for one in ids}


def _written(session: Session, officer_id: int, day: date, kind: TrailAlarmKind, found: Unusual) -> int:
    """Write the alarm, or what it has grown to; one that was handled waits again once there is more than was handled.

    What was handled is what the row says: it was shown so (`alarms.handle`), and grows only here.
    """
    values = {"first_at": found.first_at, "last_at": found.last_at, "number": found.number}
    row = insert(TrailAlarm).values(kind=kind, officer_id=officer_id, office_id=found.office_id, day=day, **values)
    is_news = or_(TrailAlarm.number < found.number, TrailAlarm.last_at < found.last_at)
    upsert = row.on_conflict_do_update(
        index_elements=["kind", "officer_id", "office_id", "day"],
        set_=values | {"handled_at": None, "handled_by_id": None},
        where=is_news,
    )
    return len(session.execute(upsert.returning(TrailAlarm.id)).all())
