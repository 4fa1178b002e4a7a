"""Scan, compare, verify, approve: the counter as hands know it (issue 4, items 1 to 3; K6)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from backoffice.decision import actions as decide
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import Account, Declaration, How, Item, Status
from backoffice.rules.actors import Actor
from tests.decision.test_ledger import card_of, entries
from tests.factories import make_actor, make_declaration, make_officer, verify_all
from tests.journeys.lines import intercept
from tests.journeys.looking import hindrances
from tests.journeys.officers import sign_in
from tests.journeys.test_screens import SCAN

pytestmark = pytest.mark.browser
MINE = "Tôi đang giữ hồ sơ này"
COVERED = """() => {  // whether the acts that decide lie over the last line
  const foot = document.querySelector("#item-phone").getBoundingClientRect().bottom;
  return foot > document.querySelector("#decision").getBoundingClientRect().top + 1;
}"""


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(colleague: Actor) -> Declaration:
    with transaction() as session:
        return make_declaration(session, email="mau@example.vn")


def scan(page: Page, text: str) -> None:
    """As a USB scanner types: no hand is so fast, and Enter at the end."""
    page.evaluate(SCAN, text)


def bare(declaration: Declaration, **said: str) -> str:
    """The declared person's CCCD by a scanner that sends no diacritics."""
    text = card_of(declaration, **{"name": "NGUYEN THU MAU", **said})
    return text.replace("Số 2 phố Mẫu", "SO 2 PHO MAU")


def health_card(declaration: Declaration) -> str:
    validity = "01 - 061|01/01/2025|-|15/12/2024|01|-|4|01/01/2030|15cb-71|$"
    return f"{declaration.bhxh_code}|NGUYEN THU MAU|02/01/1985|1|-|{validity}"


def line(page: Page, item: str) -> Locator:
    return page.locator(f"#item-{item}")


def at_the_queue(page: Page, address: str) -> None:
    sign_in(page, address)
    expect(page.locator("#q")).to_be_focused()


def opened_as_mine(page: Page, address: str, declaration: Declaration) -> None:
    at_the_queue(page, address)
    scan(page, declaration.receipt_code)
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()


def confirm(page: Page) -> None:
    """Answer the question that an approval in doubt asks."""
    page.get_by_role("button", name="Đồng ý").click()


def test_an_approval_by_scanner_with_one_override(page: Page, address: str, declaration: Declaration):
    """Form 01, the ID, the health card; one item differs and is taken for a reason; four keys; approved."""
    at_the_queue(page, address)
    scan(page, declaration.receipt_code)
    expect(page.get_by_role("heading", level=1)).to_have_text(declaration.full_name)
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()
    expect(page.locator("#caption")).to_contain_text("đã nộp")

    scan(page, bare(declaration, birth="20011985"))
    expect(line(page, "name")).to_contain_text("quét, trùng")
    expect(line(page, "id_number")).to_contain_text("quét, trùng")
    expect(line(page, "date_of_birth")).to_contain_text("sửa hoặc ghi lý do")
    birth = page.locator("#compare tr.differs", has_text="Ngày sinh")
    expect(birth.locator("mark")).to_have_text(["02", "20"])
    expect(page.locator("#compare")).to_contain_text("máy quét không gửi dấu")

    page.keyboard.press("Alt+3")
    reason = line(page, "date_of_birth").get_by_label("Lý do chấp nhận")
    expect(reason).to_be_focused()
    page.keyboard.insert_text("Thẻ in sai, có giấy xác nhận của công an")
    page.keyboard.press("Enter")
    expect(line(page, "date_of_birth")).to_contain_text("có lý do ·")

    scan(page, health_card(declaration))
    expect(line(page, "bhxh_code")).to_contain_text("quét, trùng")
    for digit in "5678":
        page.keyboard.press(f"Alt+{digit}")
    expect(page.locator("#ledger_title")).to_contain_text("8/8")
    page.keyboard.press("F9")
    confirm(page)
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")

    found = entries(declaration)
    assert {item for item, entry in found.items() if entry.how is How.SCANNED} == {
        *(Item.NAME, Item.ID_NUMBER, Item.BHXH_CODE),
    }
    assert found[Item.DATE_OF_BIRTH].how is How.OVERRIDDEN
    with transaction() as session:
        assert session.query(Account).filter_by(declaration_id=declaration.id).count() == 1
    expect(page.locator("#history")).to_contain_text("Quét Căn cước/CCCD: trùng họ tên, số giấy tờ; khác ngày sinh")


