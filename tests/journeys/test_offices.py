"""An administrator's work on offices in a browser: looking one up, changing it, merging two; and how it looks (D8)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.kernel.db import transaction
from backoffice.models import OfficeWard, Role
from tests.factories import make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def offices(database: None) -> None:
    with transaction() as session:
        root = make_office(session, "000", name="BHXH Việt Nam")
        hanoi = make_office(session, "001", parent=root, name="BHXH thành phố Hà Nội", province_code="01")
        old = make_office(session, "00114", parent=hanoi, name="BHXH huyện Thanh Trì", province_code="01")
        make_office(session, "00115", parent=hanoi, name="BHXH huyện Gia Lâm", province_code="01")
        make_office(session, "027", parent=root, name="BHXH tỉnh Bắc Ninh", province_code="27")
        old.latitude, old.longitude = 20.95, 105.84
        session.add_all(OfficeWard(office_id=old.id, ward_code=code) for code in ("00004", "00008"))
        make_declaration(session, office=old)
        make_officer(session, "quantri", role=Role.ADMINISTRATOR, office=root, full_name="Lê Minh Quân")


def test_an_office_is_looked_up_changed_and_merged(page: Page, address: str, offices: None):
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/offices")
    page.get_by_role("link", name=re.compile("2 cơ quan thuộc BHXH thành phố Hà Nội")).click()
    expect(page.get_by_role("link", name="BHXH huyện Thanh Trì")).to_be_visible()
    assert hindrances(page) == []
    page.get_by_label("Tìm theo tên").fill("thanh tri")
    page.get_by_role("button", name="Tìm cơ quan").click()
    page.get_by_role("link", name="BHXH huyện Thanh Trì").click()
    page.wait_for_url(f"{address}/offices/00114")
    assert hindrances(page) == []
    page.get_by_role("link", name="Sửa thông tin").click()
    page.wait_for_url(f"{address}/offices/00114/edit")
    assert hindrances(page) == []
    page.get_by_label("Tên cơ quan").fill("BHXH cơ sở Thanh Trì")
    page.get_by_label("Thêm một xã, phường").fill("Phường Giảng Võ")
    page.get_by_role("button", name="Thêm vào danh sách").click()
    expect(page.get_by_label("Xã, phường phục vụ")).to_have_value(re.compile("Phường Giảng Võ"))
    page.get_by_role("button", name="Ghi thay đổi").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("BHXH cơ sở Thanh Trì")
    expect(page.get_by_text("thêm: Phường Giảng Võ")).to_be_visible()


def test_a_merge_is_planned_asked_about_and_leads_to_the_new_office(page: Page, address: str, offices: None):
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/offices/00114")
    page.get_by_role("link", name="Hợp nhất vào cơ quan khác").click()
    page.wait_for_url(f"{address}/offices/00114/merge")
    assert hindrances(page) == []
    page.get_by_role("combobox", name="Cơ quan nhận").fill("00115 BHXH huyện Gia Lâm")
    page.get_by_label("Số quyết định").fill("391/QĐ-BTC")
    page.get_by_role("button", name="Ghi kế hoạch hợp nhất").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Cơ quan này đã hợp nhất vào")).to_be_visible()
    assert hindrances(page) == []
    page.get_by_role("link", name="00115 BHXH huyện Gia Lâm").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("00115 BHXH huyện Gia Lâm")
