"""The desk's addresses. Nothing personal is in any of them: a declaration is its receipt code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request

from backoffice.decision import actions as decide
from backoffice.desk import actions
from backoffice.desk.drafts import preview_rejection, refused_draft
from backoffice.desk.rotation import rotate_photo
from backoffice.desk.tabs import Tab
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import normalize_receipt_code
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk", __name__, url_prefix="/desk")
_PARTS = ("caption", "history")


@pages.get("")
@permit(Do.USE_DESK)
def queue_page() -> Response:
    """Show the queue of the own office, narrowed to a tab."""
    return show("desk/queue.html", block="queue_rows", **actions.show_queue(me(), _tab(), request.args.get("after")))


@pages.get("/counts")
@permit(Do.USE_DESK)
def queue_counts() -> Response:
    """Show the counts alone; asked for once a minute, keeps no session awake."""
    if not is_fragment():
        return go(f"/desk?list={_tab().value}")
    return show("desk/queue.html", block="counts", **actions.show_counts(me(), _tab()))


@pages.post("/search")
@permit(Do.SEARCH)
def search() -> Response:
    """Look for anything: exactly one declaration opens, else what was found is listed."""
    text = request.form.get("q", "")
    try:
        found = actions.search(text, me())
    except InvalidInput as fault:
        notes = [{"kind": "warn", "text": fault.message}]
        return show("desk/find.html", block="results", status=422, q=text, looked="", rows=[], notes=notes)
    if found.opens is not None:
        return go(f"/desk/{found.opens}")
    return show("desk/find.html", block="results", q=text, looked=found.looked, rows=found.rows, notes=found.notes)


@pages.get("/<receipt_code>")
@permit(Do.REVIEW)
def review_page(receipt_code: str) -> Response:
    """Show one declaration with its photos, flags and decision."""
    return show("desk/review.html", **actions.open_review(_code(receipt_code), me()))


@pages.get("/<receipt_code>/photos/<kind>")
@permit(Do.SEE_PHOTO)
def photo(receipt_code: str, kind: str) -> Response:
    """Answer with a photo as JPEG."""
    data = actions.open_photo(_code(receipt_code), kind, request.args.get("size", "full"), me())
    return _file(data, "image/jpeg", f"{kind}.jpg")


@pages.post("/<receipt_code>/photos/<kind>/rotate")
@permit(Do.ROTATE_PHOTO)
def rotate(receipt_code: str, kind: str) -> Response:
    """Keep how a photo lies; the viewer has turned it already, so it is answered with nothing."""
    code = _code(receipt_code)
    rotate_photo(code, kind, request.form.get("degrees", ""), me())
    return make_response("", 204) if is_fragment() else go(f"/desk/{code}")


@pages.get("/<receipt_code>/form01.pdf")
@permit(Do.PRINT_FORM01)
def form01(receipt_code: str) -> Response:
    """Answer with form 01 for printing."""
    return _file(actions.print_form01(_code(receipt_code), me()), "application/pdf", "mau-so-01.pdf")


@pages.post("/<receipt_code>/claim")
@permit(Do.CLAIM)
def claim(receipt_code: str) -> Response:
    """Take the declaration in hand."""
    decide.claim(_code(receipt_code), me())
    return _changed(receipt_code)


@pages.post("/<receipt_code>/release")
@permit(Do.RELEASE)
def release(receipt_code: str) -> Response:
    """Give the declaration back."""
    decide.release(_code(receipt_code), me())
    return _changed(receipt_code)


@pages.post("/<receipt_code>/leave")
@permit(Do.RELEASE)
def leave(receipt_code: str) -> Response:
    """Note that the page was left: the claim runs out in 15 seconds unless the page comes back."""
    decide.leave(_code(receipt_code), me())
    return make_response("", 204)


@pages.post("/<receipt_code>/heartbeat")
@permit(Do.CLAIM)
def heartbeat(receipt_code: str) -> Response:
    """Prolong my claim after real input; shows at once when it was lost."""
    code = _code(receipt_code)
    decide.prolong(code, me())
    if not is_fragment():
        return go(f"/desk/{code}")
    return show("desk/review.html", block="claim", **actions.show_state(code, me()))


@pages.post("/<receipt_code>/present")
@permit(Do.PRESENT)
def present(receipt_code: str) -> Response:
    """Note that the person handed in the signed form."""
    decide.present(_code(receipt_code), me())
    return _changed(receipt_code)


@pages.post("/<receipt_code>/approve")
@permit(Do.APPROVE)
def approve(receipt_code: str) -> Response:
    """Approve."""
    decide.approve(_code(receipt_code), me())
    return _changed(receipt_code)


@pages.post("/<receipt_code>/reject")
@permit(Do.REJECT)
def reject(receipt_code: str) -> Response:
    """Do not accept, with reasons and note."""
    reasons, note = request.form.getlist("reasons"), request.form.get("note", "")
    try:
        decide.reject(_code(receipt_code), me(), reasons, note)
    except InvalidInput as fault:
        return _refused(receipt_code, refused_draft("reject", fault, note, reasons))
    return _changed(receipt_code)


@pages.post("/<receipt_code>/reject/preview")
@permit(Do.REJECT)
def reject_preview(receipt_code: str) -> Response:
    """Show exactly what the citizen would receive."""
    code = _code(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    preview = preview_rejection(code, me(), request.form.getlist("reasons"), request.form.get("note", ""))
    return show("desk/_preview.html", **preview)


@pages.post("/<receipt_code>/supplement")
@permit(Do.SUPPLEMENT)
def supplement(receipt_code: str) -> Response:
    """Send the dossier back for what is missing."""
    note = request.form.get("note", "")
    try:
        decide.supplement(_code(receipt_code), me(), note)
    except InvalidInput as fault:
        return _refused(receipt_code, refused_draft("supplement", fault, note))
    return _changed(receipt_code)


@pages.post("/<receipt_code>/escalate")
@permit(Do.ESCALATE)
def escalate(receipt_code: str) -> Response:
    """Leave the decision to a supervisor."""
    note = request.form.get("note", "")
    try:
        decide.escalate(_code(receipt_code), me(), note)
    except InvalidInput as fault:
        return _refused(receipt_code, refused_draft("escalate", fault, note))
    return _changed(receipt_code)


def _tab() -> Tab:
    try:
        return Tab(request.args.get("list", Tab.WAITING.value))
    except ValueError:
        return Tab.WAITING


def _code(text: str) -> str:
    try:
        return normalize_receipt_code(text)
    except Malformed:
        raise NotFound from None


def _changed(receipt_code: str) -> Response:
    """Answer an act that was done: back to the page, or its changed parts for HTMX."""
    code = _code(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}")
    return show("desk/review.html", block="work", also=_PARTS, oob=True, **actions.show_state(code, me()))


def _refused(receipt_code: str, draft: dict[str, Any]) -> Response:
    """Answer a form with faults: 422, everything typed kept."""
    context = actions.show_state(_code(receipt_code), me()) | {"draft": draft}
    return show("desk/review.html", block="work", also=_PARTS, oob=True, status=422, **context)


def _file(data: bytes, mimetype: str, name: str) -> Response:
    response = make_response(data)
    response.mimetype = mimetype
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
