"""The seals as a verification reads them: in the order of the chain, those that share a range of ids together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, Text, case, func, literal, select, type_coerce

from backoffice.models import SealKind, TrailSeal, columns_of
from backoffice.trail import chain
from backoffice.trail.chain import Key, Link
from backoffice.trail.rows import Where

PAGE = 16
"""Seals read at once: some 200 kB each."""
_S = columns_of(TrailSeal)
_DAYS = literal(date(2, 1, 1)), literal(date(9999, 12, 1))
_INSTANTS = tuple(literal(datetime(year, 1, 1, tzinfo=UTC), DateTime(timezone=True)) for year in (2, 9999))


def _readable(name: str) -> ColumnElement[Any]:
    """Return a column so that whatever it was changed to can be read; such a seal's digest fits no more."""
    column = _S[name]
    if name == "kind":
        return type_coerce(column, Text)
    if name in ("month", "marked_at", "sealed_at"):
        first, last = _DAYS if name == "month" else _INSTANTS
        return case((column.is_not(None), func.least(func.greatest(column, first), last)))
    return column


_LINK = [_readable(name) for name in Link.__dataclass_fields__]


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
    found = where.execute(select(*_LINK, _S.digest).where(_S.kind == SealKind.DROP).order_by(_S.id))
    seals = [Seal(Link(*values), digest) for *values, digest in found]
    return {seal.link.month: seal.link.id for seal in seals if chain.fits(known, *seal)}


def _seals(where: Where, after: int) -> Iterator[Seal]:
    page = select(*_LINK, _S.digest).order_by(_S.id).limit(PAGE)
    while found := where.execute(page.where(_S.id > after)).all():
        yield from (Seal(Link(*values), digest) for *values, digest in found)
        after = found[-1][0]


def _belongs(one: Link, other: Link) -> bool:
    return one.kind == other.kind == SealKind.ROWS and (one.from_id, one.to_id) == (other.from_id, other.to_id)
