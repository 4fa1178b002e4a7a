"""Reads of lists of people to be declared (D12 b): their declarations to be printed, a unit's known participants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from backoffice.batches.columns import MOST_PEOPLE
from backoffice.kernel import clock
from backoffice.models import (
    AccountHold,
    Batch,
    BatchEdit,
    BatchKind,
    BatchPhoto,
    BatchRow,
    BatchStage,
    Declaration,
    HoldKind,
    PhotoKind,
    RowState,
    Status,
    Unit,
)

A_PART = 200
"""Rows of the spreadsheet whose forms are one PDF: some five seconds and 40 MB of photos."""
_COPIED = ("bhxh_code", "full_name", "date_of_birth")


@dataclass(frozen=True)
class Participant:
    """A person of a unit: code in normal form, and the cells its template is filled with, by the columns' keys."""

    bhxh_code: str
    values: dict[str, str]


def participants(session: Session, unit: Unit) -> list[Participant]:
    """Return whom we know of the unit: the people of its lists that are still kept, as the newest list names them.

    Without those who have an account by now, those who were taken out of the list, and lists that were refused or
    cancelled; the source of BHXH's own register is not connected. At most MOST_PEOPLE, by code. Name and birth are as
    the unit wrote them: what an officer corrected may be what the person declared.
    """
    edits = select(BatchEdit.batch_id, BatchEdit.number, BatchEdit.field, BatchEdit.old_value)
    edits = edits.join(Batch, Batch.id == BatchEdit.batch_id).where(Batch.unit_id == unit.id)
    written = {tuple(row[:3]): row[3] for row in session.execute(edits.order_by(BatchEdit.id.desc()))}
    held = select(AccountHold.value).where(AccountHold.kind == HoldKind.CODE, AccountHold.value == BatchRow.bhxh_code)
    query = (
        select(BatchRow.bhxh_code, BatchRow.values, BatchRow.batch_id, BatchRow.number)
        .join(Batch, Batch.id == BatchRow.batch_id)
        .where(
            Batch.unit_id == unit.id,
            Batch.stage.not_in((BatchStage.REFUSED, BatchStage.CANCELLED)),
            BatchRow.bhxh_code.is_not(None),
            BatchRow.state != RowState.TAKEN_OUT,
            ~held.exists(),
        )
        .ext(distinct_on(BatchRow.bhxh_code))
        .order_by(BatchRow.bhxh_code, Batch.id.desc(), BatchRow.number)
        .limit(MOST_PEOPLE)
    )
    return [
        Participant(
            code,
            {key: written.get((batch_id, number, key), values.get(key, "")) for key in _COPIED} | {"bhxh_code": code},
        )
        for code, values, batch_id, number in session.execute(query)
        if code
    ]


def photos_beside(session: Session, batch: Batch, number: int) -> list[BatchPhoto]:
    """Return the photos that came for the person of a row and wait to become a declaration's, portrait first."""
    query = (
        select(BatchPhoto)
        .join(BatchRow, BatchRow.bhxh_code == BatchPhoto.bhxh_code)
        .where(
            BatchPhoto.batch_id == batch.id,
            BatchPhoto.refused.is_(None),
            BatchRow.batch_id == batch.id,
            BatchRow.number == number,
        )
    )
    return sorted(session.scalars(query), key=lambda photo: list(PhotoKind).index(photo.kind))


def parts(session: Session, batch: Batch) -> Sequence[int]:
    """Return which parts of the list have form 01s to be printed: 1 are its rows 1 to A_PART, and so on.

    By the rows, so that what is decided or added between two prints moves nobody from one part to another.
    """
    if batch.kind is not BatchKind.TO_DECLARE:
        return []
    part = (BatchRow.number - 1) // A_PART + 1
    waiting = to_print(batch).with_only_columns(part).order_by(None).distinct()
    return sorted(session.scalars(waiting))


def to_print(batch: Batch, part: int | None = None) -> Select[Declaration]:
    """Return the query of the list's declarations (of a part) that wait to be decided where they were sent."""
    query = (
        select(Declaration)
        .join(BatchRow, BatchRow.declaration_id == Declaration.id)
        .where(
            BatchRow.batch_id == batch.id,
            BatchRow.state == RowState.APPLIED,
            Declaration.status == Status.SUBMITTED,
            Declaration.office_id.in_({batch.office_id, batch.unit.office_id if batch.unit else batch.office_id}),
            (Declaration.expires_at.is_(None)) | (Declaration.expires_at > clock.now()),
        )
        .order_by(BatchRow.number)
    )
    if part is None:
        return query
    return query.where(BatchRow.number > (part - 1) * A_PART, BatchRow.number <= part * A_PART)
