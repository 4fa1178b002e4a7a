"""An officer adds a school, sends its list in, watches it being read, and sees what is wrong with which row."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.batches import work
from backoffice.kernel.db import transaction
from tests.batches.files import work_off, workbook
from tests.factories import make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def files(database: None, tmp_path: Path) -> list[Path]:
    """A list of a school with a bit of everything wrong, and one that is no workbook."""
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Đỗ Thị Thu")
        good, other = make_declaration(session), make_declaration(session, full_name="Trần Thị Hòa")
        twin, away = make_declaration(session), make_declaration(session, office=make_office(session, "02701"))
    rows = [
        (good.bhxh_code, good.full_name, "02/01/1985", good.phone),
        (other.bhxh_code, "Tran Thi Hoa", None, None),
        (twin.bhxh_code, "Lê Văn Khác", "03/01/1985", twin.phone),
        (twin.bhxh_code, twin.full_name, None, None),
        (away.bhxh_code, away.full_name, None, None),
        (123456789, "NguyÔn V¨n Hïng", None, 981234567),
        ("=1+1", "Lê Thử", None, None),
    ]
    names = {"lớp 12A1.xlsx": workbook(*rows), "lớp 12A2.csv.xlsx": b"Ma so,Ho ten"}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in names]


def test_a_school_is_added_its_list_is_sent_in_read_and_its_faults_are_shown(
    page: Page, address: str, files: list[Path]
):
    be_signed_in(page, address)
    page.goto(f"{address}/units/new")
    page.get_by_label("Mã đơn vị").fill("ta0123b")
    page.get_by_label("Tên đơn vị").fill("Trường THPT Mẫu Giáo Dục")
    page.get_by_label("Loại").select_option("school")
    assert hindrances(page) == []
    look(page, "unit-form")
    page.get_by_role("button", name="Ghi").click()
    expect(page.get_by_role("heading", name="Trường THPT Mẫu Giáo Dục")).to_be_visible()
    assert hindrances(page) == []
    look(page, "unit")
    page.get_by_role("link", name="Gửi danh sách của đơn vị").click()
    expect(page.get_by_label("Mã đơn vị")).to_have_value("TA0123B")
    page.get_by_label("Tệp Excel của đơn vị").set_input_files(files)
    page.get_by_role("button", name="Gửi lên").click()
    first = page.locator("#batches_now tbody tr", has_text="lớp 12A1.xlsx")
    expect(first).to_contain_text("Đang đọc tệp")
    taken = work._take()
    assert isinstance(taken, work.Work)
    with taken.step(total=8, done=4):
        pass
    expect(first.get_by_role("progressbar")).to_have_attribute("value", "27")
    assert hindrances(page) == []
    look(page, "batches-reading")
    first.get_by_role("link").click()
    expect(page.locator("#batch_progress").get_by_role("progressbar")).to_have_attribute("value", "27")
    work._carry(taken)
    work_off()
    expect(page.locator("#row-2")).to_contain_text("Khớp")
    expect(page.locator("#row-4")).to_contain_text("Người này còn có ở dòng 5")
    assert hindrances(page) == []
    look(page, "batch")
    page.get_by_role("link", name="Mất số 0 đầu").click()
    expect(page.locator(".grid tbody tr")).to_have_count(1)
    page.goto(f"{address}/batches")
    expect(page.locator("#batches_now")).to_contain_text("Xin mở bằng Excel, chọn “Lưu dưới dạng” .xlsx")
    look(page, "batches")
    page.goto(f"{address}/units?q=mau+giao")
    expect(page.get_by_role("link", name="Trường THPT Mẫu Giáo Dục")).to_be_visible()
    assert hindrances(page) == []
    page.goto(f"{address}/batches")
    first.get_by_role("link").click()
    page.get_by_role("button", name="Hủy danh sách").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(first).to_contain_text("Đã hủy")


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK"):
        before = page.viewport_size
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        if before:
            page.set_viewport_size(before)
