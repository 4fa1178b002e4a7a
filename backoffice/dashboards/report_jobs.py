"""The job of the reports (backoffice.scheduler names it). It may run any number of times, also at once."""

from __future__ import annotations

from backoffice.dashboards import report_actions, report_making
from backoffice.kernel import queue


def make() -> None:
    """Make the report that has waited longest, one that somebody left behind too; then ask for the next."""
    queue.begin(report_making.JOB)
    if report_making.make_one():
        queue.ask(report_making.JOB, lane=queue.BULK)


def tidy() -> None:
    """Delete the reports that have had their time."""
    report_actions.tidy()
