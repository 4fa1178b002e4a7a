"""The scanner is a keyboard (K6, domain 3, scanner truths): heard wherever the focus is, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from backoffice.identity.receipt_code import normalize_receipt_code
from backoffice.kernel.db import transaction
from tests.factories import make_declaration, make_officer
from tests.journeys.counter import SEARCH_BOX, Counter, counter_in
from tests.journeys.officers import sign_in

pytestmark = pytest.mark.browser

RECEIPT = "7K4M92QX3A0"
CITIZEN = "001085012345|012345678|Nguyễn Thử Mẫu|02011985|Nam|Số 2 phố Mẫu, Ba Đình, Hà Nội|15032022"
PLAIN = "001085012345|012345678|Nguyen Thu Mau|02011985|Nam|So 2 pho Mau, Ba Dinh, Ha Noi|15032022"
HEALTH = "0123456789|4e677579e1bb856e|02/01/1985|1|-|01 - 061|01/01/2021|-|05/01/2021|01|-|4|01/01/2026|1a2b-0|$"
OLD_HEALTH = "DN4010123456789|4E67|02/01/1985|1|53E1BB91|01 - 061|01/01/2019|31/12/2019|05/01/2019|01|-|4|-|1a2b|$"
URL = "/desk/7K4M92QX3A0/scan"

REVIEW = f"""{SEARCH_BOX}<main id="main" data-scan-url="{URL}" data-scan-target="#difference">
<section id="difference">chưa quét</section>
<form method="post" action="/submitted">
  <textarea id="note" name="note"></textarea><input id="reason" name="reason"><input id="phone" name="phone" type="tel">
  <select id="choice"><option>Mặt trước</option><option>1 ảnh</option><option>Nam</option></select>
  <input id="tick" type="checkbox"><button id="decide">Không chấp nhận</button>
