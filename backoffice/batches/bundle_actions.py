"""What officers do with lists of people to be declared (D12 b): send workbook and zips in, add zips, print form 01s."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice.batches import queries
from backoffice.batches.actions import Received, Sent, take_in
from backoffice.batches.bundle_queries import photos_beside, to_print
from backoffice.batches.correcting import compare_anew
from backoffice.batches.letter import read_letter
from backoffice.batches.review import require_open, start
from backoffice.batches.work import UNDER_WAY
from backoffice.dossier.archives import StoredArchive, remove_archives, store_archive
from backoffice.dossier.form01 import form01s_pdf
from backoffice.dossier.photos import SealedPhoto, read_photo
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import (
    Batch,
    BatchArchive,
    BatchKind,
    TrailEvent,
)
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, record_each, subject_of
from backoffice.rules.permissions import Do, require

_LAST_PART = 10_000
"""Beyond the last row that a spreadsheet has."""
MOST_ARCHIVES = 100
"""Zips of one list."""
_MANY = f"Danh sách đã có {MOST_ARCHIVES} tệp zip. Chưa nhận thêm tệp nào; xin chia danh sách thành nhiều danh sách."
_NO_ZIP = "Chưa chọn tệp ảnh nào. Xin chọn tệp zip có ảnh của từng người."
_NO_PHOTO = "Không có ảnh này cho dòng đó. Ảnh có thể đã thành ảnh của tờ khai; xin mở hồ sơ để xem."
_NO_PHOTOS = "Danh sách này không nhận ảnh: chỉ danh sách lập tờ khai mới cần ảnh. Chưa nhận tệp nào."
_NONE_LEFT = (
    "Không có tờ khai nào để in: chưa lập tờ khai từ danh sách này, hoặc các tờ khai đã được giải quyết, đã quá hạn."
)


def upload(actor: Actor, book: Sent, zips: Sequence[Sent], form: Mapping[str, str]) -> Received:
    """Take in a list with its photos; zips may follow (`add_photos`).

    The same workbook, while it is in work at this office, is the same list, to which the zips are added. Raises
    Forbidden, InvalidInput, NotFound; Unavailable when the photo store is out; Conflict.
    """
    require(actor, Do.WORK_BATCH)
    with _stored(zips) as kept, transaction() as session:
        letter = read_letter(form)
        unit = queries.sending_unit(session, actor, letter.unit)
        received = take_in(session, actor, book, unit, letter, BatchKind.TO_DECLARE)
        if zips:
            batch = session.scalars(select(Batch).where(Batch.token == received.token).with_for_update(of=Batch)).one()
            _add(session, actor, batch, zips, kept)
    return received


def add_photos(actor: Actor, token: str, zips: Sequence[Sent]) -> int:
    """Add zips to a list that may still be worked on; return how many were new. It is compared again.

    Raises Forbidden, NotFound, InvalidInput; Conflict when the list is not open; Unavailable when the store is out.
    """
    require(actor, Do.WORK_BATCH)
    with transaction() as session:
        queries.find(session, actor, Do.WORK_BATCH, token)
    if not zips:
        raise InvalidInput([Fault("photos", _NO_ZIP, "missing")], _NO_ZIP)
    with _stored(zips) as kept, transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
        return _add(session, actor, batch, zips, kept)


def make(actor: Actor, token: str, expected: int | None) -> int:
    """Ask for declarations of all sound rows of the list; `expected` is how many the officer was told of.

    Raises Forbidden, NotFound; InvalidInput while unit or letter are not noted; Conflict as `review.start`.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.APPLY_BATCH, token, locked=True)
        if batch.kind is not BatchKind.TO_DECLARE:
            raise Conflict(_NO_PHOTOS, code="no_photos")
        return start(session, actor, batch, None, expected)


