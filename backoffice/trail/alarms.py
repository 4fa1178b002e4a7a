"""What was found unusual in the trail (`unusual`), and what supervisors make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Office, Officer, Role, TrailAlarm, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import officer_subject, record
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.trail.unusual import USUAL
from backoffice.trail.words import ALARMS

MOST_LISTED, MOST_SEEN = 100, 20
_MISSING = "Xin ghi đã xem xét thế nào, ví dụ: đã hỏi cán bộ, làm thêm giờ theo phân công."


class Grown(Conflict):
    """There is more in the alarm than the page showed."""

    def __init__(self) -> None:
        super().__init__(
            "Cảnh báo này vừa có thêm việc mới nên chưa ghi là đã xem. Xin xem lại số người và giờ của cảnh báo, "
            "rồi bấm “Đã xem” lần nữa.",
            code="alarm_grown",
        )


def waiting(session: Session, viewer: Actor) -> str:
    """Return how many alarms wait in the viewer's scope: "" for none, "7", "100+" for more than MOST_LISTED."""
    open_ones = _in_sight(select(TrailAlarm.id), viewer).where(TrailAlarm.handled_at.is_(None)).limit(MOST_LISTED + 1)
    return _number(session.scalars(select(func.count()).select_from(open_ones.subquery()), scope_values(viewer)).one())


def listed(viewer: Actor) -> dict[str, Any]:
    """Return the alarms of the viewer's scope that wait, the oldest first, and the last that were seen to."""
    require(viewer, Do.SEE_TRAIL)
    with transaction() as session:
        open_ones = _rows(session, viewer, is_open=True)
        return {
            "number": _number(len(open_ones)),
            "waiting": open_ones[:MOST_LISTED],
            "seen": _rows(session, viewer, is_open=False),
            "more": len(open_ones) > MOST_LISTED,
            "bounds": _bounds(),
        }


def handle(viewer: Actor, alarm_id: int, note: str, seen: str) -> None:
    """Note what came of an alarm, of which the viewer has `seen` as much as that version of it says.

    Raises NotFound out of the viewer's branch, InvalidInput (note), Conflict (own_alarm, alarm_handled, alarm_grown).
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
        if seen != _version(alarm):
            raise Grown
        alarm.handled_at, alarm.handled_by_id, alarm.handled_note = clock.now(), viewer.id, note
        subject = officer_subject(alarm.officer_id)
        facts: dict[str, Any] = {"alarm": alarm.id, "kind": alarm.kind.value, "officer": alarm.officer_id}
        record(session, TrailEvent.TRAIL_ALARM_HANDLED, viewer, subject_hash=subject, **facts)


def _number(count: int) -> str:
    return f"{MOST_LISTED}+" if count > MOST_LISTED else str(count or "")


def _version(alarm: TrailAlarm) -> str:
    """Return what stands for how far the alarm has grown."""
    return f"{alarm.number}-{alarm.last_at.timestamp():.6f}"


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
        .limit(MOST_LISTED + 1 if is_open else MOST_SEEN)
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
        "version": _version(alarm),
    }


def _bounds() -> str:
    counter = USUAL[Role.RECEPTION]
    return (
        f"Cảnh báo khi cán bộ xem dữ liệu công dân ngoài {counter.begins:%H:%M}–{counter.ends:%H:%M}, ngày nghỉ, "
        f"ngày lễ; hoặc trong một giờ xem hơn {counter.people} người (tổng đài: {USUAL[Role.HOTLINE].people}) mà không "
        f"giải quyết việc gì cho họ, hoặc hơn {counter.listed} người nếu tính cả những người hiện ra khi tìm theo tên "
        f"và trong danh sách đã xuất, hoặc hơn {counter.stepped} người nếu tính cả những người được xem ảnh bên dòng "
        "của danh sách đơn vị."
    )
