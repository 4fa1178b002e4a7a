"""The step of the photos: /declare/photos (D4). One is sent at a time, looked at by the photo pipeline, and shown back.

What is thought of a photo (blurred, dark) is said and refuses nothing; what cannot be read is refused in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, request

from backoffice.dossier.photos import discard, read_photo, store_photos
from backoffice.gateways.photos import PhotoRefused, QualityNote, Refusal, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.refusal import SENTENCES
from backoffice.gateways.photos.store import PhotoMissing
from backoffice.identity.text import compact
from backoffice.intake import drafts
from backoffice.intake.draft_rows import Draft, DraftOver
from backoffice.kernel import rates
from backoffice.kernel.errors import InvalidInput, NotFound, Unavailable
from backoffice.models import DraftPhoto, IdType, PhotoKind
from backoffice.portal import declare_room
from backoffice.portal.declare_room import draft, go_on, has_draft, lead, room, show_step, token, was_tried
from backoffice.portal.declare_steps import beside
from backoffice.rules.photo_wording import WANTED
from backoffice.web.fragments import show
from backoffice.web.guard import public
from backoffice.web.uploads import sent_file, takes_files

pages = room("declare_photos", __name__)

PHOTOS_A_MINUTE = 60
"""From one address: a commune's computer, or an office and all who wait in it, may share one."""
SHAPES: dict[PhotoKind, str] = {PhotoKind.PORTRAIT: "2:3", PhotoKind.ID_FRONT: "1.5:1", PhotoKind.ID_BACK: "1.5:1"}
"""Width to height of the frame in which a photo is cut: 4x6 cm; a card (ISO/IEC 7810 ID-1) or a passport's page, with
some ground around it."""
_ADVICE: dict[QualityNote, str] = {
    QualityNote.TOO_SMALL: "xin chụp gần hơn, hoặc chọn ảnh gốc chưa thu nhỏ.",
    QualityNote.BLURRED: "xin giữ yên máy, chạm vào màn hình cho nét rồi mới chụp.",
    QualityNote.DARK: "xin chụp ở chỗ sáng hơn, không ngược sáng.",
    QualityNote.GLARE: "xin tắt đèn flash, đổi chỗ đứng để không còn vệt sáng.",
    QualityNote.CUT_OFF: "xin lùi máy ra để thấy đủ bốn góc của thẻ, chừa một chút viền xung quanh.",
    QualityNote.NO_QR: "xin chụp thẳng, gần hơn để mã QR trên thẻ rõ nét.",
}
_NOT_WANTED = "Tờ khai này không cần ảnh đó nên ảnh không được nhận. Xin mở lại bước “Ảnh” để xem cần những ảnh nào."
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
    wanted, fault = _kind(kind), ""
    if wanted not in drafts.wanted_photos(draft()):
        raise NotFound(_NOT_WANTED)
    try:
        _keep(wanted, _sent())
    except (PhotoRefused, InvalidInput, Unavailable) as refusal:
        fault = refusal.message
    drafts.put(token(), {_fault_of(wanted): fault})
    return lead(f"/declare/photos#f-{wanted.value}")


@pages.errorhandler(413)
def _too_large(_error: Exception) -> Response:
    """Answer a photo that was not even read: it is told beside it, like all that is refused."""
    kind = str((request.view_args or {}).get("kind", ""))
    if kind not in list(PhotoKind) or not has_draft():
        return show("portal/declare/refused.html", status=413, title="Ảnh quá lớn")
    drafts.put(token(), {_fault_of(PhotoKind(kind)): SENTENCES[Refusal.TOO_MANY_BYTES]})
    return lead(f"/declare/photos#f-{kind}")


@pages.get("/photos/<kind>")
@public
def photo(kind: str) -> Response:
    """Show a photo back, small, to the browser that sent it."""
    kept = draft().photos.get(_kind(kind))
    if kept is None:
        raise PhotoMissing
    return Response(read_photo(kept, "thumb"), mimetype="image/jpeg")


def _sent() -> bytes:
    """Return the photo sent. Raises InvalidInput when none was chosen, PhotoRefused for a file without a byte."""
    part = request.files.get("photo")
    if part is not None and part.filename and not part.stream.read(1):
        raise PhotoRefused(Refusal.EMPTY)
    if part is not None:
        part.stream.seek(0)
    return sent_file("photo", _NONE_CHOSEN)


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
    return {
        "kind": kind.value,
        "wanted": WANTED[kind],
        "shape": SHAPES.get(kind, ""),
        "is_there": kept is not None,
        "mark": kept.id.hex[:8] if kept else "",
        "notes": list(_notes(found, kept)) if kept else [],
        "is_another": kept is not None and _is_another(found, kept),
    }


def _notes(found: Draft, kept: DraftPhoto) -> Iterator[str]:
    """Yield what is thought of a photo, each with what helps; of a missing QR only where a card should show one."""
    for note in map(QualityNote, kept.notes):
        if note is not QualityNote.NO_QR or _misses_qr(found, kept):
            yield f"{note.label[:1].upper()}{note.label[1:]}: {_ADVICE[note]}"


def _misses_qr(found: Draft, kept: DraftPhoto) -> bool:
    """Tell whether this is the front of a card of which neither side's QR was read: it is on one of the two."""
    sides = [found.photos.get(kind) for kind in (PhotoKind.ID_FRONT, PhotoKind.ID_BACK)]
    is_whole = all(sides) and found.values.get("id_type") == IdType.CITIZEN_ID
    return kept.kind is PhotoKind.ID_FRONT and is_whole and not any(side and side.citizen_card for side in sides)


def _is_another(found: Draft, kept: DraftPhoto) -> bool:
    """Tell whether the card on the photo has another number than was typed for a card."""
    typed = compact(found.values.get("id_number", ""))
    if kept.citizen_card is None or found.values.get("id_type") != IdType.CITIZEN_ID or not typed:
        return False
    return typed not in (kept.citizen_card.get("number"), kept.citizen_card.get("old_number"))


def _fault_of(kind: PhotoKind) -> str:
    return f"_fault_{kind.value}"


def _kind(name: str) -> PhotoKind:
    if name not in list(PhotoKind):
        raise DraftOver if not has_draft() else PhotoMissing
    return PhotoKind(name)
