"""What officers do with lists: send one in, look at it, note the unit's letter, cancel it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.batches import bundle_view, grid, photos, queries, view
from backoffice.batches.bundle_queries import participants
from backoffice.batches.letter import Letter, read_letter
from backoffice.batches.looks import note_rows
from backoffice.batches.review import require_open
from backoffice.batches.template import Template, make_template
from backoffice.batches.work import JOB, UNDER_WAY
from backoffice.identity.text import visible
from backoffice.kernel import clock, queue, sealing
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import new_token
from backoffice.models import (
    Batch,
    BatchArchive,
    BatchEdit,
    BatchFile,
    BatchKind,
    BatchPhoto,
    BatchRow,
    BatchStage,
    KeptData,
    TrailEvent,
    Unit,
    table_of,
)
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of
from backoffice.rules.permissions import Do, require
from backoffice.rules.retention import cutoff
from backoffice.rules.serving import hold_open

_LONGEST_NAME = 100
_AT_ONCE = 500
"""Lists whose photos are removed in one go."""
_PARTLY = "Danh sách đã duyệt một phần nên không hủy được. Chưa thay đổi gì; xin kết thúc danh sách thay cho hủy."
_RESTS_ON_IT = (
    "Đã duyệt người theo công văn này nên không đổi đơn vị, công văn được nữa. Chưa ghi gì; nếu ghi sai, xin kết thúc "
    "danh sách rồi gửi tệp mới chỉ gồm các dòng chưa duyệt."
)
_ENDED = (BatchStage.APPLIED, BatchStage.REFUSED, BatchStage.CANCELLED)


@dataclass(frozen=True)
class Sent:
    """A file as it was sent."""

    name: str
    data: bytes


class Received(NamedTuple):
    """The list that a file became; `since`: when it had come already, None where it is new."""

    token: str
    since: datetime | None = None


def upload(actor: Actor, file: Sent, form: Mapping[str, str]) -> Received:
    """Take a list in; the same file, while it is in work at this office, is the same list.

    The form may name the unit and its letter; both can be noted later. Raises Forbidden, InvalidInput, NotFound.
    """
    require(actor, Do.WORK_BATCH)
    with transaction() as session:
        letter = read_letter(form)
        unit = queries.sending_unit(session, actor, letter.unit)
        return take_in(session, actor, file, unit, letter, BatchKind.DECLARED)


def take_in(session: Session, actor: Actor, file: Sent, unit: Unit | None, letter: Letter, kind: BatchKind) -> Received:
    """Write a list that came; the same file in work at this office is the list it is already, and changes nothing."""
    digest, token, now = hashlib.sha256(file.data).digest(), new_token(), clock.now()
    office = hold_open(session, actor.office_id or 0)
    row = {
        "token": token,
        "kind": kind,
        "unit_id": unit.id if unit else None,
        "office_id": office.id,
        "officer_id": actor.id,
        "file_name": visible(file.name)[:_LONGEST_NAME] or "danh-sach.xlsx",
        "file_hash": digest,
        "file_size": len(file.data),
        "columns": {},
        "remarks": [],
        "stage": BatchStage.RECEIVED,
        "created_at": now,
        "touched_at": now,
        **letter.columns(),
    }
    added = session.scalar(insert(Batch).values(row).on_conflict_do_nothing().returning(Batch.id))
    if added is None:
        return _in_work(session, office.id, kind, digest)
    sealed = sealing.seal(queries.SEALED_AS, token, file.data)
    session.add(BatchFile(batch_id=added, sealed=sealed))
    record(session, TrailEvent.BATCH_UPLOAD, actor, batch=added, unit=unit.id if unit else None, bytes=len(file.data))
    queue.ask_after_commit(session, JOB, lane=queue.BULK)
    return Received(token)


def _in_work(session: Session, office_id: int, kind: BatchKind, digest: bytes) -> Received:
    same = select(Batch.token, Batch.created_at).where(
        Batch.office_id == office_id,
        Batch.kind == kind,
        Batch.file_hash == digest,
        Batch.stage.not_in(_ENDED),
    )
    found = session.execute(same.order_by(Batch.id.desc()).limit(1)).one_or_none()
    if found is None:
        raise Conflict(
            "Chính tệp này vừa được xử lý xong ở cửa sổ khác. Chưa nhận tệp; xin gửi lại.", code="just_ended"
        )
    return Received(*found)


def show_list(actor: Actor) -> dict[str, Any]:
    """Return what the page of the lists shows. Raises Forbidden."""
    require(actor, Do.USE_BATCHES)
    with transaction() as session:
        return view.listed(session, actor)


def show(actor: Actor, token: str, which: str, after: int) -> dict[str, Any]:
    """Return the page of a list: how it stands, and a page of its rows. Whose rows are shown is written down.

    Raises Forbidden, NotFound.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.SEE_BATCH, token)
        page, shown = grid.batch_page(session, actor, batch, which, after)
        note_rows(session, actor, batch, shown)
        return page | {"bundle": bundle_view.about(session, batch)}


