"""What the room does by itself."""

from __future__ import annotations

from backoffice.offices import merging


def merge_due() -> None:
    """Do the merges whose day has come; see `merging.do_due`."""
    merging.do_due()
