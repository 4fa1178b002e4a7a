"""What is unusual in the trail, and what supervisors make of it.

A look counts for the person looked at, not for how often; lists and searches that show several people count for nobody,
for the queue shows fifty at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Office, Officer, Role, TrailAlarm, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import is_working_day
from backoffice.rules.journal import officer_subject, record
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.trail.words import ALARMS, EVENTS, Group

WINDOW = timedelta(hours=1)
MOST_LISTED = 100
_MISSING = "Xin ghi đã xem xét thế nào, ví dụ: đã hỏi cán bộ, làm thêm giờ theo phân công."


@dataclass(frozen=True)
class Usual:
    """What is usual for a role: so many people looked at within an hour for whom nothing is done; its hours."""

    people: int
    begins: time | None = time(7)
    ends: time | None = time(19)
    """Outside of them, and on days off, every look is unusual; None: the role works at any hour."""


USUAL: dict[Role, Usual] = {
    Role.RECEPTION: Usual(30),  # a counter serves a hundred people a day, and does something for each
    Role.SUPERVISOR: Usual(30),
    Role.HOTLINE: Usual(60, None, None),  # a call is two minutes at the least; the line is open at night
    Role.AUDITOR: Usual(60),
    Role.ADMINISTRATOR: Usual(5),  # has no business with citizens' data
}
LOOKS = frozenset(
    {
        TrailEvent.REVIEW,
        TrailEvent.PHOTO,
        TrailEvent.FORM01,
        TrailEvent.LEDGER,
        TrailEvent.SLIP,
        TrailEvent.SEARCH,
        TrailEvent.ACCOUNT,
        TrailEvent.ACCOUNT_COMPARE,
        TrailEvent.HOTLINE_LOOK,
        TrailEvent.NOTICE_SEARCH,
    }
)
ACTS = frozenset(EVENTS[Group.DECISIONS]) | {
    TrailEvent.PRESENT,
    TrailEvent.PRESENT_LATE,
    TrailEvent.VERIFY,
    TrailEvent.CORRECT,
    TrailEvent.RETAKE,
    TrailEvent.HANDOVER,
    TrailEvent.RESEND,
    TrailEvent.NOTICE_SEEN,
    TrailEvent.NOTICE_CALL_BACK,
    TrailEvent.NOTICE_GIVEN_UP,
    TrailEvent.PHONE_DOUBTED,
    TrailEvent.DOOR_OPENED,
    TrailEvent.HOTLINE_ACT,
}
"""Whoever did one of these for a person, that day, looked at them for a reason."""


class Seen(NamedTuple):
    """A row of an officer's that is a look at, or an act for, a person."""

    at: datetime
    event: TrailEvent
    subject: bytes
    office_id: int


class Unusual(NamedTuple):
    """What calls for an alarm: from when to when, how many people."""

    first_at: datetime
    last_at: datetime
    number: int
    office_id: int


def is_out_of_hours(at: datetime, usual: Usual) -> bool:
    """Tell whether nobody of the role works at `at` (weekends and public holidays too)."""
    if usual.begins is None or usual.ends is None:
        return False
    local = clock.local(at)
    return not is_working_day(local.date()) or not usual.begins <= local.time() < usual.ends


def out_of_hours(rows: Sequence[Seen], usual: Usual) -> Unusual | None:
    """Return the looks of one day (`rows`, in the order of time) that were out of hours; None when there are none."""
    looks = [row for row in rows if row.event in LOOKS and is_out_of_hours(row.at, usual)]
    return _unusual(looks) if looks else None


def mass_lookup(rows: Sequence[Seen], usual: Usual) -> Unusual | None:
    """Return the hour of the day's `rows` in which most people were looked at for whom the officer did nothing.

    None while that is no more than usual.
    """
    helped = {row.subject for row in rows if row.event in ACTS}
    looks = [row for row in rows if row.event in LOOKS and row.subject not in helped]
    most: list[Seen] = []
    begins = 0
    counts: dict[bytes, int] = {}
    for at, look in enumerate(looks):
        counts[look.subject] = counts.get(look.subject, 0) + 1
        while looks[begins].at <= look.at - WINDOW:
            _forget(counts, looks[begins].subject)
            begins += 1
        if len(counts) > max(usual.people, _people(most)):
            most = looks[begins : at + 1]
    return _unusual(most) if most else None


def waiting(session: Session, viewer: Actor) -> int:
    """Return how many alarms wait in the viewer's scope, at most MOST_LISTED."""
    open_ones = _in_sight(select(TrailAlarm.id), viewer).where(TrailAlarm.handled_at.is_(None)).limit(MOST_LISTED)
    return session.scalars(select(func.count()).select_from(open_ones.subquery()), scope_values(viewer)).one()


