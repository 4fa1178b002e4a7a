"""Looks at a declaration beside the opening of its page: polls, previews, thumbnails, refused forms (design 5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import ActorKind, Declaration, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

REMEMBERED = timedelta(hours=12)
"""So long a review in the trail covers what its open page asks for: no session is longer."""


def note_look(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Write a review row, unless `officer` reviewed `declaration` within the last 12 hours.

    So nobody sees anything of a declaration without a row, and an open page adds none with every poll.
    """
    if not has_reviewed(session, declaration, officer, clock.now() - REMEMBERED):
        record(session, TrailEvent.REVIEW, officer, declaration=declaration)
        session.flush()


def has_reviewed(
    session: Session, declaration: Declaration, officer: Actor, since: datetime, *, until: datetime | None = None
) -> bool:
    """Tell whether `officer` had the declaration's page opened after `since` (and up to `until`)."""
    reviewed = (
        select(TrailRow.id)
        .where(
            TrailRow.declaration_id == declaration.id,
            TrailRow.event == TrailEvent.REVIEW,
            TrailRow.actor_kind == ActorKind.OFFICER,
            TrailRow.actor_id == officer.id,
            TrailRow.at > since,
        )
        .limit(1)
    )
    if until is not None:
        reviewed = reviewed.where(TrailRow.at <= until)
    return session.scalars(reviewed).first() is not None
