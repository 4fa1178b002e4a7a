"""The day's list of dossiers received, for the paper file: what is on it, for whom, and that it is an export."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from backoffice.decision import actions as decide
from backoffice.desk.day_list import HEADINGS, day_list, sheet
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.models import Declaration, Role, Status, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer

DAY = datetime(2026, 11, 19, tzinfo=clock.VIETNAM)
"""A Thursday; the lists are asked for on the day after."""


@pytest.fixture(autouse=True)
def friday(database: None):
    with clock.at(DAY + timedelta(days=1, hours=10)):
        yield


def handed_in(at: timedelta, **values: Any) -> Declaration:
    """Make a declaration that was handed in so long after DAY began."""
    with transaction() as session:
        office = make_office(session, values.pop("at_office", "00114"))
        defaults = {"declared_at": DAY - timedelta(days=2), "presented_at": DAY + at}
        return make_declaration(session, office=office, **defaults | values)


def names(officer: Actor, day: str = "2026-11-19", office: str = "") -> list[str]:
    return [line.full_name for line in day_list(officer, day, office, "page").lines]


def test_k1_the_list_holds_what_was_handed_in_that_day_in_the_order_it_came(officer: Actor):
    handed_in(timedelta(hours=9, minutes=40), full_name="Người Thứ Hai")
    handed_in(timedelta(0), full_name="Người Thứ Nhất")
    handed_in(timedelta(hours=23, minutes=59), full_name="Người Thứ Ba")
    handed_in(-timedelta(microseconds=1), full_name="Người Hôm Trước")
    handed_in(timedelta(days=1), full_name="Người Hôm Sau")
    handed_in(timedelta(hours=9), full_name="Người Nơi Khác", at_office="00131")
    with transaction() as session:
        make_declaration(session, full_name="Người Chưa Đến")
    assert names(officer) == ["Người Thứ Nhất", "Người Thứ Hai", "Người Thứ Ba"]
    assert names(officer, "2026-11-18") == ["Người Hôm Trước"]
    assert names(officer, "") == ["Người Hôm Sau"]


def test_a_line_has_number_name_codes_time_result_and_officer(officer: Actor):
    with transaction() as session:
        by = make_officer(session, full_name="Trần Thị Lan")
    one = handed_in(timedelta(hours=9, minutes=40), presented_to_id=by.id)
    (line,) = day_list(officer, "2026-11-19", "", "page").lines
    assert (line.number, line.full_name, line.bhxh_code) == ("1", one.full_name, one.bhxh_code)
    assert line.receipt_code == format_receipt_code(one.receipt_code)
    assert (line.at, line.result, line.officer) == ("09:40", "Đã nộp, đang giải quyết", "Trần Thị Lan")


@pytest.mark.parametrize(
    ("status", "result"),
    [(Status.APPROVED, "Đã duyệt"), (Status.REJECTED, "Không chấp nhận"), (Status.WITHDRAWN, "Đã rút")],
)
@pytest.mark.parametrize("days", [0, 1])
def test_what_was_decided_that_day_or_later_stays_on_the_list(officer: Actor, status: Status, result: str, days: int):
    handed_in(timedelta(hours=8), status=status, decided_at=DAY + timedelta(days=days, hours=9))
    (line,) = day_list(officer, "2026-11-19", "", "page").lines
    assert line.result.startswith(result)
    assert "09:00" in line.result


def test_k7_what_was_given_back_says_so_and_moves_to_the_day_it_comes_again(officer: Actor):
    with clock.at(DAY + timedelta(hours=9)):
        with transaction() as session:
            one = make_declaration(session)
        decide.claim(one.receipt_code, officer)
        decide.supplement(one.receipt_code, officer, "Ký lại")
    (line,) = day_list(officer, "2026-11-19", "", "page").lines
    assert line.result == "Chờ bổ sung"
    decide.present(one.receipt_code, officer)
    assert names(officer, "2026-11-19") == []
    assert names(officer, "") == [one.full_name]


def test_the_list_is_an_export_and_the_trail_has_every_id(officer: Actor):
    made = [handed_in(timedelta(hours=hour)).id for hour in (9, 10)]
    day_list(officer, "2026-11-19", "", "xlsx")
    (row,) = trail(TrailEvent.EXPORT)
    assert row.facts["listed"] == made
    assert (row.facts["what"], row.facts["form"], row.facts["day"], row.facts["count"]) == (
        "day_list",
        "xlsx",
        "2026-11-19",
        2,
    )
    assert row.actor_id == officer.id


@pytest.mark.parametrize("day", ["hom-nay", "2026-13-01", "2026-11-21", "20/11/2026", "9" * 30])
def test_what_is_no_day_or_has_not_come_is_refused_and_exports_nothing(officer: Actor, day: str):
    with pytest.raises(InvalidInput) as refusal:
        day_list(officer, day, "", "page")
    assert [fault.field for fault in refusal.value.faults] == ["date"]
    assert trail(TrailEvent.EXPORT) == []


def test_an_officer_has_the_own_offices_list_alone(officer: Actor):
    handed_in(timedelta(hours=9), at_office="00131")
    for office in ("00131", "001", "no such"):
        with pytest.raises(NotFound):
            day_list(officer, "2026-11-19", office, "page")
    assert [office.code for office in day_list(officer, "", "", "page").offices] == ["00114"]


def test_a_supervisor_has_the_lists_of_the_branch(officer: Actor):
    handed_in(timedelta(hours=9), at_office="00131", full_name="Người Nơi Khác")
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
        make_office(session, "07901")
    assert names(supervisor, "2026-11-19", "00131") == ["Người Nơi Khác"]
    assert names(supervisor, "2026-11-19") == []
    assert [office.code for office in day_list(supervisor, "", "", "page").offices] == ["001", "00114", "00131"]
    with pytest.raises(NotFound):
        day_list(supervisor, "2026-11-19", "07901", "page")


HOSTILE = ['=HYPERLINK("http://x";"y")', "+84", "-1+1", "@SUM(A1)", "=1+1", "'=1", "\u200b=2"]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_a_citizen_wrote_is_a_formula_in_the_spreadsheet(officer: Actor, name: str):
    """Design 5: spreadsheets are exported as text cells."""
    handed_in(timedelta(hours=9), full_name=name)
    data = sheet(day_list(officer, "2026-11-19", "", "xlsx"))
    page = load_workbook(BytesIO(data)).active
    assert page is not None
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert all(cell.quotePrefix for cell in cells)
    assert page["B6"].value == name.replace("\u200b", "")
    with ZipFile(BytesIO(data)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_the_spreadsheet_keeps_leading_zeros_and_prints_across(officer: Actor):
    one = handed_in(timedelta(hours=9))
    page = load_workbook(BytesIO(sheet(day_list(officer, "2026-11-19", "", "xlsx")))).active
    assert page is not None
    assert [cell.value for cell in page[5]] == list(HEADINGS)
    assert page["C6"].value == one.bhxh_code
    assert one.bhxh_code.startswith("0")
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.print_title_rows == "$5:$5"


def test_the_page_and_the_file_over_http(desk: Desk, officer: Actor):
    one = handed_in(timedelta(hours=9, minutes=40))
    page = desk.get("/desk/day?date=2026-11-19").get_data(as_text=True)
    assert "Bảng kê hồ sơ tiếp nhận trong ngày 19/11/2026" in page
    assert one.full_name in page
    link = re.search(r'href="(/desk/day\.xlsx[^"]+)"', page)
    assert link is not None
    file = desk.get(link[1].replace("&amp;", "&"))
    assert file.status_code == 200
    assert file.headers["Content-Disposition"] == 'attachment; filename="bang-ke-00114-2026-11-19.xlsx"'
    assert file.headers["Cache-Control"] == "no-store"
    assert load_workbook(BytesIO(file.data)).active is not None
    assert [row.facts["form"] for row in trail(TrailEvent.EXPORT)] == ["page", "xlsx"]


def test_a_wrong_day_over_http_gets_a_sentence(desk: Desk):
    answer = desk.get("/desk/day?date=hom-nay")
    assert answer.status_code == 422
    assert "Xin chọn lại ngày" in answer.get_data(as_text=True)


@pytest.mark.parametrize("role", [Role.HOTLINE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_have_no_list(client: FlaskClient, role: Role):
    with transaction() as session:
        make_officer(session, "khach", role=role)
    assert Desk(client, "khach").get("/desk/day").status_code == 403
