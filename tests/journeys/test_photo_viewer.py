"""The photos of the review page as hands and eyes meet them: mouse, keys, fingers, no script, a file that is gone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.identity.receipt_code import new_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import trail
from tests.desk.pictures import SIZES, add_photos, photo_of
from tests.factories import make_actor, make_declaration, make_officer
from tests.journeys.lines import intercept
from tests.journeys.looking import COUNTER, DOUBLED, PHONE, SMALL, hindrances, violations
from tests.journeys.officers import be_signed_in, sign_in

pytestmark = pytest.mark.browser
PORTRAIT, FRONT, BACK = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK


@pytest.fixture
def colleague(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "tieptan")
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def declaration(colleague: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session)
    add_photos(made)
    return made


@pytest.fixture
def asked(page: Page) -> list[str]:
    """What of photos the page asks for: "id_front?size=thumb", "POST id_front/rotate", whoever they belong to."""
    kept: list[str] = []

    def note(request: Any) -> None:
        found = re.search(r"/desk/\w+/photos/(.*)", request.url)
        if found:
            kept.append(found[1] if request.method == "GET" else f"{request.method} {found[1]}")

    page.on("request", note)
    return kept


@pytest.fixture
def review(page: Page, address: str, declaration: Declaration, asked: list[str]) -> Page:
    """The review page, its thumbnails loaded."""
    be_signed_in(page, address)
    return opened(page, address, declaration)


@pytest.fixture
def phone(browser: Browser, review: Page) -> Iterator[Page]:
    """The same page at 390×844 under fingers."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_cookies(review.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(review.url)
    figure(page).locator(".stage").scroll_into_view_if_needed()
    yield page
    context.close()


def opened(page: Page, address: str, declaration: Declaration) -> Page:
    page.goto(f"{address}/desk/{declaration.receipt_code}", wait_until="load")
    page.wait_for_selector("[data-photos][data-begun]")
    return page


def figure(page: Page, kind: PhotoKind = FRONT) -> Locator:
    return page.locator(f"figure[data-kind={kind.value}]")


def stage(page: Page, kind: PhotoKind = FRONT) -> Locator:
    return figure(page, kind).locator(".stage")


def choose(page: Page, kind: PhotoKind) -> Locator:
    link = page.locator(f"a[data-show={kind.value}]")
    link.click()
    return link


def in_panes(page: Page) -> list[str]:
    """What is to be seen, from left to right."""
    figures = [(one.bounding_box(), one.get_attribute("data-kind")) for one in page.locator("[data-photo]").all()]
    return [kind or "" for _, kind in sorted((box["x"], kind) for box, kind in figures if box)]


def box(place: Locator) -> dict[str, float]:
    found = place.bounding_box()
    assert found is not None
    return dict(found)


def spot(page: Page, x: float, y: float, kind: PhotoKind = FRONT) -> tuple[float, float]:
    """Which part of the photo (0 to 1 across and down) is at this place of the window."""
    image = box(figure(page, kind).locator("img"))
    return (x - image["x"]) / image["width"], (y - image["y"]) / image["height"]


def is_full(page: Page, kind: PhotoKind = FRONT) -> None:
    expect(figure(page, kind)).to_have_attribute("data-has", "full")


def file_of(settings: Settings, declaration: Declaration, kind: PhotoKind, size: str = "") -> Path:
    [path] = (settings.var / "photos").rglob(f"{photo_of(declaration, kind).id.hex}{size}")
    return path


def test_portrait_and_front_are_there_at_once_and_only_as_thumbnails(
    review: Page, asked: list[str], declaration: Declaration
):
    """Each asked for once; the full photo of nobody, and nothing of anybody else."""
    assert in_panes(review) == ["portrait", "id_front"]
    for kind in (PORTRAIT, FRONT):
        assert figure(review, kind).locator("img").evaluate("img => img.complete && img.naturalWidth") > 0
    assert sorted(asked) == ["id_back?size=thumb", "id_front?size=thumb", "portrait?size=thumb"]
    assert trail(TrailEvent.PHOTO) == []


