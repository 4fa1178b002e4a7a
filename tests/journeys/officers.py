"""Officers who come to their screen: by the form, as people do, or at once where the form is not what is told of."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def sign_in_by_hand(page: Page, address: str, username: str = "tieptan") -> None:
    """Sign in by the form; at the end the queue is open."""
    page.goto(f"{address}/login")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    _at_the_queue(page, address)


def sign_in(page: Page, address: str, username: str = "tieptan") -> None:
    """Be signed in, the queue open."""
    be_signed_in(page, address, username)
    page.goto(f"{address}/desk")
    _at_the_queue(page, address)


def be_signed_in(page: Page, address: str, username: str = "tieptan") -> None:
    """Be signed in; the page shows what it showed."""
    browser = page.context.request
    token = _TOKEN.search(browser.get(f"{address}/login").text())
    assert token
    form = {"csrf_token": token[1], "username": username, "password": PASSWORD}
    answer = browser.post(f"{address}/login", form=form, max_redirects=0)
    assert answer.status == 303


def _at_the_queue(page: Page, address: str) -> None:
    page.wait_for_url(f"{address}/desk")
    expect(page.locator("#q")).to_be_focused()  # the page is there: nobody can type before
