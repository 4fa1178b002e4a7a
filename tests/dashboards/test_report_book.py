"""The workbook as whoever gets it reads it: its numbers are those of the dashboard, and its totals agree (point 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backoffice.dashboards import figures
from backoffice.dashboards.report_lines import CALLS, FLOWS, OF_OFFICER, STANDING
from backoffice.gateways.sheets.book import FORMATS, Kind
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Figure, Office, Role
from backoffice.rules.actors import Actor
from backoffice.rules.figures import NOWHERE, UNKNOWN, Stand, count, shift, time_key
from tests.bench.recording import recording
from tests.dashboards.reports import made, table
from tests.factories import make_actor, make_office, make_officer

NOW = datetime(2026, 11, 11, 15, 0, tzinfo=clock.VIETNAM)
"""A Wednesday, in the quarter's sixth week."""
HOSTILE = '=HYPERLINK("http://x";"BHXH Mẫu")'


@dataclass
class Places:
    """A country of three provinces' offices; who supervises what."""

    root: Actor
    province: Actor
    office: Actor
    officer_id: int


@pytest.fixture
def places(database: None) -> Iterator[Places]:
    with clock.at(NOW):
        with transaction() as session:
            offices = [make_office(session, code) for code in ("00114", "00115", "07901")]
            hostile = make_office(session, "00116", name=HOSTILE)
            officer = make_officer(session, "lan", full_name="+Trần Thị Lan", office=offices[0])
            found = Places(
                make_actor(session, Role.SUPERVISOR, office=make_office(session, "000"), full_name="Root"),
                make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"), full_name="@Đỗ Thị Thu"),
                make_actor(session, Role.SUPERVISOR, office=offices[0]),
                officer.id,
            )
            for number, office in enumerate((*offices, hostile), 1):
                _happen(session, office, number, officer.id if number == 1 else None)
            count(session, Figure.CALL, NOWHERE, at(3), key="matched", number=7)
            count(session, Figure.CALL, NOWHERE, at(4), key="missed", number=2)
        yield found


def at(day: int, month: int = 11, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=clock.VIETNAM)


def _happen(session: Session, office: Office, number: int, officer_id: int | None) -> None:
    """Something at an office this quarter, more the greater the `number`; and in the quarter before."""
    for day in range(1, 10):
        count(session, Figure.DECLARED, office.id, at(day), key="app", number=number + day)
        count(session, Figure.DECLARED, office.id, at(day, 7), key="portal", number=number)
    count(session, Figure.DECLARED, office.id, at(11), key="portal", number=3)
    count(session, Figure.ARRIVED, office.id, at(10), officer_id=officer_id, number=5)
    for minutes in (4, 9, 55, 2000):
        took = {"key": time_key(minutes * 60), "seconds": minutes * 60}
        count(session, Figure.APPROVED, office.id, at(10), officer_id=officer_id, **took)
    count(session, Figure.REJECTED, office.id, at(11), key=UNKNOWN)
    for reason in ("name_differs", "photo_unusable:id_front", "photo_unusable:id_back,id_front"):
        count(session, Figure.REASON, office.id, at(11), key=reason)
    count(session, Figure.EXPIRED, office.id, at(9), number=number)
    count(session, Figure.NOTICE_FAILED, office.id, at(9), key="sms", number=number)
    shift(session, None, Stand(office.id, Figure.WAITING, date(2026, 11, 11), False), number)
    shift(session, None, Stand(office.id, Figure.SUPPLEMENT, date(2026, 11, 13), True), 2)


def numbers(lines: Any, of: Any) -> list[Any]:
    return [line.read(of) for line in lines]


@pytest.mark.parametrize("span", ["day", "week", "month", "quarter"])
def test_sums_are_those_of_the_dashboard_on_every_sheet(places: Places, span: str):
    book = made(places.root, span, NOW.date())
    first = {"day": date(2026, 11, 11), "week": date(2026, 11, 9), "month": date(2026, 11, 1)}
    since = first.get(span, date(2026, 10, 1))
    with transaction() as session:
        true = figures.read(session, "000.", since, NOW.date())
        calls = figures.hotline(session, since, NOW.date()).figures
    summary = table(book, "Tổng hợp")
    assert [summary[line.label]["Kỳ này"] for line in FLOWS] == numbers(FLOWS, true)
    assert [summary[line.label]["Kỳ này"] for line in CALLS] == numbers(CALLS, calls)
    assert [summary[f"{line.label} (lúc lập)"]["Kỳ này"] for line in STANDING] == numbers(STANDING, true)
    of_offices, of_days = table(book, "Theo cơ quan"), table(book, "Theo ngày")
    for name, rows in (("offices", of_offices), ("days", of_days)):
        total = rows.pop("Cộng")
        for line in FLOWS:
            assert total[line.heading] == line.read(true), (name, line.heading)
            if line.kind is Kind.NUMBER:
                assert sum(row[line.heading] for row in rows.values()) == total[line.heading], (name, line.heading)
    assert table(book, "Kênh")["Cộng"]["Số lượng"] == true.declared
    assert table(book, "Tin nhắn")["Cộng"]["Số lượng"] == true.notices_failed
    reasons = table(book, "Lý do không chấp nhận")
    assert reasons.pop("Cộng số lần nêu")["Số lần nêu"] == sum(true.reasons.values())
    assert {row["Lý do"]: row["Số lần nêu"] for row in reasons.values() if row["Số lần nêu"]} == {
        "Ảnh mờ, lóa hoặc mất góc": 8,
        "Họ tên khác giấy tờ xuất trình": 4,
    }
    assert table(book, "Tổng đài")["Cộng"]["Cuộc gọi"] == true.calls + calls.calls
    assert list(of_days) == [datetime.combine(day, datetime.min.time()) for day, _ in true.by_day(Figure.DECLARED)]


