"""The desk's addresses. Nothing personal is in any of them: a declaration is its receipt code."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from backoffice.decision import actions as decide
from backoffice.decision.scan import receive
from backoffice.desk import actions
from backoffice.desk.answers import changed, file, receipt_of
from backoffice.desk.rotation import rotate_photo
from backoffice.desk.tabs import ELSEWHERE, Tab
from backoffice.kernel.errors import InvalidInput
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("desk", __name__, url_prefix="/desk")


@pages.get("")
@permit(Do.USE_DESK)
def queue_page() -> Response:
    """Show the queue of the own office, narrowed to a tab; what a tab counts elsewhere is opened there."""
    if _tab() in ELSEWHERE:
        return go(ELSEWHERE[_tab()])
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
    """Look for anything: exactly one declaration opens, else what was found is listed.

    `scanned` is sent by the scanner's script alone: form 01, scanned, also claims and marks as handed in (K6).
    """
    text = request.form.get("q", "")
    try:
        found = actions.search(text, me())
    except InvalidInput as fault:
        notes = [{"kind": "warn", "text": fault.message}]
        return show("desk/find.html", block="results", status=422, q=text, looked="", rows=[], notes=notes)
    if found.opens is not None:
        if "scanned" in request.form:
            receive(found.opens, me(), text)
        return go(f"/desk/{found.opens}")
    return show("desk/find.html", block="results", q=text, looked=found.looked, rows=found.rows, notes=found.notes)


@pages.get("/<receipt_code>")
@permit(Do.REVIEW)
def review_page(receipt_code: str) -> Response:
    """Show one declaration with its photos, flags and decision."""
    return show("desk/review.html", **actions.open_review(receipt_of(receipt_code), me()))


@pages.get("/<receipt_code>/photos/<kind>")
@permit(Do.SEE_PHOTO)
def photo(receipt_code: str, kind: str) -> Response:
    """Answer with a photo as JPEG."""
    size, version = request.args.get("size", "full"), request.args.get("version", "")
    data = actions.open_photo(receipt_of(receipt_code), kind, size, me(), version)
    return file(data, "image/jpeg", f"{kind}.jpg")


@pages.post("/<receipt_code>/photos/<kind>/rotate")
@permit(Do.ROTATE_PHOTO)
def rotate(receipt_code: str, kind: str) -> Response:
    """Keep how a photo lies; the viewer has turned it already, so it is answered with nothing."""
    code = receipt_of(receipt_code)
    rotate_photo(code, kind, request.form.get("degrees", ""), me())
    return make_response("", 204) if is_fragment() else go(f"/desk/{code}")


@pages.get("/<receipt_code>/form01.pdf")
@permit(Do.PRINT_FORM01)
def form01(receipt_code: str) -> Response:
    """Answer with form 01 for printing."""
    return file(actions.print_form01(receipt_of(receipt_code), me()), "application/pdf", "mau-so-01.pdf")


@pages.post("/<receipt_code>/present")
@permit(Do.PRESENT)
def present(receipt_code: str) -> Response:
    """Note that the person handed in the signed form."""
    decide.present(receipt_of(receipt_code), me())
    return changed(receipt_code)


def _tab() -> Tab:
    try:
        return Tab(request.args.get("list", Tab.WAITING.value))
    except ValueError:
        return Tab.WAITING
