"""That an officer said why they open a declaration, or that the papers scanned said it (issue 7, point 5)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Declaration, OpenedFile, OpenReason, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

GOOD_FOR = timedelta(minutes=30)
"""So long a reason is not asked again."""


def keep(
    session: Session, declaration: Declaration, officer: Actor, reason: OpenReason, note: str | None = None
) -> None:
    """Keep the reason, with its note beside the trail, and write it down."""
    opened = OpenedFile(officer_id=officer.id, declaration_id=declaration.id, reason=reason, note=note, at=clock.now())
    session.add(opened)
    session.flush()
    record(session, TrailEvent.OPEN, officer, declaration=declaration, why=reason.value, opened=opened.id)


def keep_by_papers(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Keep that the person is here, who brought their form 01 or their ID: of the own office's file nobody asks."""
    if declaration.office_id != officer.office_id and not has_told(session, declaration, officer, GOOD_FOR):
        keep(session, declaration, officer, OpenReason.CITIZEN_HERE)


def has_told(session: Session, declaration: Declaration, officer: Actor, within: timedelta) -> bool:
    """Tell whether the officer gave a reason to open the declaration within that time."""
    told = exists().where(
        OpenedFile.officer_id == officer.id,
        OpenedFile.declaration_id == declaration.id,
        OpenedFile.at > clock.now() - within,
    )
    return bool(session.scalar(select(told)))
