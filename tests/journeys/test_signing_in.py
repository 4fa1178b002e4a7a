"""Coming in as officers meet it: a link, an authenticator, recovery codes, the own page, a new device, a stand-in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice import config
from backoffice.config import Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Officer, Role
from backoffice.signin import links
from tests.factories import PASSWORD, make_office, make_officer
from tests.journeys.conftest import page_of, profile_of
from tests.journeys.looking import hindrances
from tests.journeys.officers import sign_in, sign_in_by_hand

pytestmark = pytest.mark.browser
NEW = "năm con trâu đọc sách"


@pytest.fixture
def in_production(settings: Settings) -> Iterator[None]:
    """As where real citizens are: a supervisor must have an authenticator."""
    config.use(replace(settings, app_env="production"))
    yield
    config.use(settings)


@pytest.fixture
def supervisor(database: None) -> Officer:
    with transaction() as session:
        return make_officer(session, "giamsat", role=Role.SUPERVISOR, full_name="Phạm Văn Minh")


@pytest.fixture
def stand_in(database: None) -> Officer:
    """Reception of 00114, who stands in at 00115 for a week."""
    with transaction() as session:
        second = make_office(session, "00115", name="BHXH Mẫu Đông Anh")
        return make_officer(
            session,
            "tieptan",
            full_name="Nguyễn Thị Tiếp",
            second_office_id=second.id,
            second_until=clock.today() + timedelta(days=7),
        )


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Page]:
    """A page at another computer."""
    with profile_of(browser) as profile, page_of(profile) as opened:
        yield opened


def seen(page: Page, name: str, found: dict[str, list[str]]) -> None:
    if hindered := hindrances(page):
        found[name] = hindered


def test_a_supervisor_comes_in_by_a_link_takes_an_authenticator_and_later_uses_a_recovery_code(
    page: Page, address: str, supervisor: Officer, in_production: None
):
    with transaction() as session:
        token = links.make_link(session, session.get_one(Officer, supervisor.id), None)
    found: dict[str, list[str]] = {}
    page.goto(f"{address}{links.path_of(token)}")
    expect(page.get_by_text("giamsat")).to_be_visible()
    page.get_by_label("Mật khẩu mới", exact=True).fill("giamsat-2026-dài")
    page.get_by_label("Nhập lại mật khẩu mới").fill("giamsat-2026")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Hai lần nhập mật khẩu mới chưa giống nhau")).to_be_visible()
    seen(page, "link", found)
    page.get_by_label("Mật khẩu mới", exact=True).fill(NEW)
    page.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gắn ứng dụng xác thực")).to_be_visible()
    seen(page, "authenticator", found)
    page.goto(f"{address}/desk")
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()  # there is no way round it
    page.goto(f"{address}/login/authenticator")
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()  # whoever opens the form begins anew
    page.get_by_label("Tên đăng nhập").fill("giamsat")
    page.get_by_label("Mật khẩu").fill(NEW)
    page.keyboard.press("Enter")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mã khôi phục của bạn")).to_be_visible()
    seen(page, "codes", found)
    codes = page.locator("#codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.get_by_role("link", name="Đã cất mã, tiếp tục").click()
    page.wait_for_url(f"{address}/desk")
    page.locator(".usermenu summary").click()
    page.get_by_role("button", name="Đăng xuất", exact=True).click()
    page.get_by_label("Tên đăng nhập").fill("giamsat")
    page.get_by_label("Mật khẩu").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mật khẩu đúng.")).to_be_visible()
    seen(page, "second step", found)
    page.get_by_label(re.compile("Mã xác thực")).fill(codes[0].upper().replace("-", " "))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/desk")
    assert found == {}


def test_a_link_that_was_used_says_what_to_do(page: Page, address: str, supervisor: Officer):
    page.goto(f"{address}{links.path_of('khong-co')}")
    expect(page.get_by_text("Xin liên hệ người quản trị của đơn vị để nhận liên kết mới.")).to_be_visible()
    assert hindrances(page) == []


def test_the_own_page_tells_what_is_kept_and_the_password_is_changed_there(page: Page, address: str, stand_in: Officer):
    found: dict[str, list[str]] = {}
    sign_in(page, address)
    page.locator(".usermenu summary").click()
    page.get_by_role("link", name="Tài khoản của tôi").click()
    expect(page.get_by_role("heading", name="Tài khoản của tôi")).to_be_visible()
    seen(page, "own page", found)
    page.locator("summary", has_text="Đổi mật khẩu").click()
    page.get_by_label("Mật khẩu hiện tại").locator("visible=true").fill("sai mật khẩu")
    page.get_by_label("Mật khẩu mới", exact=True).fill(NEW)
    page.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mật khẩu hiện tại chưa đúng")).to_be_visible()
    seen(page, "refused", found)
    page.get_by_label("Mật khẩu hiện tại").locator("visible=true").fill(PASSWORD)
    page.get_by_label("Mật khẩu mới", exact=True).fill(NEW)
    page.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã đổi mật khẩu.")).to_be_visible()
    page.locator("summary", has_text="Gắn ứng dụng xác thực").click()
    page.get_by_label("Mật khẩu hiện tại").locator("visible=true").fill(NEW)
    page.keyboard.press("Enter")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Đã cất mã, tiếp tục").click()
    expect(page.get_by_text("Còn 10 mã khôi phục.")).to_be_visible()
    seen(page, "with authenticator", found)
    assert found == {}


def test_a_new_device_is_asked_about_on_the_known_one(page: Page, elsewhere: Page, address: str, stand_in: Officer):
    found: dict[str, list[str]] = {}
    sign_in(page, address)
    sign_in_by_hand(elsewhere, address)
    expect(elsewhere.get_by_text("Lần đầu bạn đăng nhập từ máy này.")).to_be_visible()
    expect(elsewhere.get_by_role("button", name="Đúng là tôi")).to_have_count(0)
    sign_in(page, address)
    expect(page.get_by_text("đã đăng nhập từ một máy mới lúc")).to_be_visible()
    seen(page, "news", found)
    page.get_by_role("button", name="Đúng là tôi").click()
    expect(page.get_by_text("Đã ghi nhận")).to_be_visible()
    page.goto(f"{address}/desk")
    expect(page.get_by_text("đã đăng nhập từ một máy mới lúc")).to_have_count(0)
    assert found == {}


def test_who_was_not_at_the_new_device_puts_everybody_out(page: Page, elsewhere: Page, address: str, stand_in: Officer):
    sign_in(page, address)
    sign_in_by_hand(elsewhere, address)
    sign_in(page, address)
    page.get_by_role("button", name="Không phải tôi").click()
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Xin liên hệ ngay người quản trị của đơn vị")).to_be_visible()
    page.get_by_label("Tên đăng nhập").fill("tieptan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Tên đăng nhập hoặc mật khẩu chưa đúng")).to_be_visible()


def test_who_stands_in_changes_the_place_of_work_in_the_top_bar_and_back(page: Page, address: str, stand_in: Officer):
    sign_in(page, address)
    page.get_by_role("button", name="Đổi nơi làm việc").click()
    expect(page.get_by_text("Bạn đang làm việc tại BHXH Mẫu Đông Anh.")).to_be_visible()
    expect(page.locator(".office")).to_contain_text("00115")
    found: dict[str, list[str]] = {}
    seen(page, "standing in", found)
    assert found == {}
    page.get_by_role("button", name="Đổi nơi làm việc").click()
    expect(page.locator(".office")).to_contain_text("00114")