def test_what_is_being_written_survives_scans_and_ticks(page: Page, address: str, declaration: Declaration):
    opened_as_mine(page, address, declaration)
    page.keyboard.press("F7")
    note = page.get_by_label("Còn thiếu gì")
    expect(note).to_be_focused()
    page.keyboard.insert_text("Chụp lại mặt sau")
    scan(page, bare(declaration))
    expect(line(page, "name")).to_contain_text("quét, trùng")
    page.keyboard.press("Alt+5")
    expect(line(page, "portrait")).to_contain_text("đã xem")
    expect(note).to_have_value("Chụp lại mặt sau")
    expect(note).to_be_focused()


def test_what_is_pressed_and_scanned_while_the_page_is_being_built_is_not_lost(
    page: Page, address: str, declaration: Declaration
):
    """A slow line, a quick hand: the page shows, the scripts that answer are still on their way."""
    opened_as_mine(page, address, declaration)
    late: list[Route] = []
    page.route("**/static/keys.js*", lambda route: late.append(route))
    page.reload(wait_until="commit")
    expect(line(page, "portrait")).to_be_visible()
    page.keyboard.press("Alt+5")
    scan(page, bare(declaration))
    late[0].continue_()
    expect(line(page, "portrait")).to_contain_text("đã xem")
    expect(line(page, "name")).to_contain_text("quét, trùng")


def test_alt_and_a_digit_says_seen_and_takes_it_back(page: Page, address: str, declaration: Declaration):
    opened_as_mine(page, address, declaration)
    page.keyboard.press("Alt+5")
    expect(line(page, "portrait")).to_contain_text("đã xem")
    page.keyboard.press("Alt+5")
    expect(line(page, "portrait")).not_to_contain_text("đã xem")
    assert Item.PORTRAIT not in entries(declaration)


def test_a_form_01_of_somebody_else_is_told_and_opens_by_its_link(page: Page, address: str, declaration: Declaration):
    with transaction() as session:
        other = make_declaration(session, full_name="Lê Văn Sau")
    opened_as_mine(page, address, declaration)
    scan(page, other.receipt_code)
    expect(page.locator("#ledger_said")).to_contain_text("là của hồ sơ khác")
    page.get_by_role("link", name="Mở hồ sơ đó").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Sau")


def test_a_damaged_scan_says_what_could_not_be_read(page: Page, address: str, declaration: Declaration):
    opened_as_mine(page, address, declaration)
    scan(page, f"{declaration.id_number}||NGUYEN THU MAU|")
    expect(page.locator("#ledger_said")).to_contain_text("Không đọc được ngày sinh")
    expect(line(page, "name")).to_contain_text("quét, trùng")


def test_without_a_scanner_the_number_is_typed(page: Page, address: str, declaration: Declaration):
    opened_as_mine(page, address, declaration)
    page.keyboard.press("Alt+0")
    field = page.get_by_label("Số giấy tờ, số thẻ BHYT, hoặc nội dung mã QR")
    expect(field).to_be_focused()
    field.fill("12345")
    page.keyboard.press("Enter")
    expect(page.locator("#ledger_said")).to_contain_text("5 chữ số")
    expect(field).to_have_value("12345")
    field.fill(declaration.id_number)
    page.keyboard.press("Enter")
    expect(line(page, "id_number")).to_contain_text("quét, trùng")
    expect(field).to_be_hidden()


def test_a_scan_after_the_decision_looks_for_the_next_person(page: Page, address: str, declaration: Declaration):
    with transaction() as session:
        following = make_declaration(session, full_name="Lê Văn Sau")
    opened_as_mine(page, address, declaration)
    with transaction() as session:
        verify_all(session, declaration, make_actor(session))
    page.reload()
    page.keyboard.press("F9")
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
    scan(page, following.receipt_code)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Sau")
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()


