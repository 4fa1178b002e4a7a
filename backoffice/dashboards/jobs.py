"""Periodic jobs of the figures (backoffice.scheduler names them). Each may run any number of times, also at once."""

from __future__ import annotations

import structlog

from backoffice.dashboards import folding, mornings, verify
from backoffice.kernel import queue

log = structlog.get_logger()

NIGHTLY_DAYS = 31


def fold() -> None:
    """Add up what was counted since (every minute); the first time ever, count all there is.

    Right after midnight, also note how things stand, for the comparison with last week.
    """
    if verify.is_first():
        verify.make_all()
    if folding.fold() >= folding.MOST * folding.ROUNDS:
        queue.enqueue("backoffice.dashboards.jobs.fold")
    mornings.note()


def check() -> None:
    """Compare the figures with what they count, once a night, and put them right; what was wrong goes to the log."""
    if not verify.is_due():
        return
    found = verify.verify(NIGHTLY_DAYS, heal=True)
    for one in found.differences[:100]:
        log.error("a figure was wrong", **{**one._asdict(), "day": one.day.isoformat()})
