"""Coming back to a declaration: status page, correcting, withdrawing, declaring anew after a refusal (issue 10)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind, Status
from backoffice.notices import jobs
from backoffice.rules.actors import officer_actor
from backoffice.rules.reasons import Reason
from tests.factories import make_officer
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.journeys.officers import be_signed_in
from tests.journeys.test_declare import go_on
from tests.portal.sent import now, sent

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return page


def let_in(page: Page, address: str, declaration: Declaration) -> None:
    page.goto(f"{address}/declare/status")
    page.get_by_label("Mã hồ sơ").fill(declaration.receipt_code.lower())
    page.get_by_label("3 chữ số cuối").fill("567")
    page.get_by_role("button", name="Tra cứu").click()


def to_the_end(page: Page) -> None:
    """Go on from the data to the confirmation."""
    go_on(page)
    expect(page.get_by_role("heading", name="Ảnh", exact=True)).to_be_visible()
    go_on(page)
    go_on(page)
    page.get_by_label("Tôi cam kết").check()
    expect(page.get_by_text("Đã xác nhận.")).to_be_visible()
    page.get_by_role("button", name="Gửi").click()


def test_somebody_looks_up_corrects_and_withdraws(phone: Page, address: str, database: None):
    declaration = sent(PhotoKind.PORTRAIT, PhotoKind.ID_FRONT)
    phone.goto(f"{address}/declare/status")
    phone.get_by_role("button", name="Tra cứu").click()
    expect(phone.get_by_role("alert")).to_contain_text("Chưa có mã hồ sơ")
    assert hindrances(phone, PHONE) == []
    let_in(phone, address, declaration)
    expect(phone.get_by_text("Đã khai, chưa nộp")).to_be_visible()
    assert hindrances(phone) == []

    phone.get_by_role("link", name="Sửa tờ khai").click()
    phone.get_by_label("4 ký tự cuối").fill("4567")
    assert hindrances(phone, PHONE) == []
    phone.get_by_role("button", name="Mở tờ khai để sửa").click()
    expect(phone.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")
    assert hindrances(phone, PHONE) == []
    phone.get_by_label("Họ và tên").fill("Nguyễn Thử Mẫn")
    to_the_end(phone)
    expect(phone.get_by_role("heading", name="Đã nhận bản sửa")).to_be_visible()
    assert hindrances(phone, PHONE) == []
    assert now(declaration).version == 2

    phone.get_by_role("link", name="Tra cứu, sửa, rút tờ khai").click()
    phone.get_by_role("link", name="Xem, lưu, in mẫu số 01").click()
    expect(phone.get_by_label("4 ký tự cuối")).to_be_visible()
    assert hindrances(phone, PHONE) == []
    phone.get_by_role("link", name="Quay lại").click()
    phone.get_by_role("link", name="Rút tờ khai").click()
    phone.wait_for_url("**/declare/status/withdraw")
    assert hindrances(phone, PHONE) == []
    phone.get_by_label("4 ký tự cuối").fill("4567")
    phone.get_by_role("button", name="Rút tờ khai").click()
    expect(phone.get_by_text("Tờ khai đã rút hoặc đã đóng")).to_be_visible()
    assert now(declaration).status is Status.WITHDRAWN


def test_a_refused_declaration_is_put_right_by_the_letters_link_and_the_desk_shows_the_change(
    page: Page, address: str, settings: Settings, database: None
):
    old = sent(PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, email="mau@example.vn")
    with transaction() as session:
        officer = officer_actor(make_officer(session, "tieptan"))
    decide.claim(old.receipt_code, officer)
    decide.reject(old.receipt_code, officer, [Reason.NAME_DIFFERS], "")
    jobs.drain(queue.DEFAULT)
    (letter,) = (settings.sandbox / "mail").glob("*.eml")
    found = re.search(r"/declare/again/[\w-]{43}", letter.read_text().replace("=\n", ""))
    assert found

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(address + found[0])
    page.get_by_label("3 chữ số cuối").fill("567")
    page.get_by_label("Tôi đã đọc và đồng ý").check()
    assert hindrances(page) == []
    page.get_by_role("button", name="Mở tờ khai đã điền sẵn").click()
    expect(page.get_by_role("alert")).to_contain_text("Họ tên khác giấy tờ xuất trình")
    assert hindrances(page, PHONE) == []
    page.get_by_label("Họ và tên").fill("Nguyễn Thử Mẫn")
    to_the_end(page)
    expect(page.get_by_role("heading", name="Đã nhận tờ khai")).to_be_visible()

    with transaction() as session:
        new = session.query(Declaration).filter_by(replaces_id=old.id).one()
    page.set_viewport_size({"width": COUNTER[0], "height": COUNTER[1]})
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{new.receipt_code}")
    changed = page.get_by_role("region", name="Công dân đã sửa, khai lại")
    expect(changed).to_contain_text("Khai lại, thay tờ khai không được chấp nhận")
    expect(changed.get_by_role("row", name="Họ tên Nguyễn Thử Mẫu Nguyễn Thử Mẫn")).to_be_visible()
    assert hindrances(page, COUNTER) == []
