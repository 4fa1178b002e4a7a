"""Adding a unit, changing it, closing and reopening it. Each is one transaction with its history and trail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.batches import queries, result_view, unit_forms, view
from backoffice.batches.unit_forms import Typed
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Office, TrailEvent, Unit, UnitChange
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, record_each
from backoffice.rules.permissions import Do, may, require
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.rules.serving import hold_open


def show_list(actor: Actor, q: str, *, closed: bool) -> dict[str, Any]:
    """Return the units that `q` finds. Raises Forbidden."""
    require(actor, Do.SEE_UNITS)
    with transaction() as session:
        found, more = queries.units(session, actor, q, closed=closed)
        return {"looked_for": q, "closed": closed, "found": [view.unit_line(one) for one in found], "more": more}


def show(actor: Actor, code: str) -> dict[str, Any]:
    """Return one unit with its lists, whose message did not arrive, and its history; who is shown is written down.

    Raises Forbidden, NotFound."""
    with transaction() as session:
        unit = queries.find_unit(session, actor, Do.SEE_UNITS, code)
        lost, people = result_view.lost_of_unit(session, actor, unit)
        shown = {one.id: one for one in people}.values()
        record_each(session, TrailEvent.BATCH_SEE, actor, shown, unit=unit.id, told=True)
        return {
            "lost": lost,
            "unit": view.unit_line(unit),
            "may_edit": may(actor, Do.EDIT_UNITS, unit),
            "lists": [view.list_line(one) for one in queries.of_unit(session, actor, unit.id)],
            "changes": [view.change_line(one) for one in queries.changes_of(session, unit)],
        }


def show_form(actor: Actor, code: str | None) -> dict[str, Any]:
    """Return the form of a unit, of a new one for None. Raises Forbidden, NotFound."""
    require(actor, Do.EDIT_UNITS)
    with transaction() as session:
        offices = _offices(session, actor)
        if code is None:
            empty = dict.fromkeys(unit_forms.FIELDS, "") | {"office": actor.office_code}
            return {"unit": None, "form": empty, "version": 0, "offices": offices}
        unit = queries.find_unit(session, actor, Do.EDIT_UNITS, code)
        filled = unit_forms.filled(unit)
        return {"unit": view.unit_line(unit), "form": filled, "version": unit.version, "offices": offices}


def create(actor: Actor, form: Typed) -> str:
    """Add a unit and return its code. Raises Forbidden, InvalidInput."""
    require(actor, Do.EDIT_UNITS)
    values = unit_forms.read(form)
    try:
        with transaction() as session:
            office = _office(session, actor, values.office)
            if taken := session.scalars(select(Unit).where(Unit.code == values.code)).one_or_none():
                raise _taken(taken.office)
            unit = Unit(code=values.code, office=office, office_id=office.id, created_at=clock.now(), version=1)
            values.put_into(unit)
            session.add(unit)
            session.flush()
            _note(session, actor, unit, {})
    except IntegrityError:
        raise _taken(None) from None
    return values.code


def edit(actor: Actor, code: str, form: Typed, version: int) -> None:
    """Change a unit; its code stays. Raises Forbidden, NotFound, InvalidInput, Conflict (changed_meanwhile)."""
    with transaction() as session:
        unit = queries.find_unit(session, actor, Do.EDIT_UNITS, code, locked=True)
        values = unit_forms.read(form | {"code": unit.code})
        if version != unit.version:
            raise Conflict(
                "Trong lúc bạn đang sửa, người khác đã thay đổi đơn vị này. Chưa ghi gì; nội dung bạn nhập vẫn còn. "
                "Xin mở lại trang đơn vị, xem rồi sửa lại.",
                code="changed_meanwhile",
            )
        before = unit_forms.facts_of(unit)
        unit.office = _office(session, actor, values.office)
        values.put_into(unit)
        _note(session, actor, unit, before)


def set_closed(actor: Actor, code: str, *, closed: bool) -> None:
    """Close a unit, or open it again; one that is so already stays. Raises Forbidden, NotFound."""
    with transaction() as session:
        unit = queries.find_unit(session, actor, Do.EDIT_UNITS, code, locked=True)
        before = unit_forms.facts_of(unit)
        if closed != (unit.closed_at is not None):
            unit.closed_at = clock.now() if closed else None
            _note(session, actor, unit, before)


def _note(session: Session, actor: Actor, unit: Unit, before: dict[str, str | None]) -> None:
    """Write what differs into the unit's history, and the trail."""
    after = unit_forms.facts_of(unit)
    changed = [name for name, value in after.items() if before.get(name) != value]
    if not changed:
        return
    if before:
        unit.version += 1
    known = {"unit_id": unit.id, "officer_id": actor.id, "at": clock.now()}
    lines = [known | {"field": name, "old_value": before.get(name), "new_value": after[name]} for name in changed]
    session.execute(insert(UnitChange), lines)
    record(session, TrailEvent.UNIT_EDIT, actor, unit=unit.id, fields=changed)


def _offices(session: Session, actor: Actor) -> list[dict[str, str]]:
    mine = in_scope(actor.role, Do.EDIT_UNITS, Office.id)
    query = select(Office.code, Office.name).where(mine, Office.closed_at.is_(None)).order_by(Office.code)
    return [{"code": code, "name": name} for code, name in session.execute(query, scope_values(actor))]


def _office(session: Session, actor: Actor, code: str) -> Office:
    mine = in_scope(actor.role, Do.EDIT_UNITS, Office.id)
    query = select(Office).where(Office.code == (code or actor.office_code), mine, Office.closed_at.is_(None))
    office = session.scalars(query, scope_values(actor)).one_or_none()
    if office is None:
        why = "Không có cơ quan này trong phạm vi của bạn. Xin chọn trong danh sách."
        raise InvalidInput([Fault("office", why, "unknown")])
    return hold_open(session, office.id)


def _taken(office: Office | None) -> InvalidInput:
    where = f" ở {office.name}" if office else ""
    return InvalidInput([Fault("code", f"Mã đơn vị này đã có{where}. Xin tìm đơn vị đó, hoặc xem lại mã.", "taken")])
