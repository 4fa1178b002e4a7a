"""Photos of a declaration: sealed and stored before the transaction, rows within it, files removed when it fails.

Each photo has a data key of its own, wrapped in its row, so that a file without its row opens for nobody (design 4):
what a crash between the two steps leaves behind is unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice.dossier.house import house
from backoffice.gateways.photos import (
    PhotoMissing,
    PhotoUnreadable,
    PreparedPhoto,
    QualityNote,
    open_sealed,
    seal_many,
)
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError, NotFound
from backoffice.models import BatchPhoto, Declaration, DraftPhoto, IdType, Photo, PhotoKind, PhotoUpload, VersionPhoto

Size = Literal["full", "thumb"]

log = structlog.get_logger()


@dataclass(frozen=True)
class StoredPhoto:
    """A photo whose files are in the store and whose row is not written yet."""

    id: UUID
    kind: PhotoKind
    wrapped_key: bytes
    key_name: str
    width: int
    height: int
    notes: tuple[QualityNote, ...]
    citizen_card: dict[str, Any] | None


class Kept(Protocol):
    """What opens the files of a photo in the store."""

    @property
    def id(self) -> UUID:
        """Return its id, by which the files are named."""

    @property
    def wrapped_key(self) -> bytes:
        """Return its data key, wrapped."""

    @property
    def key_name(self) -> str:
        """Return the name of the key that wrapped it."""


@dataclass(frozen=True)
class SealedPhoto:
    """What opens a photo in the store, outside the transaction its row was read in."""

    id: UUID
    wrapped_key: bytes
    key_name: str


def store_photos(prepared: Mapping[PhotoKind, PreparedPhoto]) -> list[StoredPhoto]:
    """Seal each photo under a new data key and write full size and thumbnail to the store; no transaction is needed.

    On any error nothing stays in the store. Raises Unavailable when the store is out.
    """
    stored: list[StoredPhoto] = []
    try:
        for kind, photo in prepared.items():
            one = _stored(kind, photo)
            stored.append(one.photo)
            for name, blob in one.blobs.items():
                house().store.put(name, blob)
    except BaseException:
        remove_files(photo.id for photo in stored)
        raise
    return stored


def attach(
    session: Session, declaration: Declaration, stored: Sequence[StoredPhoto], *, beside: Sequence[Photo] = ()
) -> None:
    """Add the rows of `stored` to the flushed `declaration`, with the notes that mean something on each photo.

    `beside`: the photos it has already; what the new ones tell on a missing QR is noted on them too.
    """
    has_qr = any(photo.citizen_card for photo in stored) or any(photo.citizen_card for photo in beside)
    for photo in stored:
        session.add(
            Photo(
                id=photo.id,
                declaration_id=declaration.id,
                kind=photo.kind,
                wrapped_key=photo.wrapped_key,
                key_name=photo.key_name,
                width=photo.width,
                height=photo.height,
                notes=[note.value for note in photo.notes if _tells(note, photo.kind, declaration.id_type, has_qr)],
                citizen_card=photo.citizen_card,
                created_at=clock.now(),
            )
        )
    for known in beside:
        others = [note for note in known.notes if note != QualityNote.NO_QR]
        is_missing = not has_qr and _tells(QualityNote.NO_QR, known.kind, declaration.id_type, has_qr)
        known.notes = [*others, QualityNote.NO_QR.value] if is_missing else others
    session.flush()


def replace(session: Session, declaration: Declaration, new: StoredPhoto) -> UUID:
    """Put `new` in the place of the photo of its kind of the locked `declaration`; return the old one's id.

    The old row goes, and with it the key: nobody opens its files any more, which are to be removed after the commit
    (`remove_files`). Raises NotFound when the declaration has no photo of this kind.
    """
    photos = list(session.scalars(select(Photo).where(Photo.declaration_id == declaration.id)))
    old = next((photo for photo in photos if photo.kind is new.kind), None)
    if old is None:
        raise NotFound("Tờ khai này không có ảnh đó.")
    session.delete(old)
    session.flush()
    attach(session, declaration, [new], beside=[photo for photo in photos if photo is not old])
    return old.id


def copy_photos(photos: Sequence[Photo]) -> list[StoredPhoto]:
    """Seal each photo once more under a key of its own, for a form that is filled in from a declaration.

    One whose file is gone, or does not open, is left out: it is to be taken anew. Call it outside any transaction; on
    any other error nothing new stays in the store. Raises Unavailable when the store is out.
    """
    stored: list[StoredPhoto] = []
    try:
        for photo in photos:
            with suppress(PhotoMissing, PhotoUnreadable):
                stored += store_photos({photo.kind: _as_prepared(photo)})
    except BaseException:
        remove_files(photo.id for photo in stored)
        raise
    return stored


def discard(stored: Sequence[StoredPhoto]) -> None:
    """Remove the files of photos whose transaction failed; call it outside any transaction.

    A commit may succeed and its answer be lost: so files whose row is there stay, and all stay when nobody can tell.
    Never raises for a store or database that is out: what is left without a row is unreadable.
    """
    ids = [photo.id for photo in stored]
    try:
        with transaction() as session:
            kept = set(session.scalars(select(Photo.id).where(Photo.id.in_(ids))))
            kept.update(session.scalars(select(PhotoUpload.photo_id).where(PhotoUpload.photo_id.in_(ids))))
            kept.update(session.scalars(select(DraftPhoto.id).where(DraftPhoto.id.in_(ids))))
            kept.update(session.scalars(select(VersionPhoto.id).where(VersionPhoto.id.in_(ids))))
            kept.update(session.scalars(select(BatchPhoto.id).where(BatchPhoto.id.in_(ids))))
    except SQLAlchemyError as error:
        log.warning(
            "photos of a failed declaration left in the store", error=type(error).__name__, photo_count=len(ids)
        )
        return
    remove_files(photo_id for photo_id in ids if photo_id not in kept)


def read_photo(photo: Kept, size: Size) -> bytes:
    """Return the JPEG, decrypted. Raises NotFound when its file is gone, Unavailable when the store is out,
    PhotoUnreadable when it does not open.
    """
    opened = house()
    blob = opened.store.get(_name(photo.id, size))
    return open_sealed(opened.keys, blob, photo.wrapped_key, photo.key_name, _context(photo.id, size))


def file_names(photo_id: UUID) -> frozenset[str]:
    """Return the names of a photo's files in the store."""
    return frozenset(_name(photo_id, size) for size in _SIZES)


