"""Help at the desk: an adult who has nobody to fill in the form for them, then her child, in one sitting (issue 10)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from backoffice.decision.entered import note_approval, note_entry
from backoffice.intake import drafts
from backoffice.kernel.db import transaction
from backoffice.models import Channel, DeskEntry, PhotoKind, Role, Status
from backoffice.rules.actors import Actor, officer_actor
from tests.assisted.entering import ADULT, CHILD, photo
from tests.factories import make_account, make_declaration, make_officer
from tests.intake.sending import CARD
from tests.journeys.looking import COUNTER, hindrances
from tests.journeys.officers import be_signed_in
from tests.journeys.test_screens import SCAN

pytestmark = pytest.mark.browser


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def desk(page: Page, address: str, officer: Actor) -> Page:
    page.set_viewport_size({"width": COUNTER[0], "height": COUNTER[1]})
    be_signed_in(page, address)
    page.goto(f"{address}/desk/new")
    return page


def scan(page: Page, text: str) -> None:
    """As a USB scanner types, whatever else the machine does."""
    page.evaluate(SCAN, text)


def agree(page: Page) -> None:
    page.get_by_label("Cho xử lý dữ liệu").check()
    page.get_by_label("Cam kết").check()


def add_photos(page: Page, officer: Actor, *kinds: PhotoKind) -> None:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "desk_draft")
    for kind in kinds:
        drafts.put_photo(token, photo(kind), officer)


def test_an_adult_is_helped(desk: Page, officer: Actor):
    desk.get_by_label("Họ và tên").fill("Nguyễn Thử Mầu")
    scan(desk, CARD)
    expect(desk.get_by_label("Số giấy tờ", exact=True)).to_have_value("001085012345")
    expect(desk.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mầu")
    desk.get_by_role("button", name="Lấy theo thẻ").click()
    expect(desk.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")
    desk.keyboard.press("F9")
    expect(desk.get_by_role("alert").first).to_contain_text("Chưa lập được tờ khai")
    assert not hindrances(desk)
    desk.get_by_label("Mã số BHXH").fill("0123456789")
    desk.get_by_label("Tìm xã, phường").fill("phuc xa ba dinh")
    expect(desk.locator("#places input")).to_have_count(1)
    desk.get_by_label(re.compile("Phường Phúc Xá, Quận Ba Đình")).check()
    desk.get_by_label("Số nhà, đường").fill("Số 2 phố Mẫu")
    desk.get_by_label("Số điện thoại").fill("0981234567")
    agree(desk)
    desk.get_by_role("button", name=re.compile("Chụp, chọn ảnh.*chân dung")).click()
    desk.get_by_role("button", name="Đưa mã QR").click()
    expect(desk.get_by_alt_text("Mã QR mở trang gửi ảnh")).to_be_visible()
    assert not hindrances(desk)
    add_photos(desk, officer, *ADULT)
    desk.get_by_role("link", name="Về tờ khai đang lập").click()
    expect(desk.get_by_role("img", name="Ảnh chân dung")).to_be_visible()
    desk.keyboard.press("F9")
    expect(desk.get_by_text("Đã lập tờ khai và nhận hồ sơ")).to_be_visible()
    expect(desk.get_by_role("link", name=re.compile("Xem, in mẫu số 01"))).to_be_visible()


def test_a_mother_and_her_child_in_one_sitting(desk: Page, officer: Actor):
    """D11: her card proves her; her account tells address and phone."""
    with transaction() as session:
        make_account(session, id_number="001085012345", phone="0981234560")
    scan(desk, CARD)
    desk.get_by_role("button", name="Khai cho con").click()
    expect(desk.get_by_role("heading", name="Người con")).to_be_visible()
    desk.get_by_label("Họ và tên").fill("Nguyễn Thử Con")
    desk.get_by_label("Mã số BHXH").fill("0199887766")
    desk.get_by_label("Ngày sinh").fill("02/03/2024")
    agree(desk)
    assert not hindrances(desk)
    desk.keyboard.press("F9")
    expect(desk.get_by_role("alert").first).to_contain_text("còn 2 mục")
    add_photos(desk, officer, *CHILD)
    desk.keyboard.press("F9")
    expect(desk.get_by_text("Đã lập tờ khai và nhận hồ sơ")).to_be_visible()
    expect(desk.get_by_role("heading", name="Nguyễn Thử Con")).to_be_visible()


def test_what_is_sent_while_it_is_being_kept_is_sent_after_it(desk: Page):
    """The line is slow: the press waits for what is on its way, and is not lost."""
    held: list[Route] = []

    def hold_back(route: Route) -> None:
        if "save" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    scan(desk, CARD)
    expect(desk.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")
    expect(desk.locator("html.scripted")).to_be_attached()
    desk.route("**/desk/new", hold_back)
    with desk.expect_request(lambda request: "save" in (request.post_data or "")):
        desk.get_by_label("Số nhà, đường").fill("Số 2 phố Mẫu")
        agree(desk)
    desk.keyboard.press("F9")
    expect(desk.get_by_role("button", name="Lập tờ khai, nhận hồ sơ")).to_be_enabled()
    held[0].continue_()
    expect(desk.get_by_role("alert").first).to_contain_text("Chưa lập được tờ khai")
    expect(desk.get_by_label("Số nhà, đường")).to_have_value("Số 2 phố Mẫu")


def test_a_supervisor_checks_the_sample(page: Page, address: str, officer: Actor):
    for _ in range(2):
        with transaction() as session:
            made = make_declaration(session, channel=Channel.DESK, status=Status.APPROVED)
            note_entry(session, made, officer)
            note_approval(session, made, officer)
            session.get_one(DeskEntry, made.id).draw = 0
    with transaction() as session:
        make_officer(session, "lanhdao", role=Role.SUPERVISOR)
    be_signed_in(page, address, "lanhdao")
    page.goto(f"{address}/desk/samples")
    page.get_by_role("button", name="Có điều cần xem lại").first.click()
    expect(page.get_by_text("Xin ghi điều cần xem lại")).to_be_visible()
    page.get_by_label("Ghi chú").first.fill("Chữ ký khác mẫu.")
    page.get_by_role("button", name="Có điều cần xem lại").first.click()
    expect(page.get_by_role("cell", name="Chữ ký khác mẫu.")).to_be_visible()
    assert not hindrances(page)
