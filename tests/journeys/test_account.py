"""An owner without the app, in a real browser: on a phone, at a computer, and with scripts off (issue 6, point 3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backoffice.accounts import tries
from backoffice.accounts.email_reset import token_for
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Status
from tests.factories import make_account, make_declaration
from tests.journeys.conftest import page_of, profile_of
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.portal.owners import FIRST_BROWSER, MINE, NEW, account_in_use, account_issued, code_sent

pytestmark = pytest.mark.browser
NARROWEST = (320, 640)
"""What a computer's screen is at 400 % (WCAG 2.2, 1.4.10)."""
MY_ACCOUNT = "Tài khoản của tôi – BHXH"


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return page


@pytest.fixture
def elsewhere(browser: Browser, database: None) -> Iterator[Page]:
    """A second device: nothing of the first is known to it."""
    with profile_of(browser) as profile, page_of(profile) as opened:
        yield opened


@pytest.fixture
def without_scripts(browser: Browser, database: None) -> Iterator[Page]:
    made = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    made.set_default_timeout(15_000)
    yield made.new_page()
    made.close()


def fill_in(page: Page, address: str, account: Account, password: str, device: str = FIRST_BROWSER) -> None:
    if device:
        page.context.add_cookies([{"name": "account_device", "value": device, "url": address}])
    page.goto(f"{address}/account/sign-in")
    field(page, "Mã số BHXH").fill(account.bhxh_code)
    field(page, "Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def unhindered(page: Page) -> None:
    assert hindrances(page, COUNTER, PHONE, NARROWEST) == []


def test_a1_the_first_sign_in_with_the_password_from_the_sms(phone: Page, address: str):
    account, temporary = account_issued()
    fill_in(phone, address, account, temporary)
    expect(phone.get_by_role("heading", name="Đặt mật khẩu của riêng mình")).to_be_visible()
    unhindered(phone)
    field(phone, "Mật khẩu mới").fill("12345678")
    field(phone, "Nhập lại mật khẩu mới").fill("12345678")
    press(phone, "Lưu mật khẩu và vào tài khoản")
    summary = phone.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("dễ bị đoán")
    unhindered(phone)
    summary.get_by_role("link").click()
    expect(field(phone, "Mật khẩu mới")).to_be_focused()
    phone.keyboard.type("vườn chè xanh buổi sớm")
    phone.get_by_role("button", name="Hiện mật khẩu mới", exact=True).click()
    expect(field(phone, "Mật khẩu mới")).to_have_value("vườn chè xanh buổi sớm")
    expect(field(phone, "Mật khẩu mới")).to_have_attribute("type", "text")
    field(phone, "Nhập lại mật khẩu mới").fill("vườn chè xanh buổi sớm")
    phone.keyboard.press("Enter")
    expect(phone).to_have_title(MY_ACCOUNT)
    expect(phone.get_by_text("Đang sử dụng")).to_be_visible()
    press(phone, "Thoát")
    expect(phone.get_by_text("Đã thoát tài khoản")).to_be_visible()
    unhindered(phone)


def test_a3_a_second_device_is_warned_and_the_first_is_told(page: Page, elsewhere: Page, address: str):
    account = account_in_use()
    fill_in(page, address, account, MINE)
    expect(page).to_have_title(MY_ACCOUNT)
    fill_in(elsewhere, address, account, MINE, device="")
    expect(elsewhere.get_by_text("thiết bị kia sẽ bị thoát")).to_be_visible()
    unhindered(elsewhere)
    press(elsewhere, "Tiếp tục và gửi mã OTP")
    expect(elsewhere.get_by_text("Đã gửi mã OTP")).to_be_visible()
    unhindered(elsewhere)
    field(elsewhere, "Mã OTP").fill("12")
    press(elsewhere, "Đăng nhập và thoát thiết bị kia")
    expect(elsewhere.get_by_role("alert")).to_be_focused()
    unhindered(elsewhere)
    field(elsewhere, "Mã OTP").fill(code_sent(account))
    press(elsewhere, "Đăng nhập và thoát thiết bị kia")
    expect(elsewhere).to_have_title(MY_ACCOUNT)
    page.get_by_role("link", name="Tờ khai").click()
    expect(page.get_by_text("đã được đăng nhập trên thiết bị khác")).to_be_visible()
    unhindered(page)


def test_a7_five_wrong_passwords_close_the_door_and_say_what_to_do(phone: Page, address: str):
    account = account_in_use()
    for number in range(tries.ROUND):
        fill_in(phone, address, account, f"sai {number}")
        expect(phone.get_by_role("alert")).to_be_focused()
        expect(phone.get_by_role("alert")).to_contain_text("chưa đúng")
    field(phone, "Mật khẩu").fill(MINE)
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("alert")).to_contain_text("1900 9068 (phím 8) bằng số điện thoại đã đăng ký")
    expect(field(phone, "Mã số BHXH")).to_have_value(account.bhxh_code)
    unhindered(phone)


