"""The arithmetic of the seals: keys, marks of rows, digests of links. Pure; what is stored is in models.trail_seal.

Digests are HMAC-SHA256, marks keyed BLAKE2b, under keys derived from TRAIL_KEY, which the database never sees: who owns
every table can change rows and seals, but can make neither a mark nor a digest that fits.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Protocol

GENESIS = bytes(32)
"""What stands for the digest before the first seal."""
ID_BYTES, MAC_BYTES = 8, 12
MARK_BYTES = ID_BYTES + MAC_BYTES


@dataclass(frozen=True)
class Key:
    """What one TRAIL_KEY becomes; `id` names it in the seals it made and tells nothing of it."""

    id: str
    links: bytes
    rows: bytes


class Marked(Protocol):
    """A row as it is sealed (trail.rows.Read)."""

    @property
    def id(self) -> int:
        """Return its id."""

    @property
    def text(self) -> str:
        """Return its canonical text."""


@dataclass(frozen=True)
class Link:
    """A seal as it is digested; the columns of trail_seals but for the digest."""

    id: int
    kind: str
    month: date
    from_id: int
    to_id: int
    count: int
    row_marks: bytes
    marked_at: datetime | None
    key_id: str
    previous: bytes
    sealed_at: datetime


def keys(trail_key: str) -> dict[str, Key]:
    """Return the keys of TRAIL_KEY by their ids, the one that seals first: "new,old" still verifies what old sealed."""
    return {key.id: key for key in map(_key, trail_key.split(","))}


def current(known: Mapping[str, Key]) -> Key:
    """Return the key that seals."""
    return next(iter(known.values()))


def _key(secret: str) -> Key:
    def derived(purpose: str) -> bytes:
        return hmac.digest(secret.strip().encode(), f"trail {purpose}".encode(), "sha256")

    return Key(derived("name")[:4].hex(), derived("links"), derived("rows"))


def marks_of(key: Key, rows: Iterable[Marked]) -> bytes:
    """Return the marks of rows as one run: of each its id and the keyed mac of its canonical text."""
    return b"".join([row.id.to_bytes(ID_BYTES, "big", signed=True) + mac(key, row.text) for row in rows])


def mac(key: Key, row: str) -> bytes:
    """Return the keyed mac of a row's canonical text: BLAKE2b (RFC 7693), a third of what HMAC takes."""
    return blake2b(row.encode(), key=key.rows, digest_size=MAC_BYTES).digest()


def count_of(run: bytes) -> int:
    """Return how many marks a run holds."""
    return len(run) // MARK_BYTES


def marks(run: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and mac of each mark of a run; what is left over at the end of a mangled run is passed over."""
    for start in range(0, len(run) - MARK_BYTES + 1, MARK_BYTES):
        middle = start + ID_BYTES
        yield int.from_bytes(run[start:middle], "big", signed=True), run[middle : start + MARK_BYTES]


def digest(key: Key, link: Link) -> bytes:
    """Return the digest of a seal: over the previous digest and everything it says."""
    said = (link.id, link.kind, link.month, link.from_id, link.to_id, link.count, link.key_id)
    instants = (_microseconds(link.marked_at), _microseconds(link.sealed_at))
    head = "|".join(map(str, (*said, *instants, len(link.row_marks))))
    return hmac.digest(key.links, b"\0".join((link.previous, head.encode(), link.row_marks)), "sha256")


def fits(known: Mapping[str, Key], link: Link, found: bytes) -> bool:
    """Tell whether `found` is the digest of the link, under the key it names."""
    key = known.get(link.key_id)
    return key is not None and hmac.compare_digest(digest(key, link), found)


def _microseconds(instant: datetime | None) -> int | None:
    if instant is None:
        return None
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