def test_the_queue_asks_for_no_photo(page: Page, address: str, declaration: Declaration, asked: list[str]):
    sign_in(page, address)
    page.get_by_role("link", name=declaration.full_name).hover()
    expect(page.locator("#counts")).to_be_visible()
    assert asked == []


def test_zooming_fetches_the_full_photo_once_and_notes_the_look(
    review: Page, asked: list[str], declaration: Declaration
):
    figure(review).get_by_role("button", name="1:1").click()
    is_full(review)
    drawn = box(figure(review).locator("img"))
    assert (drawn["width"], drawn["height"]) == SIZES[FRONT]
    assert figure(review).locator("img").evaluate("img => img.naturalWidth") == SIZES[FRONT][0]
    for name in ("Phóng to", "Thu nhỏ", "Thu nhỏ"):
        figure(review).get_by_role("button", name=name).click()
    choose(review, BACK)
    choose(review, FRONT)
    assert asked.count("id_front") == 1
    assert [(row.declaration_id, row.facts) for row in trail(TrailEvent.PHOTO)] == [
        (declaration.id, {"kind": "id_front"})
    ]


def test_the_wheel_zooms_where_the_pointer_is_and_dragging_moves(review: Page):
    place = box(stage(review))
    x, y = place["x"] + place["width"] * 0.7, place["y"] + place["height"] * 0.45
    before = spot(review, x, y)
    review.mouse.move(x, y)
    for _ in range(8):
        review.mouse.wheel(0, -120)
    expect(figure(review)).to_have_class(re.compile("zoomed"))
    is_full(review)
    assert spot(review, x, y) == pytest.approx(before, abs=0.02)
    image = box(figure(review).locator("img"))
    review.mouse.down()
    review.mouse.move(x - 40, y - 10, steps=4)
    review.mouse.up()
    moved = box(figure(review).locator("img"))
    assert (moved["x"] - image["x"], moved["y"] - image["y"]) == pytest.approx((-40, -10), abs=1)
    for _ in range(20):
        review.mouse.wheel(0, 120)
    expect(figure(review)).not_to_have_class(re.compile("zoomed"))


def test_a_photo_is_never_dragged_out_of_its_pane(review: Page):
    figure(review).get_by_role("button", name="1:1").click()
    place = box(stage(review))
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    for _ in range(3):
        review.mouse.move(x, y)
        review.mouse.down()
        review.mouse.move(x + 900, y + 900, steps=3)
        review.mouse.up()
    image = box(figure(review).locator("img"))
    assert (image["x"], image["y"]) == pytest.approx((place["x"], place["y"]), abs=1)


def test_a_double_click_goes_between_the_whole_and_the_original_pixels_of_that_spot(review: Page):
    place = box(stage(review))
    x, y = place["x"] + place["width"] * 0.4, place["y"] + place["height"] * 0.5
    before = spot(review, x, y)
    review.mouse.dblclick(x, y)
    expect(figure(review).locator(".scale")).to_have_text("100 %")
    assert spot(review, x, y) == pytest.approx(before, abs=0.01)
    review.mouse.dblclick(x, y)
    expect(figure(review).locator(".scale")).to_have_text("Vừa")


