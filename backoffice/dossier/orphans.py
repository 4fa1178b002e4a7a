"""The photo store against the rows: files no row asks for are removed, photos whose file is gone are marked.

Both sides come in the order of the ids, so a few thousand are held at a time, however many there are. A check is a row
(PhotoCheck) that remembers how far it is: it goes on in steps, and one that was killed is followed by the next day's.

- A file without a row is what a crash, a store that was out, or a restored disk left behind; it opens for nobody. A
  photo is stored before its row is committed, so only what is hours old is removed.
- A photo without its file cannot be brought back by anybody here: its row is marked, the desk says so beside it
  (desk.photo_facts), and it is counted for whoever watches (/metrics). The mark goes when the file is there again.
- When most files have no row, or most photos no file, this is another desk's store or a disk that is not mounted:
  nothing is removed and nothing marked, and it is said. Ids are random, so every stretch of them is a fair sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backoffice.dossier.house import house
from backoffice.dossier.photos import file_names
from backoffice.gateways.photos import Blob, StoreUnavailable
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    BatchArchive,
    BatchPhoto,
    DraftPhoto,
    Photo,
    PhotoCheck,
    PhotoUpload,
    TrailEvent,
    VersionPhoto,
)
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record

log = structlog.get_logger()

SETTLED = timedelta(hours=6)
"""A file so old belongs to a row by now, or to none; the store's clock may differ from ours by less than that."""
CHUNK = 2000
"""Photos compared at a time."""
MOST = 100_000
"""Photos a step: a job stays well below its time."""
FEW = 100
"""So many may be all wrong without the store being another one's."""
KEPT = timedelta(days=365)
"""How long the row of a check is kept."""


class OtherStore(Exception):
    """Most of the store and most of the rows do not belong together."""


@dataclass
class Stretch:
    """The files of neighbouring photos: all from the one after the stretch before up to `last`."""

    files: dict[UUID, list[Blob]] = field(default_factory=dict)
    last: str = ""
    is_end: bool = False
    """No file comes after it."""


@dataclass(frozen=True)
class Found:
    """What a stretch came to: files that are nobody's, photos whose file is gone, marked ones that are whole again."""

    orphans: list[str]
    strangers: int
    """Photos the orphans are of."""
    rows: int
    """Photos that have a row."""
    missing: list[UUID]
    back: list[UUID]


def begin() -> int:
    """Begin a check and return its id; give that to `step` until it says that it is at the end."""
    with transaction() as session:
        session.execute(delete(PhotoCheck).where(PhotoCheck.started_at < clock.now() - KEPT))
        begun = PhotoCheck(started_at=clock.now())
        session.add(begun)
        session.flush()
        return begun.id


def step(check_id: int, most: int = MOST, *, even_most: bool = False) -> bool:
    """Compare up to about `most` photos, and tell whether more are to come.

    `even_most`: somebody has looked, and files are to be removed even where most have no row. A store that is out, or
    another one's, ends the check with its `fault`; nothing is raised.
    """
    with transaction() as session:
        under_way = session.get_one(PhotoCheck, check_id)
        position, is_ended = under_way.position, under_way.ended_at is not None
    try:
        seen = 0
        for stretch in () if is_ended else _stretches(house().store.listed(position)):
            is_ended = _do(check_id, position, stretch, even_most=even_most)
            position, seen = stretch.last, seen + len(stretch.files)
            if is_ended or seen >= most:
                break
    except (StoreUnavailable, OtherStore) as error:
        fault = "other_store" if isinstance(error, OtherStore) else "store_out"
        log.error("photo check given up", fault=fault, counts=str(error) if fault == "other_store" else "")
        _end(check_id, fault)
        return False
    return not is_ended


def newest(session: Session) -> PhotoCheck | None:
    """Return the newest check that ended."""
    ended = select(PhotoCheck).where(PhotoCheck.ended_at.is_not(None))
    return session.scalars(ended.order_by(PhotoCheck.id.desc()).limit(1)).one_or_none()


def missing_count(session: Session) -> int:
    """Return how many photos are without a file, by the checks so far (ix_photos_missing)."""
    return session.scalar(select(func.count()).select_from(Photo).where(Photo.missing_since.is_not(None))) or 0


def _stretches(blobs: Iterable[Blob]) -> Iterator[Stretch]:
    """Cut a listing between two photos, never between the files of one; the last stretch may be empty."""
    stretch = Stretch()
    for blob in blobs:
        photo_id = _id_of(blob.key)
        if photo_id is None:
            continue
        if photo_id not in stretch.files and len(stretch.files) >= CHUNK:
            yield stretch
            stretch = Stretch()
        stretch.files.setdefault(photo_id, []).append(blob)
        stretch.last = blob.key
    stretch.is_end = True
    yield stretch


