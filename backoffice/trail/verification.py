"""Verifying the trail: the chain of seals, and every row between them, in the order of ids and in pieces.

What is said of a row never rests on a seal that is itself broken: there each mark speaks for its own row alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from backoffice import config
from backoffice.models import SealKind
from backoffice.trail import chain, rows
from backoffice.trail.chain import Key
from backoffice.trail.comparison import compare, expected, is_untouched
from backoffice.trail.findings import Finding, Findings, Kind
from backoffice.trail.rounds import Round, Seal, drops, outlying, rounds
from backoffice.trail.rows import Where

CLOCKS_DIFFER = timedelta(hours=1)
"""A row may be that much older than the mark it was drawn after: machines' clocks, a statement that waited."""


@dataclass
class Walk:
    """A verification under way; `state` and `resumed` carry it from one piece to the next."""

    month: date | None = None
    """Compare the rows of this month alone; the chain is walked whole."""
    heads: set[str] = field(default_factory=set)
    """Digests (hex) noted elsewhere that must be in the chain."""
    findings: Findings = field(default_factory=Findings)
    seal_id: int = 0
    digest: bytes = chain.GENESIS
    """Of the last sound seal, as is `to_id`."""
    to_id: int = 0
    since: datetime | None = None
    """Ids above `to_id` were drawn after this instant."""
    is_steady: bool = True
    """Whether the last seal was sound: what follows a broken one cannot follow from it."""
    rows: int = 0
    dropped: int = 0

    def go_on(self, where: Where, seconds: float) -> bool:
        """Look at seals for about so long; return whether it came to the end.

        The caller holds sealing.MONTHS, so that no month moves or goes meanwhile.
        """
        known = chain.keys(config.current().trail_key)
        gone = drops(where, known)
        end = time.monotonic() + seconds
        if self.seal_id == 0:
            compare({}, rows.between(where, rows.LEAST, 0, month=self.month), self.findings, may_be_more=False)
        for one in rounds(where, self.seal_id):
            self._look_at(where, one, known, gone)
            if time.monotonic() > end:
                self.findings.flush()
                return False
        self._end(where)
        return True

    def _end(self, where: Where) -> None:
        """Name what stands behind the chain: seals and rows where none can be, heads that are not in it."""
        for place, number in enumerate(outlying(where)):
            self.findings.add(Finding(Kind.SEAL_MISPLACED, number), place)
        for place, row in enumerate(rows.beyond(where, month=self.month)):
            self.findings.add(Finding(Kind.ROW_INSERTED, row=row.id, month=row.month), place)
        for head in sorted(self.heads):
            self.findings.add(Finding(Kind.HEAD_MISSING, head=head))
        self.findings.flush()

    def _look_at(self, where: Where, one: Round, known: Mapping[str, Key], gone: Mapping[date, int]) -> None:
        is_sound = not one.is_gap_next
        range_from = self.to_id
        for seal in one.seals:
            is_sound &= self._check(seal, range_from, known)
        if one.first.kind == SealKind.ROWS:
            self._compare(where, one, known, gone, is_sound=is_sound)
        if is_sound:
            self.since = one.first.marked_at or self.since

    def _check(self, seal: Seal, range_from: int, known: Mapping[str, Key]) -> bool:
        """Name what is wrong with a seal; return whether it is sound and no number is missing before it."""
        link, is_next = seal.link, seal.link.id == self.seal_id + 1
        if link.id > self.seal_id + 1:
            missing = Finding(Kind.SEAL_MISSING, self.seal_id + 1, last=link.id - 1, count=link.id - 1 - self.seal_id)
            self.findings.add(missing)
        kind = self._fault(seal, range_from, known, follows=is_next and self.is_steady)
        if kind is not None:
            self.findings.add(Finding(kind, link.id), link.id)
        else:
            self.heads.discard(seal.digest.hex())
            self.digest, self.to_id = seal.digest, link.to_id
        self.seal_id, self.is_steady = link.id, kind is None
        return is_next and kind is None

    def _fault(self, seal: Seal, range_from: int, known: Mapping[str, Key], *, follows: bool) -> Kind | None:
        if seal.link.key_id not in known:
            return Kind.KEY_UNKNOWN
        if not chain.fits(known, *seal):
            return Kind.SEAL_CHANGED
        if seal.link.id <= self.seal_id:
            return Kind.SEAL_MISPLACED
        if follows and (seal.link.previous, seal.link.from_id) != (self.digest, range_from):
            return Kind.SEAL_MISPLACED
        return None

    def _compare(
        self, where: Where, one: Round, known: Mapping[str, Key], gone: Mapping[date, int], *, is_sound: bool
    ) -> None:
        links = [seal.link for seal in one.seals if self.month in (None, seal.link.month)]
        left = [link for link in links if gone.get(link.month, 0) < link.id]
        held = sum(chain.count_of(link.row_marks) for link in left)
        self.dropped += sum(chain.count_of(link.row_marks) for link in links) - held
        self.rows += held
        first, since = one.first, self.since - CLOCKS_DIFFER if self.since else None
        if is_sound:
            asked: dict[str, Any] = {"month": self.month, "since": since}
            found = rows.page(where, rows.behind(first.from_id), first.to_id, limit=held + 1, **asked)
            if not is_untouched(left, known, found):
                there = rows.between(where, first.from_id, first.to_id, **asked)
                compare(expected(left, known), there, self.findings, may_be_more=False)
        else:
            wanted = expected(left, known)
            compare(wanted, rows.named(where, list(wanted), since=since), self.findings, may_be_more=True)

    def state(self) -> dict[str, Any]:
        """Return what it needs to go on later, as JSON."""
        return {
            "heads": sorted(self.heads),
            "digest": self.digest.hex(),
            "to_id": self.to_id,
            "since": self.since.isoformat() if self.since else None,
            "is_steady": self.is_steady,
            "tally": self.findings.tally,
        }

    def resume(self, seal_id: int, state: Mapping[str, Any]) -> None:
        """Go on behind the seal `seal_id` with what `state` returned there."""
        self.seal_id, self.to_id, self.is_steady = seal_id, state["to_id"], state["is_steady"]
        self.heads, self.digest = set(state["heads"]), bytes.fromhex(state["digest"])
        self.since = datetime.fromisoformat(state["since"]) if state["since"] else None
        self.findings.tally = {of: (count, sum_) for of, (count, sum_) in state["tally"].items()}
