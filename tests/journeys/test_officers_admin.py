"""The administration of officers as hands and eyes meet it: added, found, changed, disabled, imported (D8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backoffice.gateways.sheets.writing import write_table
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Role
from backoffice.officers import sheet
from tests.factories import make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser
ROW = {"name": "Phạm Mới", "role": "Cán bộ tiếp nhận hồ sơ", "office": "00114"}


@pytest.fixture
def staff(database: None) -> int:
    with transaction() as session:
        make_office(session, "000", name="BHXH Việt Nam")
        make_office(session, "00114", name="BHXH huyện Thanh Trì")
        make_office(session, "00115", name="BHXH huyện Gia Lâm")
        root = make_office(session, "000")
        make_officer(session, "quantri", full_name="Lê Minh Quân", role=Role.ADMINISTRATOR, office=root)
        make_officer(session, "quantri2", full_name="Đỗ Thị Thu", role=Role.ADMINISTRATOR, office=root)
        make_officer(session, "nghi", full_name="Trần Văn Nghỉ", disabled_at=clock.now())
        return make_officer(session, "lan", full_name="Vũ Ngọc Lan", last_seen_at=clock.now()).id


def test_nothing_hinders_who_administers(page: Page, address: str, staff: int, tmp_path: Path):
    be_signed_in(page, address, "quantri")
    found = {}

    def look(state: str) -> None:
        if hindered := hindrances(page):
            found[state] = hindered

    for state, path in {
        "list": "",
        "none": "?state=stand_in",
        "new": "/new",
        "one": f"/{staff}",
        "import": "/import",
    }.items():
        page.goto(f"{address}/officers{path}")
        look(state)
    page.goto(f"{address}/officers/{staff}")
    page.get_by_role("button", name="Cấp đường dẫn mới").click()
    expect(page.get_by_role("heading", name="Đường dẫn đặt mật khẩu")).to_be_visible()
    look("handed")
    page.goto(f"{address}/officers/import")
    page.get_by_label("Tệp Excel").set_input_files(a_file(tmp_path, ROW | {"username": "moi"}, ROW | {"username": "M"}))
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("Có 1 lỗi")).to_be_visible()
    look("faults")
    assert found == {}


def test_a_new_officer_is_added_and_chooses_a_password_by_the_link(page: Page, address: str, staff: int):
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/officers")
    page.get_by_role("link", name="Thêm người dùng").click()
    page.get_by_label("Tên đăng nhập").fill("moi")
    page.get_by_label("Họ và tên").fill("Phạm Thị Mới")
    page.get_by_label("Vai trò").select_option(label="Cán bộ tiếp nhận hồ sơ")
    page.get_by_label("Mã cơ quan").fill("00114")
    page.get_by_role("button", name="Thêm và lấy đường dẫn").click()
    link = page.locator(".secret").inner_text()
    page.get_by_role("button", name="Chép đường dẫn").click()
    expect(page.locator("#banner")).to_contain_text("chép")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Phạm Thị Mới")
    expect(page.get_by_text("Chưa đăng nhập")).to_be_visible()
    page.context.clear_cookies()
    page.goto(address + link[link.index("/link/") :])
    expect(page.locator("main")).to_contain_text("moi")


def test_somebody_is_found_without_diacritics_and_stopped_at_once(page: Page, address: str, staff: int):
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/officers")
    page.get_by_label("Họ tên, tên đăng nhập, cơ quan").fill("vu ngoc")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 người khớp")).to_be_visible()
    assert page.url == f"{address}/officers"
    page.get_by_role("link", name="Vũ Ngọc Lan").click()
    page.get_by_role("button", name="Ngừng sử dụng").click()
    expect(page.locator("#ask_text")).to_contain_text("Vũ Ngọc Lan")
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.locator("#banner")).to_contain_text("Đã ngừng sử dụng")
    expect(page.get_by_role("button", name="Cho dùng lại")).to_be_visible()


def test_a_list_is_looked_at_then_applied(page: Page, address: str, staff: int, tmp_path: Path):
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/officers/import")
    known = {"username": "lan", "name": "Vũ Ngọc Lan", "role": "Lãnh đạo", "office": "00114"}
    page.get_by_label("Tệp Excel").set_input_files(a_file(tmp_path, ROW | {"username": "moi"}, known))
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("Vai trò: Cán bộ tiếp nhận hồ sơ → Lãnh đạo")).to_be_visible()
    page.get_by_role("button", name="Áp dụng").click()
    expect(page.get_by_text("thêm 1 người, đổi 1 người")).to_be_visible()
    expect(page.locator(".envelope")).to_have_count(1)


def a_file(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "can-bo.xlsx"
    path.write_bytes(write_table("x", sheet.COLUMNS[:4], rows))
    return path