def listed(viewer: Actor) -> dict[str, Any]:
    """Return the alarms of the viewer's scope that wait, the oldest first, and the last that were seen to."""
    require(viewer, Do.SEE_TRAIL)
    with transaction() as session:
        open_ones = _rows(session, viewer, is_open=True)
        return {
            "waiting": open_ones,
            "seen": _rows(session, viewer, is_open=False),
            "more": len(open_ones) == MOST_LISTED,
            "bounds": _bounds(),
        }


def handle(viewer: Actor, alarm_id: int, note: str) -> None:
    """Note what came of an alarm.

    Raises NotFound out of the viewer's branch, InvalidInput (note), Conflict (own_alarm, alarm_handled).
    """
    require(viewer, Do.HANDLE_TRAIL_ALARM)
    note = read_note(note, _MISSING)
    with transaction() as session:
        mine = in_scope(viewer.role, Do.HANDLE_TRAIL_ALARM, TrailAlarm.office_id)
        query = select(TrailAlarm).where(TrailAlarm.id == alarm_id, mine).with_for_update()
        alarm = session.scalars(query, scope_values(viewer)).one_or_none()
        if alarm is None:
            raise NotFound
        if alarm.officer_id == viewer.id:
            raise Conflict("Cảnh báo này là về chính bạn: xin nhờ lãnh đạo khác xem.", code="own_alarm")
        if alarm.handled_at is not None:
            raise Conflict("Cảnh báo này đã có người xem. Chưa có gì thay đổi.", code="alarm_handled")
        alarm.handled_at, alarm.handled_by_id, alarm.handled_note = clock.now(), viewer.id, note
        subject = officer_subject(alarm.officer_id)
        record(
            session, TrailEvent.TRAIL_ALARM_HANDLED, viewer, subject_hash=subject, alarm=alarm.id, kind=alarm.kind.value
        )


def _forget(counts: dict[bytes, int], subject: bytes) -> None:
    counts[subject] -= 1
    if not counts[subject]:
        del counts[subject]


def _people(rows: Iterable[Seen]) -> int:
    return len({row.subject for row in rows})


def _unusual(rows: Sequence[Seen]) -> Unusual:
    return Unusual(rows[0].at, rows[-1].at, _people(rows), rows[-1].office_id)


def _in_sight(query: Any, viewer: Actor) -> Any:
    return query.where(in_scope(viewer.role, Do.SEE_TRAIL, TrailAlarm.office_id))


def _rows(session: Session, viewer: Actor, *, is_open: bool) -> list[Mapping[str, Any]]:
    who, handler = aliased(Officer), aliased(Officer)
    query = (
        select(TrailAlarm, who.full_name, who.username, Office.code, Office.name, handler.full_name)
        .join(who, who.id == TrailAlarm.officer_id)
        .join(Office, Office.id == TrailAlarm.office_id)
        .outerjoin(handler, handler.id == TrailAlarm.handled_by_id)
        .where(TrailAlarm.handled_at.is_(None) if is_open else TrailAlarm.handled_at.is_not(None))
        .order_by(TrailAlarm.id if is_open else TrailAlarm.handled_at.desc())
        .limit(MOST_LISTED if is_open else 20)
    )
    found = session.execute(_in_sight(query, viewer), scope_values(viewer)).all()
    return [_shown(viewer, *row) for row in found]


def _shown(
    viewer: Actor, alarm: TrailAlarm, who: str, username: str, code: str, office: str, handler: str | None
) -> Mapping[str, Any]:
    first, last = clock.local(alarm.first_at), clock.local(alarm.last_at)
    handled = clock.local(alarm.handled_at) if alarm.handled_at else None
    return {
        "id": alarm.id,
        "what": ALARMS[alarm.kind],
        "number": alarm.number,
        "when": f"{first:%H:%M}–{last:%H:%M} ngày {alarm.day:%d/%m/%Y}",
        "who": who,
        "username": username,
        "officer_id": alarm.officer_id,
        "day": alarm.day.isoformat(),
        "office": f"{code} {office}",
        "is_own": alarm.officer_id == viewer.id,
        "handled": f"{handler or 'Lãnh đạo'} đã xem lúc {handled:%H:%M %d/%m/%Y}" if handled else "",
        "note": alarm.handled_note or "",
    }


def _bounds() -> str:
    counter = USUAL[Role.RECEPTION]
    return (
        f"Cảnh báo khi cán bộ xem dữ liệu công dân ngoài {counter.begins:%H:%M}–{counter.ends:%H:%M}, ngày nghỉ, "
        f"ngày lễ; hoặc trong một giờ xem hơn {counter.people} người (tổng đài: {USUAL[Role.HOTLINE].people}) mà không "
        "giải quyết việc gì cho họ."
    )
