"""Letting a machine in, changing its key, stopping it; who may do what: as administrators meet it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.kernel.db import transaction
from backoffice.models import MachineClient, Role
from tests.factories import make_client, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def root(database: None) -> None:
    with transaction() as session:
        make_officer(session, "quantri", role=Role.ADMINISTRATOR, office=make_office(session, "000"))


def fill(page: Page, name: str) -> None:
    page.get_by_label("Tên phần mềm").fill(name)
    page.get_by_label("Liên hệ").fill("Trung tâm CNTT, 024 0000 0000")
    page.get_by_label("Gửi và hỏi tờ khai").check()


def test_a_machine_is_let_in_its_key_replaced_and_itself_stopped(page: Page, address: str) -> None:
    be_signed_in(page, address, "quantri")
    page.goto(f"{address}/")
    page.get_by_role("navigation").get_by_role("link", name="Kết nối phần mềm").click()
    page.get_by_role("link", name="Thêm phần mềm").click()
    fill(page, "Cổng dịch vụ công")
    page.get_by_role("button", name="Thêm và tạo khóa").click()
    key = page.locator("#new_key").inner_text()
    assert re.fullmatch(r"vk_[\w-]{43}", key)
    page.get_by_role("button", name="Chép khóa").click()
    expect(page.locator("#banner")).to_contain_text("chép")
    page.reload()  # nothing is sent again: the address is that of the machine
    expect(page.get_by_role("heading", name="Cổng dịch vụ công")).to_be_visible()
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Tạo khóa mới").click()
    page.get_by_role("link", name="Đã chép, xong").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Còn đến")
    page.get_by_role("button", name="Ngừng kết nối").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Đã ngừng từ")).to_be_visible()
    with transaction() as session:
        assert session.query(MachineClient).one().disabled_at is not None


def test_nothing_hinders_who_looks_after_machines(page: Page, address: str) -> None:
    with transaction() as session:
        make_office(session, "00114")
        client, _ = make_client(session, office_codes=["001", "00114"], contact="Đơn vị vận hành, 024 0000 0000")
        number = client.id
    be_signed_in(page, address, "quantri")
    found = {}
    for path in ("/clients", "/clients/new", f"/clients/{number}", f"/clients/{number}/edit", "/permits"):
        page.goto(address + path)
        if hindered := hindrances(page):
            found[path] = hindered
    page.goto(f"{address}/clients/new")
    fill(page, "Phần mềm thử")
    page.get_by_label("Chỉ cho các cơ quan").fill("99999")
    page.get_by_role("button", name="Thêm và tạo khóa").click()
    expect(page.get_by_text("Không có cơ quan BHXH mang mã")).to_be_visible()
    if hindered := hindrances(page):
        found["faults"] = hindered
    page.get_by_label("Chỉ cho các cơ quan").fill("00114")
    page.get_by_role("button", name="Thêm và tạo khóa").click()
    expect(page.locator("#new_key")).to_be_visible()
    if hindered := hindrances(page):
        found["key"] = hindered
    assert found == {}
