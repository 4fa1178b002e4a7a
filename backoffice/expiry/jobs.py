"""Periodic jobs of expiry (backoffice.scheduler names them). Each may run any number of times, also at once."""

from __future__ import annotations

from backoffice.expiry import actions
from backoffice.kernel import queue


def sweep() -> None:
    """Delete what is overdue; when there may be more than one job can do, ask for the next."""
    if actions.sweep() >= actions.MOST:
        queue.enqueue("backoffice.expiry.jobs.sweep")


def remind() -> None:
    """Remind of what is due in three days; when there may be more than one job can do, ask for the next."""
    if actions.remind() >= actions.MOST:
        queue.enqueue("backoffice.expiry.jobs.remind")
