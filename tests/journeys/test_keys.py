"""Every act has a key, and the focus is where the next act is (issue 4.10; WCAG 2.1.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice.config import ROOT
from backoffice.kernel.db import transaction
from tests.factories import make_declaration, make_officer
from tests.journeys.counter import SEARCH_BOX, Counter, counter_in
from tests.journeys.looking import violations
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser

LIST = re.sub(r"\{#.*?#\}", "", (ROOT / "templates" / "keys.html").read_text(), flags=re.DOTALL)
PAGE = f"""{SEARCH_BOX}<main tabindex="-1" data-scan-url="/scan" data-scan-target="#part">
<section aria-labelledby="title"><h2 id="title">Giải quyết</h2>
  <form id="approval" method="post" action="/approve"><button data-key="F9">Duyệt <kbd>F9</kbd></button></form>
  <button id="reject" data-key="F8" data-why="Hồ sơ đang do Lan giữ." disabled>Không chấp nhận <kbd>F8</kbd></button>
  <button id="tick" type="button" data-key="Alt+1" data-key-group="Xác minh">Họ tên trùng giấy tờ</button>
  <details><summary>Khác</summary><button data-key="F6">Trong phần gập lại</button></details>
  <input id="number" data-key="Alt+o" data-key-label="Gõ số giấy tờ">
