"""Periodic jobs of expiry (backoffice.scheduler names them). Each may run any number of times, also at once."""

from __future__ import annotations

from backoffice.expiry import actions, clearing
from backoffice.kernel import queue


def sweep(before: int = 0) -> None:
    """Delete what is overdue; when there may be more than one job can do, ask for the next, else for `clear`.

    `before` is how many the jobs that asked for this one have deleted.
    """
    count = actions.sweep()
    if count >= actions.MOST:
        queue.enqueue("backoffice.expiry.jobs.sweep", before + count)
    elif before + count:
        for number in range(len(clearing.tables())):
            queue.enqueue("backoffice.expiry.jobs.clear", number, lane=queue.BULK)


def clear(number: int) -> None:
    """Clear what is deleted out of pages, indexes and statistics: of one table, for a large one takes its time."""
    clearing.clear(clearing.tables()[number])


def remind() -> None:
    """Remind of what is due in three days; when there may be more than one job can do, ask for the next."""
    if actions.remind() >= actions.MOST:
        queue.enqueue("backoffice.expiry.jobs.remind")
