"""What the room does by itself."""

from __future__ import annotations

from backoffice.kernel import queue
from backoffice.offices import import_actions, merging


def merge_due() -> None:
    """Do the merges whose day has come; see `merging.do_due`."""
    queue.begin(merging.DUE)
    merging.do_due()


def tidy_imports() -> None:
    """Delete the files, of offices and of officers, that were looked at and are not to be applied any more."""
    import_actions.tidy()