def delete_files(photo_ids: Iterable[UUID]) -> None:
    """Remove both files of each photo; what is gone already is fine. Raises Unavailable when the store is out."""
    house().store.delete(_name(photo_id, size) for photo_id in photo_ids for size in _SIZES)


def remove_files(photo_ids: Iterable[UUID]) -> None:
    """Remove both files of photos whose rows are gone; a store that is out is logged and stops nothing."""
    ids = list(photo_ids)
    try:
        delete_files(ids)
    except DomainError as error:
        log.warning("photo files left in the store", error=type(error).__name__, photo_ids=[str(one) for one in ids])


@dataclass(frozen=True)
class _Sealed:
    photo: StoredPhoto
    blobs: dict[str, bytes]


_SIZES: tuple[Size, ...] = ("full", "thumb")
_CARDS = (PhotoKind.ID_FRONT, PhotoKind.ID_BACK)


def _stored(kind: PhotoKind, photo: PreparedPhoto) -> _Sealed:
    photo_id = uuid4()
    plain: dict[Size, bytes] = {"full": photo.full, "thumb": photo.thumb}
    parts = seal_many(house().keys, [(plain[size], _context(photo_id, size)) for size in _SIZES])
    stored = StoredPhoto(
        id=photo_id,
        kind=kind,
        wrapped_key=parts[0].wrapped_key,
        key_name=parts[0].key_name,
        width=photo.width,
        height=photo.height,
        notes=tuple(note for note in photo.notes if note is not QualityNote.CUT_OFF or kind in _CARDS),
        citizen_card=photo.citizen_card,
    )
    return _Sealed(stored, {_name(photo_id, size): part.blob for size, part in zip(_SIZES, parts, strict=True)})


def _tells(note: QualityNote, kind: PhotoKind, id_type: IdType, has_qr: bool) -> bool:
    """Tell whether a note says something: a missing QR or corner does only where a card should show one.

    The QR is on the front of the older CCCD and on the back of the 2024 card: one of the two is enough.
    """
    if note is QualityNote.CUT_OFF:
        return id_type is not IdType.PASSPORT
    if note is not QualityNote.NO_QR:
        return True
    return id_type is IdType.CITIZEN_ID and kind is PhotoKind.ID_FRONT and not has_qr


def _as_prepared(photo: Photo) -> PreparedPhoto:
    return PreparedPhoto(
        full=read_photo(photo, "full"),
        thumb=read_photo(photo, "thumb"),
        width=photo.width,
        height=photo.height,
        notes=tuple(map(QualityNote, photo.notes)),
        qr_text=None,
        citizen_card=photo.citizen_card,
    )


def _name(photo_id: UUID, size: Size) -> str:
    return photo_id.hex if size == "full" else f"{photo_id.hex}.thumb"


def _context(photo_id: UUID, size: Size) -> bytes:
    return photo_id.bytes + b"/" + size.encode()
