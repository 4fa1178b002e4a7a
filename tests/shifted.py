"""The desk's command line at another time of day: python -m tests.shifted SECONDS worker --lane …

The clock goes on as always, so many seconds ahead: at night no list would ring, and leases end after minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from backoffice.kernel import clock


class Shift:
    """Lets this process's clock go ahead; processes started by it (`command`) go as far ahead as it does then."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._true = clock.now

    def to_ten_in_the_morning(self) -> None:
        """Go on to the next 10:00 in Vietnam: lists may ring, and the day is long."""
        there = clock.local(self.now())
        morning = there.replace(hour=10, minute=0, second=0, microsecond=0)
        self.ahead += (morning if morning > there else morning + timedelta(days=1)) - there

    def let_pass(self, time: timedelta) -> None:
        """Let `time` pass at once."""
        self.ahead += time

    def now(self) -> datetime:
        """Return this instant, shifted."""
        return self._true() + self.ahead

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs `backoffice` with `arguments` at this time."""
        return [sys.executable, "-m", "tests.shifted", str(self.ahead.total_seconds()), *arguments]


@contextmanager
def shifted() -> Iterator[Shift]:
    """Let the clock of this process be one that can be shifted, inside the block."""
    shift = Shift()
    true, clock.now = clock.now, shift.now
    try:
        yield shift
    finally:
        clock.now = true


def run_shifted(ahead: timedelta, arguments: Sequence[str]) -> None:
    """Run `backoffice` with these arguments, its clock so far ahead."""
    from backoffice.cli import main

    with shifted() as going:
        going.let_pass(ahead)
        main(arguments)


if __name__ == "__main__":
    run_shifted(timedelta(seconds=float(sys.argv[1])), sys.argv[2:])
