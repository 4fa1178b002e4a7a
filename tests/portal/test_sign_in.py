"""Signing in without the app (A1, A3, A7): every step a form, every refusal on the form it is of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.accounts import passwords, tries
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus
from tests.portal.owners import MINE, NEW, Browser, account_in_use, account_issued, another, code_sent, title_of

IN = "Tài khoản của tôi"
CODE, PASSWORD, DEVICE = "/account/sign-in/code", "/account/sign-in/password", "/account/sign-in/device"


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use()


def test_the_owner_comes_in_by_code_and_password(browser: Browser, account: Account):
    browser.sign_in(account)
    assert title_of(browser.page) == IN
    browser.open("/account/sign-in")
    assert title_of(browser.page) == IN


def test_who_has_no_account_is_led_to_the_public_form(browser: Browser, database: None):
    assert 'href="/declare"' in browser.open("/account/sign-in")


def test_a_card_number_is_taken_for_the_code(browser: Browser, account: Account):
    browser.open("/account/sign-in")
    browser.press("/account/sign-in", bhxh_code=f"DN 4 01 {account.bhxh_code}", password=MINE)
    assert title_of(browser.page) == IN


def test_what_is_not_filled_in_is_named_by_its_field_and_counts_as_no_try(browser: Browser, account: Account):
    browser.open("/account/sign-in")
    for _ in range(tries.ROUND + 1):
        browser.press("/account/sign-in", bhxh_code=account.bhxh_code, password="")
    assert browser.status == 422
    assert '<a href="#f-password">Xin nhập mật khẩu.</a>' in browser.page
    assert f'value="{account.bhxh_code}"' in browser.page
    assert title_of(browser.page) == "Lỗi: Đăng nhập"


class TestFirst:
    def test_a1_the_temporary_password_leads_to_the_choice_of_an_own_one(self, browser: Browser, database: None):
        account, temporary = account_issued()
        browser.sign_in(account, temporary)
        assert title_of(browser.page) == "Đặt mật khẩu của riêng mình"
        assert "ít nhất 8 ký tự" in browser.page
        browser.open("/account")
        assert title_of(browser.page) == "Đăng nhập"
        browser.sign_in(account, temporary)
        browser.press(PASSWORD, new=NEW, repeat=NEW)
        assert title_of(browser.page) == IN

    @pytest.mark.parametrize(
        ("new", "repeat", "said"),
        [
            ("ngắn", "ngắn", passwords.TOO_SHORT),
            ("12345678", "12345678", passwords.COMMON),
            (NEW, MINE, passwords.REPEAT),
        ],
    )
    def test_a1_an_unfit_one_is_said_on_the_form_which_never_shows_it(
        self, browser: Browser, database: None, new: str, repeat: str, said: str
    ):
        account, temporary = account_issued()
        browser.sign_in(account, temporary)
        assert browser.press(PASSWORD, new=new, repeat=repeat).status_code == 422
        assert said in browser.page
        assert 'tabindex="-1" autofocus' in browser.page
        assert f'value="{new}"' not in browser.page
        browser.press(PASSWORD, new=NEW, repeat=NEW)
        assert title_of(browser.page) == IN

    def test_a1_one_made_of_the_owners_number_is_refused(self, browser: Browser, database: None):
        account, temporary = account_issued(phone="0356789012")
        browser.sign_in(account, temporary)
        browser.press(PASSWORD, new=account.phone, repeat=account.phone)
        assert passwords.PERSONAL in browser.page

    def test_a_form_sent_twice_is_in_all_the_same(self, browser: Browser, database: None):
        account, temporary = account_issued()
        browser.sign_in(account, temporary)
        form = browser.page
        browser.press(PASSWORD, new=NEW, repeat=NEW)
        browser.page = form
        browser.press(PASSWORD, new=NEW, repeat=NEW)
        assert title_of(browser.page) == IN
        assert "10 phút" not in browser.page

    def test_after_ten_minutes_the_first_page_says_that_it_took_too_long(self, browser: Browser, database: None):
        account, temporary = account_issued()
        browser.sign_in(account, temporary)
        with clock.at(clock.now() + timedelta(minutes=11)):
            browser.press(PASSWORD, new=NEW, repeat=NEW)
        assert title_of(browser.page) == "Đăng nhập"
        assert "quá 10 phút" in browser.page

    def test_a1_after_six_months_a_new_one_is_due_with_a_code(self, browser: Browser, account: Account):
        with clock.at(clock.now() + timedelta(days=184)):
            browser.sign_in(account)
            assert title_of(browser.page) == "Đã đến lúc đổi mật khẩu"
            browser.press(CODE)
            code = code_sent(account)
            browser.press(PASSWORD, new=NEW, repeat=NEW, otp=another(code))
            assert "Mã OTP chưa đúng" in browser.page
            browser.press(PASSWORD, new=NEW, repeat=NEW, otp=code)
            assert title_of(browser.page) == IN


class TestDevice:
    def test_a3_a_second_device_is_warned_then_asks_for_a_code_and_the_first_is_told(
        self, browser: Browser, second: Browser, account: Account
    ):
        browser.sign_in(account)
        second.sign_in(account)
        assert "thiết bị kia sẽ bị thoát" in second.page
        browser.open("/account")
        assert title_of(browser.page) == IN
        second.press(CODE)
        second.press(DEVICE, otp=code_sent(account))
        assert title_of(second.page) == IN
        browser.open("/account")
        assert title_of(browser.page) == "Đăng nhập"
        assert "đã được đăng nhập trên thiết bị khác" in browser.page

    def test_a_wrong_code_signs_nobody_in_and_says_how_often_one_may_try(
        self, browser: Browser, second: Browser, account: Account
    ):
        browser.sign_in(account)
        second.sign_in(account)
        second.press(CODE)
        second.press(DEVICE, otp=another(code_sent(account)))
        assert "còn 4 lần nhập" in second.page
        second.open("/account")
        assert title_of(second.page) == "Đăng nhập"

    def test_a_code_can_be_ordered_again_up_to_a_limit_which_is_said(
        self, browser: Browser, second: Browser, account: Account
    ):
        browser.sign_in(account)
        second.sign_in(account)
        for _ in range(5):
            second.press(CODE)
        answer = second.press(CODE)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"]
        assert "đã nhận 5 mã OTP" in second.page

    def test_a3_who_has_no_number_any_more_is_sent_to_an_office(self, browser: Browser, account: Account):
        browser.sign_in(account)
        browser.client.delete_cookie("account_device", domain="localhost")
        browser.client.delete_cookie("account", domain="localhost")
        with transaction() as session:
            session.query(Account).update({"phone": "0399999999"})
        browser.sign_in(account)
        assert browser.press(CODE).status_code == 409
        assert "cơ quan BHXH gần nhất" in browser.page

    def test_a3_a_browser_that_was_proven_needs_no_code_again(self, browser: Browser, account: Account):
        browser.sign_in(account)
        browser.press("/account/sign-out")
        browser.sign_in(account)
        assert title_of(browser.page) == IN


class TestRefused:
    def test_a7_after_five_wrong_ones_the_form_says_how_long_and_what_to_do(self, browser: Browser, account: Account):
        for number in range(tries.ROUND):
            assert browser.sign_in(account, f"sai {number}").status_code == 422
        answer = browser.sign_in(account)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        assert "1900 9068 (phím 8) bằng số điện thoại đã đăng ký" in browser.page
        assert title_of(browser.page) == "Lỗi: Đăng nhập"

    def test_a7_at_last_the_form_says_that_only_a_new_password_helps(self, browser: Browser, account: Account):
        now = clock.now()
        for closed in (*tries.CLOSED, timedelta()):
            with clock.at(now):
                for number in range(tries.ROUND):
                    browser.sign_in(account, f"sai {number}")
            now += closed + timedelta(seconds=1)
        with clock.at(now):
            assert browser.sign_in(account).status_code == 409
        assert tries.NEEDS_RESET in browser.page

    def test_a_locked_account_says_so_to_who_has_its_password(self, browser: Browser, account: Account):
        with transaction() as session:
            session.query(Account).update({"status": AccountStatus.LOCKED})
        assert browser.sign_in(account).status_code == 409
        assert "đang tạm khóa" in browser.page
        browser.sign_in(account, "sai")
        assert "đang tạm khóa" not in browser.page

    def test_a_locked_account_leads_who_is_signed_in_to_the_first_page_and_says_why(
        self, browser: Browser, account: Account
    ):
        browser.sign_in(account)
        with transaction() as session:
            session.query(Account).update({"status": AccountStatus.LOCKED})
        browser.open("/account")
        assert title_of(browser.page) == "Đăng nhập"
        assert "đang tạm khóa" in browser.page
        assert browser.client.get_cookie("account", domain="localhost") is None
        browser.open("/account")
        assert "đang tạm khóa" not in browser.page


def test_whoever_was_signed_in_here_before_is_signed_out(browser: Browser, second: Browser, account: Account):
    other = account_in_use()
    browser.sign_in(other)
    kept = browser.client.get_cookie("account", domain="localhost")
    browser.client.delete_cookie("account", domain="localhost")
    browser.open("/account/sign-in")
    assert kept
    browser.client.set_cookie("account", kept.value, domain="localhost")
    browser.press("/account/sign-in", bhxh_code=account.bhxh_code, password=MINE)
    assert title_of(browser.page) == IN
    second.client.set_cookie("account", kept.value, domain="localhost")
    second.open("/account")
    assert title_of(second.page) == "Đăng nhập"


def test_a_step_opened_without_its_proof_leads_to_the_first(browser: Browser, database: None):
    for address in (CODE, PASSWORD, DEVICE):
        browser.open(address)
        assert title_of(browser.page) == "Đăng nhập"
