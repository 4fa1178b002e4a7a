"""A school sends its pupils' list with a zip of photos: declarations are made, and form 01s printed (D12 b)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.kernel.db import transaction
from tests.batches.bundles import book, jpeg, person, photos_of, zipped
from tests.batches.files import apply_off, make_unit, work_off
from tests.factories import make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


def test_a_list_with_photos_is_sent_in_completed_made_into_declarations_and_printed(
    page: Page, address: str, database: None, tmp_path: Path
):
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Đỗ Thị Thu")
        make_unit(session, code="TA0123B", office=make_office(session))
    first, second = person(name="Nguyễn Thị Một"), person(name="Trần Văn Hai")
    photos = photos_of(first, second) | {"IMG_0001.jpg": jpeg(9), "7999999999_sau.jpg": jpeg(8)}
    lacking = photos.pop(f"{second['code']}_matsau.jpg")
    for name, data in {
        "lap-to-khai.xlsx": book(first, second),
        "anh lớp 12A1.zip": zipped(photos),
        "bổ sung.zip": zipped({f"{second['code']}/Mặt sau.jpg": lacking}),
    }.items():
        (tmp_path / name).write_bytes(data)
    be_signed_in(page, address)
    page.goto(f"{address}/batches")
    page.get_by_role("link", name="Lập tờ khai từ danh sách").click()
    expect(page.get_by_role("heading", name="Lập tờ khai từ danh sách")).to_be_visible()
    assert hindrances(page) == []
    look(page, "declare-form")
    page.get_by_label("Danh sách (Excel)").set_input_files(tmp_path / "lap-to-khai.xlsx")
    page.get_by_label("Ảnh (zip)").set_input_files(tmp_path / "anh lớp 12A1.zip")
    page.get_by_label("Mã đơn vị").fill("ta0123b")
    page.get_by_label("Số công văn").fill("45/CV")
    page.get_by_label("Ngày công văn").fill("2026-01-05")
    page.get_by_label("Người ký").fill("Bà Mẫu")
    page.get_by_role("button", name="Gửi lên").click()
    expect(page.locator("#batch_progress")).to_contain_text("Đang đọc tệp")
    work_off()
    expect(page.locator("#row-2")).to_contain_text("Khớp")
    expect(page.locator("#row-3")).to_contain_text("Thiếu ảnh mặt sau giấy tờ")
    expect(page.locator("main")).to_contain_text("IMG_0001.jpg")
    expect(page.locator("main")).to_contain_text("799 999 9999")
    assert hindrances(page) == []
    look(page, "declare-list")
    page.get_by_label("Ảnh (zip)").set_input_files(tmp_path / "bổ sung.zip")
    page.get_by_role("button", name="Gửi ảnh").click()
    expect(page.locator("#batch_progress").get_by_role("progressbar")).to_be_visible()
    work_off()
    expect(page.locator("#row-3")).to_contain_text("Khớp")
    page.get_by_role("link", name="Dòng 3: xem cùng ảnh").click()
    expect(page.locator("#row_pane img")).to_have_count(3)
    expect(page.get_by_alt_text("Mặt sau, dòng 3")).to_be_visible()
    assert hindrances(page) == []
    look(page, "declare-pane")
    page.get_by_role("button", name="Lập 2 tờ khai").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.locator("#batch_progress").get_by_role("progressbar")).to_be_visible()
    apply_off()
    link = page.get_by_role("link", name="In mẫu số 01")
    expect(link).to_be_visible()
    assert hindrances(page) == []
    look(page, "declare-made")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "mau-so-01-phan-1.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.locator("#row-2").get_by_role("link", name="Mở hồ sơ").click()
    expect(page.get_by_role("heading", name="Nguyễn Thị Một")).to_be_visible()


def look(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK"):
        before = page.viewport_size
        for width, height in ((1366, 768), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        if before:
            page.set_viewport_size(before)
