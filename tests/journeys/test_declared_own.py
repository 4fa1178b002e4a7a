"""Correcting before the visit what rests on an account: a guardian proves to be the one by a code (D11, issue 10)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backoffice.models import PhotoKind, Purpose
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.journeys.test_declare import go_on
from tests.portal.owners import account_in_use, code_sent
from tests.portal.sent import PAPER, now
from tests.portal.test_opened_by_owner import resting_on

pytestmark = pytest.mark.browser


def test_a_guardian_corrects_what_was_declared_for_the_child(page: Page, address: str, database: None):
    guardian = account_in_use(phone="0981234567", bhxh_code="0123456789", full_name="Nguyễn Thử Mẫu", **PAPER)
    declaration = resting_on(
        guardian, PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE, purpose=Purpose.REGISTER, channel="portal"
    )
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{address}/declare/status")
    page.get_by_label("Mã hồ sơ").fill(declaration.receipt_code)
    page.get_by_label("3 chữ số cuối").fill("567")
    page.get_by_role("button", name="Tra cứu").click()
    page.get_by_role("link", name="Sửa tờ khai").click()
    page.wait_for_url("**/declare/status/own/correct")
    assert hindrances(page, PHONE, COUNTER) == []
    page.get_by_role("button", name="Gửi mã OTP").click()
    expect(page.get_by_label("Mã OTP")).to_be_visible()
    assert hindrances(page, PHONE) == []
    page.get_by_label("Mã OTP").fill(code_sent(guardian))
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thử Con")
    page.get_by_label("Họ và tên").fill("Trần Thử Còn")
    go_on(page)
    expect(page.get_by_role("heading", name="Ảnh", exact=True)).to_be_visible()
    go_on(page)
    go_on(page)
    expect(page.get_by_text("Đã xác nhận.")).to_be_visible()
    assert hindrances(page, PHONE) == []
    page.get_by_role("button", name="Đồng ý và gửi").click()
    expect(page.get_by_role("heading", name="Đã nhận bản sửa")).to_be_visible()
    assert (now(declaration).full_name, now(declaration).version) == ("Trần Thử Còn", 2)
