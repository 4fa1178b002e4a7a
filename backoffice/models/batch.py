"""Lists of units (D12): the schools and employers that send them, the lists, their rows, what was corrected in them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office
from backoffice.models.officer import Officer


class UnitKind(StrEnum):
    """What a unit is."""

    SCHOOL = "school"
    EMPLOYER = "employer"


class Unit(Base):
    """A school or employer whose lists an office takes; `code` is the one social insurance knows it by."""

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_office", "office_id", "code"),)

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    folded_name: Mapped[str]
    kind: Mapped[UnitKind] = mapped_column(words(UnitKind))
    contact: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    """The office in charge."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    """Grows with each change: what a form was filled from."""

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)


class UnitChange(Base):
    """One field of a unit that was changed; the first ones are those it was added with."""

    __tablename__ = "unit_changes"
    __table_args__ = (Index("ix_unit_changes_unit", "unit_id", "id"),)

    id: Mapped[BigId]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id", ondelete="CASCADE"))
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    field: Mapped[str]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]


class BatchKind(StrEnum):
    """What a list is for (D12)."""

    DECLARED = "a"
    """Of people who have declared: they are approved on its strength."""
    TO_DECLARE = "b"
    """Of participants, with photos: declarations are made of it."""


class BatchStage(StrEnum):
    """How far a list has come."""

    RECEIVED = "received"
    CHECKED = "checked"
    """Read, and each row looked at by itself."""
    COMPARED = "compared"
    """With declarations and accounts, and its rows with each other."""
    IN_REVIEW = "in_review"
    APPLYING = "applying"
    APPLIED = "applied"
    REFUSED = "refused"
    """The file cannot be taken; `file_fault` says why."""
    CANCELLED = "cancelled"


OPEN_STAGES = (
    BatchStage.RECEIVED,
    BatchStage.CHECKED,
    BatchStage.COMPARED,
    BatchStage.IN_REVIEW,
    BatchStage.APPLYING,
)
"""Of a list in work: so long the same file is the same list."""


class RowState(StrEnum):
    """Where a row stands."""

    PENDING = "pending"
    """Not compared yet."""
    OK = "ok"
    FAULT = "fault"
    TAKEN_OUT = "taken_out"
    TO_APPLY = "to_apply"
    """Was sound and is to be approved: waits for the second pair of eyes or is being applied; none corrects it now."""
    APPLIED = "applied"
    REFUSED = "refused"
    SKIPPED = "skipped"
    """Decided otherwise meanwhile; `reason` says how."""


_UNDER_WAY = "stage IN ('received', 'checked', 'compared')"
_APPLYING = "stage = 'applying'"
_OPEN = "stage IN ('received', 'checked', 'compared', 'in_review', 'applying')"


class Batch(Base):
    """One list. The row is the work: `tries` tells whose it is now, `worked_at` that somebody is at it."""

    __tablename__ = "batches"
    __table_args__ = (
        Index("uq_batches_open_file", "office_id", "kind", "file_hash", unique=True, postgresql_where=_OPEN),
        Index("ix_batches_under_way", "id", postgresql_where=_UNDER_WAY),
        Index("ix_batches_applying", "id", postgresql_where=_APPLYING),
        Index("ix_batches_result_wanted", "id", postgresql_where="result_wanted_at IS NOT NULL"),
        Index("ix_batches_office", "office_id", "id"),
        Index("ix_batches_unit", "unit_id", "id"),
        Index("ix_batches_file", "file_hash"),
        Index("ix_batches_touched", "touched_at"),
    )

    id: Mapped[BigId]
    token: Mapped[str] = mapped_column(unique=True)
    """What stands for it in an address; alone it opens nothing."""
    kind: Mapped[BatchKind] = mapped_column(words(BatchKind))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    """The office that took it; its rows are of the office's branch."""
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    file_name: Mapped[str]
    file_hash: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the file as it came."""
    file_size: Mapped[int]
    sheet: Mapped[str | None]
    """Name of the sheet that holds the table."""
    columns: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """Of each column that was found, by its key: the number of the column (0 is A); and "row", that of the headings."""
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """What was seen in the file besides: {"code": …, facts}."""
    letter_number: Mapped[str | None]
    letter_date: Mapped[date | None]
    signatory: Mapped[str | None]
    stage: Mapped[BatchStage] = mapped_column(words(BatchStage))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Rows of the present stage: how many of how many."""
    rows: Mapped[int] = mapped_column(default=0)
    """Rows that were read."""
    applied: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    faults: Mapped[int] = mapped_column(default=0)
    """Rows with a fault."""
    file_fault: Mapped[str | None]
    file_sentence: Mapped[str | None]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    """Who asked for the rows TO_APPLY: they are decided in this officer's name. Stays of the last time."""
    asked_at: Mapped[datetime | None]
    needs_second: Mapped[bool] = mapped_column(default=False)
    """What was asked for waits until somebody else has looked at it; so long nothing in the list is changed."""
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    """Who looked at what was asked for last: neither who asked nor who sent the file in."""
    second_at: Mapped[datetime | None]
    second_note: Mapped[str | None]
    """Why they sent it back; None when they agreed."""
    alone: Mapped[int] = mapped_column(default=0, server_default="0")
    """Rows that were let through without a second pair of eyes since the last time somebody else looked."""
    result_wanted_at: Mapped[datetime | None]
    """Since when the result is to be made and sent to the unit; None when nobody waits for that."""
    result_fault: Mapped[str | None]
    """Why it was not sent the last time, for officers; None when it was, or is still to be."""
    tries: Mapped[int] = mapped_column(default=0)
    given_back: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of the tries ended well, only before all was done."""
    created_at: Mapped[datetime]
    worked_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    """When whoever applies it now took it: by this they know that it is still theirs."""
    touched_at: Mapped[datetime]
    """When something was last done to it: from then on it is kept for its term."""
    ended_at: Mapped[datetime | None]

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    officer: Mapped[Officer] = relationship(foreign_keys=[officer_id], lazy="raise")


class BatchFile(Base):
    """The file as it came, sealed (kernel.sealing); it goes with its list."""

    __tablename__ = "batch_files"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class BatchResult(Base):
    """The workbook with what became of each row, as it goes to the unit by e-mail, sealed; the newest alone."""

    __tablename__ = "batch_results"

    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
    """Of the file, ASCII."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class BatchRow(Base):
    """One row of a list. `number` is the spreadsheet's own.

    The declaration is no foreign key: an expiry of 100,000 would pay for the proof; who uses it asks for it.
    """

    __tablename__ = "batch_rows"
    __table_args__ = (
        Index("ix_batch_rows_state", "batch_id", "state", "number"),
        Index("ix_batch_rows_bhxh_code", "bhxh_code"),
        Index("ix_batch_rows_declaration", "declaration_id", postgresql_where="declaration_id IS NOT NULL"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Of each column, by its key, the text that stands there."""
    marks: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What the reader saw: by a column's key "number", "date", "formula", "error"; "hidden": true of a hidden row."""
    bhxh_code: Mapped[str | None]
    """In normal form; None while the cell holds no sound one."""
    phone: Mapped[str | None]
    declaration_id: Mapped[int | None]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """{"code", "field", "blocks", facts of the sentence}; those that do not block are marks alone."""
    state: Mapped[RowState] = mapped_column(words(RowState))
    reason: Mapped[str | None]
    applied_at: Mapped[datetime | None]


class BatchEdit(Base):
    """One cell of a list that an officer corrected."""

    __tablename__ = "batch_edits"
    __table_args__ = (Index("ix_batch_edits_row", "batch_id", "number"),)

    id: Mapped[BigId]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    number: Mapped[int]
    field: Mapped[str]
    old_value: Mapped[str]
    new_value: Mapped[str]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
