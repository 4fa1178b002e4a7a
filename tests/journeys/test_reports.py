"""A supervisor asks for a quarter as an Excel file, sees how far it is, and takes it."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from backoffice.dashboards import report_making
from backoffice.dashboards.report_making import Work
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Figure, ReportFault, ReportState, Role
from backoffice.rules.figures import count
from tests.dashboards.reports import make_report
from tests.factories import make_office, make_officer
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def supervisor(database: None) -> str:
    now = clock.now()
    with transaction() as session:
        province = make_office(session, "001", name="BHXH thành phố Hà Nội")
        for code in ("00114", "00115"):
            count(session, Figure.DECLARED, make_office(session, code).id, now, key="app", number=1234)
        officer = make_officer(session, "giamsat", full_name="Đỗ Thị Thu", role=Role.SUPERVISOR, office=province)
        ended = {"asked_at": now - timedelta(hours=2), "ended_at": now - timedelta(hours=2)}
        make_report(session, officer, state=ReportState.FAILED, fault=ReportFault.SLOW, **ended)
        make_report(session, officer, state=ReportState.CANCELLED, **ended)
    return "giamsat"


def test_a_quarter_is_asked_for_made_meanwhile_and_taken(page: Page, address: str, supervisor: str):
    be_signed_in(page, address, supervisor)
    page.goto(f"{address}/dashboard/reports")
    page.get_by_label("Khoảng thời gian").select_option("quarter")
    page.get_by_label("Mã cơ quan").fill("001")
    page.get_by_role("button", name="Lập báo cáo").click()
    mine = page.locator("#reports_now tbody tr").first
    expect(mine).to_contain_text("Đang chờ đến lượt")
    work = report_making._take()
    assert isinstance(work, Work)
    work.note(done=3, total=8)
    expect(mine.get_by_role("progressbar")).to_have_attribute("value", "37")
    assert hindrances(page) == []
    look(page, "reports-working")
    page.reload()
    expect(mine).to_contain_text("37 %")
    report_making._make(work)
    expect(mine).to_contain_text("Đã lập xong")
    expect(page.locator("#reports_now [role=status]")).to_have_text("Không còn báo cáo nào đang lập.")
    assert page.locator("#reports_now").get_attribute("hx-trigger") is None
    with page.expect_download() as started:
        mine.get_by_role("link", name="Tải tệp Excel").click()
    assert started.value.suggested_filename.startswith("bao-cao-001-quy-")
    book = load_workbook(BytesIO(started.value.path().read_bytes()))
    assert book["Kênh"].cell(book["Kênh"].max_row, 2).value == 2468
    page.get_by_role("button", name="Lập lại").first.click()
    expect(mine.get_by_role("button", name="Hủy")).to_be_visible()
    mine.get_by_role("button", name="Hủy").click()
    expect(mine).to_contain_text("Đã hủy")
    assert hindrances(page) == []
    look(page, "reports")


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK"):
        for width, height in (COUNTER, PHONE):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": COUNTER[0], "height": COUNTER[1]})
