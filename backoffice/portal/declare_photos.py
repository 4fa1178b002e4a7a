"""The step of the photos: /declare/photos (D4). One is sent at a time, looked at by the photo pipeline, and shown back.

What is thought of a photo (blurred, dark) is said and refuses nothing; what cannot be read is refused in words.
"""

from __future__ import annotations

from typing import Any

from flask import Response, request

from backoffice.dossier.photos import discard, read_photo, store_photos
from backoffice.gateways.photos import PhotoRefused, QualityNote, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.store import PhotoMissing
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft, DraftOver
from backoffice.kernel import rates
from backoffice.kernel.errors import InvalidInput, Unavailable
from backoffice.models import PhotoKind
from backoffice.portal import declare_room
from backoffice.portal.declare_room import draft, go_on, has_draft, lead, room, show_step, token, was_tried
from backoffice.portal.declare_steps import beside
from backoffice.rules.photo_wording import WANTED
from backoffice.web.guard import public
from backoffice.web.uploads import sent_file, takes_files

pages = room("declare_photos", __name__)

PHOTOS_A_MINUTE = 60
"""From one address: a commune's computer, or an office and all who wait in it, may share one."""
_NONE_CHOSEN = "Chưa có ảnh nào được chọn. Xin bấm vào ô chọn ảnh để chụp hoặc chọn, rồi bấm “Gửi ảnh”."


@pages.get("/photos")
@public
def photos_page() -> Response:
    """Show which photos are wanted, those that are there, and what is thought of them."""
    found = draft()
    at = declare_room.step(found, "photos")
    faults = {kind.value: text for kind in PhotoKind if (text := found.values.get(_fault_of(kind), ""))}
    if was_tried(found, at):
        faults = _missing(found) | faults
    return show_step(found, at, faults=faults, wanted=[_shown(found, kind) for kind in drafts.wanted_photos(found)])


@pages.post("/photos")
@public
def leave_photos() -> Response:
    """Go on, when all that are wanted are there, or back."""
    found = draft()
    at = declare_room.step(found, "photos")
    if request.form.get("act") == "back":
        return lead(beside(found.kind, at)[0])
    return go_on(found, at, _missing(found))


@pages.post("/photos/<kind>")
@public
@takes_files(MAX_BYTES, when=has_draft)
def take_photo(kind: str) -> Response:
    """Take the photo in the part `photo`, in the place of the one before; what cannot be used is said on the page."""
    rates.count("declare_photo", request.remote_addr or "", PHOTOS_A_MINUTE, 60)
    wanted, _ = _kind(kind), draft()
    fault = ""
    try:
        _keep(wanted, sent_file("photo", _NONE_CHOSEN))
    except (PhotoRefused, InvalidInput, Unavailable) as refusal:
        fault = refusal.message
    drafts.put(token(), {_fault_of(wanted): fault})
    return lead(f"/declare/photos#f-{wanted.value}")


@pages.get("/photos/<kind>")
@public
def photo(kind: str) -> Response:
    """Show a photo back, small, to the browser that sent it."""
    kept = draft().photos.get(_kind(kind))
    if kept is None:
        raise PhotoMissing
    return Response(read_photo(kept, "thumb"), mimetype="image/jpeg")


def _keep(kind: PhotoKind, data: bytes) -> None:
    stored = store_photos({kind: get_pool().prepare_photo(data)})
    try:
        drafts.put_photo(token(), stored[0])
    except BaseException:
        discard(stored)
        raise


def _missing(found: Draft) -> dict[str, str]:
    wanted = [kind for kind in drafts.wanted_photos(found) if kind not in found.photos]
    return {kind.value: f"Thiếu {WANTED[kind].name}. Xin chụp hoặc chọn ảnh rồi bấm “Gửi ảnh”." for kind in wanted}


def _shown(found: Draft, kind: PhotoKind) -> dict[str, Any]:
    kept = found.photos.get(kind)
    notes = [QualityNote(note) for note in kept.notes] if kept else []
    return {
        "kind": kind.value,
        "wanted": WANTED[kind],
        "is_there": kept is not None,
        "mark": kept.id.hex[:8] if kept else "",
        "notes": [note.label for note in notes if note is not QualityNote.NO_QR],
    }


def _fault_of(kind: PhotoKind) -> str:
    return f"_fault_{kind.value}"


def _kind(name: str) -> PhotoKind:
    if name not in list(PhotoKind):
        raise DraftOver if not has_draft() else PhotoMissing
    return PhotoKind(name)
