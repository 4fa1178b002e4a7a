"""Which office serves today: one that was merged is served by its successor, found by its old code too (D8).

`Office.successor_id` always names the last of a chain: a merge writes it anew in all that had come before.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models import Office, OfficeMerge

PLANNED = (OfficeMerge.done_at.is_(None), OfficeMerge.cancelled_at.is_(None))
"""Hold for a merge that is still to be done."""


class Coming(NamedTuple):
    """A merge that is planned: from the first minute of which day (Vietnam) which office serves."""

    day: date
    heir: str


def serving(session: Session, office: Office) -> Office:
    """Return the office that serves the people of `office` now: itself, or into which it was merged."""
    return office if office.successor_id is None else session.get_one(Office, office.successor_id)


def coming_merge(session: Session, office_id: int) -> Coming | None:
    """Return the merge that is planned for the office with this id, None when there is none."""
    planned = select(OfficeMerge.on_day, Office.name).join(Office, Office.id == OfficeMerge.successor_id)
    row = session.execute(planned.where(OfficeMerge.office_id == office_id, *PLANNED)).one_or_none()
    return Coming(*row) if row else None


def hold_open(session: Session, office_id: int) -> Office:
    """Return the office that serves for the one with this id, held as it is until the transaction ends.

    Who adds something to an office that must not be closed meanwhile (a declaration, an officer) asks this before
    anything else is locked: a merge or a closure under way is waited for, and then seen. It may still be a closed one
    without a successor: look at `closed_at`.
    """
    sought = office_id
    while True:
        office = session.scalars(
            select(Office)
            .where(Office.id == sought)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        ).one()
        if office.successor_id is None:
            return office
        sought = office.successor_id
