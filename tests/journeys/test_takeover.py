"""Whoever stands there is served: a take-over and a password given anew, as hands and eyes meet them (K8, K9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration, Role
from backoffice.notices.credentials import check_temporary
from tests.factories import make_account, make_declaration, make_office, make_officer
from tests.journeys.looking import hindrances, violations
from tests.journeys.officers import be_signed_in, sign_in
from tests.journeys.test_rejecting import card_of, scan
from tests.journeys.test_the_desk_decides import sms
from tests.processes import working

pytestmark = pytest.mark.browser


@pytest.fixture
def officers(database: None) -> None:
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))


def in_other_office(made: Any, **values: Any) -> Any:
    with transaction() as session:
        return made(session, office=make_office(session, "00131"), **values)


def look_for(page: Page, text: str) -> None:
    page.locator("#q").fill(text)
    page.locator("#q").press("Enter")
    page.wait_for_selector("#results")


def test_k8_somebody_declared_elsewhere_is_served_here_by_keys_alone(page: Page, address: str, officers: None):
    declaration: Declaration = in_other_office(make_declaration, full_name="Lê Văn Nơi Khác")
    sign_in(page, address)
    look_for(page, declaration.id_number)
    expect(page.locator("#results")).to_contain_text("BHXH Mẫu 00131")
    expect(page.locator("#results")).not_to_contain_text("Lê Văn")
    page.keyboard.press("Alt+t")
    expect(page.get_by_label("Số giấy tờ xuất trình")).to_have_value(declaration.id_number)
    assert violations(page) == []
    page.get_by_label("Lý do tiếp nhận tại đây").fill("Đến nộp tại quầy này")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Nơi Khác")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    expect(page.locator("#caption")).to_contain_text("đã nộp")
    page.goto(f"{address}/desk")
    expect(page.locator("#main")).not_to_contain_text("Lê Văn Nơi Khác")
    page.goto(f"{address}/desk?list=mine")
    expect(page.locator("#main")).to_contain_text("Lê Văn Nơi Khác")


def test_k8_somebody_elses_paper_is_refused_and_what_was_typed_stays(page: Page, address: str, officers: None):
    declaration: Declaration = in_other_office(make_declaration)
    sign_in(page, address)
    look_for(page, declaration.receipt_code)
    page.keyboard.press("Alt+t")
    page.get_by_label("Số giấy tờ xuất trình").fill("001085999999")
    page.get_by_label("Lý do tiếp nhận tại đây").fill("Đến nộp tại quầy này")
    page.get_by_role("button", name="Tiếp nhận và mở hồ sơ").click()
    expect(page.locator("#banner")).to_contain_text("không phải của người đã khai")
    expect(page.get_by_label("Lý do tiếp nhận tại đây")).to_have_value("Đến nộp tại quầy này")


def test_k8_the_card_that_is_scanned_is_the_one_presented(page: Page, address: str, officers: None):
    """From wherever the hands are; another person's is refused, and what was typed stays."""
    declaration: Declaration = in_other_office(make_declaration, full_name="Lê Văn Nơi Khác")
    sign_in(page, address)
    look_for(page, declaration.receipt_code)
    expect(page.locator("#results")).to_contain_text("BHXH Mẫu 00131")
    page.keyboard.press("Alt+t")
    page.get_by_label("Lý do tiếp nhận tại đây").fill("Đến nộp tại quầy này")
    scan(page, card_of(declaration).replace(declaration.id_number, "001085999999"))
    expect(page.get_by_label("Số giấy tờ xuất trình")).to_have_value(re.compile("001085999999"))
    page.get_by_role("button", name="Tiếp nhận và mở hồ sơ").click()
    expect(page.locator("#banner")).to_contain_text("không phải của người đã khai")
    scan(page, card_of(declaration))
    expect(page.get_by_label("Số giấy tờ xuất trình")).to_have_value(re.compile(declaration.id_number))
    expect(page.get_by_label("Lý do tiếp nhận tại đây")).to_have_value("Đến nộp tại quầy này")
    page.get_by_role("button", name="Tiếp nhận và mở hồ sơ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Nơi Khác")
    expect(page.locator("#item-id_number")).to_contain_text("quét, trùng")


def test_k9_a_forgotten_password_comes_anew_while_the_citizen_waits(
    page: Page, address: str, settings: Settings, officers: None
):
    account: Account = in_other_office(make_account)
    sign_in(page, address)
    look_for(page, account.bhxh_code)
    expect(page.locator("#results")).to_contain_text("Người này đã có tài khoản")
    page.keyboard.press("Alt+k")
    expect(page.get_by_role("heading", level=1)).to_have_text(account.full_name)
    page.get_by_label("Số giấy tờ", exact=True).fill(account.id_number)
    page.keyboard.press("Enter")
    expect(page.locator("#compared")).to_contain_text("trùng với chủ tài khoản")
    expect(page.get_by_label("Số giấy tờ", exact=True)).to_have_value("")
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+2")
    assert violations(page) == []
    with working(settings):
        page.keyboard.press("Alt+m")
        expect(page.locator("#messages")).to_contain_text("Đã đến máy")
    assert violations(page) == []
    (told,) = [one for one in sms(settings) if "Mat khau moi" in one["text"]]
    assert told["to"] == account.phone
    password = told["text"].split(" la ")[1].split()[0]
    with transaction() as session:
        assert check_temporary(session, session.get_one(Account, account.id), password) is not None
    page.keyboard.press("F3")
    expect(page.locator("#q")).to_be_focused()


def test_k9_who_declared_again_gets_a_password_and_the_declaration_is_closed(page: Page, address: str, officers: None):
    account: Account = in_other_office(make_account)
    with transaction() as session:
        declaration = make_declaration(session, bhxh_code=account.bhxh_code, phone=account.phone)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("Alt+r")
    assert violations(page) == []
    page.get_by_label("Đã đối chiếu người này").check()
    page.get_by_label("đúng là của chính người này, đang dùng").check()
    page.get_by_role("button", name="Gửi mật khẩu mới và đóng tờ khai").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(account.full_name)
    expect(page.locator("#messages")).to_contain_text("Chờ gửi")


def test_d6_a_supervisor_frees_a_recycled_phone(page: Page, address: str, officers: None):
    account: Account = in_other_office(make_account, full_name="Hoàng Chủ Cũ")
    with transaction() as session:
        declaration = make_declaration(session, phone=account.phone)
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("Alt+1")
    page.get_by_role("link", name="Xem và giải phóng số điện thoại").click()
    expect(page.locator("#main")).not_to_contain_text("Hoàng")
    assert violations(page) == []
    page.get_by_label("Đã kiểm tra thế nào").fill("Gọi thử, máy đổ chuông")
    page.get_by_role("button", name="Giải phóng số điện thoại").click()
    page.locator("#ask").get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(declaration.full_name)
    expect(page.get_by_text("đang ở tài khoản khác")).to_be_hidden()


def test_an_accounts_page_fits_its_window(page: Page, address: str, officers: None):
    account: Account = in_other_office(make_account, full_name="Nguyễn Thị Hoàng Phương Thảo Nguyên " * 3)
    sign_in(page, address)
    look_for(page, account.bhxh_code)
    page.get_by_role("link", name="Mở tài khoản").click()
    expect(page.locator("#work")).to_be_visible()
    assert hindrances(page) == []
