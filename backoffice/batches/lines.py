"""Reads of the rows of a list, with the declarations they stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, any_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload

from backoffice.models import Batch, BatchEdit, BatchRow, Declaration, Office, RowState

EDITED = "edited"
"""The filter of rows of which a cell was corrected."""
PAGE = 100
"""Rows of a list on a page."""


class Seen(NamedTuple):
    """A declaration of which a list shows something."""

    id: int
    bhxh_code: str


class Line(NamedTuple):
    """A row with what its declaration says, as far as it is there."""

    row: BatchRow
    declaration: Declaration | None


def rows_of(session: Session, batch: Batch, which: str, after: int) -> list[Line]:
    """Return a page of rows (and one more when there are) behind number `after`: `which` is "", a state or a fault."""
    query = _lines(batch).where(BatchRow.number > after, *_which(which)).limit(PAGE + 1)
    return [Line(*row) for row in session.execute(query)]


def rows_named(session: Session, batch: Batch, numbers: Collection[int]) -> list[Line]:
    """Return the rows with these numbers, a page of them at the most."""
    named = BatchRow.number == any_(literal(sorted(numbers), ARRAY(BigInteger)))
    return [Line(*row) for row in session.execute(_lines(batch).where(named).limit(PAGE))]


def every_row(session: Session, batch: Batch, which: str) -> Iterator[BatchRow]:
    """Return all rows of `which`, read as they are wanted."""
    mine = BatchRow.batch_id == batch.id, *_which(which)
    query = select(BatchRow).where(*mine).order_by(BatchRow.number).execution_options(yield_per=500)
    return iter(session.scalars(query))


def declared_in(session: Session, batch: Batch, which: str) -> list[Seen]:
    """Return whose declarations the rows of `which` stand for."""
    query = (
        select(Declaration.id, Declaration.bhxh_code)
        .join(BatchRow, BatchRow.declaration_id == Declaration.id)
        .where(BatchRow.batch_id == batch.id, *_which(which))
    )
    return [Seen(*row) for row in session.execute(query)]


def beside(session: Session, batch: Batch, which: str, number: int) -> tuple[int | None, int | None]:
    """Return the numbers of the rows before and behind `number` among those of `which`: "", a state or a fault."""
    mine = select(BatchRow.number).where(BatchRow.batch_id == batch.id, *_which(which)).limit(1)
    before = mine.where(BatchRow.number < number).order_by(BatchRow.number.desc())
    behind = mine.where(BatchRow.number > number).order_by(BatchRow.number)
    return session.scalar(before), session.scalar(behind)


def _lines(batch: Batch) -> Select[BatchRow, Declaration]:
    """Return the rows with their declarations, as far as those are still of the branch that took the list."""
    branch = select(Office.id).where(func.starts_with(Office.path, batch.office.path))
    of_branch = (Declaration.id == BatchRow.declaration_id) & Declaration.office_id.in_(branch)
    return (
        select(BatchRow, Declaration)
        .outerjoin(Declaration, of_branch)
        .options(joinedload(Declaration.office))
        .where(BatchRow.batch_id == batch.id)
        .order_by(BatchRow.number)
    )


def _which(which: str) -> list[ColumnElement[bool]]:
    if not which:
        return []
    if which == EDITED:
        return [exists().where(BatchEdit.batch_id == BatchRow.batch_id, BatchEdit.number == BatchRow.number)]
    if which in set(RowState):
        return [BatchRow.state == RowState(which)]
    return [
        BatchRow.state != RowState.TAKEN_OUT,
        BatchRow.faults.contains(func.jsonb_build_array(func.jsonb_build_object("code", which))),
    ]
