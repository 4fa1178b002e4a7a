"""The units that send lists: /units. Facts of units are no citizen's, so codes and searches may stand in addresses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request

from backoffice.batches import unit_actions as actions
from backoffice.batches.unit_forms import typed
from backoffice.identity.text import row_number
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("units", __name__, url_prefix="/units")
LIST, UNIT, FORM = "batches/units.html", "batches/unit.html", "batches/unit_form.html"


@pages.get("")
@permit(Do.SEE_UNITS)
def units_page() -> Response:
    """Show the units of the officer's branch, those that a search (`q`) finds; `closed`: closed ones too."""
    shown = actions.show_list(me(), request.args.get("q", ""), closed=bool(request.args.get("closed")))
    return show(LIST, **shown)


@pages.get("/new")
@permit(Do.EDIT_UNITS)
def new_page() -> Response:
    """Show the form of a new unit."""
    return show(FORM, faults={}, **actions.show_form(me(), None))


@pages.post("/new")
@permit(Do.EDIT_UNITS)
def create() -> Response:
    """Add a unit."""
    form = typed(request.form)
    try:
        code = actions.create(me(), form)
    except InvalidInput as fault:
        return _again(None, 422, form, faults=fault.by_field)
    flash(f"Đã thêm đơn vị {code}.", "good")
    return go(f"/units/{code}")


@pages.get("/<unit_code>")
@permit(Do.SEE_UNITS)
def unit_page(unit_code: str) -> Response:
    """Show one unit: its facts, its lists, what was changed."""
    return show(UNIT, **actions.show(me(), unit_code))


@pages.get("/<unit_code>/edit")
@permit(Do.EDIT_UNITS)
def edit_page(unit_code: str) -> Response:
    """Show the form of a unit."""
    return show(FORM, faults={}, **actions.show_form(me(), unit_code))


@pages.post("/<unit_code>/edit")
@permit(Do.EDIT_UNITS)
def edit(unit_code: str) -> Response:
    """Change a unit."""
    form = typed(request.form)
    try:
        actions.edit(me(), unit_code, form, row_number(request.form.get("version", "")) or 0)
    except InvalidInput as fault:
        return _again(unit_code, 422, form, faults=fault.by_field)
    except Conflict as late:
        return _again(unit_code, 409, form, faults={}, message=late.message)
    flash("Đã ghi thay đổi của đơn vị.", "good")
    return go(f"/units/{unit_code}")


@pages.post("/<unit_code>/close")
@permit(Do.EDIT_UNITS)
def close(unit_code: str) -> Response:
    """Close a unit: it sends no more lists."""
    actions.set_closed(me(), unit_code, closed=True)
    flash("Đã ngừng nhận danh sách của đơn vị. Có thể nhận lại khi cần.", "good")
    return go(f"/units/{unit_code}")


@pages.post("/<unit_code>/reopen")
@permit(Do.EDIT_UNITS)
def reopen(unit_code: str) -> Response:
    """Open a unit again."""
    actions.set_closed(me(), unit_code, closed=False)
    flash("Đã nhận lại danh sách của đơn vị.", "good")
    return go(f"/units/{unit_code}")


def _again(code: str | None, status: int, form: dict[str, str], **more: Any) -> Response:
    return show(FORM, status=status, **actions.show_form(me(), code) | {"form": form} | more)
