"""Addresses of the page where an officer enters a declaration for a citizen: /desk/new."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from flask import Blueprint, Response, flash, request

from backoffice.assisted import sending, sitting, view
from backoffice.assisted.room import PAGE, give, lead, take, token
from backoffice.assisted.scan_routes import take_scan
from backoffice.assisted.words import OTHERS
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft, DraftOver, DraftSent
from backoffice.intake.draft_values import SWITCHES
from backoffice.kernel.errors import InvalidInput
from backoffice.kernel.hashing import new_token
from backoffice.models import PhotoKind
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("assisted", __name__, url_prefix="/desk")

_FIELDS = ("full_name", "bhxh_code", "id_type", "id_number", "date_of_birth", "line", "phone", "email", *OTHERS)
_DONE = (
    "Đã lập tờ khai và nhận hồ sơ. Xin in mẫu số 01 (Alt+P) cho người khai đọc lại và ký, rồi xác minh như thường lệ."
)
_OVER = "Tờ khai đang lập đã quá 2 giờ không thao tác nên được xóa cùng ảnh. Những gì vừa gõ vẫn còn trên trang này."


@pages.get("/new")
@permit(Do.ENTER_FOR_CITIZEN)
def new_page() -> Response:
    """Show what was typed and scanned so far."""
    found = _found()
    if found is not None and found.receipt is not None:
        found = None
    response = show("assisted/new.html", **view.page_of(found, token(), me()))
    return give(response, token() if found else new_token())


@pages.post("/new")
@permit(Do.ENTER_FOR_CITIZEN)
def take_typed() -> Response:
    """Keep what was typed, whatever it is, and what was scanned; then do what was pressed."""
    act, _, what = request.form.get("act", "save").partition(":")
    try:
        mine = _kept(_typed())
    except DraftSent:  # pressed twice: it is the declaration that the first press made
        return _sent_before() or lead(PAGE, token())
    if request.form.get("scan", "").strip():
        take_scan(mine, request.form["scan"])
        return lead(PAGE, mine)
    if act == "save":
        return give(Response(status=204), mine)
    if act in ("use", "keep"):
        sitting.decide_offer(mine, me(), what, take=act == "use")
    if act == "photo" and what in list(PhotoKind):
        return lead(f"{PAGE}/photo?kind={what}", mine)
    if act == "camera":
        return lead(f"{PAGE}/scan", mine)
    if act == "child":
        return _turn(mine)
    if act == "send":
        return _send(mine)
    return lead(f"{PAGE}#place" if act == "find" else PAGE, mine)


@pages.post("/new/places")
@permit(Do.ENTER_FOR_CITIZEN)
def places() -> Response:
    """Answer what is being typed with the places it may mean."""
    mine = _kept({"_place_q": request.form.get("place_q", ""), **_place()}, also_boxes=False)
    found = sitting.open_sitting(mine, me())
    return give(show("assisted/new.html", block="places", **view.places_of(found)), mine)


@pages.post("/new/drop")
@permit(Do.ENTER_FOR_CITIZEN)
def drop() -> Response:
    """Delete the draft with its photos and begin anew."""
    drafts.drop(token(), me())
    flash("Đã xóa tờ khai đang lập cùng ảnh.", "good")
    return take(go(PAGE))


def _found() -> Draft | None:
    with suppress(DraftOver):
        return sitting.open_sitting(token(), me()) if token() else None
    return None


def _sent_before() -> Response | None:
    """Return the way to the declaration that this draft has become: it was pressed twice."""
    found = _found()
    return _to(found.receipt.receipt_code) if found and found.receipt else None


def _kept(typed: Mapping[str, str], *, also_boxes: bool = True) -> str:
    """Write what was typed to the draft, to a new one where it is over or was sent; return its token."""
    mine = token()
    try:
        if mine and also_boxes:
            sitting.keep(mine, me(), typed)
            return mine
        if mine:
            drafts.put(mine, typed, me())
            return mine
    except DraftOver:
        if "begun" not in request.form:
            return sitting.begin(me(), typed, mine)
        flash(_OVER, "warn")
    except DraftSent:
        if request.form.get("act") == "send":
            raise
    return sitting.begin(me(), typed)


def _typed() -> dict[str, str]:
    form = request.form
    typed = {name: form[name] for name in (*_FIELDS, *SWITCHES) if name in form}
    if "place_q" in form:
        typed["_place_q"] = form["place_q"]
    return typed | _place()


def _place() -> dict[str, str]:
    """Return the codes of the place that was chosen, by their names; nothing when none was."""
    codes = request.form.get("place", "").split("-")
    return dict(zip(("province", "district", "ward"), codes, strict=True)) if len(codes) == 3 else {}


def _turn(mine: str) -> Response:
    try:
        return lead(PAGE, sitting.turn_to_child(mine, me()))
    except InvalidInput as refusal:
        drafts.put(mine, {view.SCAN_FAULT: refusal.faults[0].message}, me())
        return lead(PAGE, mine)


def _send(mine: str) -> Response:
    drafts.put(mine, {view.TRIED: "1"}, me())
    try:
        code = sending.send(mine, me())
    except InvalidInput:
        return lead(PAGE, mine)
    flash(_DONE, "good")
    return _to(code)


def _to(receipt_code: str) -> Response:
    return take(go(f"/desk/{receipt_code.replace('-', '')}"))
