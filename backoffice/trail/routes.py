"""Addresses of the trail. Nothing personal is in any of them: what was asked stands sealed in a short-lived token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.trail import actions
from backoffice.trail.actions import Answer
from backoffice.trail.export import export as export_trail
from backoffice.trail.person import NOTHING
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("trail", __name__, url_prefix="/trail")


@pages.get("")
@permit(Do.USE_TRAIL)
def trail_page() -> Response:
    """Show what can be asked."""
    return _start()


@pages.post("/person")
@permit(Do.SEE_TRAIL)
def person() -> Response:
    """Ask who looked at a person, and what was done."""
    form = _form()
    if "receipt_code" in form:
        form["q"] = form["receipt_code"]
    try:
        return _answered(actions.ask_person(me(), form))
    except InvalidInput as fault:
        return _start("person", fault)


@pages.post("/officer")
@permit(Do.SEE_TRAIL)
def officer() -> Response:
    """Ask what an officer did; of several by that name one is chosen first."""
    try:
        answer = actions.ask_officer(me(), _form())
    except InvalidInput as fault:
        return _start("officer", fault)
    if answer.token:
        return _answered(answer)
    return show("trail/officers.html", officers=answer.officers, more=answer.more, typed=_form())


@pages.post("/acts")
@permit(Do.SEE_TRAIL)
def acts() -> Response:
    """Ask what was done in an office, or everywhere in scope."""
    try:
        return _answered(actions.ask_acts(me(), _form()))
    except InvalidInput as fault:
        return _start("acts", fault)


@pages.post("/narrow")
@permit(Do.SEE_TRAIL)
def narrow() -> Response:
    """Ask the same for another period or kind of act."""
    token = request.form.get("token", "")
    try:
        return _answered(actions.narrow(me(), token, _form()))
    except InvalidInput as fault:
        return _found(token, status=fault.status, faults=_faults(fault), typed=_form())


@pages.get("/found")
@permit(Do.SEE_TRAIL)
def found() -> Response:
    """Show what was asked for, a page at a time."""
    return _found(request.args.get("t", ""), request.args.get("after", ""))


@pages.post("/export")
@permit(Do.SEE_TRAIL)
def export() -> Response:
    """Answer with what was asked for as a spreadsheet; a refusal is told on the page of what was found."""
    token = request.form.get("token", "")
    try:
        data = export_trail(me(), token)
    except Conflict as refusal:
        return _found(token, status=refusal.status, refusal=refusal.message)
    return download(data, XLSX, f"nhat-ky-{clock.today().isoformat()}.xlsx")


def _form() -> dict[str, str]:
    return request.form.to_dict()


def _answered(answer: Answer) -> Response:
    if not answer.token:
        return _start("person", nothing=NOTHING)
    return go(f"/trail/found?t={answer.token}")


def _found(
    token: str, after: str = "", *, status: int = 200, typed: dict[str, str] | None = None, **why: Any
) -> Response:
    """Show what was found; of a form that was refused, what was `typed` in it. `why`: faults by field, or a refusal."""
    values = actions.show_found(me(), token, after)
    kept = {name: (typed or {}).get(name, values[name]) for name in ("since", "until", "group")}
    values |= {"faults": {}, "refusal": "", "is_later": bool(after), **kept, **why}
    return show("trail/found.html", block="lines", status=status, **values)


def _start(asked: str = "", fault: InvalidInput | None = None, nothing: str = "") -> Response:
    """Show the first page; after a fault with what was typed, the part `asked` told what is wrong."""
    status = fault.status if fault else 404 if nothing else 200
    typed: dict[str, Any] = _form() if asked else {}
    faults = _faults(fault) if fault else {}
    values = actions.show_start(me())
    return show("trail/start.html", status=status, asked=asked, typed=typed, faults=faults, nothing=nothing, **values)


def _faults(fault: InvalidInput) -> dict[str, str]:
    return {one.field: one.message for one in fault.faults}
