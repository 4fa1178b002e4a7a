"""Addresses of the camera that reads a card's QR where there is no scanner: /desk/new/scan. The picture is not kept."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.assisted import sitting, view
from backoffice.assisted.room import PAGE, lead, token
from backoffice.decision.photo_scan import NOT_READ
from backoffice.gateways.photos import PhotoRefused, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.intake import drafts
from backoffice.intake.draft_rows import DraftOver, DraftSent
from backoffice.kernel.errors import Fault, InvalidInput, Unavailable
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("assisted_scan", __name__, url_prefix="/desk/new")

_NONE_CHOSEN = "Chưa có ảnh nào được chọn. Xin chụp hoặc chọn ảnh có mã QR của thẻ."


@pages.get("/scan")
@permit(Do.ENTER_FOR_CITIZEN)
def scan_page() -> Response:
    """Show the camera, and the upload of a picture."""
    return _page()


@pages.post("/scan")
@permit(Do.ENTER_FOR_CITIZEN)
@takes_files(MAX_BYTES)
def read_card() -> Response:
    """Take the QR on the picture in the part `photo` like a scan."""
    try:
        if sitting.open_sitting(token(), me()).receipt is not None:
            raise DraftSent
        text = get_pool().read_qr(sent_file("photo", _NONE_CHOSEN))
        if text is None:
            raise InvalidInput([Fault("photo", NOT_READ)], NOT_READ)
    except (PhotoRefused, InvalidInput, Unavailable) as refusal:
        return _page(refusal.message, refusal.status)
    take_scan(token(), text)
    return lead(PAGE, token())


def take_scan(mine: str, text: str) -> None:
    """Fill in what was scanned; of what is no card the page says so."""
    try:
        sitting.take_scan(mine, me(), text)
        fault = ""
    except InvalidInput as refusal:
        fault = refusal.faults[0].message
    drafts.put(mine, {view.SCAN_FAULT: fault}, me())


def _page(fault: str = "", status: int = 200) -> Response:
    try:
        found = sitting.open_sitting(token(), me())
    except DraftOver:
        return go(PAGE)
    if found.receipt is not None:
        return go(PAGE)
    return show("assisted/scan.html", status=status, fault=fault, most_bytes=MAX_BYTES)