def _id_of(key: str) -> UUID | None:
    try:
        return UUID(key[:32])
    except ValueError:
        return None


def _do(check_id: int, position: str, stretch: Stretch, *, even_most: bool) -> bool:
    """Compare and heal one stretch, and note how far it is; tell whether it was the last."""
    after = _id_of(position)
    with transaction() as session:
        found = _compared(session, after, stretch)
    _doubt(found, len(stretch.files), even_most=even_most)
    house().store.delete(found.orphans)
    if found.missing:
        some = [str(photo_id) for photo_id in found.missing[:10]]
        log.error("photos without files", photo_count=len(found.missing), photo_ids=some)
    with transaction() as session:
        _mark(session, found)
        checked = session.get_one(PhotoCheck, check_id, with_for_update=True)
        checked.position = stretch.last or position
        checked.files += sum(map(len, stretch.files.values()))
        checked.removed += len(found.orphans)
        checked.missing += len(found.missing)
    if stretch.is_end:
        _end(check_id, None)
    return stretch.is_end


def _compared(session: Session, after: UUID | None, stretch: Stretch) -> Found:
    """Hold the files of a stretch against the rows between the same ids. Raises OtherStore when those are far more."""
    within = Photo.id > after if after else Photo.id.is_not(None)
    if not stretch.is_end:
        within &= Photo.id <= max(stretch.files)
    # Those that wait come first: one that is taken into the photos meanwhile is among these then.
    waiting = set(session.scalars(select(PhotoUpload.photo_id).where(PhotoUpload.photo_id.is_not(None))))
    waiting.update(session.scalars(select(DraftPhoto.id)))
    waiting.update(session.scalars(select(BatchPhoto.id).where(BatchPhoto.wrapped_key.is_not(None))))
    waiting.update(session.scalars(select(BatchArchive.id).where(BatchArchive.wrapped_key.is_not(None))))
    asked = select(Photo.id, Photo.created_at, Photo.missing_since).where(within).order_by(Photo.id)
    rows = session.execute(asked.limit(4 * CHUNK + 1)).all()
    if len(rows) > 4 * CHUNK:
        raise OtherStore(f"{len(stretch.files)} photos in the store, more than {4 * CHUNK} rows")
    # Those of former versions come last: a photo of a declaration may become one meanwhile.
    former = select(VersionPhoto.id).where(VersionPhoto.id > after) if after else select(VersionPhoto.id)
    waiting.update(session.scalars(former if stretch.is_end else former.where(VersionPhoto.id <= max(stretch.files))))
    settled = clock.now() - SETTLED
    known = {row.id for row in rows} | waiting
    strangers = {
        photo_id: blobs
        for photo_id, blobs in stretch.files.items()
        if photo_id not in known and all(blob.put_at < settled for blob in blobs)
    }
    whole = {
        photo_id for photo_id, blobs in stretch.files.items() if {blob.key for blob in blobs} >= file_names(photo_id)
    }
    return Found(
        orphans=[blob.key for blobs in strangers.values() for blob in blobs],
        strangers=len(strangers),
        rows=len(rows),
        missing=[row.id for row in rows if row.id not in whole and row.created_at < settled],
        back=[row.id for row in rows if row.id in whole and row.missing_since is not None],
    )


def _doubt(found: Found, photos: int, *, even_most: bool) -> None:
    """Raise OtherStore when most photos of the store have no row, or most rows no file."""
    if found.strangers >= FEW and found.strangers * 2 > photos and not even_most:
        raise OtherStore(f"{found.strangers} of {photos} photos in the store have no row")
    if len(found.missing) >= FEW and len(found.missing) * 2 > found.rows:
        raise OtherStore(f"{len(found.missing)} of {found.rows} rows have no file")


def _mark(session: Session, found: Found) -> None:
    for ids, since in ((found.missing, clock.now()), (found.back, None)):
        is_marked = Photo.missing_since.is_not(None)
        wanted = Photo.id.in_(ids), is_marked if since is None else ~is_marked
        if ids:
            session.execute(update(Photo).where(*wanted).values(missing_since=since))


def _end(check_id: int, fault: str | None) -> None:
    with transaction() as session:
        checked = session.get_one(PhotoCheck, check_id, with_for_update=True)
        if checked.ended_at is not None:
            return
        checked.ended_at, checked.fault = clock.now(), fault
        files, removed, missing = checked.files, checked.removed, checked.missing
        record(
            session,
            TrailEvent.PHOTO_CHECK,
            SYSTEM,
            check=check_id,
            fault=fault,
            files=files,
            removed=removed,
            missing=missing,
        )
    log.info("photo store checked", fault=fault or "", files=files, removed=removed, missing=missing)
