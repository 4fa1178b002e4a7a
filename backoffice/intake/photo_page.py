"""The page a citizen's phone opens from the QR at the counter: one photo, once. It names nobody (issue 4, item 4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_wtf.csrf import CSRFError

from backoffice.decision import photo_links
from backoffice.decision.photo_links import Asked, LinkEnded
from backoffice.gateways.photos import PhotoRefused, Refusal
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.refusal import SENTENCES
from backoffice.intake import draft_links
from backoffice.kernel import rates
from backoffice.kernel.errors import DomainError, InvalidInput, NotFound, Unavailable
from backoffice.rules.photo_wording import WANTED
from backoffice.web.guard import public
from backoffice.web.refusals import with_wait
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("photo_page", __name__)

PAGES_A_MINUTE = 120
PHOTOS_A_MINUTE = 30
"""From one address: a whole office and all who wait in it may share one."""
_NONE_CHOSEN = "Chưa có ảnh nào được chọn. Xin bấm vào ô “Ảnh” để chụp, rồi bấm “Gửi ảnh”."
_NO_COOKIE = (
    "Ảnh chưa được gửi vì trang đã mở quá lâu, hoặc trình duyệt không cho lưu cookie. "
    "Xin quét lại mã QR trên màn hình của cán bộ rồi chụp lại."
)


def _asked(token: str) -> tuple[Asked, Callable[[str, bytes], None]]:
    """Return what a link asks for, of a draft at the desk or a declaration, and what takes the photo."""
    with suppress(NotFound):
        return draft_links.asked_by(token), draft_links.send
    return photo_links.asked_by(token), photo_links.send


def _is_usable(token: str) -> bool:
    with suppress(NotFound, LinkEnded):
        _asked(token)
        return True
    return False


@pages.get("/anh/<token>")
@public
def photo_form(token: str) -> Response:
    """Say what to photograph and take it."""
    rates.count("photo_page", request.remote_addr or "", PAGES_A_MINUTE, 60)
    return _form(token)


@pages.post("/anh/<token>")
@public
@takes_files(MAX_BYTES, when=_is_usable)
def send_photo(token: str) -> Response:
    """Take the photo in the part `photo`; what cannot be used is asked for again."""
    rates.count("photo_sent", request.remote_addr or "", PHOTOS_A_MINUTE, 60)
    try:
        _, send = _asked(token)
        send(token, sent_file("photo", _NONE_CHOSEN))
    except (PhotoRefused, InvalidInput, Unavailable) as fault:
        return _form(token, fault.message, fault.status)
    return _page("Đã nhận ảnh", done=True)


@pages.errorhandler(DomainError)
def _refused(error: DomainError) -> Response:
    return with_wait(_page(error.title, error.status, message=error.message), error)


@pages.errorhandler(413)
def _too_large(_error: Exception) -> Response:
    """Answer a body that was not read: by a link of no use it says so, by another that the photo is too large."""
    token = str((request.view_args or {}).get("token", ""))
    try:
        return _form(token, SENTENCES[Refusal.TOO_MANY_BYTES], 413)
    except DomainError as over:
        return _refused(over)


@pages.errorhandler(CSRFError)
def _no_token(error: CSRFError) -> Response:
    return _page("Chưa gửi được ảnh", error.code, message=_NO_COOKIE)


def _form(token: str, fault: str = "", status: int = 200) -> Response:
    asked, _ = _asked(token)
    wanted = WANTED[asked.kind]
    return _page(f"Chụp {wanted.name}", status, wanted=wanted, until=asked.until, fault=fault)


def _page(title: str, status: int = 200, **values: Any) -> Response:
    return Response(render_template("intake/photo.html", title=title, **values), status)
