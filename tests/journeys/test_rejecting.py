"""A mismatch that leads to a rejection, a supplement and its return, a typing error put right (issue 4)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind, Status
from backoffice.rules.actors import Actor
from tests.desk.test_deciding import add_photo
from tests.factories import make_actor, make_declaration, make_officer
from tests.journeys.looking import violations
from tests.journeys.officers import be_signed_in
from tests.journeys.test_screens import MINE, SCAN, open_as_mine, status_of
from tests.journeys.test_the_desk_decides import sms
from tests.processes import working

pytestmark = pytest.mark.browser


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(colleague: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session, email="mau@example.vn", full_name="Nguyễn Thử Mẫu", phone="0981234567")


def card_of(declaration: Declaration, name: str = "") -> str:
    return f"{declaration.id_number}||{name or declaration.full_name}|02011985|Nam|Số 2 phố Mẫu|25042021"


def scan(page: Page, text: str) -> None:
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.evaluate(SCAN, text)


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def test_a_mismatch_found_by_the_scanner_is_rejected_by_keys_alone_and_its_slip_printed(
    page: Page, address: str, settings: Settings, declaration: Declaration
):
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    scan(page, card_of(declaration, "Trần Văn Khác"))
    expect(page.locator("#ledger")).to_contain_text("khác giấy tờ vừa quét")
    page.keyboard.press("F8")
    first = page.locator("[data-letters] .tick").first
    expect(first).to_contain_text("Họ tên khác giấy tờ xuất trình")
    expect(first).to_contain_text("gợi ý")
    expect(first.get_by_role("checkbox")).to_be_focused()
    expect(first.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("h")
    page.keyboard.press("k")
    expect(page.get_by_label("Chưa có mẫu số 01 hoặc chưa ký")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ghi thêm cho công dân")).to_be_focused()
    assert status_of(declaration) is Status.SUBMITTED
    page.keyboard.insert_text("Đề nghị mang đúng giấy tờ")
    expect(page.locator("#preview .message").first).to_contain_text("Ho ten khong khop giay to")
    expect(page.locator("#preview")).to_contain_text("Đề nghị mang đúng giấy tờ")
    promised = page.locator("#preview .message").first.inner_text()
    assert violations(page) == []
    with working(settings):
        page.keyboard.press("Alt+Enter")
        expect(page.locator("#outcome")).to_contain_text("Không chấp nhận lúc")
        expect(page.locator("#outcome")).to_contain_text("Đã đến máy")
    assert promised in [one["text"] for one in sms(settings)]
    assert kept(declaration).reasons == ["name_differs", "form01_unsigned"]
    with page.expect_popup() as opened:
        page.keyboard.press("Alt+i")
    slip = opened.value
    for said in ("Họ tên khác giấy tờ xuất trình", "Chưa có mẫu số 01 hoặc chưa ký", "Đề nghị mang đúng giấy tờ"):
        expect(slip.locator(".slip")).to_contain_text(said)
    assert violations(slip) == []
    slip.emulate_media(media="print")
    expect(slip.locator(".topbar")).to_be_hidden()
    expect(slip.get_by_role("button", name="In phiếu")).to_be_hidden()


def test_which_photo_cannot_be_used_is_ticked_below_its_reason(page: Page, address: str, declaration: Declaration):
    add_photo(declaration, PhotoKind.PORTRAIT)
    add_photo(declaration, PhotoKind.ID_BACK, "blurred")
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F8")
    expect(page.get_by_role("checkbox", name="mặt sau")).to_be_hidden()
    page.keyboard.press("p")
    expect(page.get_by_role("checkbox", name="chân dung", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("#preview .message").first).to_contain_text("Anh mat sau mo, loa, mat goc")
    page.keyboard.press("p")
    expect(page.get_by_role("checkbox", name="mặt sau")).to_be_hidden()
    assert not page.locator('[name="photos"]:checked').count()


def test_a_supplement_is_previewed_printed_and_on_its_return_approved(
    page: Page, address: str, settings: Settings, declaration: Declaration
):
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F7")
    expect(page.get_by_label("Còn thiếu gì")).to_be_focused()
    page.keyboard.insert_text("Ký lại mẫu số 01")
    expect(page.locator("#supplement-preview .message").first).to_contain_text("can bo sung: Ky lai mau so 01.")
    promised = page.locator("#supplement-preview .message").first.inner_text()
    with working(settings):
        page.keyboard.press("Alt+Enter")
        expect(page.locator("#caption")).to_contain_text("Chờ bổ sung")
        expect(page.locator("#outcome")).to_contain_text("Đã đến máy")
    assert promised in [one["text"] for one in sms(settings)]
    with page.expect_popup() as opened:
        page.keyboard.press("Alt+i")
    expect(opened.value.locator(".slip")).to_contain_text("Ký lại mẫu số 01")
    opened.value.close()

    page.keyboard.press("F3")  # another day: the slip's QR opens the file of whoever is back with it
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(declaration.receipt_code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(declaration.full_name)
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()
    expect(page.locator("#caption")).to_contain_text("Đã nộp, đang giải quyết")
    scan(page, card_of(declaration, declaration.full_name))
    expect(page.locator("#ledger")).to_contain_text("quét, trùng")
    expect(page.locator("#why_not")).to_contain_text("Còn thiếu")
    for item in range(1, 9):
        page.keyboard.press(f"Alt+{item}")
    expect(page.locator("#why_not")).to_have_text("Đã đủ để duyệt.")
    page.keyboard.press("F9")
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")


def test_a_typing_error_is_put_right_and_the_scan_then_agrees(page: Page, address: str, declaration: Declaration):
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    scan(page, card_of(declaration, "Nguyễn Thử Mão"))
    expect(page.locator("#ledger")).to_contain_text("khác giấy tờ vừa quét")
    page.keyboard.press("Alt+c")
    page.get_by_label("Mục cần sửa").select_option("full_name")
    expect(page.get_by_label("Nội dung đúng")).to_have_value("Nguyễn Thử Mẫu")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sửa theo giấy tờ: Họ tên").click()
    expect(page.get_by_label("Mục cần sửa")).to_have_value("full_name")
    expect(page.get_by_label("Nội dung đúng")).to_have_value("Nguyễn Thử Mão")
    page.get_by_label("Vì sao sửa").fill("Bàn phím sửa chữ")
    page.get_by_label("Người khai có mặt và đồng ý sửa").check()
    page.keyboard.press("Alt+Enter")
    expect(page.locator("#caption h1")).to_have_text("Nguyễn Thử Mão")
    expect(page.locator("#facts")).to_contain_text("in lại mẫu số 01")
    expect(page.locator("#history")).to_contain_text("Sửa họ tên: “Nguyễn Thử Mẫu” → “Nguyễn Thử Mão”")
    expect(page.locator("#ledger")).not_to_contain_text("khác giấy tờ vừa quét")
    expect(page.locator("#facts").get_by_role("link", name="Xem, in mẫu số 01")).to_be_focused()
    assert violations(page) == []


@pytest.mark.parametrize("act", ["F2", "F6", "Alt+1"])
def test_no_act_moves_the_buttons_that_decide(page: Page, address: str, declaration: Declaration, act: str):
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    if act != "F2":
        open_as_mine(page, address, declaration)
    places = ("approve", "supplement", "reject", "present")
    before = {name: page.locator(f".place-{name}").bounding_box() for name in places}
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press(act)
    expect(page.locator(".busy")).to_have_count(0)
    after = {name: page.locator(f".place-{name}").bounding_box() for name in before}
    assert after == before
