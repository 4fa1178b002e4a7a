"""Offices from a file, and the public's search, as eyes and hands meet them (D8)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backoffice.kernel.db import transaction
from backoffice.models import OfficeWard, Role
from tests.factories import make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in
from tests.offices.files import book

pytestmark = pytest.mark.browser


def choose(page: Page, address: str, data: bytes) -> None:
    page.goto(f"{address}/offices/import")
    page.get_by_label("Tệp Excel").set_input_files(
        {"name": "co-quan.xlsx", "mimeType": "application/octet-stream", "buffer": data}
    )
    page.get_by_role("button", name="Xem trước").click()


def test_a_file_is_looked_at_and_applied(page: Page, address: str):
    with transaction() as session:
        make_office(session, "00114", province_code="01")
        make_office(session, "001").province_code = "01"
        make_officer(session, "quantri", role=Role.ADMINISTRATOR, office=make_office(session, "000"))
    be_signed_in(page, address, "quantri")

    choose(page, address, b"PK no workbook")
    expect(page.get_by_role("alert")).to_contain_text("bị hỏng")
    assert hindrances(page) == []
    choose(page, address, book({"code": "00114", "name": "BHXH Một", "phone": "12"}, {"code": "00115", "name": "X"}))
    expect(page.get_by_role("alert")).to_contain_text("Chưa áp dụng được")
    assert hindrances(page) == []
    choose(page, address, book({"code": "00114", "name": "BHXH Một"}, {"code": "00115", "name": "BHXH Hai"}))
    expect(page.get_by_role("heading", name="Cơ quan thay đổi")).to_be_visible()
    assert hindrances(page) == []
    page.get_by_role("button", name="Áp dụng 2 thay đổi").click()
    expect(page.get_by_role("status")).to_contain_text("thêm 1 cơ quan, sửa 1")


def test_somebody_finds_the_office_that_serves_their_ward(page: Page, address: str):
    with transaction() as session:
        office = make_office(session, "00101", name="BHXH cơ sở Ba Đình", province_code="01", email="cq@example.vn")
        session.add(OfficeWard(office_id=office.id, ward_code="00004"))
    page.set_viewport_size({"width": 390, "height": 844})

    page.goto(f"{address}/declare")
    assert hindrances(page) == []
    page.get_by_role("link", name="Tìm cơ quan BHXH").click()
    page.get_by_label("Tên xã, phường").fill("ba dinh")
    page.get_by_role("button", name="Tìm cơ quan").click()
    page.get_by_role("link", name="Phường Ba Đình, Thành phố Hà Nội").click()

    expect(page.get_by_role("heading", name="Gần Phường Ba Đình")).to_be_visible()
    expect(page.get_by_text("Phục vụ xã, phường này")).to_be_visible()
    assert hindrances(page) == []
