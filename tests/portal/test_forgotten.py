"""A forgotten password, by a letter (A5): it says the same to everybody but to whoever holds the letter."""

from __future__ import annotations

import re

import pytest

from backoffice.accounts import passwords
from backoffice.accounts.email_reset import WRONG
from backoffice.models import Account
from tests.portal.owners import MINE, NEW, Browser, account_in_use, another, code_sent, title_of

ORDER, FORM = "/account/forgotten", "/account/forgotten/new"
ADDRESS = "nguoi.thu@example.vn"


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use(email=ADDRESS, email_confirmed=ADDRESS)


@pytest.fixture
def asked(browser: Browser, account: Account) -> Browser:
    browser.open(ORDER)
    browser.press(ORDER, bhxh_code=account.bhxh_code)
    return browser


def test_a5_the_code_from_the_letter_sets_a_new_password(asked: Browser, account: Account):
    asked.press(FORM, code=code_sent(account), new=NEW, repeat=NEW)
    assert title_of(asked.page) == "Đăng nhập"
    assert "Đã đặt mật khẩu mới" in asked.page
    assert asked.sign_in(account, MINE).status_code == 422
    assert asked.sign_in(account, NEW).status_code == 303


def test_a5_a_wrong_code_is_refused_whatever_the_password_is(asked: Browser, account: Account):
    code = another(code_sent(account)).rjust(8, "0")
    assert asked.press(FORM, code=code, new="12345678", repeat="12345678").status_code == 422
    assert WRONG in asked.page
    assert passwords.COMMON not in asked.page
    assert f'value="{code}"' in asked.page


def test_a5_who_has_the_code_learns_what_is_wrong_with_the_password_and_may_go_on(asked: Browser, account: Account):
    code = code_sent(account)
    asked.press(FORM, code=code, new="12345678", repeat="12345678")
    assert passwords.COMMON in asked.page
    asked.press(FORM, code=code, new=NEW, repeat=NEW)
    assert "Đã đặt mật khẩu mới" in asked.page


def test_a5_the_page_is_the_same_for_a_code_without_an_account(asked: Browser, second: Browser, account: Account):
    second.open(ORDER)
    second.press(ORDER, bhxh_code="0999999999")
    assert second.status == asked.status
    assert words(second.page).replace("0999999999", account.bhxh_code) == words(asked.page)


def test_what_is_no_code_is_said_by_its_field(browser: Browser, account: Account):
    browser.open(ORDER)
    assert browser.press(ORDER, bhxh_code="12").status_code == 422
    assert '<a href="#f-bhxh_code">' in browser.page


def words(page: str) -> str:
    """The page without the tokens of its forms."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)
