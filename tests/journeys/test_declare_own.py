"""A child, an adjustment, a stop: declared on a phone by who proves to own the account, decided at the desk."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from backoffice.dossier.photos import store_photos
from backoffice.gateways.photos import get_pool
from backoffice.intake import drafts
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, Declaration, PhotoKind
from backoffice.rules.actors import officer_actor
from tests.factories import make_office, make_officer, verify_all
from tests.intake.sending import jpeg
from tests.journeys.looking import COUNTER, PHONE, hindrances
from tests.journeys.officers import sign_in
from tests.portal.owners import FIRST_BROWSER, MINE, account_in_use, code_sent

pytestmark = pytest.mark.browser
NEW = "0982000002"


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        make_office(session, name="BHXH huyện Thanh Trì", province_code="01")
    return account_in_use(date_of_birth=date(1985, 1, 2), phone="0981000001")


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin(page: Page, address: str, what: str) -> None:
    page.goto(f"{address}/declare")
    page.get_by_label("Tôi đã đọc và đồng ý").check()
    page.get_by_role("radio", name=what).check()
    press(page, "Bắt đầu khai")


def come_in(page: Page, address: str, account: Account) -> None:
    """Sign in where the form leads, and find oneself back there."""
    expect(page.get_by_role("link", name="Đăng nhập").first).to_be_visible()
    assert hindrances(page, PHONE) == []
    page.context.add_cookies([{"name": "account_device", "value": FIRST_BROWSER, "url": address}])
    page.get_by_role("link", name="Đăng nhập").first.click()
    page.get_by_label("Mã số BHXH").fill(account.bhxh_code)
    page.get_by_label("Mật khẩu", exact=True).fill(MINE)
    press(page, "Đăng nhập")
    expect(page.get_by_text("Đang đăng nhập:")).to_be_visible()
    press(page, "Tiếp tục")


def send(page: Page, button: str = "Gửi") -> None:
    """Choose the office and send."""
    page.get_by_role("radio", name="BHXH huyện Thanh Trì").check()
    press(page, "Tiếp tục")
    expect(page.get_by_text("Đã xác nhận.")).to_be_visible()
    assert hindrances(page, PHONE) == []
    if button == "Gửi":
        page.get_by_label("Tôi cam kết").check()
    press(page, button)
    expect(page.get_by_role("heading", name="Đã nhận tờ khai")).to_be_visible()
    assert hindrances(page, PHONE) == []


def decide(page: Page, address: str) -> None:
    """The officer looks at the one declaration, everything verified, and approves."""
    with transaction() as session:
        officer = make_officer(session, "tieptan")
        declaration = session.query(Declaration).one()
        verify_all(session, declaration, officer_actor(officer))
    page.set_viewport_size({"width": COUNTER[0], "height": COUNTER[1]})
    sign_in(page, address, "tieptan")
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim")).to_contain_text("Tôi đang giữ hồ sơ này")
    assert hindrances(page, COUNTER) == []
    page.keyboard.press("F9")
    press(page, "Đồng ý")  # the person is here with the signed form
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
    assert hindrances(page, COUNTER) == []


def kept(account: Account) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.id)


def test_d2_an_owner_adjusts_the_phone_proves_it_and_an_officer_sees_old_beside_new(
    phone: Page, address: str, account: Account
):
    begin(phone, address, "Điều chỉnh thông tin tài khoản")
    come_in(phone, address, account)
    expect(phone.get_by_label("Họ và tên")).to_have_value(account.full_name)
    phone.get_by_label("Số điện thoại di động").fill("098 200 0002")
    assert hindrances(phone, PHONE) == []
    press(phone, "Tiếp tục")
    press(phone, "Gửi mã OTP đến số mới")
    phone.get_by_label("Mã OTP").fill(code_sent(account))
    assert hindrances(phone, PHONE) == []
    press(phone, "Xác nhận")
    expect(phone.get_by_text("Đã xác nhận số 098 200 0002")).to_be_visible()
    press(phone, "Tiếp tục")
    press(phone, "Tiếp tục")
    send(phone)
    decide(phone, address)
    expect(phone.get_by_role("row", name="Số điện thoại 098 100 0001 098 200 0002")).to_be_visible()
    assert kept(account).phone == NEW


def test_d2_an_owner_stops_and_the_account_is_closed(phone: Page, address: str, account: Account):
    begin(phone, address, "Ngừng sử dụng tài khoản")
    come_in(phone, address, account)
    expect(phone.get_by_role("heading", name="Trước khi ngừng sử dụng")).to_be_visible()
    assert hindrances(phone, PHONE) == []
    press(phone, "Tiếp tục")
    send(phone)
    decide(phone, address)
    assert kept(account).status is AccountStatus.CLOSED


def test_d11_a_guardian_declares_for_a_child_by_a_code_to_the_phone(phone: Page, address: str, account: Account):
    begin(phone, address, "Đăng ký cho con")
    phone.get_by_label("Mã số BHXH của người giám hộ").fill(account.bhxh_code)
    press(phone, "Gửi mã OTP")
    phone.get_by_label("Mã OTP").fill(code_sent(account))
    assert hindrances(phone, PHONE) == []
    press(phone, "Tiếp tục")
    phone.get_by_label("Họ và tên của con").fill("Trần Thử Con")
    phone.get_by_label("Mã số BHXH của con").fill("0201020399")
    assert hindrances(phone, PHONE) == []
    press(phone, "Tiếp tục")
    token = next(cookie["value"] for cookie in phone.context.cookies() if cookie["name"] == "declare")
    for kind in (PhotoKind.PORTRAIT, PhotoKind.BIRTH_CERTIFICATE):  # tests/journeys/test_declare_photos.py takes them
        drafts.put_photo(token, store_photos({kind: get_pool().prepare_photo(jpeg(300, 400))})[0])
    press(phone, "Tiếp tục")
    send(phone, "Đồng ý và gửi")
    decide(phone, address)
    with transaction() as session:
        assert session.query(Account).filter_by(guardian_id=account.id).one().bhxh_code == "0201020399"


def test_k10_from_the_accounts_page_an_officer_writes_an_adjustment_for_who_stands_there(
    page: Page, address: str, account: Account
):
    with transaction() as session:
        make_officer(session, "tieptan")
    sign_in(page, address, "tieptan")
    page.goto(f"{address}/desk/accounts/{account.id}")
    page.get_by_role("link", name="Lập tờ khai điều chỉnh, ngừng sử dụng").click()
    page.wait_for_url("**/declare")
    assert hindrances(page) == []
    adjusting = page.get_by_role("region", name="Lập tờ khai điều chỉnh thông tin")
    adjusting.get_by_label("Số điện thoại mới").fill(NEW)
    adjusting.get_by_label("Đã đối chiếu người này").check()
    adjusting.get_by_label("Công dân đồng ý lập tờ khai").check()
    press(page, "Lập tờ khai điều chỉnh")
    expect(page.get_by_text("xin gọi thử tại quầy")).to_be_visible()
    expect(page.get_by_text("Số điện thoại của chính người nộp")).to_be_visible()
    assert hindrances(page, COUNTER) == []