</form>
<details id="fold"><summary id="unfold">Chờ bổ sung</summary></details>
<dialog id="question"><form method="dialog"><button id="yes">Đồng ý</button></form></dialog></main>"""


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[Counter]:
    with counter_in(browser) as made:
        yield made


@pytest.fixture
def counter(window: Counter) -> Counter:
    window.clear()
    return window


@pytest.fixture
def review(counter: Counter) -> Counter:
    counter.answers[URL] = '<section id="difference">đã đối chiếu</section>'
    counter.open(REVIEW)
    return counter


def heard(counter: Counter, *texts: str) -> None:
    """Every scan so far has reached the server, in this order, and its answer is on the page."""
    expect(counter.page.locator("#scan-state")).to_contain_text("quét gần nhất")
    assert counter.scans == list(texts)


def test_the_receipt_code_of_these_tests_passes_its_check():
    assert normalize_receipt_code(RECEIPT) == RECEIPT


@pytest.mark.parametrize(
    "text",
    [
        RECEIPT,
        RECEIPT.lower(),
        PLAIN,
        PLAIN.upper(),
        PLAIN.replace("012345678|", "|"),  # no CMND
        PLAIN.replace("012345678|", ""),  # the field left out
        PLAIN.replace("|", "~"),  # a foreign layout
        "001085012345012345678Nguyen Thu Mau02011985NamSo 2 pho Mau15032022",  # no separator came through
        PLAIN + "||Tran Van Cha|Le Thi Me",  # fields of the card of 2024
        "0" * 3 + "085012345|012345678|Ngu",  # the rest did not come
        "5012345||Nguyen Thu Mau|02011985|Nam|So 2 pho Mau",  # the beginning did not come
        HEALTH,
        OLD_HEALTH,
        "DN4010123456789",
        "0123456789",
        "001085012345",
        "https://example.vn/qr?id=1",  # nothing of ours: the server says so
    ],
)
def test_whatever_a_scanner_reads_is_heard_without_a_click(review: Counter, text: str):
    """Domain 3, old and new layouts; also what was read in part, for the server says which part."""
    review.scans_it(text)
    heard(review, text)
    assert review.posts[0][1]["csrf_token"] == "token-of-the-page"
    assert review.page.locator("#difference").inner_text() == "đã đối chiếu"


@pytest.mark.parametrize("end", ["Enter", "Tab", "", "Enter Control+j", "Control+j", "Enter Enter"])
def test_a_scan_ends_as_the_scanner_likes(review: Counter, end: str):
    review.page.locator("#decide").focus()
    review.scans_it(PLAIN, end)
    review.wait()
    heard(review, PLAIN)
    assert review.focused() == "decide"


@pytest.mark.parametrize(("prefix", "field"), [("]Q1", "note"), ("]C1", "main"), ("~", "note"), ("\\", "main")])
def test_a_scanners_prefix_is_no_part_of_the_scan(review: Counter, prefix: str, field: str):
    review.page.locator(f"#{field}").evaluate("element => element.focus()")
    review.scans_it(prefix + PLAIN)
    heard(review, PLAIN)
    assert review.value("#note") == ""


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("note", RECEIPT),
        ("note", CITIZEN),
        ("note", "0123456789"),
        ("note", "7K4M92QXÂ1"),
        ("reason", RECEIPT),
        ("reason", HEALTH),
    ],
)
def test_a_field_is_left_as_it_was_before_the_scan(review: Counter, field: str, text: str):
    """The caret too; a card with diacritics (CITIZEN) comes partly as input without keys."""
    place = review.page.locator(f"#{field}")
    place.fill("Chụp lại mặt sau")
    place.evaluate("field => field.setSelectionRange(4, 8)")
    review.scans_it(text)
    heard(review, text)
    assert review.value(f"#{field}") == "Chụp lại mặt sau"
    assert (review.focused(), review.caret()) == (field, [4, 8])


def test_what_was_typed_just_before_the_scan_stays(review: Counter):
    review.page.locator("#note").focus()
    review.types("thieu chu ky a")
    review.scans_it(PLAIN)
    review.types(" va anh")
    review.wait()
    heard(review, PLAIN)
    assert review.value("#note") == "thieu chu ky a va anh"


def test_even_what_was_typed_as_fast_as_a_scanner_stays(review: Counter):
    review.page.locator("#note").focus()
    review.page.keyboard.type("Thiếu chữ ký ")
    review.scans_it(RECEIPT)
    heard(review, RECEIPT)
    assert review.value("#note") == "Thiếu chữ ký "


@pytest.mark.parametrize(
    "text", ["goi 0981234567, 0123456789, 0223456789, 0323456789, 0423456789", RECEIPT, "001085012345"]
)
def test_what_a_hand_types_into_a_field_is_no_scan_whatever_it_looks_like(review: Counter, text: str):
    review.page.locator("#note").focus()
    review.types(text)
    review.page.keyboard.press("Enter")
    review.wait()
    assert (review.value("#note"), review.posts) == (text + "\n", [])


def test_quick_typing_in_a_field_stays_and_its_enter_sends_the_form(review: Counter):
    review.page.locator("#reason").focus()
    review.scans_it("anh mat sau bi mo, khong doc duoc so")
    review.arrived(1)
    path, fields = review.posts[0]
    assert (path, fields["reason"]) == ("/submitted", "anh mat sau bi mo, khong doc duoc so")


def test_what_is_pasted_into_a_field_stays(review: Counter):
    review.page.locator("#reason").fill(PLAIN)
    review.page.keyboard.press("Control+a")
    review.page.keyboard.press("Control+c")
    review.page.locator("#note").focus()
    review.page.keyboard.type("x")
    review.page.keyboard.press("Control+v")
    review.page.keyboard.press("Enter")
    review.wait()
    assert (review.value("#note"), review.posts) == (f"x{PLAIN}\n", [])


def test_a_number_in_a_field_for_numbers_belongs_there(review: Counter):
    review.page.locator("#phone").focus()
    review.scans_it("0981234567", end="")
    review.wait()
    assert (review.value("#phone"), review.posts) == ("0981234567", [])


@pytest.mark.parametrize("focus", ["decide", "reason", "unfold", "choice", "tick"])
def test_a_scan_presses_sends_chooses_and_unfolds_nothing(review: Counter, focus: str):
    """Its blanks and its Enter among them."""
    review.page.locator(f"#{focus}").focus()
    review.scans_it("]Q1 " + PLAIN.replace("Nam", "1 anh"), "Enter")
    review.wait()
    heard(review, PLAIN.replace("Nam", "1 anh"))
    assert review.value("#choice") == "Mặt trước"
    assert not review.page.locator("#tick").is_checked()
    assert review.page.locator("#fold").get_attribute("open") is None
    assert review.focused() == focus


def test_keys_with_modifiers_never_count(review: Counter):
    for char in "0123456789":
        review.page.keyboard.press(f"Alt+{char}")
    review.page.keyboard.press("Enter")
    review.wait()
    assert review.posts == []


def test_characters_made_with_alt_and_the_number_pad_are_heard(review: Counter):
    """So a scanner on Windows sends what the layout has not; they come as keypress alone."""
    review.scans_unicode(CITIZEN)
    heard(review, CITIZEN)
    review.wait(5000)
    review.page.locator("#note").focus()
    review.scans_unicode(CITIZEN)
    review.arrived(2)
    assert review.value("#note") == ""


@pytest.mark.parametrize("end", ["Enter", "Tab", ""])
def test_a_scan_through_an_input_method_is_read_from_the_field(review: Counter, end: str):
    """Telex made "Â" of "AA"; the keys themselves said only "Process"."""
    review.page.locator("#note").fill("Thiếu ")
    altered = "7K4M92QXÂ1"
    review.scans_through_input_method([altered[: at + 1] for at in range(len(altered))], end)
    review.wait()
    heard(review, altered)
    assert review.value("#note") == "Thiếu "


def test_an_input_method_that_takes_letters_back_is_followed(review: Counter):
    """Unikey on Windows sends a backspace and the altered letter."""
    review.page.locator("#note").focus()
    review.page.keyboard.type("7K4M92QXA")
    review.page.keyboard.press("Backspace")
    review.scans_it("Â1")
    heard(review, "7K4M92QXÂ1")
    assert review.value("#note") == ""


def test_the_same_scan_doubled_counts_once_and_later_it_counts_again(review: Counter):
    review.scans_it(RECEIPT)
    review.scans_it(RECEIPT)
    review.scans_it(RECEIPT + RECEIPT)
    heard(review, RECEIPT)
    review.wait(1100)
    review.scans_it(RECEIPT)
    review.arrived(2)
    assert review.scans == [RECEIPT, RECEIPT]


def test_two_scans_are_dealt_with_one_after_the_other(review: Counter):
    review.patient = True
    review.scans_it(PLAIN)
    review.scans_it(HEALTH)
    review.arrived(1)
    expect(review.page.locator("#scan-state")).to_have_text("Đã nhận mã quét, đang tìm…")
    review.release()
    review.arrived(2)
    review.release()
    heard(review, PLAIN, HEALTH)


def test_a_scan_waits_for_the_answer_to_an_open_question(review: Counter):
    review.page.locator("#question").evaluate("dialog => dialog.showModal()")
    review.scans_it(PLAIN)
    expect(review.page.get_by_role("status").filter(has_text="sẽ được xử lý khi đóng")).to_be_visible()
    assert (review.posts, review.page.locator("#question").is_visible()) == ([], True)
    review.page.locator("#yes").click()
    heard(review, PLAIN)


def test_a_locked_screen_takes_no_scan_and_says_so(counter: Counter):
    """Nor does it become a wrong password."""
    lock = '<dialog id="lock"><form action="/unlock"><input id="password" type="password"></form>'
    counter.open(f'{REVIEW}{lock}<div id="unlock_fault" role="alert"></div></dialog>')
    counter.page.locator("#lock").evaluate("dialog => dialog.showModal()")
    counter.page.keyboard.type("bi mat 1")
    counter.scans_it(PLAIN)
    counter.wait()
    expect(counter.page.get_by_role("alert")).to_contain_text("Xin mở khóa rồi quét lại")
    assert (counter.value("#password"), counter.posts) == ("bi mat 1", [])


def test_a_scan_that_the_server_did_not_take_is_asked_for_again(review: Counter):
    review.page.route(f"**{URL}", lambda route: route.fulfill(status=502, body="Bad Gateway"))
    review.scans_it(PLAIN)
    expect(review.page.locator("#scan-state")).to_contain_text("chưa được xử lý, xin quét lại")


# ---- Where nothing is under examination, a scan is a search ----


def test_elsewhere_a_scan_is_searched_for_in_a_form_and_not_in_the_address(counter: Counter):
    counter.answers["/desk/search"] = SEARCH_BOX
    counter.open(SEARCH_BOX)
    counter.scans_it(PLAIN)
    counter.page.wait_for_url("**/desk/search")
    assert counter.posts == [("/desk/search", {"csrf_token": "token-of-the-page", "q": PLAIN, "scanned": "1"})]
    heard(counter, PLAIN)


def test_a_scan_into_the_search_box_is_searched_for_on_a_review_page_too(review: Counter):
    review.answers["/desk/search"] = SEARCH_BOX
    review.page.locator("#q").focus()
    review.scans_it(PLAIN)
    review.page.wait_for_url("**/desk/search")
    assert review.posts[0][0] == "/desk/search"


def test_a_scan_that_comes_while_the_page_is_left_is_taken_along(counter: Counter):
    """Form 01 and then at once the ID: the second belongs to the declaration that the first opens."""
    counter.answers |= {"/desk/search": REVIEW, URL: '<section id="difference">đã đối chiếu</section>'}
    counter.open(SEARCH_BOX)
    counter.scans_at_once([RECEIPT, RECEIPT, PLAIN])
    counter.page.wait_for_url("**/desk/search")
    heard(counter, RECEIPT, PLAIN)
    assert [path for path, _ in counter.posts] == ["/desk/search", URL]
    kept = counter.page.evaluate("window.name + JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "001085012345" not in kept


def test_a_page_on_which_somebody_writes_is_not_left_for_a_scan(counter: Counter):
    counter.open(SEARCH_BOX + '<textarea id="note"></textarea><button id="other">Khác</button>')
    counter.page.locator("#note").fill("Chụp lại mặt sau")
    counter.page.locator("#other").focus()
    counter.scans_it(RECEIPT)
    counter.wait()
    assert (counter.value("#q"), counter.value("#note"), counter.posts) == (RECEIPT, "Chụp lại mặt sau", [])


def test_a_code_torn_off_too_short_to_be_looked_for_is_asked_for_again(counter: Counter):
    """And its Enter presses nothing of what has the focus."""
    counter.open(SEARCH_BOX + '<button id="other">Khác</button>')
    counter.page.evaluate("document.addEventListener('say', event => { window.told = event.detail.text; })")
    counter.page.evaluate("void (document.querySelector('#other').onclick = () => { window.pressed = true; })")
    counter.page.locator("#other").focus()
    counter.scans_it("001085|")
    counter.wait()
    assert counter.page.evaluate("window.told") == (
        "Máy quét chỉ gửi được một phần của mã nên chưa có gì được tìm. Xin quét lại."
    )
    assert counter.page.evaluate("window.pressed") is None
    assert counter.scans == []


def test_where_nobody_wants_scans_the_keyboard_is_left_alone(counter: Counter):
    counter.open('<textarea id="note"></textarea>')
    counter.page.locator("#note").focus()
    counter.scans_it(PLAIN)
    counter.wait()
    assert counter.value("#note") == PLAIN + "\n"


def test_form_01s_code_opens_its_declaration_from_the_queue(page: Page, address: str, database: None):
    """The real queue, and the focus on a row of it."""
    with transaction() as session:
        make_officer(session, "tieptan", full_name="Nguyễn Thị Tiếp")
        make_declaration(session)
        sought = make_declaration(session, full_name="Lê Văn Tìm")
    sign_in(page, address)
    page.locator("a[data-row]").first.focus()
    page.keyboard.type(sought.receipt_code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Văn Tìm")
    expect(page.locator("#scan-state")).to_contain_text("quét gần nhất")
    assert page.url == f"{address}/desk/{sought.receipt_code}"