def test_everything_is_done_by_keys_while_a_pane_has_the_focus(review: Page, declaration: Declaration):
    stage(review).focus()
    scale = figure(review).locator(".scale")
    review.keyboard.press("1")
    expect(scale).to_have_text("100 %")
    left = box(figure(review).locator("img"))["x"]
    review.keyboard.press("ArrowRight")
    assert box(figure(review).locator("img"))["x"] < left
    review.keyboard.press("+")
    expect(scale).to_have_text("125 %")
    review.keyboard.press("-")
    expect(scale).to_have_text("100 %")
    review.keyboard.press("0")
    expect(scale).to_have_text("Vừa")
    review.keyboard.press("r")
    expect(figure(review)).to_have_class(re.compile("turn-90"))
    review.keyboard.press("l")
    expect(figure(review, PORTRAIT)).to_be_hidden()
    review.keyboard.press("L")
    expect(figure(review, PORTRAIT)).to_be_visible()
    review.keyboard.press("PageDown")
    expect(stage(review, BACK)).to_be_focused()
    review.keyboard.press("p")
    expect(figure(review, BACK).get_by_role("button", name="Ghim")).to_have_attribute("aria-pressed", "true")
    assert in_panes(review) == ["portrait", "id_back"]


def test_alt_a_leads_to_the_photos_and_from_one_to_the_other(review: Page):
    review.keyboard.press("Alt+a")
    expect(stage(review)).to_be_focused()
    review.keyboard.press("Alt+a")
    expect(stage(review, PORTRAIT)).to_be_focused()


def test_a_digit_typed_elsewhere_zooms_nothing(review: Page):
    review.locator("#work").focus()
    review.keyboard.press("1")
    review.locator("#q").press("1")
    expect(review.locator("#q")).to_have_value("1")
    assert figure(review).locator(".scale").text_content() == "Vừa"


def test_a_scan_over_the_photos_is_a_scan(review: Page, colleague: Actor, declaration: Declaration):
    """Its digits are no zoom, its letters no turn and no photo taken anew."""
    code = next(made for made in iter(new_receipt_code, "") if made[0] in "1R" and "C" in made)
    with transaction() as session:
        make_declaration(session, full_name="Lê Văn Sau", receipt_code=code)
    stage(review).focus()
    review.keyboard.type(code)
    review.keyboard.press("Enter")
    expect(review.locator("#work")).to_contain_text("Mẫu số 01 vừa quét là của hồ sơ khác")
    expect(review.locator("#retaking")).to_be_hidden()
    assert trail(TrailEvent.PHOTO) == []
    assert photo_of(declaration, FRONT).rotation == 0


def test_a_pinned_photo_stays_while_the_other_pane_changes(review: Page):
    choose(review, BACK)
    assert in_panes(review) == ["portrait", "id_back"]
    figure(review, PORTRAIT).get_by_role("button", name="Ghim").click()
    figure(review, BACK).get_by_role("button", name="Ghim").click()
    choose(review, FRONT)
    assert in_panes(review) == ["id_front", "id_back"]
    figure(review).get_by_role("button", name="Ghim").click()
    choose(review, PORTRAIT)
    expect(review.locator("#banner")).to_contain_text("Xin bỏ ghim một ảnh")
    assert in_panes(review) == ["id_front", "id_back"]


def test_one_large_photo_is_the_full_one_and_is_left_as_it_was_entered(review: Page, asked: list[str]):
    figure(review).get_by_role("button", name="Lớn").click()
    is_full(review)
    assert in_panes(review) == ["id_front"]
    choose(review, BACK)
    is_full(review, BACK)
    assert in_panes(review) == ["id_back"]
    figure(review, BACK).get_by_role("button", name="Lớn").click()
    assert in_panes(review) == ["portrait", "id_back"]
    assert "portrait" not in asked


def test_no_act_on_the_declaration_changes_what_is_looked_at(review: Page):
    choose(review, BACK)
    figure(review, BACK).get_by_role("button", name="1:1").click()
    is_full(review, BACK)
    before = box(figure(review, BACK).locator("img"))
    review.keyboard.press("F2")
    expect(review.locator("#claim").get_by_text("Tôi đang giữ hồ sơ này")).to_be_visible()
    review.keyboard.press("F6")
    expect(review.locator("#caption")).to_contain_text("đã nộp")
    assert in_panes(review) == ["portrait", "id_back"]
    assert box(figure(review, BACK).locator("img")) == before


