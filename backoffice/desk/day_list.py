"""The day's list of dossiers received, for the paper file: on screen, printed, and as a spreadsheet (K1).

A dossier is on the list of the day it was handed in. One given back for a supplement (K7) is no longer in the paper
file: it stays on its day's list as given back, and moves to the day of its return when it comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, Side  # type: ignore[import-untyped]
from sqlalchemy import BigInteger, DateTime, bindparam, literal_column, or_, select
from sqlalchemy.orm import Session

from backoffice.decision.offices import office_for, offices_for
from backoffice.desk.labels import short_moment
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Declaration, Office, Officer, Status, TrailEvent, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import label
from backoffice.rules.permissions import Do

HEADINGS = ("STT", "Họ và tên", "Mã số BHXH", "Mã hồ sơ", "Giờ nộp", "Kết quả", "Cán bộ tiếp nhận", "Ghi chú")
_A4 = "9"
"""As spreadsheets number the sizes of paper."""
_WIDTHS = (6, 32, 16, 18, 10, 30, 28, 20)


@dataclass(frozen=True)
class Line:
    """One dossier, as texts: number on the list, code and receipt code in full, "09:40", "Đã duyệt 09:42"."""

    number: str
    full_name: str
    bhxh_code: str
    receipt_code: str
    at: str
    result: str
    officer: str


@dataclass(frozen=True)
class DayList:
    """What one office received on one day; `offices` are those whose lists the officer may see."""

    day: date
    office: Office
    offices: Sequence[Office]
    lines: Sequence[Line]
    as_of: datetime


def day_list(officer: Actor, day: str, office_code: str, form: str) -> DayList:
    """Return the list of `day` ("2026-11-20", today for "") of the office, the own one for "".

    Written down as an export of the declarations listed, as `form` "page" or "xlsx" (design 5). Raises InvalidInput
    (field date) for what is no day or has not come yet, NotFound when the office is out of scope.
    """
    wanted = _read_day(day)
    with transaction() as session:
        office = office_for(session, office_code, officer, Do.PRINT_DAY_LIST)
        found = _received(session, office, wanted)
        record(
            session,
            TrailEvent.EXPORT,
            officer,
            what="day_list",
            form=form,
            office=office.id,
            day=wanted.isoformat(),
            count=len(found),
            listed=[row.id for row in found],
        )
        offices = offices_for(session, officer, Do.PRINT_DAY_LIST)
    return DayList(wanted, office, offices, [_line(at, row) for at, row in enumerate(found, 1)], clock.now())


def sheet(listed: DayList) -> bytes:
    """Return the list as an .xlsx file, A4 across. Every cell is text: nothing a citizen wrote is ever a formula."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Bảng kê")
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "5:5"
    for at, width in enumerate(_WIDTHS):
        page.column_dimensions["ABCDEFGH"[at]].width = width
    for text in (
        f"{listed.office.name} ({listed.office.code})",
        f"BẢNG KÊ HỒ SƠ TIẾP NHẬN TRONG NGÀY {listed.day:%d/%m/%Y}",
        f"Tổng số: {len(listed.lines)} hồ sơ. Lập lúc {clock.local(listed.as_of):%H:%M ngày %d/%m/%Y}.",
    ):
        page.append([_cell(page, text, bold=True)])
    page.append([])
    page.append([_cell(page, text, bold=True, framed=True) for text in HEADINGS])
    for line in listed.lines:
        page.append([_cell(page, text, framed=True) for text in (*_texts(line), "")])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


class Received(NamedTuple):
    """A dossier of the day as the database has it."""

    id: int
    full_name: str
    bhxh_code: str
    receipt_code: str
    status: Status
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    expires_at: datetime | None
    decided_at: datetime | None
    officer: str | None


_D, _O = columns_of(Declaration), columns_of(Officer)
_FROM = bindparam("since", type_=DateTime(timezone=True))
_RECEIVED = (
    select(*(_D[name] for name in Received._fields[:-1]), _O.full_name)
    .select_from(_D.id.table.outerjoin(_O.id.table, _O.id == _D.presented_to_id))
    .where(
        _D.office_id == bindparam("office", type_=BigInteger()),
        _D.presented_at >= _FROM,
        _D.presented_at < bindparam("until", type_=DateTime(timezone=True)),
        # What was handed in that day is still open, or was decided that day or later: both have an index.
        or_(
            _D.status == literal_column("'submitted'"),
            _D.status.in_([Status.APPROVED, Status.REJECTED, Status.WITHDRAWN]) & (_D.decided_at >= _FROM),
        ),
    )
    .order_by(_D.presented_at, _D.id)
)


def _received(session: Session, office: Office, day: date) -> list[Received]:
    since = datetime.combine(day, time.min, tzinfo=clock.VIETNAM)
    known: dict[str, Any] = {"office": office.id, "since": since, "until": since + timedelta(days=1)}
    return [Received(*row) for row in session.execute(_RECEIVED, known)]


def _line(number: int, row: Received) -> Line:
    at = f"{clock.local(row.presented_at):%H:%M}" if row.presented_at else ""
    decided = f" {short_moment(row.decided_at)}" if row.decided_at else ""
    receipt_code = format_receipt_code(row.receipt_code)
    return Line(
        str(number), row.full_name, row.bhxh_code, receipt_code, at, f"{label(row)}{decided}", row.officer or ""
    )


def _texts(line: Line) -> tuple[str, ...]:
    return (line.number, line.full_name, line.bhxh_code, line.receipt_code, line.at, line.result, line.officer)


def _cell(page: Any, text: str, *, bold: bool = False, framed: bool = False) -> Any:
    """Return a text cell: typed as text, and marked so that editing it in a spreadsheet program leaves it one."""
    cell = WriteOnlyCell(page, value=visible(text))
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True
    cell.font = Font(name="Times New Roman", size=12, bold=bold)
    if framed:
        edge = Side(style="thin")
        cell.border = Border(left=edge, right=edge, top=edge, bottom=edge)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise InvalidInput([Fault("date", "Ngày chưa đúng. Xin chọn lại ngày.")]) from None
    if day > clock.today():
        raise InvalidInput([Fault("date", "Ngày này chưa đến nên chưa có bảng kê. Xin chọn lại ngày.")])
    return day
