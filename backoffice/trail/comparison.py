"""Rows against the marks that seals keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backoffice.trail import chain
from backoffice.trail.chain import Key, Link
from backoffice.trail.findings import Finding, Findings, Kind
from backoffice.trail.rows import Read


class Sealed(NamedTuple):
    """What a seal says of one row."""

    mac: bytes
    key: Key
    seal: int
    month: str


Expected = dict[int, list[Sealed]]
"""By id; two of one id only where somebody had doubled a row before it was sealed."""


def expected(links: Iterable[Link], known: Mapping[str, Key]) -> Expected:
    """Return what the seals say; those under a key not known say nothing."""
    found: Expected = {}
    for link in links:
        key, month = known.get(link.key_id), link.month.isoformat()[:7]
        if key is not None:
            for row_id, mac in chain.marks(link.row_marks):
                found.setdefault(row_id, []).append(Sealed(mac, key, link.id, month))
    return found


def is_untouched(links: Sequence[Link], known: Mapping[str, Key], found: Sequence[Read]) -> bool:
    """Tell whether the rows are the very ones that were sealed: the quick way, which names nothing."""
    if any(row.is_old for row in found) or len(found) != sum(link.count for link in links):
        return False
    by_month: dict[str, list[Read]] = {}
    for row in found:
        by_month.setdefault(row.month, []).append(row)
    return all(
        chain.marks_of(known[link.key_id], by_month.get(link.month.isoformat()[:7], ())) == link.row_marks
        for link in links
    )


def compare(wanted: Expected, found: Iterable[Read], findings: Findings, *, may_be_more: bool) -> None:
    """Name what is changed, removed, inserted or backdated; uses `wanted` up.

    `may_be_more`: a seal is missing or broken here, so a row without a mark may have had one.
    """
    unlike: dict[int, list[Read]] = {}
    for place, row in enumerate(found):
        sealed = wanted.get(row.id)
        if sealed is None:
            if not may_be_more:
                findings.add(Finding(Kind.ROW_INSERTED, row=row.id, month=row.month), place)
        elif not _taken(sealed, row, findings, place):
            unlike.setdefault(row.id, []).append(row)
    for place, (row_id, sealed) in enumerate(wanted.items()):
        _differ(row_id, sealed, unlike.get(row_id, []), findings, place)


def _taken(sealed: list[Sealed], row: Read, findings: Findings, place: int) -> bool:
    """Take the row's mark out of `sealed`; False when none is its."""
    for one in sealed:
        if chain.mac(one.key, row.text) == one.mac:
            sealed.remove(one)
            if row.is_old:
                findings.add(Finding(Kind.ROW_BACKDATED, one.seal, row.id, row.month), place)
            return True
    return False


def _differ(row_id: int, sealed: list[Sealed], rows: list[Read], findings: Findings, place: int) -> None:
    """Name the marks of an id without a row, and its rows without a mark: one of each is a row that was changed."""
    for number, one in enumerate(sealed):
        kind = Kind.ROW_CHANGED if number < len(rows) else Kind.ROW_REMOVED
        findings.add(Finding(kind, one.seal, row_id, one.month), place)
    for row in rows[len(sealed) :]:
        findings.add(Finding(Kind.ROW_INSERTED, row=row_id, month=row.month), place)
