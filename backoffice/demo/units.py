"""A school and an employer, and the list the school sent: rows that agree, and the faults an officer meets most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO

from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import unit_forms
from backoffice.batches.actions import Sent, take_in
from backoffice.batches.letter import Letter
from backoffice.batches.template import make_template
from backoffice.kernel import clock
from backoffice.models import BatchKind, Declaration, Office, Purpose, Status, Unit
from backoffice.rules.actors import Actor

UNITS = (
    {"code": "TA0101A", "name": "Trường THPT Mẫu Số Một", "kind": "school", "contact": "Trần Thị Mẫu",
     "phone": "024 3000 0001", "email": "vanthu@thpt-mau.example"},
    {"code": "TB0102B", "name": "Công ty TNHH Mẫu Số Hai", "kind": "employer", "contact": "Lê Văn Mẫu",
     "phone": "024 3000 0002", "email": "nhansu@congty-mau.example"},
)  # fmt: skip
PEOPLE = 12
"""Of the list, at most."""
_HEAD_ROW = 4
Line = list[str | None]


def add_units(session: Session, office: Office, officer: Actor) -> None:
    """Add the units of `office` and take the school's list in; workers read it as any other."""
    school, _ = [_unit(session, office, values) for values in UNITS]
    letter = Letter(school.code, "15/CV-THPT", clock.today() - timedelta(days=1), "Nguyễn Thị Mẫu")
    file = Sent("danh-sach-lop-12a.xlsx", _workbook(school, _lines(_waiting(session, office))))
    take_in(session, officer, file, school, letter, BatchKind.DECLARED)


def _unit(session: Session, office: Office, values: dict[str, str]) -> Unit:
    unit = Unit(code=values["code"], office=office, office_id=office.id, created_at=clock.now(), version=1)
    unit_forms.read(values | {"office": office.code}).put_into(unit)
    session.add(unit)
    session.flush()
    return unit


def _waiting(session: Session, office: Office) -> Sequence[Declaration]:
    """Return those who have declared last and have not come yet: the other scenes of the desk stay as they are."""
    undecided = select(Declaration).where(
        Declaration.office_id == office.id,
        Declaration.status == Status.SUBMITTED,
        Declaration.purpose == Purpose.REGISTER,
        Declaration.guardian_bhxh_code.is_(None),
        Declaration.presented_at.is_(None),
    )
    return session.scalars(undecided.order_by(Declaration.declared_at.desc()).limit(PEOPLE)).all()


def _lines(people: Sequence[Declaration]) -> list[Line]:
    """Return the cells of the list: code, name, birth, phone, note."""
    lines: list[Line] = [[one.bhxh_code, one.full_name, None, one.phone, None] for one in people]
    for spoil, line in zip((_another_name, _lost_zero, _capitals), lines, strict=False):
        spoil(line)
    stranger: Line = ["0987654321", "Nguyễn Thử Mẫu", None, "0981234567", "chưa khai"]
    return [*lines, lines[-1].copy(), stranger] if lines else [stranger]


def _another_name(line: Line) -> None:
    line[1] = "Nguyễn Văn Nhầm"


def _lost_zero(line: Line) -> None:
    line[3] = (line[3] or "").removeprefix("0")


def _capitals(line: Line) -> None:
    line[1] = (line[1] or "").upper()


def _workbook(unit: Unit, lines: Sequence[Line]) -> bytes:
    book = load_workbook(BytesIO(make_template(unit).data))
    for row, line in enumerate(lines, _HEAD_ROW + 1):
        for column, text in enumerate(line, 1):
            book.worksheets[0].cell(row, column, text)
    out = BytesIO()
    book.save(out)
    return out.getvalue()
