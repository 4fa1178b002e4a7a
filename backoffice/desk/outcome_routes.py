"""The desk's addresses for the moment after a decision: how its messages fare, and what is done about them."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from backoffice.decision import aftercare
from backoffice.desk.answers import changed, receipt_of, refused
from backoffice.desk.drafts import refused_draft
from backoffice.desk.outcome import show_fates
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk_outcome", __name__, url_prefix="/desk")


@pages.get("/<receipt_code>/outcome")
@permit(Do.REVIEW)
def fates(receipt_code: str) -> Response:
    """Show how the decision's messages fare; 204 while that is what the page shows already (its mark: state)."""
    code = receipt_of(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    shown = show_fates(code, me())
    if shown["outcome"] and shown["outcome"]["state"] == request.args.get("state"):
        return make_response("", 204)
    return show("desk/_outcome.html", block="fates", **shown)


@pages.post("/<receipt_code>/resend")
@permit(Do.RESEND)
def resend(receipt_code: str) -> Response:
    """Send the message again."""
    aftercare.resend(receipt_of(receipt_code), me())
    return changed(receipt_code)


@pages.post("/<receipt_code>/seen")
@permit(Do.NOTE_SEEN)
def seen(receipt_code: str) -> Response:
    """Note that the citizen has seen the message."""
    aftercare.note_seen(receipt_of(receipt_code), me())
    return changed(receipt_code)


@pages.post("/<receipt_code>/phone")
@permit(Do.CORRECT_PHONE)
def phone(receipt_code: str) -> Response:
    """Correct the account's number and send to it; what was typed stays when it is refused."""
    value, consent = request.form.get("value", ""), request.form.get("consent", "")
    try:
        aftercare.correct_phone(receipt_of(receipt_code), me(), value, consent)
    except InvalidInput as fault:
        draft = refused_draft("phone", fault, "") | {"value": value, "consent": bool(consent.strip())}
        return refused(receipt_code, draft)
    return changed(receipt_code)
