"""The next batch of a lane, leased while the one before is still being sent: nobody waits for the database between."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Row
from backoffice.kernel.pipe import Pipe
from backoffice.notices import leases
from backoffice.notices.leases import Due

_mine = threading.local()


@contextmanager
def leased_ahead() -> Iterator[Ahead]:
    """Give this thread's own; at the end what was leased and not taken goes back."""
    if not hasattr(_mine, "ahead"):
        _mine.ahead = Ahead()
    _mine.ahead.give_back()  # the end of the job before may have been cut off
    try:
        yield _mine.ahead
    finally:
        _mine.ahead.give_back()


class Ahead:
    """What one sender has leased ahead, of one lane at a time."""

    def __init__(self) -> None:
        self._pipe = Pipe(take=leases.TAKING)
        self.lane: str | None = None
        """Of which something was asked for and not taken yet."""
        self._taken: list[Due] = []
        self.asked_at = 0.0
        """When it was asked for what was taken last (time.monotonic)."""
        self.pays_off = False
        """The last batch was a whole one and went so quickly that the next one would be waited for."""

    def ask(self, lane: str, limit: int) -> None:
        """Ask for up to `limit` due notices of `lane`; nothing is waited for."""
        self.lane, self.asked_at = lane, time.monotonic()
        self._pipe.ask("take", leases.taking(lane, limit), self._keep)

    def take(self, lane: str) -> list[Due]:
        """Return what was leased ahead of `lane`, the longest due first; what is of another lane goes back."""
        if lane != self.lane:
            self.give_back()
        self._pipe.settle()
        taken, self._taken, self.lane = self._taken, [], None
        return taken

    def give_back(self) -> None:
        """Return what was leased ahead."""
        self._pipe.settle()
        taken, self._taken, self.lane = self._taken, [], None
        if taken:
            with transaction() as session:
                leases.give_back_all(session, [due.lease for due in taken])

    def _keep(self, rows: list[Row] | None) -> None:
        """Keep what was leased. When the answer was lost with the connection, the leases end by themselves."""
        self._taken = [leases.due_of(row) for row in rows or ()]
