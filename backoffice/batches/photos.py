"""Taking the photos out of the zips of a list (D12 b): each prepared, sealed and written once, whatever is killed.

How far a zip was gone through is written with its photos, in one transaction. What is refused (no photo, doubled) is a
row, too: whoever reviews the list sees it beside the person. A later zip of the same list replaces what an earlier one
brought. A slice of the work is given back after SLICE seconds, so that a list of thousands holds no worker for long.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backoffice.batches.photo_names import Key, Meant, meaning_of
from backoffice.dossier.archives import read_archive, remove_archives
from backoffice.dossier.photos import StoredPhoto, discard, remove_files, store_photos
from backoffice.gateways.photos import POOL_WORKERS, PhotoRefused, PhotoUnreadable, PreparedPhoto, Refusal, get_pool
from backoffice.gateways.photos.bundle import Bundle, Entry, unfit
from backoffice.kernel import clock
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.models import Batch, BatchArchive, BatchPhoto, table_of

if TYPE_CHECKING:
    from backoffice.batches.work import Work

CHUNK = 8
"""Photos in a transaction."""
SLICE = 60.0
"""Seconds after which the work is given back, between two transactions."""
MOST_PHOTOS = 10_000
"""Of one zip."""
NAMED = 10
"""Files that a remark names."""
_LOST = "Tệp zip này không còn mở được trong kho ảnh. Xin gửi lại tệp."


class NotDone(Exception):
    """There is more to do, later."""


class _Item(NamedTuple):
    key: Key
    entry: Entry | None
    """None: several files claim to be this photo."""


class _Outcome(NamedTuple):
    key: Key
    stored: StoredPhoto | None
    refused: str | None


def take_photos(work: Work) -> None:
    """Take the photos out of every zip of the list that was not gone through. Raises NotDone, NoLongerOurs.

    Unavailable when photos cannot be read or kept now: what was taken stays taken.
    """
    ends = time.monotonic() + SLICE
    while True:
        with work.step() as session:
            archive = _next(session, work.id)
            if archive is None:
                return
            session.expunge(archive)
        try:
            bundle, items = _looked_at(archive)
            _note(work, archive.id, items[0], len(items[1]))
            _take(work, archive, bundle, items[1], ends)
        except (InvalidInput, NotFound, PhotoUnreadable) as refusal:
            code, sentence = ("lost", _LOST)
            if isinstance(refusal, InvalidInput):
                code, sentence = refusal.faults[0].code, refusal.message
            _end(work, archive.id, fault=code, sentence=sentence)
        else:
            _end(work, archive.id)


def clear(session: Session, batch_ids: Sequence[int]) -> tuple[list[UUID], list[UUID]]:
    """Delete photos and zips of these lists; return the ids of their files, to be removed after the commit."""
    photos, archives = table_of(BatchPhoto), table_of(BatchArchive)
    gone = session.scalars(delete(photos).where(photos.c.batch_id.in_(batch_ids)).returning(photos.c.id)).all()
    zips = session.scalars(delete(archives).where(archives.c.batch_id.in_(batch_ids)).returning(archives.c.id)).all()
    return list(gone), list(zips)


def remove(files: tuple[Iterable[UUID], Iterable[UUID]]) -> None:
    """Remove the files that `clear` left; call it outside any transaction."""
    photos, archives = (list(ids) for ids in files)
    if photos:
        remove_files(photos)
    if archives:
        remove_archives(archives)


def _next(session: Session, batch_id: int) -> BatchArchive | None:
    mine = BatchArchive.batch_id == batch_id, BatchArchive.taken_at.is_(None)
    return session.scalars(
        select(BatchArchive).where(*mine).order_by(BatchArchive.created_at, BatchArchive.id).limit(1)
    ).one_or_none()


def _looked_at(archive: BatchArchive) -> tuple[Bundle, tuple[Meant, list[_Item]]]:
    bundle = Bundle(read_archive(archive))
    meant = meaning_of(bundle.entries)
    items = [_Item(key, entry) for key, entry in meant.one.items()] + [_Item(key, None) for key in meant.doubled]
    if not items:
        raise unfit("Không ảnh nào trong tệp zip có tên theo mã số BHXH. Xin đặt tên theo hướng dẫn.", "no_photo")
    if len(items) > MOST_PHOTOS:
        raise unfit("Tệp zip có quá nhiều ảnh. Xin chia thành nhiều tệp zip rồi gửi lại.", "too_many")
    return bundle, (meant, items)


def _note(work: Work, archive_id: UUID, meant: Meant, total: int) -> None:
    remarks: dict[str, dict[str, Any]] = {}
    for code, path in meant.odd:
        one = remarks.setdefault(code, {"code": code, "count": 0, "names": []})
        one["count"] += 1
        if len(one["names"]) < NAMED:
            one["names"].append(path)
    with work.step() as session:
        archive = session.get_one(BatchArchive, archive_id)
        archive.remarks, archive.total = list(remarks.values()), total
        batch = session.get_one(Batch, work.id)
        batch.done, batch.total = archive.done, total


def _take(work: Work, archive: BatchArchive, bundle: Bundle, items: Sequence[_Item], ends: float) -> None:
    for at in range(archive.done, len(items), CHUNK):
        if at > archive.done and time.monotonic() > ends:
            raise NotDone
        chunk = items[at : at + CHUNK]
        stored: list[StoredPhoto] = []
        try:
            outcomes = _kept(bundle, chunk, stored)
            with work.step(done=at + len(chunk)) as session:
                former = _write(session, work.id, outcomes)
                session.get_one(BatchArchive, archive.id).done = at + len(chunk)
        except BaseException:
            discard(stored)
            raise
        if former:
            remove_files(former)


def _kept(bundle: Bundle, chunk: Sequence[_Item], stored: list[StoredPhoto]) -> list[_Outcome]:
    """Prepare and store the photos of a chunk; what is in the store by then is in `stored`."""
    outcomes = []
    contents = [bundle.read(item.entry) if item.entry else None for item in chunk]
    with ThreadPoolExecutor(max_workers=POOL_WORKERS) as threads:
        prepared = list(threads.map(_prepared, contents))
    for item, photo in zip(chunk, prepared, strict=True):
        if isinstance(photo, PreparedPhoto):
            stored += store_photos({item.key[1]: photo})
            outcomes.append(_Outcome(item.key, stored[-1], None))
        else:
            outcomes.append(_Outcome(item.key, None, photo.value if item.entry else "doubled"))
    return outcomes


def _prepared(data: bytes | None) -> PreparedPhoto | Refusal:
    if data is None:
        return Refusal.BROKEN
    try:
        return get_pool().prepare_photo(data)
    except PhotoRefused as refusal:
        return Refusal(refusal.code)


def _write(session: Session, batch_id: int, outcomes: Sequence[_Outcome]) -> list[UUID]:
    """Write the photos in the place of those that were there; return the ids of these."""
    former: list[UUID] = []
    for (code, kind), stored, refused in outcomes:
        had = BatchPhoto.batch_id == batch_id, BatchPhoto.bhxh_code == code, BatchPhoto.kind == kind
        former += session.scalars(delete(BatchPhoto).where(*had).returning(BatchPhoto.id)).all()
        row = BatchPhoto(
            id=stored.id if stored else uuid4(),
            batch_id=batch_id,
            bhxh_code=code,
            kind=kind,
            refused=refused,
            created_at=clock.now(),
        )
        if stored:
            row.wrapped_key, row.key_name = stored.wrapped_key, stored.key_name
            row.width, row.height, row.citizen_card = stored.width, stored.height, stored.citizen_card
            row.notes = [note.value for note in stored.notes]
        session.add(row)
    session.flush()
    return former


def _end(work: Work, archive_id: UUID, **why: str) -> None:
    with work.step() as session:
        archive = session.get_one(BatchArchive, archive_id)
        archive.wrapped_key, archive.key_name, archive.taken_at = None, None, clock.now()
        for name, value in why.items():
            setattr(archive, name, value)
    remove_archives([archive_id])