def test_in_a_colleagues_hands_form_01_only_opens(page: Page, address: str, declaration: Declaration, colleague: Actor):
    decide.claim(declaration.receipt_code, colleague)
    at_the_queue(page, address)
    scan(page, declaration.receipt_code)
    expect(page.get_by_text("Trần Thị Lan đang xử lý")).to_be_visible()
    expect(page.locator("#caption")).not_to_contain_text("đã nộp")
    page.keyboard.press("Alt+5")
    expect(page.locator("#banner")).to_contain_text("Chưa làm được việc này")


def test_an_unknown_form_01_is_looked_for(page: Page, address: str, declaration: Declaration):
    at_the_queue(page, address)
    scan(page, new_receipt_code())
    expect(page.get_by_role("heading", level=1)).to_contain_text("mã hồ sơ")
    with transaction() as session:
        assert session.get_one(Declaration, declaration.id).status is Status.SUBMITTED


def test_ledger_and_decision_fit_the_counters_screen(page: Page, address: str, declaration: Declaration):
    """1366×768: eight lines and the acts without scrolling, untouched and with a difference."""
    opened_as_mine(page, address, declaration)
    for text in ("", bare(declaration, birth="20011985")):
        if text:
            scan(page, text)
            expect(line(page, "date_of_birth")).to_contain_text("sửa hoặc ghi lý do")
        for element in (line(page, "name"), line(page, "phone"), page.get_by_role("button", name="Duyệt")):
            expect(element).to_be_in_viewport(ratio=1)
        assert page.evaluate(COVERED) is False


def test_yes_means_yes_though_the_page_was_drawn_anew_while_it_asked(
    page: Page, address: str, declaration: Declaration, colleague: Actor
):
    opened_as_mine(page, address, declaration)
    scan(page, bare(declaration, birth="20011985"))
    expect(line(page, "date_of_birth")).to_contain_text("sửa hoặc ghi lý do")
    page.keyboard.press("Alt+3")
    expect(line(page, "date_of_birth").get_by_label("Lý do chấp nhận")).to_be_focused()
    page.keyboard.insert_text("Thẻ in sai, có giấy xác nhận của công an")
    page.keyboard.press("Enter")
    expect(line(page, "date_of_birth")).to_contain_text("có lý do ·")
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), colleague)
    _draw_anew(page)
    expect(page.locator("#ledger_title")).to_contain_text("8/8")
    page.keyboard.press("F9")
    _draw_anew(page)
    confirm(page)
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")


def test_what_an_act_overtook_is_asked_for_again(page: Page, address: str, declaration: Declaration):
    opened_as_mine(page, address, declaration)
    held: list[Route] = []
    intercept(page, "**/work", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/work"):
        page.evaluate("htmx.trigger('[data-work]', 'refresh')")
    page.keyboard.press("Alt+5")
    expect(line(page, "portrait")).to_contain_text("đã xem")
    with page.expect_request("**/work"):
        held[0].fulfill(status=200, content_type="text/html", body='<div id="work">cũ</div>')
    expect(line(page, "portrait")).to_contain_text("đã xem")


def _draw_anew(page: Page) -> None:
    with page.expect_response("**/work"):
        page.evaluate("htmx.trigger('[data-work]', 'refresh')")


def test_every_state_of_the_ledger_is_accessible_and_no_wider_than_its_window(
    page: Page, address: str, declaration: Declaration
):
    def look(state: str) -> None:
        assert hindrances(page) == [], state

    opened_as_mine(page, address, declaration)
    look("nothing verified")
    scan(page, bare(declaration, birth="20011985"))
    expect(line(page, "date_of_birth")).to_contain_text("sửa hoặc ghi lý do")
    page.keyboard.press("Alt+5")
    expect(line(page, "portrait")).to_contain_text("đã xem")
    look("scanned, one differs")
    page.keyboard.press("Alt+3")
    look("asked for a reason")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+0")
    look("typing the number")
    page.goto(f"{address}/desk/{declaration.receipt_code}/ledger")
    look("the sheet")
