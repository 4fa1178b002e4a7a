"""Which declarations are due, their rows locked; what others are working on at this very moment is passed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.models import Declaration, Notice, Photo
from backoffice.rules.deadlines import REMINDER_DAYS


def overdue(session: Session, limit: int) -> Sequence[Declaration]:
    """Return up to `limit` undecided declarations whose deadline has passed, those longest overdue first (K4).

    Each row is locked, and the condition held for the very version that was locked: who handed in before is not here.
    """
    return _locked(session, Declaration.expires_at < clock.now(), limit)


def to_remind(session: Session, limit: int) -> Sequence[Declaration]:
    """Return up to `limit` declarations to be reminded of now: rules.deadlines.reminder_day has come, not yet done.

    Only what still has a deadline: not handed in, or waiting for supplement (K4, K7).
    """
    horizon = clock.end_of_day(clock.today() + timedelta(days=REMINDER_DAYS))
    due = Declaration.expires_at.between(clock.now(), horizon) & Declaration.reminded_at.is_(None)
    return _locked(session, due, limit)


def photo_ids(session: Session, declaration_ids: Collection[int]) -> set[UUID]:
    """Return the ids of all photos of these declarations."""
    return set(session.scalars(select(Photo.id).where(Photo.declaration_id.in_(declaration_ids))))


def notice_ids(session: Session, declaration_ids: Collection[int]) -> set[int]:
    """Return the ids of all messages about these declarations."""
    return set(session.scalars(select(Notice.id).where(Notice.declaration_id.in_(declaration_ids))))


def _locked(session: Session, due: ColumnElement[bool], limit: int) -> Sequence[Declaration]:
    # The status as a literal: the planner uses the partial index only when it sees the very word.
    wanted = (
        select(Declaration)
        .where(Declaration.status == literal_column("'submitted'"), Declaration.expires_at.is_not(None), due)
        .order_by(Declaration.expires_at, Declaration.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(wanted).all()
