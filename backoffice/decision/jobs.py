"""Periodic jobs of deciding (backoffice.scheduler names them). Each may run any number of times, also at once."""

from __future__ import annotations

from backoffice.decision import photo_links


def sweep_photo_links() -> None:
    """Remove links to send a photo that ended an hour ago, with the photos nobody took."""
    photo_links.sweep()
