"""The question why a file is opened, and where whoever has not answered it is sent."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from backoffice.desk.answers import asked_first, question, receipt_of
from backoffice.desk.opening import ReasonWanted, give_reason
from backoffice.kernel.errors import DomainError, InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.errors import refuse
from backoffice.web.fragments import go
from backoffice.web.guard import me, permit

pages = Blueprint("desk_opening", __name__, url_prefix="/desk")


@pages.post("/<receipt_code>/open")
@permit(Do.REVIEW)
def open_file(receipt_code: str) -> Response:
    """Keep the reason and open the file."""
    code, reason, note = receipt_of(receipt_code), request.form.get("reason", ""), request.form.get("note", "")
    try:
        give_reason(code, me(), reason, note)
    except InvalidInput as fault:
        return question(code, status=fault.status, note=note, faults={one.field: one.message for one in fault.faults})
    return go(f"/desk/{code}")


@pages.record
def _install(state: BlueprintSetupState) -> None:
    state.app.register_error_handler(ReasonWanted, _wanted)


def _wanted(wanted: ReasonWanted) -> Response:
    """Ask why in place of the page, and after an act in place of its answer; anything else is refused.

    An act that was refused itself (then the page was to be shown with its faults) stays refused for its own reason.
    """
    if request.endpoint == "desk.review_page":
        try:
            return question(wanted.receipt_code)
        except DomainError as gone:  # it has expired meanwhile; nobody handles what a handler raises
            return refuse(gone)
    if isinstance(wanted.__context__, DomainError):
        return refuse(wanted.__context__)
    if request.method == "POST":
        return asked_first(wanted.receipt_code)
    return refuse(wanted)
