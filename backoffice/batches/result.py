"""The result of a list: the unit's own workbook with what became of each row, to be taken away or sent to the unit.

It is made anew each time, of the file as it came and the rows as they stand; read and written in a confined process
(gateways.sheets.lists), while no connection to the database is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import case, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from backoffice.batches import queries
from backoffice.batches.columns import LABELS
from backoffice.batches.result_words import result, why
from backoffice.gateways.sheets.answering import Answers
from backoffice.gateways.sheets.lists import answer_list_apart
from backoffice.kernel import clock, sealing
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import (
    Batch,
    BatchEdit,
    BatchKind,
    BatchRow,
    BatchStage,
    Notice,
    NoticeChannel,
    NoticeKind,
    RowState,
)
from backoffice.notices.batch_results import Told
from backoffice.notices.undelivered import still_wanted

_NO_FILE = "Tệp gốc của danh sách không còn nên không lập được tệp kết quả. Xin xem từng dòng ngay trên trang này."
HEADS = (("Kết quả", 22), ("Lý do", 70), ("Ngày", 14))
STAGES = (BatchStage.IN_REVIEW, BatchStage.APPLYING, BatchStage.APPLIED)
"""Stages in which there is something to tell."""

_FAULTS = case(
    (BatchRow.state.in_([RowState.APPLIED, RowState.SKIPPED]), None),
    else_=func.nullif(BatchRow.faults, literal([], JSONB)),
)
"""None where there are none, or none that are told: reading ten thousand empty ones takes as long as all else."""


@dataclass(frozen=True)
class Asked:
    """All that is needed to make a result: the file as it came, what to write beside its rows, the file's new name."""

    data: bytes
    answers: Answers
    name: str

    def make(self) -> bytes:
        """Return the workbook; raises InvalidInput when the file cannot be read any more, OSError without processes."""
        return answer_list_apart(self.data, self.answers)


def ask(session: Session, batch: Batch) -> Asked:
    """Return what is needed to make the result of a list as it stands; raises Conflict (no_file) without its file."""
    rows = select(BatchRow.number, BatchRow.state, _FAULTS, BatchRow.reason, BatchRow.applied_at)
    edits, lost = _edits(session, batch), set(not_arrived(session, batch.id))
    told: dict[str, list[str]] = {}
    query = rows.add_columns(BatchRow.declaration_id).where(BatchRow.batch_id == batch.id)
    for number, state, faults, reason, applied_at, declaration in session.execute(query):
        words = [why(state, batch.kind, faults or (), reason, arrived=declaration not in lost), edits.get(number, "")]
        told[str(number)] = [result(state, batch.kind), " ".join(filter(None, words)), _day(applied_at)]
    answers = Answers(batch.sheet or "", int(batch.columns.get("row", 0)), HEADS, told)
    return Asked(_file(session, batch), answers, f"ket-qua-danh-sach-{batch.id}.xlsx")


def not_arrived(session: Session, batch_id: int) -> list[int]:
    """Return the declarations of a list whose SMS did not arrive and is still worth something."""
    kinds = (NoticeKind.APPROVED, NoticeKind.RECEIVED)
    query = (
        select(Notice.declaration_id)
        .join(BatchRow, BatchRow.declaration_id == Notice.declaration_id)
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.APPLIED)
        .where(Notice.channel == NoticeChannel.SMS, Notice.kind.in_(kinds), still_wanted())
    )
    return [number for number in session.scalars(query) if number is not None]


def told_of(session: Session, batch: Batch) -> Told:
    """Return what the letter to the unit says of the list."""
    left = batch.rows - batch.applied - batch.refused
    day = f" ngày {batch.letter_date:%d/%m/%Y}" if batch.letter_date else ""
    letter = f"số {batch.letter_number}{day}" if batch.letter_number else "không ghi số"
    unit = batch.unit.name if batch.unit else ""
    numbers = batch.rows, batch.applied, batch.refused, left
    return Told(batch.id, unit, batch.file_name, letter, *numbers, batch.kind is BatchKind.TO_DECLARE)


def newest_letter(session: Session, batch_id: int) -> Notice | None:
    """Return the latest letter to the unit about the list."""
    query = select(Notice).where(Notice.batch_id == batch_id, Notice.kind == NoticeKind.BATCH_RESULT)
    return session.scalars(query.order_by(Notice.id.desc()).limit(1)).first()


def _file(session: Session, batch: Batch) -> bytes:
    try:
        return queries.file_of(session, batch)
    except (NotFound, sealing.BrokenSeal):
        raise Conflict(_NO_FILE, code="no_file") from None


def _edits(session: Session, batch: Batch) -> Mapping[int, str]:
    """Return by row what was corrected in it, as the unit had written it; what is right may be what was declared."""
    first = func.first_value(BatchEdit.old_value).over(
        partition_by=(BatchEdit.number, BatchEdit.field), order_by=BatchEdit.id
    )
    query = select(BatchEdit.number, BatchEdit.field, first, BatchEdit.new_value).where(BatchEdit.batch_id == batch.id)
    last: dict[tuple[int, str], tuple[str, str]] = {}
    for number, field, old, new in session.execute(query.order_by(BatchEdit.id)):
        last[number, field] = old, new
    words: dict[int, list[str]] = {}
    for (number, field), (old, new) in last.items():
        if old != new:
            word = f"Cơ quan BHXH đã sửa {LABELS.get(field, field)}: đơn vị ghi “{old}”."
            words.setdefault(number, []).append(word)
    return {number: " ".join(those) for number, those in words.items()}


@lru_cache(maxsize=1000)
def _day(instant: datetime | None) -> str:
    return f"{clock.local(instant):%d/%m/%Y}" if instant else ""
