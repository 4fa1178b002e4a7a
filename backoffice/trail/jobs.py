"""What the room does by itself: sealing, verifying at night, making and dropping months."""

from __future__ import annotations

from backoffice.kernel import queue
from backoffice.trail import checks, months, sealing


def seal() -> None:
    """Seal what can change no more (every minute)."""
    sealing.seal()


def check() -> None:
    """Verify a piece of the trail where a check is due, and ask for the next piece."""
    job = "backoffice.trail.jobs.check"
    queue.begin(job)
    if checks.check():
        queue.ask(job, lane=queue.BULK)


def keep_months() -> None:
    """Make the months to come, drop those past the retention (every hour)."""
    months.keep()