def test_a2_the_password_is_changed_with_a_code(page: Page, address: str):
    account = account_in_use()
    fill_in(page, address, account, MINE)
    page.get_by_role("navigation").get_by_role("link", name="Đổi mật khẩu").click()
    unhindered(page)
    press(page, "Gửi mã OTP")
    expect(page.get_by_text("Đã gửi mã OTP")).to_be_visible()
    unhindered(page)
    press(page, "Đổi mật khẩu")
    expect(page.get_by_role("alert")).to_be_focused()
    unhindered(page)
    _change(page, code_sent(account))
    expect(page.get_by_text("Đã đổi mật khẩu.")).to_be_visible()
    press(page, "Thoát")
    fill_in(page, address, account, NEW)
    expect(page).to_have_title(MY_ACCOUNT)


def test_a1_after_six_months_a_new_one_is_asked_for(phone: Page, address: str):
    account = account_in_use(password_set_at=clock.now() - timedelta(days=190))
    fill_in(phone, address, account, MINE)
    expect(phone.get_by_role("heading", name="Đã đến lúc đổi mật khẩu")).to_be_visible()
    unhindered(phone)
    press(phone, "Gửi mã OTP")
    expect(phone.get_by_text("Đã gửi mã OTP")).to_be_visible()
    unhindered(phone)
    field(phone, "Mật khẩu mới").fill(NEW)
    field(phone, "Nhập lại mật khẩu mới").fill(NEW)
    field(phone, "Mã OTP").fill(code_sent(account))
    press(phone, "Lưu mật khẩu và vào tài khoản")
    expect(phone).to_have_title(MY_ACCOUNT)


def test_a5_a_forgotten_password_is_set_anew_by_a_letter(phone: Page, address: str):
    to = "nguoi.thu@example.vn"
    account = account_in_use(email=to, email_confirmed=to)
    phone.goto(f"{address}/account")
    phone.get_by_role("link", name="đặt lại qua thư điện tử").click()
    field(phone, "Mã số BHXH").fill(account.bhxh_code)
    unhindered(phone)
    press(phone, "Gửi mã qua thư")
    expect(phone.get_by_text("Xin xem cả mục thư rác")).to_be_visible()
    unhindered(phone)
    field(phone, "Mã trong thư").fill(code_sent(account))
    field(phone, "Mật khẩu mới").fill(NEW)
    field(phone, "Nhập lại mật khẩu mới").fill(NEW)
    press(phone, "Đặt mật khẩu mới")
    expect(phone.get_by_text("Đã đặt mật khẩu mới.")).to_be_visible()
    fill_in(phone, address, account, NEW)
    expect(phone).to_have_title(MY_ACCOUNT)


def test_with_scripts_off_everything_works(without_scripts: Page, address: str):
    page = without_scripts
    account, temporary = account_issued()
    fill_in(page, address, account, temporary)
    field(page, "Mật khẩu mới").fill(MINE)
    field(page, "Nhập lại mật khẩu mới").fill("khác hẳn đi")
    press(page, "Lưu mật khẩu và vào tài khoản")
    expect(page.get_by_role("alert")).to_contain_text("chưa giống nhau")
    expect(page.get_by_role("alert")).to_be_focused()
    field(page, "Mật khẩu mới").fill(MINE)
    field(page, "Nhập lại mật khẩu mới").fill(MINE)
    press(page, "Lưu mật khẩu và vào tài khoản")
    expect(page).to_have_title(MY_ACCOUNT)
    for name in ("Tờ khai", "Con", "Đổi mật khẩu"):
        page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(page.locator("nav [aria-current=page]")).to_have_text(name)
    press(page, "Gửi mã OTP")
    _change(page, code_sent(account))
    expect(page.get_by_text("Đã đổi mật khẩu.")).to_be_visible()
    press(page, "Thoát")
    expect(page.get_by_text("Đã thoát tài khoản")).to_be_visible()


def test_nothing_hinders_on_the_pages_of_the_account(page: Page, address: str):
    account = account_in_use(email="nguoi.thu.co.dia.chi.thu.dien.tu.rat.dai@don-vi.example.vn")
    with transaction() as session:
        for status in (Status.SUBMITTED, Status.REJECTED, Status.APPROVED):
            make_declaration(session, bhxh_code=account.bhxh_code, status=status)
        make_account(session, guardian_id=account.id, full_name="Trần Bé Mẫu")
        make_declaration(session, guardian_bhxh_code=account.bhxh_code, full_name="Trần Bé Hai")
    page.goto(f"{address}/account")
    unhindered(page)
    press(page, "Đăng nhập")
    expect(page.get_by_role("alert")).to_be_focused()
    unhindered(page)
    fill_in(page, address, account, MINE)
    expect(page).to_have_title(MY_ACCOUNT)
    unhindered(page)
    for path in ("declarations", "children", "adjust", "khong-co", f"email/{token_for(account, clock.today())}"):
        page.goto(f"{address}/account/{path}")
        unhindered(page)
    press(page, "Xác nhận địa chỉ thư này")
    expect(page.get_by_role("heading", name="Đã xác nhận thư điện tử")).to_be_visible()
    unhindered(page)


def _change(page: Page, code: str) -> None:
    field(page, "Mật khẩu hiện tại").fill(MINE)
    field(page, "Mật khẩu mới").fill(NEW)
    field(page, "Nhập lại mật khẩu mới").fill(NEW)
    field(page, "Mã OTP").fill(code)
    press(page, "Đổi mật khẩu")
