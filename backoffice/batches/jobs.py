"""The jobs of the lists (backoffice.scheduler names them). They may run any number of times, also at once."""

from __future__ import annotations

from backoffice.batches import actions, applying, result_actions, review, work
from backoffice.kernel import queue


def work_off() -> None:
    """Bring the list that has waited longest to its review; then ask for the next."""
    queue.begin(work.JOB)
    if work.work_one():
        queue.ask(work.JOB, lane=queue.BULK)


def apply_off() -> None:
    """Go on with the list that has waited longest to be applied; then ask for the next."""
    queue.begin(review.APPLY)
    if applying.apply_one():
        queue.ask(review.APPLY, lane=queue.BULK)


def send_results() -> None:
    """Send the result that was wanted longest to its unit; then ask for the next."""
    queue.begin(review.RESULTS)
    if result_actions.send_wanted():
        queue.ask(review.RESULTS, lane=queue.BULK)


def tidy() -> None:
    """Delete the lists that have had their time."""
    actions.tidy()
