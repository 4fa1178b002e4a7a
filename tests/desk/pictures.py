"""Declarations with photos in the store, made without the pool that prepares what citizens send."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from backoffice.dossier.photos import attach, store_photos
from backoffice.gateways.photos import PreparedPhoto, QualityNote
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Photo, PhotoKind

SIZES = {
    PhotoKind.PORTRAIT: (900, 1200),
    PhotoKind.ID_FRONT: (1600, 1000),
    PhotoKind.ID_BACK: (1600, 1000),
}
THUMB_EDGE = 720


def add_photos(
    declaration: Declaration, *kinds: PhotoKind, notes: tuple[QualityNote, ...] = (), card: dict[str, str] | None = None
) -> None:
    """Give the declaration these photos (portrait, front and back unless told); `card` was read from the front."""
    stored = store_photos(
        {kind: _prepared(kind, notes, card if kind is PhotoKind.ID_FRONT else None) for kind in kinds or SIZES}
    )
    with transaction() as session:
        attach(session, declaration, stored)


def photo_of(declaration: Declaration, kind: PhotoKind) -> Photo:
    with transaction() as session:
        return session.query(Photo).filter_by(declaration_id=declaration.id, kind=kind).one()


def _prepared(kind: PhotoKind, notes: tuple[QualityNote, ...], card: dict[str, str] | None) -> PreparedPhoto:
    width, height = SIZES.get(kind, (1200, 1600))
    shrink = THUMB_EDGE / max(width, height)
    return PreparedPhoto(
        full=_drawn(width, height),
        thumb=_drawn(round(width * shrink), round(height * shrink)),
        width=width,
        height=height,
        notes=notes,
        qr_text=None,
        citizen_card=card,
    )


def _drawn(width: int, height: int) -> bytes:
    picture = Image.new("RGB", (width, height), "#cfd8e3")
    draw = ImageDraw.Draw(picture)
    for step in range(0, width, max(width // 16, 1)):
        draw.line((step, 0, step, height), fill="#667")
    draw.rectangle((0, 0, width // 4, height // 4), fill="#204080")
    out = BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()
