"""What is kept how long, as eyes meet it; and a decided declaration whose photos went by their term."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.expiry import retention
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import KeptData, Role, Status
from tests.expiry.kept import put
from tests.factories import make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def supervisor(database: None) -> str:
    with transaction() as session:
        office = make_office(session)
        make_officer(session, "giamsat", full_name="Đỗ Thị Thu", role=Role.SUPERVISOR, office=office)
    return "giamsat"


def test_nothing_hinders_who_reads_what_is_kept_how_long(page: Page, address: str, supervisor: str):
    now = clock.now()
    for data, days in ((KeptData.NOTICES, 130), (KeptData.HOTLINE_CALLS, 400), (KeptData.REJECTED, 121)):
        put(data, now - timedelta(days=days))
    retention.sweep()
    for data, days in ((KeptData.NOTICES, 50), (KeptData.OPENED_FILES, 367), (KeptData.ONE_TIME_CODES, 30.1)):
        put(data, now - timedelta(days=days))
    be_signed_in(page, address, supervisor)
    page.goto(f"{address}/retention")
    expect(page.get_by_text("Việc xóa đang chậm: Lý do mở xem hồ sơ.")).to_be_visible()
    expect(page.get_by_role("row", name="Tin nhắn, thư đã gửi xóa hẳn")).to_contain_text("120 ngày")
    if folder := os.environ.get("LOOK"):
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/retention-{width}.png", full_page=True)
    assert hindrances(page) == []


def test_a_decided_declaration_says_since_when_its_photos_are_gone(page: Page, address: str, supervisor: str):
    decided = clock.now() - timedelta(days=31)
    with transaction() as session:
        declaration = make_declaration(session, status=Status.APPROVED, declared_at=decided, decided_at=decided)
        code = declaration.receipt_code
    assert retention.sweep() == {KeptData.APPROVED_PHOTOS: 1}
    be_signed_in(page, address, supervisor)
    page.goto(f"{address}/desk/{code}")
    if page.get_by_role("button", name="Công dân đang ở quầy").count():
        page.get_by_role("button", name="Công dân đang ở quầy").click()
    today = f"{clock.local(clock.now()):%d/%m/%Y}"
    expect(page.locator("#photos")).to_contain_text(f"Ảnh đã xóa theo thời hạn lưu trữ ngày {today}.")
    expect(page.locator("#history")).to_contain_text("Xóa ảnh, dữ liệu quét và ghi chú theo thời hạn lưu trữ")
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/cleared.png")
    assert hindrances(page) == []
