"""What a verification finds, named by ids alone, and gathered into runs: a month cut out is one line, not a million."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

KEPT = 20
MOST = 10**12
"""What is counted beyond is no more: a number that was tampered with must not stop the count."""


class Kind(StrEnum):
    """What is wrong."""

    ROW_CHANGED = "row_changed"
    ROW_REMOVED = "row_removed"
    ROW_INSERTED = "row_inserted"
    ROW_BACKDATED = "row_backdated"
    SEAL_CHANGED = "seal_changed"
    SEAL_MISSING = "seal_missing"
    SEAL_MISPLACED = "seal_misplaced"
    KEY_UNKNOWN = "key_unknown"
    HEAD_MISSING = "head_missing"


_SENTENCES = {
    Kind.ROW_CHANGED: "changed after sealing",
    Kind.ROW_REMOVED: "removed after sealing",
    Kind.ROW_INSERTED: "inserted among what was sealed",
    Kind.ROW_BACKDATED: "dated earlier than written",
    Kind.SEAL_CHANGED: "changed, the digest does not fit",
    Kind.SEAL_MISSING: "missing",
    Kind.SEAL_MISPLACED: "not in the place it was made for",
    Kind.KEY_UNKNOWN: "made under a key that TRAIL_KEY does not hold",
    Kind.HEAD_MISSING: "not in the chain, seals were cut off or made anew",
}


@dataclass(frozen=True)
class Finding:
    """One thing found, or a run of the same: `count` of them, the last of which is `last`."""

    kind: Kind
    seal: int | None = None
    row: int | None = None
    month: str | None = None
    last: int | None = None
    count: int = 1
    head: str | None = None

    def sentence(self) -> str:
        """Return it in plain English."""
        return f"{self._subject()}: {_SENTENCES[self.kind]}"

    def _subject(self) -> str:
        if self.head is not None:
            return f"head {self.head}"
        name, first = ("seal", self.seal) if self.row is None else ("row", self.row)
        subject = f"{name} {first}" if self.count == 1 else f"{name}s {first} to {self.last} ({self.count} of them)"
        if self.row is not None:
            subject += f" of {self.month}" + (f", seal {self.seal}" if self.seal is not None else "")
        return subject

    def as_ids(self) -> dict[str, Any]:
        """Return what is kept of it in a check."""
        return {name: value for name, value in asdict(self).items() if value is not None}


SUM_BYTES = 6
Tally = dict[str, tuple[int, int]]
"""Of each kind, of rows in each month: how many, and a sum of what they are, the same in whatever order they come."""


def unlike(found: Mapping[str, Sequence[int]], before: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return of each kind (and month) how many of `found` are new since `before`, at least one where they differ.

    What is found no more, because its month was dropped, is nothing new.
    """
    fresh = {}
    for of, (count, sum_) in found.items():
        known, known_sum = before.get(of, (0, 0))
        if (count, sum_) != (known, known_sum):
            fresh[of] = max(1, count - known)
    return fresh


class Findings:
    """Counts all, keeps the first, and tells each run once it is whole, or the first ones alone (`is_brief`)."""

    def __init__(self, tell: Callable[[Finding], object] = lambda _finding: None, *, is_brief: bool = False) -> None:
        self._is_brief = is_brief
        self.count = 0
        self.tally: Tally = {}
        self.named: list[dict[str, Any]] = []
        self._tell = tell
        self._run: Finding | None = None
        self._place: int | None = None

    def add(self, finding: Finding, place: int | None = None) -> None:
        """Take one in; `place` is its number among its like: neighbours become one run. None stands alone."""
        run = self._run
        finding = replace(finding, count=max(1, min(finding.count, MOST)))
        self.count = min(self.count + finding.count, MOST)
        self._note(finding)
        if run and place is not None and self._place == place - 1 and _likeness(run) == _likeness(finding):
            last = finding.seal if finding.row is None else finding.row
            self._run = replace(run, last=last, count=run.count + 1)
        else:
            self.flush()
            self._run = finding
        self._place = place

    def _note(self, finding: Finding) -> None:
        of = f"{finding.kind} {finding.month}" if finding.row is not None and finding.month else str(finding.kind)
        count, sum_ = self.tally.get(of, (0, 0))
        told = blake2b(repr(finding).encode(), digest_size=SUM_BYTES).digest()
        self.tally[of] = min(count + finding.count, MOST), (sum_ + int.from_bytes(told)) % 2 ** (8 * SUM_BYTES)

    def flush(self) -> None:
        """Tell the run under way."""
        if self._run is not None:
            is_kept = len(self.named) < KEPT
            if is_kept or not self._is_brief:
                self._tell(self._run)
            if is_kept:
                self.named.append(self._run.as_ids())
            self._run = None


def _likeness(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.month, finding.row is None or finding.seal
