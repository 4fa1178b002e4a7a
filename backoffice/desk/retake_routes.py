"""Addresses of taking a photo anew: by webcam or file, by the citizen's phone; and of reading a QR by camera."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, render_template, request

from backoffice.decision import photo_links, retake
from backoffice.decision.photo_scan import ask_to_scan, scan_photo
from backoffice.decision.retake import Retaken, photo_kind
from backoffice.decision.scan import OtherDeclaration
from backoffice.desk import actions
from backoffice.desk.answers import file, receipt_of
from backoffice.desk.ledger import with_note
from backoffice.desk.retake import Values, camera_of, fresh, invited, open_dialog, open_sent, phone_of, told
from backoffice.desk.scan_words import note, note_on
from backoffice.gateways.photos import PhotoRefused
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.kernel.errors import DomainError, InvalidInput, Unavailable
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("desk_retake", __name__, url_prefix="/desk")

_PARTS = ("compare", "caption", "history")
_NONE_CHOSEN = "Chưa có ảnh nào được chọn nên chưa có gì thay đổi. Xin chụp hoặc chọn một ảnh."
_TYPED_AGAIN = (PhotoRefused, InvalidInput, Unavailable)
"""Refusals after which the same form is shown again, without scripts; with them its dialog stays open anyway."""


@pages.get("/<receipt_code>/photos/<kind>/retake")
@permit(Do.RETAKE_PHOTO)
def retake_form(receipt_code: str, kind: str) -> Response:
    """Show how this photo can be taken anew."""
    return show("desk/retake.html", block="retake", **open_dialog(receipt_of(receipt_code), kind, me()))


@pages.post("/<receipt_code>/photos/<kind>/retake")
@permit(Do.RETAKE_PHOTO)
@takes_files(MAX_BYTES)
def retake_photo(receipt_code: str, kind: str) -> Response:
    """Replace the photo by the one in the part `photo`."""
    code = receipt_of(receipt_code)
    try:
        done = retake.retake(code, kind, sent_file("photo", _NONE_CHOSEN), me())
    except _TYPED_AGAIN as fault:
        return _again("desk/retake.html", fault, lambda: open_dialog(code, kind, me()))
    return _replaced(code, done)


@pages.post("/<receipt_code>/photos/<kind>/invite")
@permit(Do.RETAKE_PHOTO)
def invite(receipt_code: str, kind: str) -> Response:
    """Make a one-time link for the citizen's phone and show it, this once, as a QR code."""
    code = receipt_of(receipt_code)
    invitation = photo_links.invite(code, kind, me())
    whole = {} if is_fragment() else open_dialog(code, kind, me())
    return show("desk/retake.html", block="phone", **whole | invited(code, invitation))


@pages.get("/<receipt_code>/photos/<kind>/invite")
@permit(Do.RETAKE_PHOTO)
def link_state(receipt_code: str, kind: str) -> Response:
    """Show whether the photo has come; asked for every 2 seconds while the link can be used."""
    code = receipt_of(receipt_code)
    if not is_fragment():
        return go(f"/desk/{code}/photos/{photo_kind(kind).value}/retake")
    values = phone_of(code, photo_links.link_of(code, kind, me()))
    if values["phone"]["state"] == "waiting":
        return show("desk/retake.html", block="phone_state", **values)
    return show("desk/retake.html", block="phone_state", also=("phone_code",), oob=True, **values)


@pages.get("/<receipt_code>/photos/<kind>/sent")
@permit(Do.SEE_PHOTO)
def sent_photo(receipt_code: str, kind: str) -> Response:
    """Answer with the photo that was sent and waits, as JPEG."""
    data = open_sent(receipt_of(receipt_code), kind, request.args.get("size", "full"), me())
    return file(data, "image/jpeg", f"{kind}.jpg")


@pages.post("/<receipt_code>/photos/<kind>/accept")
@permit(Do.RETAKE_PHOTO)
def accept(receipt_code: str, kind: str) -> Response:
    """Replace the photo by the one that was sent."""
    code = receipt_of(receipt_code)
    return _replaced(code, photo_links.accept(code, kind, request.form.get("photo", ""), me()))


@pages.post("/<receipt_code>/photos/<kind>/discard")
@permit(Do.RETAKE_PHOTO)
def discard(receipt_code: str, kind: str) -> Response:
    """Remove the photo that was sent."""
    code = receipt_of(receipt_code)
    photo_links.discard_sent(code, kind, request.form.get("photo", ""), me())
    if not is_fragment():
        return go(f"/desk/{code}/photos/{kind}/retake")
    return show("desk/retake.html", block="phone", **phone_of(code, photo_links.link_of(code, kind, me())))


@pages.get("/<receipt_code>/scan-photo")
@permit(Do.SCAN)
def scan_form(receipt_code: str) -> Response:
    """Show the camera that reads a QR."""
    code = receipt_of(receipt_code)
    ask_to_scan(code, me())
    return show("desk/scan_photo.html", block="scan_photo", **camera_of(code))


@pages.post("/<receipt_code>/scan-photo")
@permit(Do.SCAN)
@takes_files(MAX_BYTES)
def scan(receipt_code: str) -> Response:
    """Take the QR on the photo in the part `photo` like a scan."""
    code = receipt_of(receipt_code)
    try:
        said, status = note_on(scan_photo(code, me(), sent_file("photo", _NONE_CHOSEN))), 200
    except OtherDeclaration as other:
        said, status = note("warn", other.message, f"/desk/{other.receipt_code}", "Mở hồ sơ đó"), other.status
    except _TYPED_AGAIN as fault:
        return _again("desk/scan_photo.html", fault, lambda: camera_of(code))
    if status == 200 and not is_fragment():
        return go(f"/desk/{code}")
    values = with_note(actions.show_state(code, me()), said)
    return _with(_state(values, status), render_template("desk/_closed.html"))


def _replaced(code: str, done: Retaken) -> Response:
    """Answer that a photo was replaced: back to the page, or its changed parts for HTMX, the other photos untouched."""
    tone, text = told(done)
    if not is_fragment():
        flash(text, tone)
        return go(f"/desk/{code}")
    values = actions.show_state(code, me())
    photo = fresh(values["photos"], done)
    return _with(_state(values), render_template("desk/_retaken.html", photo=photo, tone=tone, text=text))


def _state(values: Values, status: int = 200) -> Response:
    return show("desk/review.html", block="work", also=_PARTS, oob=True, keep=True, status=status, **values)


def _with(response: Response, more: str) -> Response:
    if is_fragment():
        response.set_data(response.get_data(as_text=True) + more)
    return response


def _again(template: str, fault: DomainError, values: Callable[[], Values]) -> Response:
    """Show the form again with what was wrong; HTMX gets the sentence alone, its dialog keeps everything."""
    if is_fragment():
        raise fault
    return show(template, status=fault.status, fault=fault.message, **values())
