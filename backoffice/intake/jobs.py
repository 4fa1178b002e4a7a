"""Periodic jobs of intake (backoffice.scheduler names them). Each may run any number of times, also at once."""

from __future__ import annotations

from backoffice.intake import drafts
from backoffice.kernel import queue

_MOST = 500


def tidy_drafts() -> None:
    """Delete drafts nobody touched for two hours, with their photos; when there may be more, ask for the next round."""
    if drafts.tidy(_MOST) >= _MOST:
        queue.enqueue("backoffice.intake.jobs.tidy_drafts")