def test_a_turn_is_kept_for_the_next_look(review: Page, address: str, declaration: Declaration):
    with review.expect_response("**/rotate"):
        figure(review).get_by_role("button", name="Xoay").click()
    assert photo_of(declaration, FRONT).rotation == 90
    opened(review, address, declaration)
    image = box(figure(review).locator("img"))
    assert image["height"] > image["width"]


def test_turns_in_quick_succession_end_where_the_last_one_left_the_photo(
    review: Page, address: str, declaration: Declaration
):
    turn = figure(review).get_by_role("button", name="Xoay")
    for _ in range(3):
        turn.click()
    expect(figure(review).locator("form[data-turn='270']")).to_be_attached()
    assert photo_of(declaration, FRONT).rotation == 270
    expect(figure(review)).to_have_class(re.compile("turn-270"))


def test_a_turn_that_is_refused_is_taken_back_and_said(review: Page, declaration: Declaration, colleague: Actor):
    """Design 4: a colleague has decided meanwhile."""
    decide.claim(declaration.receipt_code, colleague)
    decide.reject(declaration.receipt_code, colleague, ["photo_unusable"], "")
    figure(review).get_by_role("button", name="Xoay").click()
    expect(review.locator("#banner")).to_contain_text("Trần Thị Lan đã trả lời")
    expect(figure(review)).to_have_class(re.compile("turn-0"))


def test_photos_of_a_decided_declaration_turn_for_this_look_alone(
    page: Page, address: str, declaration: Declaration, colleague: Actor, asked: list[str]
):
    decide.claim(declaration.receipt_code, colleague)
    decide.reject(declaration.receipt_code, colleague, ["photo_unusable"], "")
    be_signed_in(page, address)
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.get_by_role("button", name="Công dân đang ở quầy").click()
    page.wait_for_selector("[data-photos][data-begun]")
    asked.clear()
    figure(page).get_by_role("button", name="Xoay").click()
    expect(figure(page)).to_have_class(re.compile("turn-90"))
    assert [one for one in asked if one.startswith("POST")] == []


def test_a_photo_whose_file_is_gone_says_so_in_its_pane_and_comes_when_it_is_back(
    page: Page, address: str, settings: Settings, declaration: Declaration
):
    thumb = file_of(settings, declaration, BACK, ".thumb")
    sealed = thumb.read_bytes()
    thumb.unlink()
    be_signed_in(page, address)
    opened(page, address, declaration)
    lost = page.locator(f"a[data-show={BACK.value}]").get_by_text("không mở được")
    expect(lost).to_be_visible()
    choose(page, BACK)
    trouble = figure(page, BACK).locator(".trouble")
    expect(trouble).to_contain_text("Ảnh này không còn trong kho ảnh.")
    expect(trouble).to_contain_text("xin đối chiếu trực tiếp với giấy tờ xuất trình")
    choose(page, FRONT)
    assert in_panes(page) == ["portrait", "id_front"]
    choose(page, BACK)
    thumb.write_bytes(sealed)
    figure(page, BACK).get_by_role("button", name="Thử lại").click()
    expect(trouble).to_be_hidden()
    expect(lost).to_be_hidden()
    assert figure(page, BACK).locator("img").evaluate("img => img.naturalWidth") > 0


def test_a_full_photo_that_does_not_come_leaves_the_thumbnail_and_a_sentence(
    review: Page, settings: Settings, declaration: Declaration
):
    full = file_of(settings, declaration, FRONT)
    sealed = full.read_bytes()
    full.write_bytes(sealed[:-1])
    figure(review).get_by_role("button", name="1:1").click()
    trouble = figure(review).locator(".trouble")
    expect(trouble).to_contain_text("Chưa mở được ảnh gốc, đang hiện ảnh thu nhỏ.")
    assert figure(review).locator("img").evaluate("img => img.naturalWidth") == 720
    full.write_bytes(sealed)
    trouble.get_by_role("button").click()
    is_full(review)
    expect(trouble).to_be_hidden()


