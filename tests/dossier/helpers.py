"""Photos with rows and files, and keys of one's own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from uuid import UUID

from PIL import Image
from sqlalchemy import select

from backoffice.dossier.house import House, house, use
from backoffice.dossier.photos import attach, read_photo, store_photos
from backoffice.gateways.photos import KeyRing, PhotoStore, PreparedPhoto
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import new_token, token_hash
from backoffice.models import Photo, PhotoKind, PhotoUpload
from tests.factories import make_declaration, make_officer


def key(name: str) -> str:
    """An entry of PHOTO_KEYS: the same name has the same key."""
    return f"{name}:{base64.b64encode(sha256(name.encode()).digest()).decode()}"


def keys(*names: str) -> str:
    """PHOTO_KEYS with these, the first one current."""
    return ",".join(key(name) for name in names)


@contextmanager
def opened(*names: str, store: PhotoStore | None = None) -> Iterator[None]:
    """In this block the house has these keys (those it has, when none is named), and this store."""
    before = house()
    use(House(store or before.store, KeyRing.parse(keys(*names)) if names else before.keys))
    try:
        yield
    finally:
        use(before)


def jpeg(edge: int = 20) -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.linear_gradient("L").resize((edge, edge)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


SMALL = PreparedPhoto(full=jpeg(24), thumb=jpeg(8), width=24, height=24, notes=(), qr_text=None, citizen_card=None)


def declared(kinds: int = 1) -> list[Photo]:
    """The photos, so many, of a new declaration."""
    stored = store_photos(dict.fromkeys(list(PhotoKind)[:kinds], SMALL))
    with transaction() as session:
        declaration = make_declaration(session)
        attach(session, declaration, stored)
    return rows(declaration.id)


def rows(declaration_id: int | None = None) -> list[Photo]:
    """All photos, or those of one declaration, as they stand now."""
    with transaction() as session:
        wanted = select(Photo).order_by(Photo.id)
        return list(session.scalars(wanted.filter_by(declaration_id=declaration_id) if declaration_id else wanted))


def opens(photo: Photo) -> bool:
    """Whether both files of it open with the keys of now."""
    return (read_photo(photo, "full"), read_photo(photo, "thumb")) == (SMALL.full, SMALL.thumb)


def sent() -> UUID:
    """A photo that was sent by telephone and waits to be taken; its id."""
    [photo] = store_photos({PhotoKind.PORTRAIT: SMALL})
    with transaction() as session:
        declaration, officer = make_declaration(session), make_officer(session)
        session.add(
            PhotoUpload(
                token_hash=token_hash(new_token()),
                declaration_id=declaration.id,
                kind=photo.kind,
                officer_id=officer.id,
                created_at=clock.now(),
                expires_at=clock.now(),
                used_at=clock.now(),
                photo_id=photo.id,
                wrapped_key=photo.wrapped_key,
                key_name=photo.key_name,
                width=photo.width,
                height=photo.height,
                notes=[],
            )
        )
    return photo.id
