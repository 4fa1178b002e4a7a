"""The daily look at the photo store (backoffice.scheduler names it)."""

from __future__ import annotations

from backoffice.dossier import orphans
from backoffice.dossier.house import house
from backoffice.kernel import queue
from backoffice.kernel.errors import DomainError


def check_photos(check_id: int = 0) -> None:
    """Go on with the check of this id, or begin one; while there is more, ask for the next step."""
    if not check_id:
        check_id = orphans.begin()
        _tidy()
    if orphans.step(check_id):
        queue.enqueue("backoffice.dossier.jobs.check_photos", check_id, lane=queue.BULK)


def _tidy() -> None:
    try:
        house().store.tidy()
    except DomainError:
        return  # the check will say so
