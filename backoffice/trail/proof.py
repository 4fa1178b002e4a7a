"""The whole verification at once, for the command line: in pieces, so that months can be kept meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from backoffice.kernel.db import transaction
from backoffice.trail import chain, rows
from backoffice.trail.findings import Finding, Findings
from backoffice.trail.sealing import MONTHS, taken
from backoffice.trail.verification import Walk

PIECE_SECONDS = 20.0
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Proof:
    """What a verification came to."""

    seal_id: int
    head: str
    """The digest of the last seal (hex)."""
    rows: int
    dropped: int
    unsealed: int
    oldest_unsealed_at: datetime | None
    findings: int


def verify(
    month: date | None = None, head: str | None = None, tell: Callable[[Finding], object] = lambda _finding: None
) -> Proof:
    """Walk the whole chain, the rows of `month` or all; `tell` hears each finding, a run of the same as one.

    `head` is a digest (hex) that must be in the chain. Memory stays flat; a million rows take some seconds.
    """
    noted = {head} if head is not None else set()
    walk = Walk(month, noted - {chain.GENESIS.hex()}, Findings(tell))  # the beginning is before every seal
    while not _piece(walk):
        pass
    with transaction() as session:
        unsealed, oldest = rows.unsealed(session, walk.to_id)
    return Proof(walk.seal_id, walk.digest.hex(), walk.rows, walk.dropped, unsealed, oldest, walk.findings.count)


def _piece(walk: Walk) -> bool:
    """Walk on for a while; True at the end. Waits while a month is being made or dropped."""
    with transaction() as session:
        if taken(session, MONTHS, shared=True):
            return walk.go_on(session, PIECE_SECONDS)
    time.sleep(POLL_SECONDS)
    return False
