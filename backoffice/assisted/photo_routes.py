"""Addresses of the photos of a declaration that an officer enters: by webcam, by file, by the citizen's own phone."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.assisted import sitting, view
from backoffice.assisted.room import NO_SUCH_PHOTO, PAGE, lead, photo_kind, token
from backoffice.desk.answers import file
from backoffice.dossier.photos import discard, read_photo, store_photos
from backoffice.gateways.photos import PhotoRefused, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.store import PhotoMissing
from backoffice.intake import draft_links, drafts
from backoffice.intake.draft_rows import Draft, DraftOver, DraftSent
from backoffice.kernel.errors import InvalidInput, NotFound, Unavailable
from backoffice.models import PhotoKind
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit
from backoffice.web.uploads import sent_file, takes_files

pages = Blueprint("assisted_photos", __name__, url_prefix="/desk/new")

_NONE_CHOSEN = "Chưa có ảnh nào được chọn. Xin chụp hoặc chọn một ảnh."


@pages.get("/photo")
@permit(Do.ENTER_FOR_CITIZEN)
def photo_page() -> Response:
    """Show the three ways to a photo."""
    return _page()


@pages.post("/photo")
@permit(Do.ENTER_FOR_CITIZEN)
@takes_files(MAX_BYTES)
def take_photo() -> Response:
    """Take the photo in the part `photo`, in the place of the one before."""
    kind, _ = _wanted()  # nobody decodes a photo for a draft that is over
    try:
        stored = store_photos({kind: get_pool().prepare_photo(sent_file("photo", _NONE_CHOSEN))})
    except (PhotoRefused, InvalidInput, Unavailable) as refusal:
        return _page(refusal.message, refusal.status)
    try:
        drafts.put_photo(token(), stored[0], me())
    except BaseException:
        discard(stored)
        raise
    return lead(PAGE, token())


@pages.get("/picture")
@permit(Do.ENTER_FOR_CITIZEN)
def picture() -> Response:
    """Show a photo of the draft, small, to the officer who enters it."""
    kept = sitting.open_sitting(token(), me()).photos.get(photo_kind())
    if kept is None:
        raise PhotoMissing
    return file(read_photo(kept, "thumb"), "image/jpeg", f"{kept.kind.value}.jpg")


@pages.post("/phone")
@permit(Do.ENTER_FOR_CITIZEN)
def invite() -> Response:
    """Make a one-time link for the citizen's phone and show it, this once, as a QR code."""
    kind, found = _wanted()
    made = draft_links.invite(token(), kind, me())
    return _shown(
        "phone", view.photo_page(found, kind, made.expires_at) | view.phone_of(found, kind, made.expires_at, made)
    )


@pages.get("/phone")
@permit(Do.ENTER_FOR_CITIZEN)
def phone_state() -> Response:
    """Show whether the photo has come; asked for every 2 seconds while the link can be used."""
    kind = photo_kind()
    if not is_fragment():
        return go(f"{PAGE}/photo?kind={kind.value}")
    until = draft_links.open_until(token(), kind, me())
    return _shown("phone_state", view.phone_of(sitting.open_sitting(token(), me()), kind, until))


def _wanted() -> tuple[PhotoKind, Draft]:
    """Return the photo asked about and the draft that wants it; raises NotFound, DraftOver, DraftSent."""
    kind, found = photo_kind(), sitting.open_sitting(token(), me())
    if found.receipt is not None:
        raise DraftSent
    if kind not in sitting.wanted_photos(found):
        raise NotFound(NO_SUCH_PHOTO)
    return kind, found


def _page(fault: str = "", status: int = 200) -> Response:
    try:
        kind, found = _wanted()
    except (DraftOver, DraftSent):
        return go(PAGE)
    until = draft_links.open_until(token(), kind, me())
    return show("assisted/photo.html", status=status, **view.photo_page(found, kind, until, fault))


def _shown(block: str, values: view.Values) -> Response:
    return show("assisted/photo.html", block=block, **values)
