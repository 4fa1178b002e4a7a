"""Bringing lists from received to in review: read apart, row by row, compared; each step is a transaction of its own.

The row of the list is the work. Whoever takes one says at every step that they are at it and is asked whether it is
still theirs: a cancelled list is dropped at the next step, one whose worker was killed is taken up where it stood, and
a worker thought dead who comes back finds it is theirs no more. Rows are written once by their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, or_, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.batches import comparing
from backoffice.batches.columns import PEOPLE, TO_DECLARE_VERSION, columns_of, most_rows
from backoffice.batches.photos import NotDone, take_photos
from backoffice.batches.queries import applied_before, file_of, unit_named
from backoffice.batches.together import among_themselves
from backoffice.gateways.sheets.listing import ListTable
from backoffice.gateways.sheets.lists import read_list_apart
from backoffice.gateways.sheets.refusal import unfit
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, Unavailable
from backoffice.models import Batch, BatchKind, BatchRow, BatchStage, RowState, table_of

log = structlog.get_logger()

JOB = "backoffice.batches.jobs.work_off"
MOST_TRIES = 3
STRAY = timedelta(seconds=queue.JOB_SECONDS)
"""Whoever works says so at every step and has no more time than this: silent for so long, they are dead."""
UNDER_WAY = (BatchStage.RECEIVED, BatchStage.CHECKED, BatchStage.COMPARED)
LEFT_OUT = (RowState.REFUSED, RowState.SKIPPED, RowState.TAKEN_OUT)
_KEEP = text(
    "INSERT INTO batch_rows (batch_id, number, values, marks, faults, state) "
    "SELECT :batch, number, values, marks, '[]', 'pending' "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(number bigint, values jsonb, marks jsonb) "
    "ON CONFLICT DO NOTHING"
)
_OTHER_TEMPLATE = (
    "Tệp này theo mẫu lập tờ khai (kèm ảnh). Xin gửi ở trang “Lập tờ khai từ danh sách”, hoặc dùng mẫu danh sách "
    "đề nghị cấp tài khoản."
)
_BROKEN = "Hệ thống không đọc được tệp này dù đã thử lại. Xin mở bằng Excel, lưu lại dạng .xlsx rồi gửi lại."


class NoLongerOurs(Exception):
    """The list was cancelled, or somebody else took it up."""


@dataclass(frozen=True)
class Work:
    """A list that was taken: which, and the how manieth try this is."""

    id: int
    number: int

    @contextmanager
    def step(self, **values: Any) -> Iterator[Session]:
        """Open a transaction in which the list is surely ours, and write how far it is; raises NoLongerOurs."""
        with transaction() as session:
            mine = Batch.id == self.id, Batch.stage.in_(UNDER_WAY), Batch.tries == self.number
            now = clock.now()
            noted = session.execute(update(Batch).where(*mine).values(worked_at=now, touched_at=now, **values))
            if not noted.rowcount:  # type: ignore[attr-defined]
                raise NoLongerOurs
            yield session


def work_one() -> bool:
    """Bring the list that has waited longest to its review, or refuse its file; tell whether there was one.

    What the database only refused for now is taken up again later.
    """
    work = _take()
    if work is None:
        return False
    try:
        _carry(work)
    except NoLongerOurs:
        log.info("list dropped", batch=work.id)
    except InvalidInput as refusal:
        _refuse(work, refusal.faults[0].code, refusal.message)
    except NotDone:
        _give_back(work, worked_at=None)
    except Unavailable as error:
        log.warning("list left for later", batch=work.id, error=error.code)
        _give_back(work)
    except OperationalError as error:
        log.warning("list left for later", batch=work.id, error=type(error.orig).__name__)
    except queue.OutOfTime:
        log.warning("list left for later", batch=work.id, error="out of time")
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is, whoever waits is told)
        log.error("list failed", batch=work.id, error=type(error).__name__)
        _refuse(work, "broken", _BROKEN)
    return True


def _take() -> Work | None:
    with transaction() as session:
        while batch := _waiting(session):
            now = clock.now()
            if batch.tries - batch.given_back < MOST_TRIES:
                batch.worked_at, batch.tries = now, batch.tries + 1
                return Work(batch.id, batch.tries)
            batch.stage, batch.file_fault, batch.file_sentence, batch.ended_at = (
                BatchStage.REFUSED,
                "lost",
                _BROKEN,
                now,
            )
            session.flush()
        return None


def _waiting(session: Session) -> Batch | None:
    free = or_(Batch.worked_at.is_(None), Batch.worked_at < clock.now() - STRAY)
    query = select(Batch).where(Batch.stage.in_(UNDER_WAY), free).order_by(Batch.id).limit(1)
    return session.scalars(query.with_for_update(of=Batch, skip_locked=True)).one_or_none()


def _carry(work: Work) -> None:
    with work.step() as session:
        batch = session.get_one(Batch, work.id)
        stage, kind = batch.stage, batch.kind
    if stage is BatchStage.RECEIVED:
        _read(work)
        stage = BatchStage.CHECKED
    if stage is BatchStage.CHECKED and kind is BatchKind.TO_DECLARE:
        take_photos(work)
        _count_rows(work)
    if stage is BatchStage.CHECKED:
        _compare(work)
    _finish(work)


def _count_rows(work: Work) -> None:
    with work.step() as session:
        batch = session.get_one(Batch, work.id)
        batch.done, batch.total = 0, batch.rows


def _give_back(work: Work, **values: Any) -> None:
    try:
        with work.step() as session:
            given = Batch.given_back + 1
            session.execute(update(Batch).where(Batch.id == work.id).values(given_back=given, **values))
    except NoLongerOurs:
        log.info("list dropped", batch=work.id)


def _read(work: Work) -> None:
    """Read the file and write its rows, once each by their numbers."""
    with work.step() as session:
        batch = session.get_one(Batch, work.id)
        applied_before(session, batch)
        data, kind = file_of(session, batch), batch.kind
    table = read_list_apart(data, columns_of(kind), PEOPLE, most=most_rows(kind))
    if kind is BatchKind.DECLARED and table.template.strip('"').startswith(f"{TO_DECLARE_VERSION}:"):
        raise unfit(_OTHER_TEMPLATE, "other_template")
    total = len(table.rows)
    with work.step(total=total, done=0) as session:
        _note_file(session, work.id, table)
    for at in range(0, total, comparing.CHUNK):
        chunk = table.rows[at : at + comparing.CHUNK]
        with work.step(done=at + len(chunk)) as session:
            rows = json.dumps([vars(row) for row in chunk], ensure_ascii=False)
            session.execute(_KEEP, {"batch": work.id, "rows": rows})
    with work.step(stage=BatchStage.CHECKED, done=0, rows=total):
        pass


def _note_file(session: Session, batch_id: int, table: ListTable) -> None:
    batch = session.get_one(Batch, batch_id)
    batch.sheet, batch.columns, batch.remarks = table.sheet, table.columns | {"row": table.head}, table.remarks
    if batch.unit_id is None:
        unit = unit_named(session, batch, table.template)
        batch.unit_id = unit.id if unit else None


def _compare(work: Work) -> None:
    while True:
        with work.step() as session:
            rows = comparing.pending(session, work.id)
            if not rows:
                break
            branch = session.get_one(Batch, work.id).office.path  # an office may be merged meanwhile
            comparing.compare(session, work.id, branch, rows)
            session.execute(update(Batch).where(Batch.id == work.id).values(done=Batch.total - _left(session, work.id)))
    with work.step(stage=BatchStage.COMPARED):
        pass


def _left(session: Session, batch_id: int) -> int:
    mine = BatchRow.batch_id == batch_id, BatchRow.state == RowState.PENDING
    return session.scalar(select(func.count()).where(*mine)) or 0


def _finish(work: Work) -> None:
    with work.step() as session:
        among_themselves(session, work.id)
        batch = session.get_one(Batch, work.id)
        count(session, batch)
        batch.stage = BatchStage.IN_REVIEW
    log.info("list read", batch=work.id)


def count(session: Session, batch: Batch) -> None:
    """Count the rows of a list anew: with a fault, applied, and left out for whichever reason (`refused`).

    Once a list has ended, applied and refused are together all that was read.
    """
    session.flush()
    counted = select(BatchRow.state, func.count()).where(BatchRow.batch_id == batch.id).group_by(BatchRow.state)
    numbers: dict[RowState, int] = dict(session.execute(counted).all())
    batch.faults = numbers.get(RowState.FAULT, 0)
    batch.applied = numbers.get(RowState.APPLIED, 0)
    batch.refused = sum(numbers.get(state, 0) for state in LEFT_OUT)


def _refuse(work: Work, code: str, sentence: str) -> None:
    try:
        ended = {"stage": BatchStage.REFUSED, "ended_at": clock.now(), "rows": 0, "done": 0, "total": 0}
        with work.step(file_fault=code, file_sentence=sentence, **ended) as session:
            session.execute(table_of(BatchRow).delete().where(BatchRow.batch_id == work.id))
    except NoLongerOurs:
        log.info("list dropped", batch=work.id)
