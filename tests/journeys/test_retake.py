"""A blurred photo is taken anew while the citizen stands there: by webcam, by file, by the citizen's own phone."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from backoffice.decision import actions as decide
from backoffice.decision import photo_links
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind
from backoffice.rules.actors import Actor, officer_actor
from tests.desk.pictures import add_photos, photo_of
from tests.factories import PASSWORD, make_declaration, make_officer
from tests.gateways.photos.samples import CCCD, card, saved
from tests.journeys.looking import COUNTER, DOUBLED, PHONE, hindrances, violations
from tests.journeys.officers import be_signed_in, sign_in

pytestmark = pytest.mark.browser
PORTRAIT, FRONT, BACK = PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "tieptan"))


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    """The declaration of whom the card before the camera is, with three photos, in my hands."""
    with transaction() as session:
        made = make_declaration(session, id_number=CCCD.split("|")[0])
    add_photos(made)
    decide.claim(made.receipt_code, officer)
    return made


@pytest.fixture
def desk(camera_browser: Browser, address: str, declaration: Declaration) -> Iterator[Page]:
    """The review page at a counter with a webcam."""
    context = camera_browser.new_context(viewport={"width": 1366, "height": 768}, locale="vi-VN")
    context.set_default_timeout(15_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    be_signed_in(page, address)
    open_review(page, address, declaration)
    yield page
    context.close()
    assert troubles == []


def open_review(page: Page, address: str, declaration: Declaration) -> None:
    page.goto(f"{address}/desk/{declaration.receipt_code}")
    page.wait_for_selector("[data-photos][data-begun]")


def figure(page: Page, kind: PhotoKind = FRONT) -> Locator:
    return page.locator(f"figure[data-kind={kind.value}]")


def dialog(page: Page) -> Locator:
    return page.locator("#retaking")


def ask_to_retake(page: Page, kind: PhotoKind = FRONT) -> Locator:
    figure(page, kind).get_by_role("link", name="Chụp lại").click()
    expect(dialog(page)).to_be_visible()
    return dialog(page)


def take(page: Page) -> None:
    button = dialog(page).get_by_role("button", name="Chụp", exact=True)
    expect(button).to_be_enabled()
    button.click()
    expect(dialog(page).get_by_alt_text("Ảnh sắp gửi")).to_be_visible()


def see_camera_go_off(page: Page) -> None:
    """Wait until no camera runs: a dialog is gone before its page is told that it was closed."""
    page.wait_for_function(
        "() => ![...document.querySelectorAll('video')].some(v =>"
        " v.srcObject?.getTracks().some(t => t.readyState === 'live'))"
    )


def test_a_photo_is_taken_by_webcam_and_only_it_changes_in_the_viewer(desk: Page, declaration: Declaration):
    """Issue 4, item 4: the viewer never switches by itself."""
    before = photo_of(declaration, FRONT).id
    figure(desk, PORTRAIT).get_by_role("button", name="1:1").click()
    figure(desk, FRONT).get_by_role("button", name="Ghim").click()
    ask_to_retake(desk)
    take(desk)
    dialog(desk).get_by_role("button", name="Bỏ, chụp lại").click()
    take(desk)
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk)).to_be_hidden()
    expect(desk.locator("#banner")).to_contain_text("Đã thay ảnh mặt trước giấy tờ. Đã đọc mã QR trên ảnh mới.")
    after = photo_of(declaration, FRONT)
    assert after.id != before
    expect(figure(desk).locator("img")).to_have_attribute("src", re.compile(after.id.hex[:8]))
    assert figure(desk).locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
    expect(figure(desk).get_by_role("button", name="Ghim")).to_have_attribute("aria-pressed", "true")
    expect(figure(desk, PORTRAIT).locator(".scale")).to_have_text("100 %")
    expect(figure(desk).locator(".stage")).to_be_focused()
    expect(desk.locator("a[data-show=id_front]")).to_have_attribute("aria-current", "true")
    expect(desk.locator("#compare")).to_contain_text("Số CMND")
    see_camera_go_off(desk)


def test_by_keys_alone(desk: Page, declaration: Declaration):
    before = photo_of(declaration, FRONT).id
    figure(desk).locator(".stage").focus()
    desk.keyboard.press("c")
    take_button = dialog(desk).get_by_role("button", name="Chụp", exact=True)
    expect(take_button).to_be_focused()
    desk.keyboard.press("Enter")
    expect(dialog(desk).get_by_role("button", name="Dùng ảnh này")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(dialog(desk)).to_be_hidden()
    assert photo_of(declaration, FRONT).id != before


def test_the_new_photo_turns_zooms_and_is_fetched_like_any_other(desk: Page, declaration: Declaration):
    ask_to_retake(desk)
    take(desk)
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk)).to_be_hidden()
    figure(desk).get_by_role("button", name="1:1").click()
    expect(figure(desk)).to_have_attribute("data-has", "full")
    with desk.expect_response("**/rotate"):
        figure(desk).get_by_role("button", name="Xoay").click()
    assert photo_of(declaration, FRONT).rotation == 90


def test_a_portrait_is_cut_to_its_shape(desk: Page, declaration: Declaration):
    """D4: 4x6, aligned to the frame."""
    ask_to_retake(desk, PORTRAIT)
    take(desk)
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk)).to_be_hidden()
    portrait = photo_of(declaration, PORTRAIT)
    assert portrait.width / portrait.height == pytest.approx(2 / 3, abs=0.01)


def test_the_citizens_phone_sends_a_photo_that_the_officer_accepts(
    desk: Page, browser: Browser, address: str, declaration: Declaration
):
    """By the QR as a phone reads it, without scripts there, and at the desk within 3 seconds."""
    before = photo_of(declaration, FRONT).id
    ask_to_retake(desk).get_by_role("button", name="Hiện mã QR").click()
    code = dialog(desk).get_by_alt_text("Mã QR để công dân quét bằng điện thoại")
    expect(code).to_be_visible()
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(code.screenshot())))
    assert read.text.startswith("http://localhost/anh/")
    send_by_phone(browser, address + read.text.removeprefix("http://localhost"))
    expect(dialog(desk)).to_contain_text("Ảnh từ điện thoại đã đến.", timeout=3_000)
    expect(code).to_be_hidden()
    assert photo_of(declaration, FRONT).id == before
    dialog(desk).get_by_role("button", name="Dùng ảnh từ điện thoại").click()
    expect(dialog(desk)).to_be_hidden()
    after = photo_of(declaration, FRONT)
    assert after.id != before
    expect(figure(desk).locator("img")).to_have_attribute("src", re.compile(after.id.hex[:8]))


def send_by_phone(browser: Browser, where: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False, is_mobile=True)
    phone = context.new_page()
    phone.goto(where)
    photo = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": saved(card(900))}
    phone.get_by_label("Ảnh", exact=True).set_input_files(photo)  # type: ignore[arg-type]
    phone.get_by_role("button", name="Gửi ảnh").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Đã nhận ảnh")
    context.close()


def test_what_comes_while_the_dialog_is_closed_is_told_beside_the_photos(
    desk: Page, officer: Actor, declaration: Declaration
):
    ask_to_retake(desk).get_by_role("button", name="Hiện mã QR").click()
    expect(dialog(desk)).to_contain_text("Đang đợi ảnh")
    desk.keyboard.press("Escape")
    expect(dialog(desk)).to_be_hidden()
    photo_links.send(photo_links.invite(declaration.receipt_code, "id_front", officer).token, saved(card(900)))
    told = desk.get_by_role("button", name="Ảnh từ điện thoại đã đến: xem")
    expect(told).to_be_visible()
    told.click()
    dialog(desk).get_by_role("button", name="Bỏ ảnh đó").click()
    expect(dialog(desk).get_by_role("button", name="Hiện mã QR")).to_be_visible()
    expect(told).to_be_hidden()


def test_a_qr_is_read_by_the_camera_where_there_is_no_scanner(desk: Page):
    """Issue 4, item 1."""
    desk.keyboard.press("Alt+m")
    expect(dialog(desk)).to_contain_text("Quét mã QR bằng máy ảnh")
    take(desk)
    dialog(desk).get_by_role("button", name="Đọc mã QR").click()
    expect(dialog(desk)).to_be_hidden()
    expect(desk.locator("#work")).to_contain_text("quét, trùng")
    expect(desk.locator("#caption")).to_contain_text("đã nộp")


def test_a_photo_without_a_code_keeps_the_dialog_and_says_how(desk: Page):
    desk.keyboard.press("Alt+m")
    plain = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": saved(card(900, qr=None))}
    dialog(desk).get_by_label("Chọn tệp ảnh trên máy này").set_input_files(plain)  # type: ignore[arg-type]
    dialog(desk).get_by_role("button", name="Đọc mã QR").click()
    expect(dialog(desk).get_by_role("alert")).to_contain_text("Chưa đọc được mã QR trên ảnh")
    expect(dialog(desk).get_by_alt_text("Ảnh sắp gửi")).to_be_visible()


def test_a_claim_lost_meanwhile_is_said_in_the_dialog_and_the_picture_stays(
    desk: Page, officer: Actor, declaration: Declaration
):
    ask_to_retake(desk)
    take(desk)
    decide.release(declaration.receipt_code, officer)
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk).get_by_role("alert")).to_contain_text("Bạn chưa nhận xử lý hồ sơ này")
    expect(dialog(desk).get_by_alt_text("Ảnh sắp gửi")).to_be_visible()
    decide.claim(declaration.receipt_code, officer)
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk)).to_be_hidden()


def test_without_the_claim_the_dialog_does_not_open_and_the_page_says_why(
    desk: Page, officer: Actor, declaration: Declaration
):
    decide.release(declaration.receipt_code, officer)
    figure(desk).get_by_role("link", name="Chụp lại").click()
    expect(desk.locator("#banner")).to_contain_text("Nhận xử lý")
    expect(dialog(desk)).to_be_hidden()


def test_closing_turns_the_camera_off_and_keeps_the_picture(desk: Page):
    ask_to_retake(desk)
    take(desk)
    desk.keyboard.press("Escape")
    expect(dialog(desk)).to_be_hidden()
    see_camera_go_off(desk)
    expect(figure(desk).get_by_role("link", name="Chụp lại")).to_be_focused()
    ask_to_retake(desk)
    expect(dialog(desk).get_by_alt_text("Ảnh sắp gửi")).to_be_visible()
    see_camera_go_off(desk)


def test_a_locked_screen_shows_no_camera_and_loses_no_picture(desk: Page, declaration: Declaration):
    before = photo_of(declaration, FRONT).id
    ask_to_retake(desk)
    take(desk)
    desk.keyboard.press("Escape")
    desk.keyboard.press("Alt+l")
    expect(desk.locator("#lock")).to_be_visible()
    see_camera_go_off(desk)
    desk.locator("#unlock-password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.locator("#lock")).to_be_hidden()
    ask_to_retake(desk)
    shown = desk.locator("#photo_id_front img").get_attribute("src") or ""
    dialog(desk).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(desk)).to_be_hidden()
    expect(desk.locator("#photo_id_front img")).not_to_have_attribute("src", shown)
    assert photo_of(declaration, FRONT).id != before


def test_without_a_camera_a_file_is_chosen(page: Page, address: str, declaration: Declaration):
    before = photo_of(declaration, FRONT).id
    be_signed_in(page, address)
    open_review(page, address, declaration)
    ask_to_retake(page)
    expect(dialog(page).locator("[data-camera-trouble]")).to_be_visible()
    chosen = {"name": "a.png", "mimeType": "image/png", "buffer": saved(card(700), "PNG")}
    dialog(page).get_by_label("Chọn tệp ảnh trên máy này").set_input_files(chosen)  # type: ignore[arg-type]
    dialog(page).get_by_role("button", name="Dùng ảnh này").click()
    expect(dialog(page)).to_be_hidden()
    assert photo_of(declaration, FRONT).id != before


def test_a_file_that_is_too_large_is_not_even_sent(page: Page, address: str, declaration: Declaration, tmp_path: Path):
    large = tmp_path / "large.jpg"
    large.write_bytes(saved(card(300)) + bytes(12 * 2**20))
    be_signed_in(page, address)
    open_review(page, address, declaration)
    ask_to_retake(page).get_by_label("Chọn tệp ảnh trên máy này").set_input_files(large)
    expect(dialog(page).get_by_role("alert").first).to_contain_text("Ảnh nặng hơn 12 MB")


def test_without_scripts_it_is_a_form_that_takes_a_file(
    browser: Browser, page: Page, address: str, declaration: Declaration
):
    sign_in(page, address)
    context = browser.new_context(viewport={"width": 1366, "height": 768}, java_script_enabled=False)
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(f"{address}/desk/{declaration.receipt_code}")
    figure(plain).get_by_role("link", name="Chụp lại").click()
    chosen = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": saved(card(700))}
    plain.get_by_label("Chọn tệp ảnh trên máy này").set_input_files(chosen)  # type: ignore[arg-type]
    plain.get_by_role("button", name="Dùng ảnh này").click()
    expect(plain.locator("#banner")).to_contain_text("Đã thay ảnh mặt trước giấy tờ.")
    context.close()


def test_the_dialogs_fit_every_window_and_hinder_nobody(desk: Page, officer: Actor, declaration: Declaration):
    """WCAG 2.2 AA by axe-core on each state; nothing beyond the edge."""
    windows = (COUNTER, DOUBLED, PHONE)
    found: dict[str, list[str]] = {}

    def look(state: str) -> None:
        found[state] = hindrances(desk, *windows)
        for width, height in windows:
            desk.set_viewport_size({"width": width, "height": height})
            inside: bool = desk.evaluate(
                "() => { const dialog = document.querySelector('#retaking'), box = dialog.getBoundingClientRect();"
                " return box.left >= 0 && box.right <= innerWidth && dialog.scrollWidth <= box.width; }"
            )
            assert inside, (state, width)

    ask_to_retake(desk)
    expect(dialog(desk).get_by_role("button", name="Chụp", exact=True)).to_be_enabled()
    look("camera")
    take(desk)
    look("taken")
    dialog(desk).get_by_role("button", name="Hiện mã QR").click()
    expect(dialog(desk)).to_contain_text("Đang đợi ảnh")
    look("code")
    photo_links.send(photo_links.invite(declaration.receipt_code, "id_front", officer).token, saved(card(900)))
    expect(dialog(desk)).to_contain_text("Ảnh từ điện thoại đã đến.")
    look("arrived")
    desk.keyboard.press("Escape")
    desk.locator("[data-retake][data-key='Alt+m']").click()
    expect(dialog(desk)).to_contain_text("Quét mã QR bằng máy ảnh")
    look("scan")
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_the_page_on_the_phone_hinders_nobody(
    browser: Browser, page: Page, address: str, officer: Actor, declaration: Declaration
):
    token = photo_links.invite(declaration.receipt_code, "portrait", officer).token
    page.set_viewport_size({"width": 390, "height": 844})
    for where in (f"/anh/{token}", "/anh/x"):
        page.goto(address + where)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
