"""Workbooks as units send them, and lists and units as tests need them; nothing belongs to a real person."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import actions, applying, review, work
from backoffice.batches.actions import Sent
from backoffice.identity.names import fold
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.models import Batch, BatchKind, BatchRow, BatchStage, Office, Officer, Role, Unit, UnitKind
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_office, make_officer

HEADS = ("Mã số BHXH", "Họ và tên", "Ngày sinh", "Số điện thoại")
Row = Sequence[Any]
_numbers = itertools.count(1)


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(*rows: Row, heads: Row = HEADS, title: str = "Danh sách") -> bytes:
    """A workbook with one sheet: the headings in row 1, then the rows."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    page.append(list(heads))
    for row in rows:
        page.append(list(row))
    return saved(book)


def make_unit(session: Session, *, office: Office | None = None, **values: Any) -> Unit:
    """A school of office 00114."""
    office = office or make_office(session)
    defaults: dict[str, Any] = {
        "code": f"TH{next(_numbers):04d}",
        "name": "Trường THPT Mẫu",
        "kind": UnitKind.SCHOOL,
        "created_at": clock.now(),
        "version": 1,
    }
    unit = Unit(office=office, office_id=office.id, **defaults | values)
    unit.folded_name = fold(unit.name)
    session.add(unit)
    session.flush()
    return unit


def make_batch(session: Session, *, unit: Unit | None = None, officer: Officer | None = None, **values: Any) -> Batch:
    """A list of a unit that waits for its review, without rows."""
    unit, officer = unit or make_unit(session), officer or make_officer(session)
    now, number = clock.now(), next(_numbers)
    defaults: dict[str, Any] = {
        "token": hashing.new_token(),
        "kind": BatchKind.DECLARED,
        "office_id": unit.office_id,
        "officer_id": officer.id,
        "file_name": f"danh-sach-{number}.xlsx",
        "file_hash": number.to_bytes(32),
        "file_size": 1000,
        "columns": {},
        "remarks": [],
        "stage": BatchStage.IN_REVIEW,
        "created_at": now,
        "touched_at": now,
    }
    batch = Batch(unit=unit, **defaults | values)
    session.add(batch)
    session.flush()
    return batch


def send(actor: Actor, data: bytes, name: str = "danh-sach.xlsx", **form: str) -> str:
    """Send a file in as the page does; nothing is read yet."""
    return actions.upload(actor, Sent(name, data), form).token


def work_off() -> None:
    """Let the workers do all there is to do."""
    while work.work_one():
        pass


def batch_of(token: str) -> Batch:
    with transaction() as session:
        return session.scalars(select(Batch).where(Batch.token == token)).one()


def rows_of(token: str) -> dict[int, BatchRow]:
    """The rows of a list by their numbers, in their order."""
    with transaction() as session:
        query = select(BatchRow).join(Batch, Batch.id == BatchRow.batch_id).where(Batch.token == token)
        query = query.order_by(BatchRow.number)
        return {row.number: row for row in session.scalars(query)}


def faults_of(row: BatchRow) -> set[str]:
    return {one["code"] for one in row.faults}


def reviewed(actor: Actor, data: bytes) -> str:
    """Send a file in, have it read, and note unit and letter: it may be applied."""
    with transaction() as session:
        unit = make_unit(session)
    token = send(actor, data, unit=unit.code, letter_number="45/CV", letter_date="2026-11-02", signatory="Hiệu Trưởng")
    work_off()
    return token


def asked(actor: Actor, token: str, numbers: Sequence[int] | None = None) -> None:
    """Ask for the sound rows, as an officer does; with many of them somebody else agrees."""
    with transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.token == token).with_for_update(of=Batch)).one()
        review.start(session, actor, batch, numbers)
        if batch.needs_second:
            review.confirm(session, make_actor(session, Role.SUPERVISOR), batch)


def apply_off() -> None:
    """Let the workers apply all there is to apply."""
    while applying.apply_one():
        pass