def test_an_office_where_nothing_happened_is_there_with_nothing(places: Places):
    rows = table(made(places.province, "month", NOW.date()), "Theo cơ quan")
    assert list(rows) == ["001", "00114", "00115", "00116", "Cộng"]
    assert {rows["001"][line.heading] for line in FLOWS} == {0, None}


def test_a_name_like_a_formula_is_text_and_numbers_are_numbers(places: Places):
    book = made(places.province, "month", NOW.date())
    assert "Tổng đài" not in book.sheetnames  # the hotline is the root's
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert "f" not in {cell.data_type for cell in cells}
    by_value = {cell.value: cell for cell in cells}
    hostile = by_value[HOSTILE]
    assert (hostile.data_type, hostile.quotePrefix, hostile.number_format) == ("s", True, "@")
    texts = {cell.number_format for cell in cells if cell.data_type == "s"}
    assert texts == {"@"}
    assert {cell.number_format for cell in cells if cell.data_type == "n"} <= set(FORMATS.values())
    share = next(cell for cell in cells if isinstance(cell.value, float) and cell.number_format == "0.0%")
    assert 0 < share.value <= 1


def test_headings_stay_in_sight_and_are_printed_on_every_page(places: Places):
    for page in made(places.province, "week", NOW.date()):
        head = int("".join(filter(str.isdigit, page.freeze_panes))) - 1
        assert page.print_title_rows == f"${head}:${head}"
        assert (page.page_setup.orientation, page.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)
        assert all(page.column_dimensions[cell.column_letter].width > 8 for cell in page[head])


def test_it_says_of_whom_it_is_who_asked_when_and_which_days_are_whole(places: Places):
    page = made(places.province, "quarter", NOW.date())["Tổng hợp"]
    said = [page.cell(row, 1).value for row in range(1, 6)]
    assert "quý IV năm 2026 (01/10/2026 – 31/12/2026)" in said[0]
    assert said[1] == "Cơ quan: 001 BHXH Mẫu 001 và các cơ quan trực thuộc"
    assert said[2].startswith("Người yêu cầu: @Đỗ Thị Thu (")
    assert said[2].endswith("Số liệu lấy lúc 15:00 ngày 11/11/2026.")
    assert "ngày 11/11/2026 chưa hết" in said[3]
    assert said[4] == "Kỳ trước: 01/07/2026 – 11/08/2026 (cùng số ngày đầu kỳ)."
    whole = made(places.province, "quarter", date(2026, 8, 1))["Tổng hợp"]
    assert whole.cell(4, 1).value == "Số liệu đủ các ngày từ 01/07/2026 đến 30/09/2026."


def test_it_is_compared_with_as_many_days_of_the_span_before(places: Places):
    row = table(made(places.office, "quarter", NOW.date()), "Tổng hợp")["Tờ khai mới"]
    assert (row["Kỳ này"], row["Kỳ trước"], row["Tăng, giảm"]) == (9 + 45 + 3, 9, 48)


def test_officers_are_told_apart_at_a_single_office_and_add_up(places: Places):
    rows = table(made(places.province, "month", NOW.date(), "00114", officers=True), "Theo cán bộ")
    lan = rows["+Trần Thị Lan"]
    assert (lan["Tên đăng nhập"], lan["Đã duyệt"], lan["Lượt nộp hồ sơ"], lan["Không chấp nhận"]) == ("lan", 4, 5, 0)
    assert rows["Hệ thống, không do cán bộ nào"]["Không chấp nhận"] == 1
    total = rows.pop("Cộng của cơ quan")
    for line in OF_OFFICER:
        if line.kind is Kind.NUMBER:
            assert sum(row[line.heading] for row in rows.values()) == total[line.heading]


def test_without_being_asked_for_no_officer_is_named(places: Places):
    book = made(places.office, "month", NOW.date())
    assert "Theo cán bộ" not in book.sheetnames
    assert "+Trần Thị Lan" not in {cell.value for page in book for row in page.iter_rows() for cell in row}


def test_a_quarter_of_many_offices_takes_as_many_statements_as_of_one(places: Places):
    with recording(db.engine()) as few:
        made(places.office, "quarter", NOW.date())
    with transaction() as session:
        for number in range(40):
            office = make_office(session, f"079{number + 10:02}")
            count(session, Figure.DECLARED, office.id, at(5), key="app")
    with recording(db.engine()) as many:
        book = made(places.root, "quarter", NOW.date())
    assert len(table(book, "Theo cơ quan")) > 40
    assert len(many.statements()) - len(few.statements()) <= 3  # the hotline's, and its sheet's step
