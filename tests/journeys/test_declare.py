"""An adult declares on a phone, with scripts and with none (issue 10, points 1, 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from backoffice.intake import drafts
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, OfficeWard
from backoffice.portal import human
from tests.factories import make_office
from tests.intake.sending import jpeg
from tests.journeys.looking import PHONE, hindrances

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return page


@pytest.fixture
def without_scripts(browser: Browser, database: None) -> Iterator[Page]:
    made = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    made.set_default_timeout(15_000)
    yield made.new_page()
    made.close()


@pytest.fixture
def office(database: None) -> None:
    with transaction() as session:
        nearest = make_office(session, "00101", name="BHXH cơ sở Ba Đình", province_code="01", email="cq@example.vn")
        session.add(OfficeWard(office_id=nearest.id, ward_code="00004"))
        make_office(session, "00114", name="BHXH huyện Thanh Trì", province_code="01")


def token_of(page: Page) -> str:
    return next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "declare")


def add_photos(page: Page) -> None:
    for name in ("ảnh chân dung", "ảnh mặt trước giấy tờ", "ảnh mặt sau giấy tờ"):
        page.get_by_label(f"Chọn hoặc chụp {name}").set_input_files(
            {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": jpeg(300, 400)}
        )
        plain = page.get_by_role("button", name=f"Gửi ảnh {name}")
        (plain if plain.is_visible() else page.get_by_role("button", name="Gửi cả ảnh, không cắt")).click()
        expect(page.get_by_role("img", name=f"{name} đã gửi")).to_be_visible()


def begin(page: Page, address: str) -> None:
    page.goto(f"{address}/declare")
    page.get_by_label("Tôi đã đọc và đồng ý").check()
    page.get_by_role("radio", name="Đăng ký tài khoản cho chính mình").check()
    page.get_by_role("button", name="Bắt đầu khai").click()


def type_in(page: Page) -> None:
    page.get_by_label("Họ và tên").fill("Nguyễn Thử Mẫu")
    page.get_by_label("Mã số BHXH").fill("012 345 6789")
    page.get_by_label("Căn cước/CCCD").check()
    page.get_by_label("Số giấy tờ").fill("001085012345")
    page.get_by_label("Số nhà, đường").fill("Số 2 phố Mẫu")
    page.get_by_label("Số điện thoại di động").fill("098 123 4567")


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Tiếp tục").click()


def declared() -> Declaration:
    with transaction() as session:
        return session.scalars(select(Declaration)).one()


def test_an_adult_declares_on_a_phone(phone: Page, address: str, office: None):
    phone.goto(f"{address}/declare")
    assert hindrances(phone) == []
    begin(phone, address)
    go_on(phone)
    expect(phone.get_by_role("alert")).to_contain_text("Chưa có họ tên")
    assert hindrances(phone, PHONE) == []

    type_in(phone)
    phone.get_by_label("Tìm xã, phường").press_sequentially("ba dinh ha noi")
    phone.get_by_role("radio", name="Phường Ba Đình, Thành phố Hà Nội").check()
    assert hindrances(phone, PHONE) == []
    go_on(phone)

    expect(phone).to_have_url(f"{address}/declare/photos")
    add_photos(phone)
    assert hindrances(phone, PHONE) == []
    go_on(phone)
    phone.get_by_role("radio", name="BHXH cơ sở Ba Đình").check()
    assert hindrances(phone, PHONE) == []
    go_on(phone)

    expect(phone.get_by_role("heading", name="Xem lại trước khi gửi")).to_be_visible()
    expect(phone.get_by_text("Đã xác nhận.")).to_be_visible()
    assert hindrances(phone, PHONE) == []
    phone.get_by_role("button", name="Gửi").click()
    expect(phone.get_by_text("Cần đánh dấu cam kết").first).to_be_visible()
    phone.get_by_label("Tôi cam kết").check()
    phone.get_by_role("button", name="Gửi").click()

    expect(phone.get_by_role("heading", name="Đã nhận tờ khai")).to_be_visible()
    assert hindrances(phone) == []
    assert declared().ward_code == "00004"
    phone.go_back()
    expect(phone.get_by_role("heading", name="Đã nhận tờ khai")).to_be_visible()
    phone.get_by_role("button", name="Xong, xóa khỏi máy này").click()
    expect(phone.get_by_role("button", name="Bắt đầu khai")).to_be_visible()


def test_what_is_typed_is_kept_without_a_press_and_survives_a_dead_line(phone: Page, address: str, office: None):
    begin(phone, address)
    with phone.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 204):
        phone.get_by_label("Họ và tên").fill("Nguyễn Thử Mẫu")  # and the caret stays there
    phone.reload()
    expect(phone.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")
    with phone.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 204):
        phone.get_by_label("Mã số BHXH").fill("0123456789")
    phone.context.set_offline(True)
    go_on(phone)
    expect(phone.get_by_text("Đang mất kết nối mạng")).to_be_visible()
    phone.context.set_offline(False)
    phone.reload()
    expect(phone.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")


def test_whose_machine_could_not_show_it_types_the_digits(phone: Page, address: str, office: None):
    begin(phone, address)
    phone.goto(f"{address}/declare/look")
    expect(phone.get_by_text("Đã xác nhận.")).to_be_visible()
    expect(phone.get_by_label("5 chữ số trong hình")).to_be_hidden()
    phone.locator("input[name=altcha]").evaluate("hidden => { hidden.value = 'x'; }")
    phone.get_by_role("button", name="Gửi").click()
    phone.get_by_label("5 chữ số trong hình").fill("1")
    assert hindrances(phone) == []


def test_an_adult_declares_without_scripts(without_scripts: Page, address: str, office: None):
    page = without_scripts
    begin(page, address)
    type_in(page)
    page.get_by_label("Tìm xã, phường").fill("phuc xa ba dinh")
    page.get_by_role("button", name="Tìm địa chỉ").click()
    page.get_by_role("radio", name="Phường Phúc Xá, Quận Ba Đình").check()
    go_on(page)
    add_photos(page)
    go_on(page)
    page.get_by_label("Tìm cơ quan khác").fill("thanh tri")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.get_by_role("radio", name="BHXH huyện Thanh Trì").check()
    go_on(page)
    page.get_by_label("Tôi cam kết").check()
    page.get_by_label("5 chữ số trong hình").fill("00000x")
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_text("Chưa xác nhận được")).to_be_visible()
    expect(page.get_by_label("Tôi cam kết")).to_be_checked()
    page.get_by_label("5 chữ số trong hình").fill(human.digits(drafts.open_draft(token_of(page)), token_of(page)))
    page.get_by_role("button", name="Gửi").click()
    expect(page.get_by_role("heading", name="Đã nhận tờ khai")).to_be_visible()
    assert declared().district_code == "001"
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Declaration)) == 1
