"""The addresses of what decides: approve, reject, supplement, escalate, correct a typing error, print a slip."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from backoffice.decision import actions as decide
from backoffice.decision.correct import correct as correct_field
from backoffice.desk import drafts
from backoffice.desk.answers import changed, of_an_open_page, receipt_of, refused
from backoffice.desk.slips import open_slip
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk_decision", __name__, url_prefix="/desk")
_DECLARED = ("compare",)
"""The block that shows what was declared, beside the facts."""


@pages.post("/<receipt_code>/approve")
@permit(Do.APPROVE)
def approve(receipt_code: str) -> Response:
    """Approve."""
    decide.approve(receipt_of(receipt_code), me())
    return changed(receipt_code)


@pages.post("/<receipt_code>/reject")
@permit(Do.REJECT)
def reject(receipt_code: str) -> Response:
    """Do not accept, with reasons (`photos`: which cannot be used) and note."""
    typed = _rejection()
    try:
        decide.reject(receipt_of(receipt_code), me(), **typed)
    except InvalidInput as fault:
        return refused(receipt_code, drafts.refused_draft("reject", fault, **typed))
    return changed(receipt_code)


@pages.post("/<receipt_code>/reject/preview")
@permit(Do.REJECT)
def reject_preview(receipt_code: str) -> Response:
    """Show exactly what the citizen would receive."""
    code = receipt_of(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    with of_an_open_page():
        preview = drafts.preview_rejection(code, me(), **_rejection())
    return show("desk/_preview.html", **preview)


@pages.post("/<receipt_code>/supplement")
@permit(Do.SUPPLEMENT)
def supplement(receipt_code: str) -> Response:
    """Send the dossier back for what is missing."""
    note = request.form.get("note", "")
    try:
        decide.supplement(receipt_of(receipt_code), me(), note)
    except InvalidInput as fault:
        return refused(receipt_code, drafts.refused_draft("supplement", fault, note=note))
    return changed(receipt_code)


@pages.post("/<receipt_code>/supplement/preview")
@permit(Do.SUPPLEMENT)
def supplement_preview(receipt_code: str) -> Response:
    """Show exactly what the citizen would receive, with the new deadline."""
    code = receipt_of(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    with of_an_open_page():
        preview = drafts.preview_supplement(code, me(), request.form.get("note", ""))
    return show("desk/_preview.html", **preview)


@pages.post("/<receipt_code>/escalate")
@permit(Do.ESCALATE)
def escalate(receipt_code: str) -> Response:
    """Leave the decision to a supervisor."""
    note = request.form.get("note", "")
    try:
        decide.escalate(receipt_of(receipt_code), me(), note)
    except InvalidInput as fault:
        return refused(receipt_code, drafts.refused_draft("escalate", fault, note=note))
    return changed(receipt_code)


@pages.post("/<receipt_code>/correct")
@permit(Do.CORRECT)
def correct(receipt_code: str) -> Response:
    """Put a typing error right. The form sends `consent` "no", once ticked "yes" as well; else the note vouches."""
    consents = request.form.getlist("consent")
    typed = {name: request.form.get(name, "") for name in ("field", "value", "note")}
    try:
        correct_field(receipt_of(receipt_code), me(), **typed, consented=not consents or "yes" in consents)
    except InvalidInput as fault:
        draft = drafts.refused_draft("correct", fault, **typed, consented="yes" in consents)
        return refused(receipt_code, draft, also=("facts",))
    return changed(receipt_code, also=_DECLARED)


@pages.get("/<receipt_code>/slip")
@permit(Do.PRINT_SLIP)
def slip(receipt_code: str) -> Response:
    """Show the slip of what was decided or asked for, to be printed."""
    return show("desk/slip.html", **open_slip(receipt_of(receipt_code), me()))


def _rejection() -> dict[str, Any]:
    form = request.form
    return {"reasons": form.getlist("reasons"), "photos": form.getlist("photos"), "note": form.get("note", "")}
