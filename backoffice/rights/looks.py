"""Who looked at a person and what was done, from the trail: by role and office, machines by name."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.identity.receipt_code import format_receipt_code
from backoffice.models import ActorKind
from backoffice.rights.belongings import Belongings
from backoffice.rights.document import Look
from backoffice.rights.names import Names
from backoffice.trail.queries import whole_of_person
from backoffice.trail.statements import Found
from backoffice.trail.telling import offices_in, told
from backoffice.trail.words import ACTORS

MOST = 20_000
"""Rows that are told, the newest: who guesses at a password fills the trail."""


def looks_at(session: Session, names: Names, held: Belongings) -> tuple[list[Look], int]:
    """Return the rows about the person, oldest first, and how many older ones were left off."""
    rows = whole_of_person(session, held.subjects, [one.id for one in held.declarations])
    names.offices({one for row in rows for one in (row.office_id, *offices_in(row.facts))})
    receipts = {one.id: format_receipt_code(one.receipt_code) for one in held.declarations}
    told_of = rows[-MOST:]
    return [_look(names, row, receipts) for row in told_of], len(rows) - len(told_of)


def _look(names: Names, row: Found, receipts: dict[int, str]) -> Look:
    return Look(
        at=row.at,
        who=_who(names, row),
        office=names.office(row.office_id) or None,
        what=told(row.event, row.facts, names.offices(())),
        receipt_code=receipts.get(row.declaration_id or 0),
    )


def _who(names: Names, row: Found) -> str:
    if row.actor_kind is ActorKind.OFFICER:
        return names.role(row.actor_id)
    if row.actor_kind is ActorKind.CLIENT:
        return names.client(row.actor_id) or ACTORS[row.actor_kind]
    return ACTORS[row.actor_kind]