def test_a_lost_line_is_told_from_a_lost_photo(review: Page):
    intercept(review, "**/photos/id_front", lambda route: route.abort())
    figure(review).get_by_role("button", name="1:1").click()
    expect(figure(review).locator(".trouble")).to_contain_text("mất kết nối")


def test_without_scripts_the_thumbnails_are_there_with_links_to_the_photos(
    browser: Browser, review: Page, asked: list[str]
):
    context = browser.new_context(viewport={"width": 1366, "height": 768}, java_script_enabled=False)
    context.add_cookies(review.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(review.url)
    for kind in (PORTRAIT, FRONT, BACK):
        expect(figure(page, kind).locator("img")).to_be_visible()
    expect(figure(page).get_by_role("button")).to_have_text(["Xoay"])
    choose(page, BACK)
    assert page.url.endswith("/photos/id_back")
    context.close()


Touch = Callable[..., None]


@pytest.fixture
def touch(phone: Page) -> Touch:
    """Fingers: touch("touchMove", (x, y), …) of all that are on the glass."""
    session = phone.context.new_cdp_session(phone)

    def send(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return send


def test_two_fingers_zoom_one_moves_and_a_double_tap_shows_the_whole(phone: Page, touch: Touch):
    place = box(stage(phone))
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    touch("touchStart", (x - 30, y), (x + 30, y))
    for apart in (40, 60, 80, 100, 120):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    is_full(phone)
    image = box(figure(phone).locator("img"))
    assert image["width"] > place["width"] * 3
    assert phone.evaluate("visualViewport.scale") == 1
    touch("touchStart", (x, y))
    touch("touchMove", (x - 20, y))
    touch("touchMove", (x - 60, y))
    touch("touchEnd")
    assert box(figure(phone).locator("img"))["x"] == pytest.approx(image["x"] - 60, abs=1)
    phone.touchscreen.tap(x, y)
    phone.touchscreen.tap(x, y)
    expect(figure(phone)).not_to_have_class(re.compile("zoomed"))


def test_one_finger_over_a_whole_photo_scrolls_the_page(phone: Page, touch: Touch):
    place = box(stage(phone))
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    before = phone.evaluate("scrollY")
    touch("touchStart", (x, y))
    for moved in (10, 30, 60, 100):
        touch("touchMove", (x, y + moved))
    touch("touchEnd")
    assert phone.wait_for_function("before => scrollY < before", arg=before)


def test_the_viewer_fits_every_window_and_hinders_nobody(review: Page):
    """WCAG 2.2 AA by axe-core; no control beyond the edge, none smaller than 24 pixels."""
    windows = (COUNTER, SMALL, DOUBLED, PHONE)
    for width, height in windows:
        review.set_viewport_size({"width": width, "height": height})
        for button in review.locator("#photos button:visible").all():
            place = box(button)
            assert min(place["width"], place["height"]) >= 24, button
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= width, button
    found = {"at first": hindrances(review, *windows)}
    figure(review).get_by_role("button", name="1:1").click()
    is_full(review)
    figure(review).get_by_role("button", name="Lớn").click()
    found["large"] = hindrances(review, *windows)
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_a_broken_photo_hinders_nobody(page: Page, address: str, settings: Settings, declaration: Declaration):
    file_of(settings, declaration, FRONT, ".thumb").unlink()
    be_signed_in(page, address)
    opened(page, address, declaration)
    expect(figure(page).locator(".trouble")).to_be_visible()
    assert violations(page) == []


def test_a_print_of_the_page_shows_no_photo(review: Page):
    review.emulate_media(media="print")
    expect(review.locator("#photos")).to_be_hidden()
    expect(review.get_by_role("heading", level=1)).to_be_visible()
