"""Corrections of a list in review: a cell, rows taken out and put back. What they shared with others is looked up anew.

Each joins a transaction that holds the list's row, so of two officers at once the second sees what the first wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.batches.columns import cells_of
from backoffice.batches.review import LEFT, require_open
from backoffice.batches.together import compare_again
from backoffice.batches.work import JOB, count
from backoffice.identity.malformed import Malformed
from backoffice.identity.text import compact, normalize_text, visible
from backoffice.kernel import clock, queue
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Batch, BatchEdit, BatchRow, BatchStage, Officer, RowState, TrailEvent, table_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record

LONGEST = 200
MENDED = ("code_zero_lost", "phone_zero_lost", "id_zero_lost")
"""Faults that are mended in all rows at once: there is one number that can be meant."""
_NO_ROW = "Không tìm thấy dòng này trong danh sách. Xin tải lại trang."
_NO_CELL = "Cột này không sửa được tại đây. Chưa ghi gì; xin tải lại trang."
_NO_ZERO = "Lỗi này không sửa chung cho nhiều dòng được. Chưa ghi gì; xin sửa từng dòng."
_NOT_NOW = "Dòng này đã bỏ ra hoặc đã duyệt nên không sửa được. Chưa ghi gì; nếu đã bỏ ra, xin đưa lại rồi sửa."


class CellChanged(Conflict):
    """Somebody else corrected the cell since the asker saw it; the row as it is now should be shown."""


def find_row(session: Session, batch: Batch, number: int) -> BatchRow:
    """Return the row with this number of the spreadsheet; raises NotFound."""
    row = session.get(BatchRow, (batch.id, number), populate_existing=True)
    if row is None:
        raise NotFound(_NO_ROW)
    return row


def correct(session: Session, actor: Actor, batch: Batch, number: int, key: str, old: str, new: str) -> set[int]:
    """Write `new` into the cell of column `key`, which held `old` when it was shown; return which rows changed by it.

    The row, and those it shared a code, a declaration or a phone with, are looked up anew. Raises Conflict when the
    list or the row is not open, CellChanged when the cell holds something else than `old`, InvalidInput, NotFound.
    """
    require_open(batch)
    row, text = find_row(session, batch, number), _read(batch, key, new)
    if row.state not in LEFT:
        raise Conflict(_NOT_NOW, code="row_not_open")
    there = row.values.get(key, "")
    if there == text and key not in row.marks:
        return {number}
    if visible(there) != visible(old):
        raise CellChanged(_changed_by(session, batch, number, key), code="cell_changed")
    row.values = row.values | {key: text}
    row.marks = {name: mark for name, mark in row.marks.items() if name != key}
    edit = {"field": key, "old_value": there, "new_value": text}
    session.add(BatchEdit(batch_id=batch.id, number=number, officer_id=actor.id, at=clock.now(), **edit))
    changed = _again(session, batch, {number})
    _note(session, actor, batch, find_row(session, batch, number), key)
    return changed


def _read(batch: Batch, key: str, text: str) -> str:
    if key not in cells_of(batch.kind):
        raise InvalidInput([Fault(key, _NO_CELL)], _NO_CELL)
    try:
        return normalize_text(text, limit=LONGEST)
    except Malformed as error:
        raise InvalidInput([Fault(key, error.message, error.code)], error.message) from None


def _changed_by(session: Session, batch: Batch, number: int, key: str) -> str:
    last = session.execute(
        select(Officer.full_name, BatchEdit.at)
        .join(Officer, Officer.id == BatchEdit.officer_id)
        .where(BatchEdit.batch_id == batch.id, BatchEdit.number == number, BatchEdit.field == key)
        .order_by(BatchEdit.id.desc())
        .limit(1)
    ).first()
    who = f"{last.full_name} đã sửa ô này lúc {clock.local(last.at):%H:%M}" if last else "Ô này vừa được sửa"
    return f"{who}. Giá trị bạn nhập chưa ghi; xin xem giá trị mới ở dòng {number} rồi sửa lại nếu cần."


def corrections(session: Session, batch: Batch, number: int) -> Sequence[tuple[BatchEdit, str]]:
    """Return what was corrected in a row, and by whom, in that order."""
    mine = BatchEdit.batch_id == batch.id, BatchEdit.number == number
    query = select(BatchEdit, Officer.full_name).join(Officer, Officer.id == BatchEdit.officer_id).where(*mine)
    return [(edit, who) for edit, who in session.execute(query.order_by(BatchEdit.id))]


def _note(session: Session, actor: Actor, batch: Batch, row: BatchRow, what: str) -> None:
    subject = lookup_hash("bhxh_code", row.bhxh_code) if row.bhxh_code else None
    record(session, TrailEvent.BATCH_CORRECT, actor, subject_hash=subject, batch=batch.id, row=row.number, what=what)


def take_out(session: Session, actor: Actor, batch: Batch, numbers: Collection[int]) -> set[int]:
    """Take these rows out of the list, as far as they are open; return which rows changed by it. Raises Conflict."""
    return _move(session, actor, batch, numbers, LEFT, RowState.TAKEN_OUT, "taken_out")


def put_back(session: Session, actor: Actor, batch: Batch, numbers: Collection[int]) -> set[int]:
    """Put rows that were taken out back, looked up anew; return which rows changed by it. Raises Conflict."""
    return _move(session, actor, batch, numbers, (RowState.TAKEN_OUT,), RowState.PENDING, "put_back")


def with_fault(session: Session, batch: Batch, code: str) -> Sequence[int]:
    """Return the numbers of the open rows that have this fault or mark."""
    has = BatchRow.faults.contains(func.jsonb_build_array(func.jsonb_build_object("code", code)))
    return session.scalars(
        select(BatchRow.number).where(BatchRow.batch_id == batch.id, BatchRow.state.in_(LEFT), has)
    ).all()


def mend_all(session: Session, actor: Actor, batch: Batch, code: str) -> int:
    """Put the zeros back that the spreadsheet took from all open rows with this fault; return in how many.

    Each cell is kept as corrected by hand. Raises Conflict when the list is not open, InvalidInput for another fault.
    """
    require_open(batch)
    if code not in MENDED:
        raise InvalidInput([Fault("which", _NO_ZERO)], _NO_ZERO)
    those = _is_of(batch, with_fault(session, batch, code))
    edits = [_mended(row, code) for row in session.scalars(select(BatchRow).where(*those).order_by(BatchRow.number))]
    if not edits:
        return 0
    known = {"batch_id": batch.id, "officer_id": actor.id, "at": clock.now()}
    session.execute(insert(table_of(BatchEdit)), [edit | known for edit in edits])
    _again(session, batch, [edit["number"] for edit in edits])
    record(session, TrailEvent.BATCH_CORRECT, actor, batch=batch.id, what=edits[0]["field"], count=len(edits))
    return len(edits)


def _mended(row: BatchRow, code: str) -> dict[str, Any]:
    found = next(one for one in row.faults if one["code"] == code)
    key, new = found["field"], compact(found["meant"])
    edit = {"number": row.number, "field": key, "old_value": row.values.get(key, ""), "new_value": new}
    row.values = row.values | {key: new}
    row.marks = {name: mark for name, mark in row.marks.items() if name != key}
    return edit


def _is_of(batch: Batch, numbers: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return BatchRow.batch_id == batch.id, BatchRow.number == any_(literal(sorted(set(numbers)), ARRAY(BigInteger)))


def _move(
    session: Session,
    actor: Actor,
    batch: Batch,
    numbers: Collection[int],
    before: Sequence[RowState],
    after: RowState,
    what: str,
) -> set[int]:
    require_open(batch)
    moved = set(
        session.scalars(
            update(BatchRow)
            .where(*_is_of(batch, numbers), BatchRow.state.in_(before))
            .values(state=after, reason=None)
            .returning(BatchRow.number)
        )
    )
    if not moved:
        return set()
    changed = _again(session, batch, moved)
    if len(moved) == 1:
        _note(session, actor, batch, find_row(session, batch, min(moved)), what)
    else:
        record(session, TrailEvent.BATCH_CORRECT, actor, batch=batch.id, what=what, count=len(moved))
    return changed


def compare_anew(session: Session, batch: Batch) -> None:
    """Send the locked list back to be compared whole; whoever is at it finds it is theirs no more.

    Of a list of people to be declared the photos are looked at first.
    """
    if batch.stage is not BatchStage.RECEIVED:
        again = BatchRow.batch_id == batch.id, BatchRow.state.in_(LEFT)
        session.execute(update(BatchRow).where(*again).values(state=RowState.PENDING, reason=None))
        batch.stage, batch.done, batch.total = BatchStage.CHECKED, 0, batch.rows
        batch.tries, batch.given_back, batch.worked_at = batch.tries + 1, batch.tries + 1, None
    batch.touched_at = clock.now()
    queue.ask_after_commit(session, JOB, lane=queue.BULK)


def look_again(session: Session, actor: Actor, batch: Batch) -> None:
    """Have the whole list compared anew: declarations may have been corrected at the desk. Raises Conflict."""
    require_open(batch)
    compare_anew(session, batch)
    record(session, TrailEvent.BATCH_CORRECT, actor, batch=batch.id, what="again")


def _again(session: Session, batch: Batch, numbers: Collection[int]) -> set[int]:
    changed = compare_again(session, batch.id, batch.office.path, numbers)
    count(session, batch)
    batch.touched_at = clock.now()
    return changed
