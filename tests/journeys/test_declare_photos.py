"""Photos on a phone (issue 10, point 3): cut in a frame, made smaller, sent with progress, kept through a dead line."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backoffice.dossier.photos import read_photo, store_photos
from backoffice.intake import drafts
from backoffice.kernel.db import transaction
from backoffice.models import Channel, DraftKind, DraftPhoto, PhotoKind
from backoffice.rules.actors import CITIZEN
from tests.dossier.helpers import SMALL
from tests.factories import make_office
from tests.gateways.photos.samples import card, on_table, picture, saved
from tests.journeys.lines import intercept
from tests.journeys.looking import COUNTER, PHONE, hindrances

pytestmark = pytest.mark.browser

ADULT = {"id_type": "citizen_id", "id_number": "001085012345"}


@pytest.fixture
def draft(page: Page, address: str) -> str:
    """A phone in the midst of a form; its draft's token."""
    token = drafts.begin(DraftKind.REGISTER, ADULT)
    page.context.add_cookies([{"name": "declare", "value": token, "url": address}])
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{address}/declare/photos")
    return token


def choose(page: Page, kind: str, data: bytes, name: str = "anh.jpg") -> None:
    page.locator(f"#i-{kind}").set_input_files({"name": name, "mimeType": "", "buffer": data})


def kept(token: str, kind: PhotoKind) -> DraftPhoto:
    return drafts.open_draft(token).photos[kind]


def large(width: int, height: int) -> bytes:
    """A photo as heavy as a phone's: of what stands behind a JPEG's end nobody makes a picture."""
    return saved(picture(width, height)) + bytes(2_000_000)


