"""The periodic job of the retention (backoffice.scheduler names it). It may run any number of times, also at once."""

from __future__ import annotations

from backoffice.expiry import retention
from backoffice.kernel import queue


def sweep() -> None:
    """Delete what has had its time (rules.retention); when there may be more than one job can do, ask for the next."""
    if retention.MOST in retention.sweep(retention.MOST).values():
        queue.enqueue("backoffice.expiry.retention_jobs.sweep")
