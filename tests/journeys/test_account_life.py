"""An account locked, opened and marked by keys alone, and its page in every state for every eye (A7, D6, K10)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backoffice.accounts import sign_in, tries
from backoffice.accounts.passwords import normal
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, AccountStatus, Role, SessionKind
from tests.factories import make_account, make_office, make_officer
from tests.journeys.looking import hindrances
from tests.journeys.officers import sign_in as come_in

pytestmark = pytest.mark.browser
HASH = hash_password(normal("con thuyền trên sông Hồng"))


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        return make_account(session, password_hash=HASH, password_set_at=clock.now(), email="mau@example.vn")


def status_of(account: Account) -> AccountStatus:
    with transaction() as session:
        return session.get_one(Account, account.id).status


def calm(page: Page) -> None:
    expect(page.locator(".busy, .htmx-request")).to_have_count(0)


def test_a_supervisor_locks_and_unlocks_an_account_and_doubts_its_phone_by_keys(
    page: Page, address: str, account: Account
):
    for _ in range(tries.ROUND):
        with pytest.raises(DomainError):
            sign_in.sign_in(account.bhxh_code, "sai", device="x", kind=SessionKind.APP, address="203.0.113.9")
    come_in(page, address, "giamsat")
    page.goto(f"{address}/desk/accounts/{account.id}")
    work, history = page.locator("#work"), page.locator("#history")
    expect(work).to_contain_text("tạm không nhận mật khẩu")
    assert hindrances(page) == []

    page.locator("#f-identity-door").check()
    page.keyboard.press("Alt+t")
    expect(work).not_to_contain_text("tạm không nhận mật khẩu")
    expect(history).to_contain_text("Mở lại đăng nhập")
    calm(page)

    page.keyboard.press("Alt+p")
    page.locator("#doubt-note").fill("Gọi thử, người khác nghe máy.")
    assert hindrances(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(work).to_contain_text("Phải cập nhật số điện thoại")
    calm(page)

    page.keyboard.press("Alt+k")
    page.locator("#f-identity-lock").check()
    page.locator("#owner-note").fill("Mất điện thoại ở chợ.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    confirm(page)
    expect(page.locator("#caption")).to_contain_text("Tạm khóa")
    expect(history).to_contain_text("Mất điện thoại ở chợ.")
    assert status_of(account) is AccountStatus.LOCKED
    assert hindrances(page) == []
    calm(page)

    page.keyboard.press("Alt+r")
    page.locator("#unlock-note").fill("Đã tìm thấy máy.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    confirm(page)
    expect(page.locator("#caption")).to_contain_text("Đang sử dụng")
    assert status_of(account) is AccountStatus.ACTIVE


def confirm(page: Page) -> None:
    """Say yes where the page asks first."""
    asked = page.locator("#ask")
    expect(asked).to_be_visible()
    asked.locator("button[value=yes]").click()
