"""The screens as hands and eyes meet them: who cannot see, who is clumsy, who is in a hurry (screens.md)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Role, Status
from backoffice.rules.actors import Actor
from tests.factories import make_account, make_actor, make_declaration, make_office, make_officer, verify_all
from tests.journeys.lines import intercept
from tests.journeys.looking import DOUBLED, hindrances
from tests.journeys.officers import be_signed_in, sign_in

pytestmark = pytest.mark.browser
SCAN = """text => {  // as a scanner types: faster than any hand, whatever this machine has to do besides
  const press = name => new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true});
  const key = name => document.activeElement.dispatchEvent(press(name));
  const inField = () => document.activeElement.matches("input, textarea");
  const put = text => inField() && document.execCommand("insertText", false, text);
  for (const letter of text) if (key(letter)) put(letter);
  if (key("Enter")) put("\\n");
}"""
MINE = "Tôi đang giữ hồ sơ này"


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        make_officer(session, "kiemtra", role=Role.AUDITOR, office=make_office(session, "000"))
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(colleague: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session, email="mau@example.vn")
        verify_all(session, made, colleague)
        return made


def open_as_mine(page: Page, address: str, declaration: Declaration) -> None:
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text(MINE)).to_be_visible()
    expect(page.locator(".busy, .htmx-request")).to_have_count(0)  # a key pressed on what is at work does nothing


class Looks:
    """Looks at a page in one state after the other and keeps what hinders somebody, by the name of the state."""

    def __init__(self, page: Page, address: str) -> None:
        self._page, self._address = page, address
        self.found: dict[str, list[str]] = {}

    def __call__(self, state: str) -> None:
        if hindered := hindrances(self._page):
            self.found[state] = hindered

    def at(self, state: str, path: str) -> None:
        """Go there and look."""
        self._page.goto(self._address + path)
        self(state)


def status_of(declaration: Declaration) -> Status:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id).status


def test_nothing_hinders_who_signs_in_or_has_no_business_here(page: Page, address: str, colleague: Actor):
    look = Looks(page, address)
    look.at("sign-in", "/login")
    page.get_by_label("Tên đăng nhập").fill("tieptan")
    page.get_by_label("Mật khẩu").fill("sai")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    look("wrong password")
    be_signed_in(page, address, "kiemtra")
    page.goto(address)
    expect(page.get_by_text("Vai trò này không tiếp nhận hồ sơ.")).to_be_visible()
    look("home")
    look.at("not permitted", "/desk")
    assert look.found == {}


def test_nothing_hinders_who_looks_for_somebody(page: Page, address: str, declaration: Declaration):
    with transaction() as session:
        make_declaration(session)
        code = make_account(session).bhxh_code
    look = Looks(page, address)
    sign_in(page, address)
    look("queue")
    look.at("empty queue", "/desk?list=rejected_today")
    for state, text in {"several": "nguyen", "none": "0199999999", "unclear": "0912", "account": code}.items():
        page.goto(f"{address}/desk")
        page.locator("#q").fill(text)
        page.keyboard.press("Enter")
        page.wait_for_selector("#results")
        look(f"search: {state}")
    look.at("not found", "/desk/khong-co")
    look.at("sandbox", "/sandbox")
    assert look.found == {}


def test_nothing_hinders_on_what_others_hold_or_have_settled(page: Page, address: str, colleague: Actor):
    with transaction() as session:
        theirs, waiting, rejected = (make_declaration(session) for _ in range(3))
    for other in (theirs, waiting, rejected):
        decide.claim(other.receipt_code, colleague)
    decide.supplement(waiting.receipt_code, colleague, "Chụp lại mặt sau")
    decide.reject(rejected.receipt_code, colleague, ["id_invalid"], "")
    look = Looks(page, address)
    be_signed_in(page, address)
    look.at("another's", f"/desk/{theirs.receipt_code}")
    look.at("waiting for supplement", f"/desk/{waiting.receipt_code}")
    look.at("rejected", f"/desk/{rejected.receipt_code}")
    assert look.found == {}


def test_nothing_hinders_who_decides(page: Page, address: str, declaration: Declaration):
    look = Looks(page, address)
    be_signed_in(page, address)
    look.at("unclaimed", f"/desk/{declaration.receipt_code}")
    open_as_mine(page, address, declaration)
    look("mine")
    page.keyboard.press("F8")
    page.get_by_role("button", name="Không chấp nhận và gửi thông báo").click()
    expect(page.locator("#reasons-fault")).to_be_visible()
    look("reject: fault")
    page.get_by_label("Giấy tờ hết hạn hoặc hư hỏng").check()
    expect(page.locator("#preview .message").first).to_be_visible()
    look("reject: preview")
    page.keyboard.press("Escape")
    page.keyboard.press("F9")
    expect(page.locator("#ask")).to_be_visible()
    look("question")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+l")
    expect(page.locator("#lock")).to_be_visible()
    look("locked")
    assert look.found == {}


def test_an_approval_in_doubt_asks_first_and_the_key_pressed_twice_approves_nothing(
    page: Page, address: str, declaration: Declaration
):
    """K1: who approves before the dossier is handed in is asked; Enter then goes back."""
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F9")
    page.keyboard.press("F9")
    expect(page.locator("#ask_text")).to_contain_text("chưa được ghi là đã nộp")
    page.keyboard.press("Enter")
    expect(page.locator("#ask")).to_be_hidden()
    assert status_of(declaration) is Status.SUBMITTED
    page.keyboard.press("F9")
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.locator("#outcome")).to_contain_text("Đã duyệt lúc")
    assert status_of(declaration) is Status.APPROVED


def test_a_code_scanned_while_a_note_is_written_stays_out_of_the_note(
    page: Page, address: str, declaration: Declaration, colleague: Actor
):
    with transaction() as session:
        following = make_declaration(session, full_name="Lê Văn Sau").receipt_code
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F7")
    expect(page.get_by_label("Còn thiếu gì")).to_be_focused()
    page.keyboard.insert_text("Chụp lại mặt sau")
    page.evaluate(SCAN, following)
    expect(page.get_by_text("Mẫu số 01 vừa quét là của hồ sơ khác")).to_be_visible()
    expect(page.get_by_label("Còn thiếu gì")).to_have_value("Chụp lại mặt sau")
    page.get_by_role("link", name="Mở hồ sơ đó").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Sau")


def test_going_back_to_what_a_search_found_never_asks_to_send_again(
    page: Page, address: str, declaration: Declaration, colleague: Actor
):
    with transaction() as session:
        make_declaration(session)
    sign_in(page, address)
    page.locator("#q").fill("nguyen")
    page.keyboard.press("Enter")
    page.wait_for_selector("#results")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#caption")
    page.go_back()
    expect(page.locator("#counts")).to_be_visible()


def test_a_key_that_cannot_work_now_says_why(page: Page, address: str, declaration: Declaration):
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F9")
    expect(page.locator("#banner")).to_contain_text("Bấm “Nhận xử lý” để bắt đầu.")


def test_a_refusal_moves_no_button_under_the_hand(page: Page, address: str, declaration: Declaration):
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    button = page.get_by_role("button", name="Đã nộp hồ sơ")
    before = button.bounding_box()
    page.keyboard.press("F9")
    expect(page.locator("#banner .banner")).to_be_visible()
    assert button.bounding_box() == before


def test_after_an_act_tab_goes_on_where_the_hands_were(page: Page, address: str, declaration: Declaration):
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Thôi giữ")).to_be_focused()


def test_a_field_left_empty_is_asked_for_in_vietnamese(page: Page, address: str, declaration: Declaration):
    """Whatever the language of the browser."""
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F7")
    page.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
    note = page.get_by_label("Còn thiếu gì")
    assert note.evaluate("field => field.validationMessage") == "Xin nhập mục này."
    note.fill("Chữ ký")
    page.get_by_role("button", name="Ghi và trả hồ sơ để bổ sung").click()
    expect(page.locator("#work .standing")).to_contain_text("Chữ ký")


def test_a_supervisor_is_asked_before_a_colleague_loses_the_file(
    page: Page, address: str, declaration: Declaration, colleague: Actor
):
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR)
    decide.claim(declaration.receipt_code, colleague)
    be_signed_in(page, address, "giamsat")
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F4")
    expect(page.locator("#ask_text")).to_contain_text("Trần Thị Lan đang xử lý hồ sơ này")
    page.get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Chưa ai xử lý hồ sơ này.")).to_be_visible()


def test_the_message_of_a_rejection_is_in_sight_while_its_reason_is_chosen(
    page: Page, address: str, declaration: Declaration
):
    """At 1366×768, nothing scrolled by hand."""
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F8")
    page.get_by_label("Giấy tờ hết hạn hoặc hư hỏng").check()
    expect(page.locator("#preview .message").first).to_be_visible()
    page.wait_for_function(
        """() => document.querySelector("#preview .message").getBoundingClientRect().bottom
            <= document.querySelector(".unfold[open] .acts").getBoundingClientRect().top"""
    )


def test_an_act_says_what_it_changed_also_to_who_does_not_see_it(page: Page, address: str, declaration: Declaration):
    """WCAG 4.1.3."""
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    said = page.locator("#said")
    page.keyboard.press("F2")
    expect(said).to_contain_text(MINE)
    page.keyboard.press("F6")
    expect(page.locator("#caption")).to_contain_text("đã nộp")
    page.keyboard.press("F9")
    expect(said).to_contain_text("Đã duyệt lúc")


def test_the_page_is_not_left_before_an_act_has_its_answer(page: Page, address: str, declaration: Declaration):
    """It would be a guess whether it was done."""
    held: list[Route] = []
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    intercept(page, "**/present", lambda route: held.append(route))
    page.keyboard.press("F6")
    expect(page.locator("#banner")).to_contain_text("Đang ghi…")
    page.keyboard.press("F3")
    expect(page.locator("#banner")).to_contain_text("Xin đợi trả lời rồi mới sang trang khác")
    held[0].continue_()
    expect(page.locator("#caption")).to_contain_text("đã nộp")
    expect(page.locator("#banner")).not_to_contain_text("Đang ghi")
    page.keyboard.press("F3")
    page.wait_for_url(f"{address}/desk")


def test_what_is_corrected_is_chosen_by_arrow_keys(page: Page, address: str, declaration: Declaration):
    """WCAG 3.2.2: choosing moves nothing."""
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("Alt+c")
    choice = page.get_by_label("Mục cần sửa")
    expect(choice).to_be_focused()
    first = choice.input_value()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(choice).to_be_focused()
    assert choice.input_value() != first


def test_at_200_percent_what_an_act_changed_is_in_sight(page: Page, address: str, declaration: Declaration):
    page.set_viewport_size({"width": DOUBLED[0], "height": DOUBLED[1]})
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    expect(page.locator("#claim").get_by_text(MINE)).to_be_in_viewport()
    page.keyboard.press("F6")
    expect(page.locator("#decision")).to_be_in_viewport()


def test_in_high_contrast_a_tick_is_the_systems_own(page: Page, address: str, declaration: Declaration):
    page.emulate_media(forced_colors="active")
    be_signed_in(page, address)
    open_as_mine(page, address, declaration)
    page.keyboard.press("F8")
    tick = page.get_by_label("Giấy tờ hết hạn hoặc hư hỏng")
    assert tick.evaluate("tick => getComputedStyle(tick).appearance") == "auto"


def test_no_row_of_the_queue_that_has_the_focus_lies_under_the_foot(page: Page, address: str, colleague: Actor):
    """WCAG 2.4.11."""
    with transaction() as session:
        for _ in range(24):
            make_declaration(session)
    sign_in(page, address)
    for _ in range(24):
        page.keyboard.press("ArrowDown")
        free = page.evaluate(
            "() => document.activeElement.closest('tr').getBoundingClientRect().bottom"
            " <= document.querySelector('.foot').getBoundingClientRect().top + 1"
        )
        assert free