def open_photo(actor: Actor, token: str, number: int, kind: str, size: str) -> bytes:
    """Return a photo that came for the person of a row as JPEG; that it is opened is written down.

    Raises Forbidden, NotFound.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token)
        photo = next((one for one in photos_beside(session, batch, number) if one.kind == kind), None)
        if photo is None:
            raise NotFound(_NO_PHOTO)
        event = TrailEvent.PHOTO if size == "full" else TrailEvent.BATCH_SEE
        record(session, event, actor, subject_hash=subject_of(photo), batch=batch.id, kind=photo.kind.value)
        kept = SealedPhoto(photo.id, photo.wrapped_key or b"", photo.key_name or "")
    return read_photo(kept, "full" if size == "full" else "thumb")


def forms(actor: Actor, token: str, part: int) -> bytes:
    """Return form 01s of the list's declarations that wait to be decided, of a part of its rows, in one PDF to print.

    Whose they are is written down. Raises Forbidden, NotFound when there is none (any more).
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token)
        those = session.scalars(to_print(batch, min(part, _LAST_PART))).all()
        if not those:
            raise NotFound(_NONE_LEFT)
        record_each(session, TrailEvent.FORM01, actor, those, batch=batch.id)
        return form01s_pdf(session, [one.id for one in those])


@dataclass
class _Kept:
    """Zips in the store, in the order they were sent, and those that no row asks for."""

    those: list[StoredArchive] = field(default_factory=list)
    spare: list[UUID] = field(default_factory=list)


@contextmanager
def _stored(zips: Sequence[Sent]) -> Iterator[_Kept]:
    """Put the zips into the store; what has no row after all does not stay there."""
    kept = _Kept()
    try:
        for one in zips:
            kept.those.append(store_archive(one.data))
        yield kept
    except BaseException:
        kept.spare = _without_row([one.id for one in kept.those])
        raise
    finally:
        remove_archives(kept.spare)


def _without_row(ids: Sequence[UUID]) -> list[UUID]:
    """Return those without a row, none when nobody can tell: a commit may succeed and its answer be lost."""
    try:
        with transaction() as session:
            there = set(session.scalars(select(BatchArchive.id).where(BatchArchive.id.in_(ids))))
    except SQLAlchemyError:
        return []
    return [one for one in ids if one not in there]


def _add(session: Session, actor: Actor, batch: Batch, zips: Sequence[Sent], kept: _Kept) -> int:
    if batch.kind is not BatchKind.TO_DECLARE:
        raise Conflict(_NO_PHOTOS, code="no_photos")
    if batch.stage not in UNDER_WAY:
        require_open(batch)
    there = session.scalar(select(func.count()).where(BatchArchive.batch_id == batch.id)) or 0
    if there + len(zips) > MOST_ARCHIVES:
        raise InvalidInput([Fault("photos", _MANY, "too_many")], _MANY)
    for one, stored in zip(zips, kept.those, strict=True):
        if not _write(session, batch, one, stored):
            kept.spare.append(stored.id)
    new = len(zips) - len(kept.spare)
    if new:
        compare_anew(session, batch)
        size = sum(len(one.data) for one in zips)
        record(session, TrailEvent.BATCH_UPLOAD, actor, batch=batch.id, what="photos", count=new, bytes=size)
    return new


def _write(session: Session, batch: Batch, one: Sent, stored: StoredArchive) -> bool:
    """Write the row of a zip; tell whether the list did not have it yet."""
    row = {
        "id": stored.id,
        "batch_id": batch.id,
        "file_name": visible(one.name)[:100] or "anh.zip",
        "file_hash": hashlib.sha256(one.data).digest(),
        "file_size": len(one.data),
        "wrapped_key": stored.wrapped_key,
        "key_name": stored.key_name,
        "remarks": [],
        "created_at": clock.now(),
    }
    added = session.scalar(insert(BatchArchive).values(row).on_conflict_do_nothing().returning(BatchArchive.id))
    return added is not None