</section>
<textarea id="note"></textarea><div id="stage" data-photo tabindex="0"></div>
<button id="fetch" hx-get="/part" hx-target="#part">Lấy</button>
<button id="poll" data-quiet hx-get="/part" hx-target="#part">Tự lấy</button><div id="part"></div>
<dialog id="ask"><button id="yes" data-key="F2">Đồng ý</button></dialog></main>{LIST}"""
WATCH = """() => { window.told = []; window.clicked = [];
  document.addEventListener("say", event => told.push(event.detail.text));
  document.addEventListener("photo-key", event => told.push(event.detail));
  document.addEventListener("click", event => { clicked.push(event.target.dataset.key); });
  document.querySelector("#approval").addEventListener("submit", event => event.preventDefault()); }"""


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Counter]:
    with counter_in(browser) as made:
        yield made


@pytest.fixture
def counter(window: Counter) -> Counter:
    window.clear()
    window.answers["/scan"] = '<div id="part"></div>'
    window.answers["/part"] = (
        '<div id="part"><button>Trước</button><button id="next" data-focus-here>Tiếp</button></div>'
    )
    window.open(PAGE)
    window.page.evaluate(WATCH)
    return window


def told(counter: Counter) -> list[str]:
    counter.wait(300)
    found: list[str] = counter.page.evaluate("told")
    return found


def clicked(counter: Counter) -> list[str]:
    counter.wait(300)
    found: list[str] = counter.page.evaluate("clicked.filter(Boolean)")
    return found


def press(counter: Counter, *keys: str) -> None:
    for key in keys:
        counter.page.keyboard.press(key)


def test_the_markup_alone_says_what_a_key_does(counter: Counter):
    press(counter, "F9", "Alt+1", "F7")
    assert clicked(counter) == ["F9", "Alt+1"]
    press(counter, "Alt+o")
    assert counter.focused() == "number"


def test_function_keys_work_from_within_a_field_and_letters_stay_in_it(counter: Counter):
    counter.page.locator("#note").focus()
    counter.types("a/b? 1")
    press(counter, "F9")
    assert (clicked(counter), counter.value("#note")) == (["F9"], "a/b? 1")


def test_a_layout_that_has_other_signs_on_its_digits_has_the_same_keys(counter: Counter):
    """The Vietnamese layout has ă on the key of 1; but Alt and the number pad make characters."""
    for key, code, pad in (("ă", "Digit1", False), ("1", "Numpad1", True)):
        event = {"type": "rawKeyDown", "modifiers": 1, "key": key, "code": code, "isKeypad": pad}
        counter.wire().send("Input.dispatchKeyEvent", event)
    assert clicked(counter) == ["Alt+1"]


def test_a_key_whose_act_is_not_possible_now_says_why(counter: Counter):
    press(counter, "F8")
    assert (clicked(counter), told(counter)) == ([], ["Chưa làm được việc này. Hồ sơ đang do Lan giữ."])


def test_a_key_does_nothing_while_its_act_is_under_way(counter: Counter):
    counter.page.locator("#approval").evaluate("form => form.classList.add('busy')")
    press(counter, "F9")
    assert (clicked(counter), told(counter)) == ([], [])


def test_what_is_folded_away_does_not_answer(counter: Counter):
    press(counter, "F6")
    assert clicked(counter) == []
    counter.page.locator("summary").click()
    press(counter, "F6")
    assert clicked(counter) == ["F6"]


def test_in_a_dialog_only_its_own_keys_work(counter: Counter):
    counter.page.locator("#ask").evaluate("dialog => dialog.showModal()")
    press(counter, "F9", "/", "?", "F1", "Alt+s", "Alt+1", "F2")
    assert clicked(counter) == ["F2"]
    expect(counter.page.locator("#keys")).to_be_hidden()


def test_the_list_shows_what_the_page_has_in_groups_and_words(counter: Counter):
    counter.page.locator("#stage").focus()
    press(counter, "?")
    counter.wait(100)
    shown = counter.page.locator("#keys")
    expect(shown).to_be_visible()
    groups = {one.locator("h3").inner_text(): one for one in shown.locator("section:visible").all()}
    assert list(groups) == ["Giải quyết", "Xác minh", "Khi đang chọn ảnh", "Ở mọi màn hình"]
    lines = groups["Giải quyết"].locator("dl > div").all_inner_texts()
    assert [line.split("\n") for line in lines] == [
        ["F9", "Duyệt"],
        ["F8", "Không chấp nhận (lúc này chưa dùng được)"],
        ["Alt+o", "Gõ số giấy tờ"],
    ]
    press(counter, "Escape")
    expect(shown).to_be_hidden()
    assert counter.focused() == "stage"


def test_the_single_keys_can_be_switched_off_and_stay_off(counter: Counter):
    """WCAG 2.1.4; F1 and Alt+S remain."""
    press(counter, "F1")
    counter.page.get_by_label("Cho phép bấm riêng phím / hoặc ?").uncheck()
    press(counter, "Escape")
    counter.page.reload()
    press(counter, "?", "/")
    counter.wait(300)
    expect(counter.page.locator("#keys")).to_be_hidden()
    assert counter.focused() == ""
    press(counter, "Alt+s")
    assert counter.focused() == "q"
    press(counter, "F1")
    expect(counter.page.get_by_label("Cho phép bấm riêng phím / hoặc ?")).not_to_be_checked()


def test_a_slash_goes_to_the_search_box(counter: Counter):
    press(counter, "/")
    counter.wait(100)
    assert (counter.focused(), counter.value("#q")) == ("q", "")


def test_a_photo_hears_its_keys_and_no_scanner(counter: Counter):
    counter.page.locator("#stage").focus()
    press(counter, "+", "+", "r")
    assert told(counter) == ["+", "+", "r"]
    counter.scans_it("0123456789")
    counter.scans_it("7K4M92QX3A0", end="")
    assert told(counter) == ["+", "+", "r"]


def test_the_focus_goes_where_the_next_act_is_once(counter: Counter):
    counter.page.locator("#fetch").click()
    expect(counter.page.locator("#next")).to_be_focused()
    expect(counter.page.locator("[data-focus-here]")).to_have_count(0)


def test_the_focus_is_not_taken_from_who_types_nor_by_what_came_by_itself(counter: Counter):
    counter.page.locator("#note").focus()
    counter.page.evaluate("document.querySelector('#fetch').click()")
    expect(counter.page.locator("#next")).to_be_visible()
    expect(counter.page.locator("[data-focus-here]")).to_have_count(0)
    assert counter.focused() == "note"
    counter.page.locator("#poll").click()
    expect(counter.page.locator("[data-focus-here]")).to_have_count(0)
    assert counter.focused() == "poll"


def test_the_list_of_the_real_screens_fits_and_names_every_key(page: Page, address: str, database: None):
    """At 1366×768, without scrolling; every key shown on a button is in it."""
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        declaration = make_declaration(session)
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.keyboard.press("F2")
    expect(page.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    page.keyboard.press("?")
    shown = page.locator("#keys")
    expect(shown).to_be_visible()
    assert shown.evaluate("dialog => dialog.scrollHeight <= dialog.clientHeight")
    assert violations(page) == []
    hints = page.locator("main kbd:visible").all_inner_texts()
    listed = {key.lower() for key in shown.locator("kbd").all_inner_texts()}
    assert {hint.lower() for hint in hints if hint.startswith(("F", "Alt"))} <= listed