def test_a_portrait_is_cut_to_4x6_by_keys_alone_and_a_card_in_its_frame(page: Page, draft: str):
    assert hindrances(page) == []
    choose(page, "portrait", large(1200, 900))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Đặt khuôn mặt vào khung 4×6")).to_be_focused()
    expect(page.locator("#cutting .guide")).to_be_visible()
    assert hindrances(page, PHONE) == []
    page.locator("[data-cut-stage]").focus()
    for key in ("+", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    dialog.get_by_role("button", name="Dùng phần trong khung").press("Enter")
    expect(page.get_by_role("img", name="Ảnh chân dung đã gửi")).to_be_visible()
    expect(page.locator("#f-portrait")).to_be_focused()
    portrait = kept(draft, PhotoKind.PORTRAIT)
    assert abs(portrait.width / portrait.height - 2 / 3) < 0.01

    choose(page, "id_front", saved(on_table(card(1300))))
    expect(dialog.get_by_role("heading", name="Đặt giấy tờ vào khung")).to_be_visible()
    dialog.get_by_role("button", name="Dùng phần trong khung").click()
    expect(page.get_by_role("img", name="Ảnh mặt trước giấy tờ đã gửi")).to_be_visible()
    front = kept(draft, PhotoKind.ID_FRONT)
    assert front.citizen_card is not None
    assert front.citizen_card["number"] == ADULT["id_number"]


def test_a_large_photo_is_made_smaller_and_a_dead_line_loses_nothing(page: Page, draft: str):
    data = large(2800, 2100)
    intercept(page, "**/declare/photos/id_back", lambda route: route.abort())
    choose(page, "id_back", data)
    page.get_by_role("button", name="Gửi cả ảnh, không cắt").click()
    trouble = page.locator("#f-id_back [data-photo-trouble]")
    expect(trouble).to_contain_text("Chưa gửi được ảnh vì mất kết nối")
    page.unroute("**/declare/photos/id_back")
    with page.expect_request("**/declare/photos/id_back") as sending:
        trouble.get_by_role("button", name="Gửi lại ảnh này").click()
    expect(page.get_by_role("img", name="Ảnh mặt sau giấy tờ đã gửi")).to_be_visible()
    back = kept(draft, PhotoKind.ID_BACK)
    assert (back.width, back.height) == (2000, 1500)
    assert Image.open(BytesIO(read_photo(back, "thumb"))).width == 720
    assert int(sending.value.header_value("content-length") or 0) < 1_000_000


def test_progress_is_shown_and_what_no_browser_draws_goes_as_it_is(page: Page, draft: str):
    page.add_init_script(
        """const shown = []; window.shown = shown;
        new MutationObserver((all) => all.forEach(({target}) => shown.push(target.textContent)))
          .observe(document, {subtree: true, childList: true, characterData: true});"""
    )
    page.reload()
    choose(page, "portrait", b"%PDF-1.7 not a photo", "anh.jpg")
    fault = page.locator("#f-portrait .fault")
    expect(fault).to_contain_text("Tệp này không phải ảnh JPEG, PNG, WebP hoặc HEIC")
    expect(page.locator("[data-photo-heard]")).to_contain_text("không phải ảnh")
    said = page.evaluate("shown.join('|')")
    assert "Đang gửi ảnh… 0 %" in said
    assert "Đã gửi, đang xem ảnh có rõ không" in said
    choose(page, "portrait", b"")
    expect(fault).to_contain_text("Tệp ảnh trống")


def test_without_scripts_each_photo_is_a_plain_form(browser: Browser, address: str, database: None):
    context: BrowserContext = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False
    )
    token = drafts.begin(DraftKind.REGISTER, ADULT)
    context.add_cookies([{"name": "declare", "value": token, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/declare/photos")
    choose(page, "id_front", saved(on_table(card(1300))))
    page.get_by_role("button", name="Gửi ảnh ảnh mặt trước giấy tờ").click()
    expect(page.get_by_role("img", name="Ảnh mặt trước giấy tờ đã gửi")).to_be_visible()
    context.close()


def test_a_card_that_is_photographed_fills_the_form_in_at_once(page: Page, draft: str, address: str):
    page.goto(f"{address}/declare/data")
    assert hindrances(page) == []
    page.get_by_label("Họ và tên").fill("Trần Thị Khác")
    data = saved(on_table(card(1300))) + bytes(2_000_000)
    page.get_by_label("Ảnh mã QR của thẻ").set_input_files({"name": "the.jpg", "mimeType": "", "buffer": data})
    expect(page.get_by_text("Đã điền từ căn cước/CCCD")).to_be_visible()
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Khác")
    expect(page.get_by_text("Nội dung đã gõ chưa bị thay")).to_be_visible()
    assert hindrances(page) == []
    page.get_by_role("button", name="Thay bằng nội dung trên thẻ").click()
    expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Thử Mẫu")
    page.get_by_label("Họ và tên").press("Enter")
    expect(page.get_by_role("heading", name="Chưa đi tiếp được")).to_be_visible()


def test_after_xong_going_back_on_a_shared_machine_shows_nothing_of_who_was_there(page: Page, address: str):
    with transaction() as session:
        make_office(session, "00114")
    place = {"province": "01", "ward": "00004", "line": "Số 2 phố Mẫu", "phone": "0981234567", "office_code": "00114"}
    names = {"full_name": "Nguyễn Thử Mẫu", "bhxh_code": "0123456789", "id_type": "passport", "id_number": "C1234567"}
    token = drafts.begin(DraftKind.REGISTER, {**names, **place, "consent": "1", "undertaking": "1"})
    for kind in (PhotoKind.PORTRAIT, PhotoKind.ID_FRONT):
        drafts.put_photo(token, store_photos({kind: SMALL})[0])
    receipt = drafts.send(token, CITIZEN, Channel.PORTAL)
    page.context.add_cookies([{"name": "declare", "value": token, "url": address}])
    page.goto(f"{address}/declare/done")
    assert hindrances(page) == []
    expect(page.get_by_text(receipt.receipt_code)).to_be_visible()
    paper = page.context.request.get(f"{address}/declare/form01.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    page.get_by_role("button", name="Xong, xóa khỏi máy này").click()
    expect(page).to_have_url(f"{address}/declare")
    page.go_back()
    expect(page.get_by_role("heading", name="Tờ khai đang điền không còn")).to_be_visible()
    assert receipt.receipt_code not in page.content()


def test_a_computer_takes_the_photo_by_its_camera_against_a_card_shaped_guide(camera_browser: Browser, address: str):
    context = camera_browser.new_context(viewport={"width": COUNTER[0], "height": COUNTER[1]})
    token = drafts.begin(DraftKind.REGISTER, ADULT)
    context.add_cookies([{"name": "declare", "value": token, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/declare/photos")
    page.locator("#f-id_front").get_by_role("button", name="Chụp ảnh").click()
    expect(page.get_by_role("heading", name="Chụp ảnh mặt trước giấy tờ")).to_be_visible()
    expect(page.get_by_role("button", name="Chụp", exact=True)).to_be_focused()
    assert hindrances(page) == []
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Gửi cả ảnh, không cắt").click()
    expect(page.get_by_role("img", name="Ảnh mặt trước giấy tờ đã gửi")).to_be_visible()
    front = kept(token, PhotoKind.ID_FRONT)
    assert front.citizen_card is not None
    context.close()
