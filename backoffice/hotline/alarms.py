"""What supervisors should look at: resets and tries that look like a fraud (issue: abuse)."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select
from sqlalchemy.orm import Session, aliased

from backoffice.decision.reading import read_note
from backoffice.hotline import bounds, words
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Account, Alarm, MachineClient, Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import HOTLINE, Do, may, require
from backoffice.rules.scopes import in_scope, scope_values

MOST_LISTED = 100
_MISSING = "Xin ghi đã xem xét thế nào, ví dụ: đã gọi lại chủ tài khoản."
_Query = TypeVar("_Query", bound="Select[*tuple[Any, ...]]")
_Who = aliased(Officer)
_Handler = aliased(Officer)


def listed(officer: Actor) -> dict[str, Any]:
    """Return the open alarms of the officer's branch, the oldest first, and the last that were seen to."""
    require(officer, Do.SEE_ALARMS)
    with transaction() as session:
        waiting = _rows(session, officer, Alarm.handled_at.is_(None), newest=False)
        seen = _rows(session, officer, Alarm.handled_at.is_not(None), newest=True)
        return {"waiting": waiting, "seen": seen, "more": len(waiting) == MOST_LISTED}


def handle(officer: Actor, alarm_id: int, note: str) -> None:
    """Note what came of an alarm, and let who was stopped by it go on.

    Raises NotFound out of the officer's branch, InvalidInput (note), Conflict (alarm_handled; own_alarm).
    """
    require(officer, Do.HANDLE_ALARM)
    note = read_note(note, _MISSING)
    with transaction() as session:
        alarm = session.scalars(
            _in_reach(select(Alarm), officer).where(Alarm.id == alarm_id).with_for_update(of=Alarm),
            scope_values(officer),
        ).one_or_none()
        if alarm is None:
            raise NotFound
        if alarm.officer_id == officer.id:
            raise Conflict("Cảnh báo này là về chính bạn: xin nhờ lãnh đạo khác xem.", code="own_alarm")
        if alarm.handled_at is not None:
            raise Conflict("Cảnh báo này đã có người xem. Chưa có gì thay đổi.", code="alarm_handled")
        alarm.handled_at, alarm.handled_by_id, alarm.note = clock.now(), officer.id, note
        account = session.get(Account, alarm.account_id) if alarm.account_id else None
        record(session, TrailEvent.ALARM_HANDLED, officer, account=account, alarm=alarm.id, kind=alarm.kind.value)
    bounds.lift(alarm.kind, officer_id=alarm.officer_id, client_id=alarm.client_id)


def _rows(session: Session, officer: Actor, which: ColumnElement[bool], *, newest: bool) -> list[dict[str, Any]]:
    order = Alarm.handled_at.desc() if newest else Alarm.id
    query = _in_reach(select(Alarm, Account.bhxh_code, _Who.full_name, MachineClient.name, _Handler.full_name), officer)
    query = query.outerjoin(_Handler, _Handler.id == Alarm.handled_by_id).outerjoin(
        MachineClient, MachineClient.id == Alarm.client_id
    )
    found = session.execute(
        query.where(which).order_by(order).limit(20 if newest else MOST_LISTED), scope_values(officer)
    ).all()
    return [_shown(*row) for row in found]


def _in_reach(query: _Query, officer: Actor) -> _Query:
    """Return the query, of alarms in the officer's branch: of an account's office, or else of the agent's; those of
    machines alone are for the hotline's supervisors.
    """
    is_of_hotline = literal(may(officer, Do.USE_HOTLINE, HOTLINE))
    own_account = in_scope(officer.role, Do.SEE_ALARMS, Account.office_id)
    own_agent = in_scope(officer.role, Do.SEE_ALARMS, _Who.office_id)
    return (
        query.outerjoin(Account, Account.id == Alarm.account_id)
        .outerjoin(_Who, _Who.id == Alarm.officer_id)
        .where(or_(is_of_hotline, own_account, and_(Alarm.account_id.is_(None), own_agent)))
    )


def _shown(alarm: Alarm, code: str | None, who: str | None, client: str | None, handler: str | None) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "at": words.hour(alarm.at),
        "what": words.ALARMS[alarm.kind],
        "code": mask_code(code) if code else "",
        "who": who or client or "",
        "handled": f"{handler} đã xem lúc {words.hour(alarm.handled_at)}" if alarm.handled_at else "",
        "note": alarm.note or "",
    }
