"""What the desk needs to know of photos, without their keys, and what the viewer shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.desk.labels import PHOTOS
from backoffice.gateways.photos import QualityNote
from backoffice.kernel.direct import Direct
from backoffice.models import Declaration, Photo, PhotoKind, Status, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import is_overdue
from backoffice.rules.permissions import Do, may

_ORDER = list(PhotoKind)


class PhotoFacts(NamedTuple):
    """What matters of a photo; width and height in pixels as kept, rotation in degrees clockwise (0, 90, 180, 270).

    `missing_since`: since when the photo store is known to have no file of it (dossier.orphans).
    """

    declaration_id: int
    kind: PhotoKind
    notes: list[str]
    citizen_card: dict[str, Any] | None
    width: int
    height: int
    rotation: int
    missing_since: datetime | None


_P = columns_of(Photo)
_PHOTOS = Direct(
    select(*(_P[name] for name in PhotoFacts._fields)).where(
        _P.declaration_id == any_(bindparam("declarations", type_=ARRAY(BigInteger)))
    )
)


def photos_of(session: Session, declaration_ids: Sequence[int]) -> list[PhotoFacts]:
    """Return the photos of the declarations, portrait first."""
    rows = _PHOTOS.rows(session, {"declarations": list(declaration_ids)})
    return sorted((PhotoFacts(*row) for row in rows), key=lambda photo: _ORDER.index(photo.kind))


def shown_photos(declaration: Declaration, photos: Sequence[PhotoFacts], officer: Actor) -> list[dict[str, Any]]:
    """Return the photos as the viewer shows them to `officer` (templates/desk/_photos.html); asks no database.

    `rotate_href` is empty where a turn cannot be kept, for nothing of a decided declaration changes: the viewer then
    turns the photo for this look alone. `retake_href` is empty where it cannot be taken anew.
    """
    is_open = declaration.status is Status.SUBMITTED and not is_overdue(declaration)
    keeps = is_open and may(officer, Do.ROTATE_PHOTO, declaration)
    retakes = is_open and may(officer, Do.RETAKE_PHOTO, declaration)
    path = f"/desk/{declaration.receipt_code}/photos"
    return [_shown(f"{path}/{photo.kind.value}", photo, keeps=keeps, retakes=retakes) for photo in photos]


def quality_words(notes: Iterable[str], *, has_card: bool) -> list[dict[str, str]]:
    """Return what is told of a photo: kind (good, warn) and text. `notes` are QualityNote values.

    `has_card`: a CCCD's QR was read on it; that none was read is said beside the comparison.
    """
    told = [QualityNote(note) for note in notes if note != QualityNote.NO_QR]
    read = [{"kind": "good", "text": "đã đọc mã QR"}] if has_card else []
    return read + [{"kind": "warn", "text": note.label} for note in told]


def _shown(href: str, photo: PhotoFacts, *, keeps: bool, retakes: bool) -> dict[str, Any]:
    return {
        "kind": photo.kind.value,
        "label": PHOTOS[photo.kind],
        "href": href,
        "thumb_href": f"{href}?size=thumb",
        "rotate_href": f"{href}/rotate" if keeps else "",
        "retake_href": f"{href}/retake" if retakes else "",
        "width": photo.width,
        "height": photo.height,
        "rotation": photo.rotation,
        "next_rotation": (photo.rotation + 90) % 360,
        "notes": _missing(photo, retakes=retakes) + quality_words(photo.notes, has_card=photo.citizen_card is not None),
    }


def _missing(photo: PhotoFacts, *, retakes: bool) -> list[dict[str, str]]:
    if photo.missing_since is None:
        return []
    advice = "xin chụp lại" if retakes else "xin báo quản trị"
    return [{"kind": "warn", "text": f"mất tệp ảnh: {advice}"}]
