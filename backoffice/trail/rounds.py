"""The seals as a verification reads them: in the order of the chain, those that share a range of ids together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, LargeBinary, Text, case, func, literal, or_, select, type_coerce

from backoffice.models import SealKind, TrailSeal, columns_of
from backoffice.rules.sealed import OUTLYING
from backoffice.trail import chain
from backoffice.trail.chain import Key, Link
from backoffice.trail.rows import Where

PAGE = 16
"""Seals read at once: some 200 kB each."""
MOST_BYTES = {"row_marks": 400_000, "kind": 40, "key_id": 40, "previous": 40, "digest": 40}
"""More of a seal is not read: it is none that was made here, and its digest fits no more."""
_S = columns_of(TrailSeal)
_DAYS = literal(date(2, 1, 1)), literal(date(9999, 12, 1))
_INSTANTS = tuple(literal(datetime(year, 1, 1, tzinfo=UTC), DateTime(timezone=True)) for year in (2, 9999))


def _readable(name: str) -> ColumnElement[Any]:
    """Return a column so that whatever it was changed to can be read; such a seal's digest fits no more."""
    column = _S[name]
    if name in MOST_BYTES:
        plain = Text() if name in ("kind", "key_id") else LargeBinary()
        return func.substr(type_coerce(column, plain), 1, MOST_BYTES[name], type_=plain)
    if name in ("month", "marked_at", "sealed_at"):
        first, last = _DAYS if name == "month" else _INSTANTS
        return case((column.is_not(None), func.least(func.greatest(column, first), last)))
    return column


_FIELDS = tuple(Link.__dataclass_fields__)
_SEAL = [_readable(name) for name in (*_FIELDS, "digest")]
_NOTHING: dict[str, Any] = {
    "kind": "",
    "month": date(2, 1, 1),
    "from_id": 0,
    "to_id": 0,
    "count": 0,
    "row_marks": b"",
    "key_id": "",
    "previous": b"",
    "sealed_at": datetime(2, 1, 1, tzinfo=UTC),
}
"""What stands for a value that was taken away, or for marks without end; such a seal has no digest either."""


class Seal(NamedTuple):
    """A seal as it stands in the table."""

    link: Link
    digest: bytes


class Round(NamedTuple):
    """Seals of one range of ids, or one drop; whether the number after the last is missing."""

    seals: list[Seal]
    is_gap_next: bool

    @property
    def first(self) -> Link:
        """Return its first link."""
        return self.seals[0].link


def rounds(where: Where, after: int) -> Iterator[Round]:
    """Yield the rounds behind the seal `after`, the last of its round."""
    held: list[Seal] = []
    for seal in _seals(where, after):
        if held and not _belongs(held[-1].link, seal.link):
            yield Round(held, is_gap_next=seal.link.id != held[-1].link.id + 1)
            held = []
        held.append(seal)
    if held:
        yield Round(held, is_gap_next=False)


def drops(where: Where, known: Mapping[str, Key]) -> dict[date, int]:
    """Return the seal that last dropped each month; one that nobody with the key made drops nothing."""
    made = _S.id.between(1, OUTLYING - 1), _S.kind == SealKind.DROP, func.length(_S.row_marks) == 0
    seals = map(_seal, where.execute(select(*_SEAL).where(*made).order_by(_S.id)))
    return {seal.link.month: seal.link.id for seal in seals if chain.fits(known, *seal)}


def newest(where: Where, kind: SealKind | None = None) -> Iterator[Seal]:
    """Yield the seals (of a kind) from the end of the chain backwards."""
    page = select(*_SEAL).where(_S.id > 0).order_by(_S.id.desc()).limit(1)
    if kind is not None:
        page = page.where(_S.kind == kind)
    before = OUTLYING
    while found := where.execute(page.where(_S.id < before)).all():
        yield _seal(found[0])
        before = found[0][0]


def outlying(where: Where) -> Iterator[int]:
    """Yield the numbers of seals that stand where none can be."""
    yield from where.execute(select(_S.id).where(or_(_S.id < 1, _S.id >= OUTLYING)).order_by(_S.id)).scalars()


def _seals(where: Where, after: int) -> Iterator[Seal]:
    page = select(*_SEAL).where(_S.id < OUTLYING).order_by(_S.id).limit(PAGE)
    while found := where.execute(page.where(_S.id > after)).all():
        yield from map(_seal, found)
        after = found[-1][0]


def _seal(row: Sequence[Any]) -> Seal:
    *values, digest = row
    there = dict(zip(_FIELDS, values, strict=True))
    lacking = [name for name in _NOTHING if there[name] is None]
    if len(there["row_marks"] or b"") == MOST_BYTES["row_marks"]:
        lacking.append("row_marks")
    link = Link(**there | {name: _NOTHING[name] for name in lacking})
    return Seal(link, b"" if lacking or digest is None else digest)


def _belongs(one: Link, other: Link) -> bool:
    return one.kind == other.kind == SealKind.ROWS and (one.from_id, one.to_id) == (other.from_id, other.to_id)
