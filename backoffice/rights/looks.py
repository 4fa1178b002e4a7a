"""Who looked at a person and what was done, from the trail: by role and office, machines by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, cast, literal, literal_column, or_, select, union
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from backoffice.identity.receipt_code import format_receipt_code
from backoffice.models import ActorKind, TrailEvent, TrailRow, columns_of
from backoffice.rights.belongings import Belongings
from backoffice.rights.document import Look
from backoffice.rights.names import Names
from backoffice.trail.telling import offices_in, told
from backoffice.trail.words import ACTORS

MOST = 20_000
"""Rows that are told, the newest: who guesses at a password fills the trail."""
_T = columns_of(TrailRow)
_COLUMNS = ("id", "at", "event", "actor_kind", "actor_id", "office_id", "declaration_id", "facts")
_ROW = [_T[name] for name in _COLUMNS]
_LISTED: ColumnElement[Any] = _T.facts.op("->", return_type=JSONB())(literal_column("'listed'"))
"""As the index has it."""


class _Row(NamedTuple):
    id: int
    at: datetime
    event: TrailEvent
    actor_kind: ActorKind
    actor_id: int | None
    office_id: int | None
    declaration_id: int | None
    facts: dict[str, Any]


def looks_at(session: Session, names: Names, held: Belongings) -> tuple[list[Look], int]:
    """Return the rows about the person, oldest first, and how many older ones were left off."""
    rows = _rows(session, held)
    names.offices({one for row in rows for one in (row.office_id, *offices_in(row.facts))})
    receipts = {one.id: format_receipt_code(one.receipt_code) for one in held.declarations}
    told_of = rows[-MOST:]
    return [_look(names, row, receipts) for row in told_of], len(rows) - len(told_of)


def _rows(session: Session, held: Belongings) -> Sequence[_Row]:
    """Return the rows under the person's keyed hashes, about a file of theirs, and lists that showed one."""
    declared = [one.id for one in held.declarations]
    parts: list[ColumnElement[bool]] = [_T.subject_hash.in_(held.subjects), _T.declaration_id.in_(declared)]
    if declared:
        lists = or_(*(_LISTED.op("@>")(cast(literal(f"[{one}]"), JSONB)) for one in declared))
        parts.append(_T.event.in_([TrailEvent.SEARCH, TrailEvent.EXPORT]) & lists)
    ids = union(*(select(_T.id, _T.at).where(part) for part in parts)).subquery()
    query = select(*_ROW).join(ids, (ids.c.id == _T.id) & (ids.c.at == _T.at)).order_by(_T.at, _T.id)
    return [_Row(*row) for row in session.execute(query)]


def _look(names: Names, row: _Row, receipts: dict[int, str]) -> Look:
    return Look(
        at=row.at,
        who=_who(names, row),
        office=names.office(row.office_id) or None,
        what=told(row.event, row.facts, names.offices(())),
        receipt_code=receipts.get(row.declaration_id or 0),
    )


def _who(names: Names, row: _Row) -> str:
    if row.actor_kind is ActorKind.OFFICER:
        return names.role(row.actor_id)
    if row.actor_kind is ActorKind.CLIENT:
        return names.client(row.actor_id) or ACTORS[row.actor_kind]
    return ACTORS[row.actor_kind]
