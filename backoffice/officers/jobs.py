"""What the room does by itself (backoffice.scheduler names it). May run any number of times, also at once."""

from __future__ import annotations

from backoffice.kernel import queue
from backoffice.officers import access


def disable_unused() -> None:
    """Disable whom nobody has seen for 60 days; when there may be more than one job can do, ask for the next."""
    if access.disable_unused() >= access.MOST_SWEPT:
        queue.enqueue("backoffice.officers.jobs.disable_unused")
