"""Changing PHOTO_KEYS without downtime: every data key is wrapped anew under the current key; files stay as they are.

It goes through the rows in the order of their ids, a few hundred a transaction, and passes over what others hold at
that moment, to come back to it. A row is changed whole or not at all, and opens before and after: so it may be killed
at any time and run again, and several may run at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from backoffice.dossier.house import house
from backoffice.dossier.keys_check import is_wrong, names_in_use, photos_under
from backoffice.gateways.photos import KeyRing, PhotoUnreadable, rewrap
from backoffice.kernel.db import transaction
from backoffice.models import BatchArchive, BatchPhoto, DraftPhoto, Photo, PhotoUpload, TrailEvent, VersionPhoto
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record

CHUNK = 500
"""Rows looked at, and at most changed, in a transaction."""
MOST_ROUNDS = 3
"""Over all rows: what was held, or was written under an old key meanwhile, is found by the next."""

Wrapped = (
    type[Photo] | type[PhotoUpload] | type[DraftPhoto] | type[VersionPhoto] | type[BatchPhoto] | type[BatchArchive]
)

_TABLES: tuple[tuple[Wrapped, InstrumentedAttribute[Any]], ...] = (
    (DraftPhoto, DraftPhoto.id),
    (PhotoUpload, PhotoUpload.token_hash),
    (BatchArchive, BatchArchive.id),
    (BatchPhoto, BatchPhoto.id),
    (Photo, Photo.id),
    (VersionPhoto, VersionPhoto.id),
)
"""What waits comes first: it may be taken into the photos meanwhile; photos may become those of a former version."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    current: str
    """The name of the key all photos should be under."""
    done: int
    """Photos it wrapped anew."""
    failed: int
    """Photos among the left whose data key does not open: they were altered."""
    left: Mapping[str, int]
    """Name of another key → photos that are under it still."""
    free: Sequence[str]
    """The other keys of PHOTO_KEYS that no photo needs."""


def reencrypt(tell: Callable[[int], object] = lambda _done: None) -> Outcome:
    """Wrap every data key under the current (first) key of PHOTO_KEYS; `tell` is called with how many are done.

    Photos under a key that PHOTO_KEYS lacks, or has wrong, are left as they are. New photos are under the current key
    of the process that takes them: while an old process still runs with another one in front, a run later finds what
    it wrote.
    """
    ring, done, failed = house().keys, 0, 0
    for _ in range(MOST_ROUNDS):
        with transaction() as session:
            others = _movable(session, ring)
        if not others:
            break
        failed = 0
        for moved, refused in _round(ring, others):
            done, failed = done + moved, failed + refused
            tell(done)
    return _outcome(ring, done, failed)


def _movable(session: Session, ring: KeyRing) -> list[str]:
    """Return the names of the other keys that photos are under and that open them."""
    others = [name for name in names_in_use(session) if name in ring.names and name != ring.current]
    return [name for name in others if not is_wrong(session, ring, name)]


def _round(ring: KeyRing, others: Collection[str]) -> Iterator[tuple[int, int]]:
    """Go once over all rows; yield of each transaction how many it changed, and how many did not open."""
    for table, key in _TABLES:
        after = None
        while True:
            with transaction() as session:
                seen = select(key, table.key_name).order_by(key).limit(CHUNK)
                rows = session.execute(seen.where(key > after) if after is not None else seen).all()
                counts = _rewrapped(session, ring, table, key, [row[0] for row in rows if row[1] in others])
            if not rows:
                break
            yield counts
            after = rows[-1][0]


def _rewrapped(
    session: Session,
    ring: KeyRing,
    table: Wrapped,
    key: InstrumentedAttribute[Any],
    ids: Sequence[Any],
) -> tuple[int, int]:
    """Wrap the data keys of these rows anew, but of those that others hold; return how many, and how many failed."""
    locked = (
        select(key, table.wrapped_key, table.key_name)
        .where(key.in_(ids), table.key_name != ring.current)
        .order_by(key)
        .with_for_update(skip_locked=True, key_share=True)
    )
    found = session.execute(locked).all() if ids else []
    changed = []
    for row_id, wrapped_key, key_name in found:
        try:
            wrapped, name = rewrap(ring, wrapped_key, key_name)
        except PhotoUnreadable:
            continue
        changed.append({key.key: row_id, "wrapped_key": wrapped, "key_name": name})
    if changed:
        session.execute(update(table), changed)
    return len(changed), len(found) - len(changed)


def _outcome(ring: KeyRing, done: int, failed: int) -> Outcome:
    with transaction() as session:
        left = {name: photos_under(session, name) for name in names_in_use(session) if name != ring.current}
        if done:
            record(session, TrailEvent.PHOTO_KEYS, SYSTEM, done=done, failed=failed, left=sum(left.values()))
    free = [name for name in ring.names[1:] if name not in left]
    return Outcome(ring.current, done, failed, left, free)