def show_progress(actor: Actor, token: str) -> dict[str, Any]:
    """Return how far a list is; shows nobody. Raises Forbidden, NotFound."""
    with transaction() as session:
        return view.progress(queries.find(session, actor, Do.SEE_BATCH, token))


def status(actor: Actor, token: str) -> dict[str, Any]:
    """Return stage and counts (rows, applied, refused, faults) for a machine. Raises Forbidden, NotFound."""
    with transaction() as session:
        batch = queries.find(session, actor, Do.SEE_BATCH, token)
        return {
            "stage": batch.stage.value,
            "rows": batch.rows,
            "applied": batch.applied,
            "refused": batch.refused,
            "faults": batch.faults,
        }


def note_letter(actor: Actor, token: str, form: Mapping[str, str]) -> None:
    """Note the unit and its letter. Raises Forbidden, NotFound, InvalidInput; Conflict once it is being applied, and as
    soon as somebody was approved on it: the ledger names it, and the unit is sent what became of the rows.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
        letter = read_letter(form)
        if batch.stage not in (*UNDER_WAY, BatchStage.IN_REVIEW):
            raise Conflict("Danh sách này không còn sửa được nữa. Chưa ghi gì.", code="not_open")
        if batch.stage is BatchStage.IN_REVIEW:
            require_open(batch)
        if batch.applied:
            raise Conflict(_RESTS_ON_IT, code="partly_applied")
        batch.unit = queries.sending_unit(session, actor, letter.unit, batch.unit_id)
        for name, value in letter.columns().items():
            setattr(batch, name, value)
        batch.touched_at = clock.now()
        record(session, TrailEvent.BATCH_CORRECT, actor, batch=batch.id, what="letter")


def cancel(actor: Actor, token: str) -> None:
    """Stop a list and delete its file and rows; one that has ended stays so.

    Raises Forbidden, NotFound, Conflict once somebody of it was approved: what was decided keeps what it rests on.
    """
    with transaction() as session:
        batch = queries.find(session, actor, Do.WORK_BATCH, token, locked=True)
        if batch.stage in _ENDED:
            return
        if batch.stage is BatchStage.APPLYING:
            raise Conflict("Danh sách đang được duyệt nên không hủy được tại đây. Chưa thay đổi gì.", code="applying")
        if batch.applied:
            raise Conflict(_PARTLY, code="partly_applied")
        batch.stage, batch.ended_at = BatchStage.CANCELLED, clock.now()
        batch.touched_at, batch.rows, batch.faults, batch.done, batch.total = batch.ended_at, 0, 0, 0, 0
        batch.needs_second, batch.refused = False, 0
        files = photos.clear(session, [batch.id])
        for model in (BatchRow, BatchEdit, BatchFile):
            session.execute(delete(table_of(model)).where(table_of(model).c.batch_id == batch.id))
        record(session, TrailEvent.BATCH_CANCEL, actor, batch=batch.id)
    photos.remove(files)


def template(actor: Actor, unit_code: str, kind: BatchKind = BatchKind.DECLARED) -> Template:
    """Return the workbook for a unit to fill in, for any when `unit_code` is "". Raises Forbidden, NotFound.

    That of people to be declared names those we know of the unit, which is written down.
    """
    require(actor, Do.USE_BATCHES)
    with transaction() as session:
        unit = queries.find_unit(session, actor, Do.SEE_UNITS, unit_code) if unit_code else None
        people = participants(session, unit) if unit and kind is BatchKind.TO_DECLARE else []
        if unit and people:
            record(session, TrailEvent.BATCH_EXPORT, actor, unit=unit.id, what="template", count=len(people))
            for one in people:
                record(session, TrailEvent.BATCH_EXPORT, actor, subject_hash=subject_of(one), unit=unit.id)
        return make_template(unit, kind, [one.values for one in people])


def tidy() -> int:
    """Delete the lists that have had their time, and what photos ended lists still have; return how many lists."""
    late = Batch.touched_at < cutoff(KeptData.BATCHES)
    with transaction() as session:
        has_files = exists().where(BatchArchive.batch_id == Batch.id) | exists().where(BatchPhoto.batch_id == Batch.id)
        over = session.scalars(select(Batch.id).where(has_files, late | Batch.stage.in_(_ENDED)).limit(_AT_ONCE)).all()
        files = photos.clear(session, over)
        gone = session.execute(delete(Batch).where(late))
    photos.remove(files)
    return int(gone.rowcount)  # type: ignore[attr-defined]
