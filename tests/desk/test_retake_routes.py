"""Taking a photo anew, and reading a QR by camera, over HTTP: with htmx, without scripts, by strangers."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest

from backoffice.app import MAX_FORM_BYTES
from backoffice.decision import actions as decide
from backoffice.decision import photo_links
from backoffice.dossier.photos import read_photo
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, PhotoKind, TrailEvent
from backoffice.rules.actors import Actor
from tests.desk.browser import HTMX, Desk, trail
from tests.desk.pictures import add_photos, photo_of
from tests.factories import make_actor, make_declaration, make_office, make_officer
from tests.intake.sending import CARD, jpeg

SHARP = jpeg(1280, 960, qr=CARD)
PLAIN = jpeg(640, 480)
FRONT = PhotoKind.ID_FRONT


@pytest.fixture
def mine(desk: Desk, officer: Actor, declaration: Declaration) -> str:
    """The address of a declaration with three photos in my hands."""
    add_photos(declaration)
    decide.claim(declaration.receipt_code, officer)
    return f"/desk/{declaration.receipt_code}"


def upload(desk: Desk, path: str, data: bytes, headers: dict[str, str] | None = None, **form: Any) -> Any:
    return desk.post(path, headers, photo=(BytesIO(data), "anh.jpg"), **form)


def text_of(answer: Any) -> str:
    found: str = answer.get_data(as_text=True)
    return found


def sent_id(declaration: Declaration, officer: Actor) -> str:
    link = photo_links.link_of(declaration.receipt_code, "id_front", officer)
    assert link.sent is not None
    return str(link.sent.id)


def test_every_photo_of_an_undecided_declaration_can_be_taken_anew(desk: Desk, mine: str):
    page = text_of(desk.get(mine))
    for kind in ("portrait", "id_front", "id_back"):
        assert f'href="{mine}/photos/{kind}/retake"' in page


def test_nothing_is_offered_once_it_is_decided(desk: Desk, mine: str, officer: Actor, declaration: Declaration):
    decide.reject(declaration.receipt_code, officer, ["form01_unsigned"], "")
    page = text_of(desk.get(mine))
    assert '/retake"' not in page
    assert "/scan-photo" not in page


def test_the_dialog_comes_alone_for_htmx_and_as_a_page_without_scripts(desk: Desk, mine: str):
    path = f"{mine}/photos/id_front/retake"
    part, page = text_of(desk.get(path, **HTMX)), text_of(desk.get(path))
    assert part.lstrip().startswith('<div class="retake" id="retake"')
    assert f'hx-post="{path}"' in part
    assert "<!doctype html>" in page
    assert "hx-post" not in re.sub(r"(?s)<header.*?</header>", "", page)
    for shown in (part, page):
        assert "Chụp lại ảnh mặt trước giấy tờ" in shown
        assert 'enctype="multipart/form-data"' in shown


def test_the_dialog_says_why_it_does_not_open(desk: Desk, mine: str, officer: Actor, declaration: Declaration):
    """Design 4: taking a photo anew needs my live claim."""
    decide.release(declaration.receipt_code, officer)
    answer = desk.get(f"{mine}/photos/id_front/retake", **HTMX)
    assert answer.status_code == 409
    assert "Nhận xử lý" in text_of(answer)


def test_a_retaken_photo_comes_alone_into_the_viewer_and_the_comparison_follows(
    desk: Desk, mine: str, declaration: Declaration
):
    """D5; the other photos stay as they are being looked at (issue 4, item 4)."""
    answer = upload(desk, f"{mine}/photos/id_front/retake", SHARP, HTMX)
    assert answer.status_code == 200
    page = text_of(answer)
    assert re.findall(r'<figure[^>]*id="(\w+)" hx-swap-oob="true"', page) == ["photo_id_front"]
    assert re.findall(r'<li id="(\w+)" hx-swap-oob="true"', page) == ["small_id_front"]
    assert re.search(r'<section id="compare"[^>]* hx-swap-oob=', page)
    assert "Số CMND" in page  # the card's old number, which was not declared
    assert 'id="history"' in page
    assert 'id="work"' in page
    assert '<div id="retake" hx-swap-oob="true"></div>' in page
    assert "Đã thay ảnh mặt trước giấy tờ. Đã đọc mã QR trên ảnh mới." in page


def test_the_new_photo_has_addresses_of_its_own(desk: Desk, mine: str, declaration: Declaration):
    """A browser shows again what it has under the same address, no-store or not."""
    page = text_of(upload(desk, f"{mine}/photos/id_front/retake", SHARP, HTMX))
    version = photo_of(declaration, FRONT).id.hex[:8]
    assert f"{mine}/photos/id_front?size=thumb&amp;v={version}" in page
    assert f'data-full="{mine}/photos/id_front?v={version}"' in page


def test_without_scripts_the_form_comes_back_to_the_page_and_says_it(desk: Desk, mine: str):
    answer = upload(desk, f"{mine}/photos/portrait/retake", PLAIN)
    assert (answer.status_code, answer.location) == (303, mine)
    assert "Đã thay ảnh chân dung." in text_of(desk.get(mine))


def test_what_is_wrong_with_the_new_photo_and_what_lapsed_is_said(desk: Desk, mine: str):
    desk.post(f"{mine}/verify", HTMX, item="portrait", how="seen")
    page = text_of(upload(desk, f"{mine}/photos/portrait/retake", jpeg(120, 160), HTMX))
    assert "ảnh nhỏ, phóng to sẽ vỡ nét" in page
    assert "Cần xác minh lại: Ảnh chân dung." in page


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"%PDF-1.7"])
def test_a_refused_picture_is_asked_for_again_in_the_same_form(
    desk: Desk, mine: str, declaration: Declaration, data: bytes
):
    before = photo_of(declaration, FRONT).id
    path = f"{mine}/photos/id_front/retake"
    plain, part = upload(desk, path, data), upload(desk, path, data, HTMX)
    assert (plain.status_code, part.status_code) == (422, 422)
    assert 'type="file"' in text_of(plain)
    assert '<div class="banner bad" role="alert">' in text_of(plain)
    assert text_of(part).lstrip().startswith('<div id="banner"')
    assert b"<svg xmlns" not in plain.data + part.data
    assert photo_of(declaration, FRONT).id == before


def test_a_form_without_any_file_says_so(desk: Desk, mine: str):
    answer = desk.post(f"{mine}/photos/id_front/retake", HTMX)
    assert answer.status_code == 422
    assert "Chưa có ảnh nào được chọn" in text_of(answer)


def test_a_photo_may_be_larger_than_a_form_of_words_and_has_a_limit_too(desk: Desk, mine: str):
    path = f"{mine}/photos/id_front/retake"
    assert upload(desk, path, PLAIN + bytes(MAX_FORM_BYTES), HTMX).status_code == 200
    assert upload(desk, path, PLAIN + bytes(MAX_BYTES), HTMX).status_code == 422
    assert upload(desk, path, PLAIN + bytes(MAX_BYTES + 2**20), HTMX).status_code == 413


def test_other_forms_take_no_file_along(desk: Desk, mine: str):
    assert upload(desk, f"{mine}/present", bytes(MAX_FORM_BYTES)).status_code == 413


def test_nobody_without_a_session_has_a_photo_read(mine: str, app: Any):
    stranger = app.test_client()
    answer = stranger.post(f"{mine}/photos/id_front/retake", data={"photo": (BytesIO(bytes(5 * 2**20)), "a.jpg")})
    assert (answer.status_code, answer.location.split("?")[0]) == (303, "/login")


def test_the_link_is_shown_once_as_a_qr_and_names_nobody(desk: Desk, mine: str, declaration: Declaration):
    path = f"{mine}/photos/id_front/invite"
    part = text_of(desk.post(path, HTMX))
    assert 'src="data:image/svg+xml;base64,' in part
    assert 'hx-trigger="every 2s"' in part
    assert "còn 9 phút 59 giây" in part or "còn 10 phút 00 giây" in part
    waiting = text_of(desk.get(path, **HTMX))
    assert "data:image" not in waiting
    assert "Đang đợi ảnh" in waiting
    assert declaration.full_name not in part + waiting


def test_without_scripts_the_link_comes_on_a_page_of_its_own_that_leads_on(desk: Desk, mine: str):
    page = text_of(desk.post(f"{mine}/photos/id_front/invite"))
    assert 'src="data:image/svg+xml;base64,' in page
    assert "hx-trigger" not in page
    assert f'<a class="btn btn-outline-primary" href="{mine}/photos/id_front/retake">' in page


def test_what_came_from_the_phone_is_shown_and_accepted(
    desk: Desk, mine: str, officer: Actor, declaration: Declaration
):
    token = photo_links.invite(declaration.receipt_code, "id_front", officer).token
    photo_links.send(token, SHARP)
    part = text_of(desk.get(f"{mine}/photos/id_front/invite", **HTMX))
    assert "Ảnh từ điện thoại đã đến." in part
    assert "đã đọc mã QR" in part
    assert "every 2s" not in part
    assert '<div class="code" id="phone_code" hx-swap-oob="true">' in part
    shown = desk.get(f"{mine}/photos/id_front/sent?size=thumb")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert trail(TrailEvent.PHOTO) == []
    assert desk.get(f"{mine}/photos/id_front/sent").data[:3] == b"\xff\xd8\xff"
    assert [row.facts for row in trail(TrailEvent.PHOTO)] == [{"kind": "id_front", "source": "phone"}]
    sent = sent_id(declaration, officer)
    done = desk.post(f"{mine}/photos/id_front/accept", HTMX, photo=sent)
    assert done.status_code == 200
    assert 'id="photo_id_front" hx-swap-oob="true"' in text_of(done)
    assert str(photo_of(declaration, FRONT).id) == sent
    assert desk.get(f"{mine}/photos/id_front/sent").status_code == 404


def test_what_came_from_the_phone_is_discarded_for_another_try(
    desk: Desk, mine: str, officer: Actor, declaration: Declaration
):
    token = photo_links.invite(declaration.receipt_code, "id_front", officer).token
    photo_links.send(token, SHARP)
    before = photo_of(declaration, FRONT).id
    part = text_of(desk.post(f"{mine}/photos/id_front/discard", HTMX, photo=sent_id(declaration, officer)))
    assert "Hiện mã QR" in part
    assert photo_of(declaration, FRONT).id == before


def test_without_scripts_what_came_is_on_the_page_and_accepted_by_a_form(
    desk: Desk, mine: str, officer: Actor, declaration: Declaration
):
    photo_links.send(photo_links.invite(declaration.receipt_code, "id_front", officer).token, SHARP)
    page = text_of(desk.get(f"{mine}/photos/id_front/retake"))
    found = re.search(r'action="([^"]*/accept)".*?name="photo" value="([^"]+)"', page, re.S)
    assert found is not None
    answer = desk.post(found[1], photo=found[2])
    assert (answer.status_code, answer.location) == (303, mine)
    assert read_photo(photo_of(declaration, FRONT), "full")


def test_a_colleague_of_another_office_sees_nothing_that_came(
    desk: Desk, mine: str, officer: Actor, declaration: Declaration, app: Any
):
    photo_links.send(photo_links.invite(declaration.receipt_code, "id_front", officer).token, SHARP)
    with transaction() as session:
        make_officer(session, "nguoila", office=make_office(session, "00131"))
    stranger = Desk(app.test_client(), "nguoila")
    for path in ("sent", "invite", "retake"):
        assert stranger.get(f"{mine}/photos/id_front/{path}", **HTMX).status_code == 404
    assert stranger.post(f"{mine}/photos/id_front/accept", HTMX, photo="x").status_code == 404


def test_a_poll_writes_nothing_and_keeps_no_claim(desk: Desk, mine: str, officer: Actor, declaration: Declaration):
    """Design 4: polls extend neither claim nor session."""
    photo_links.invite(declaration.receipt_code, "id_front", officer)
    with transaction() as session:
        colleague = make_actor(session)
    decide.release(declaration.receipt_code, officer)
    decide.claim(declaration.receipt_code, colleague)
    before = len(trail(TrailEvent.REVIEW))
    assert desk.get(f"{mine}/photos/id_front/invite", **HTMX, **{"X-Poll": "1"}).status_code == 200
    assert len(trail(TrailEvent.REVIEW)) == before


@pytest.fixture
def person(desk: Desk, officer: Actor) -> str:
    """The address of the declaration of whom CARD is."""
    with transaction() as session:
        made = make_declaration(session, id_number="001085012345", full_name="Nguyễn Thử Mẫu")
    return f"/desk/{made.receipt_code}"


def test_the_qr_on_a_photo_is_taken_as_a_scan(desk: Desk, person: str):
    """Issue 4, item 1: no scanner at all."""
    answer = upload(desk, f"{person}/scan-photo", SHARP, HTMX)
    assert answer.status_code == 200
    page = text_of(answer)
    assert "quét, trùng" in page
    assert '<div id="retake" hx-swap-oob="true"></div>' in page
    assert upload(desk, f"{person}/scan-photo", SHARP).location == person


def test_a_photo_without_a_code_is_asked_for_again(desk: Desk, person: str):
    plain, part = upload(desk, f"{person}/scan-photo", PLAIN), upload(desk, f"{person}/scan-photo", PLAIN, HTMX)
    assert (plain.status_code, part.status_code) == (422, 422)
    assert "Xin đưa thẻ gần ống kính" in text_of(plain)
    assert 'type="file"' in text_of(plain)


def test_the_form_01_of_another_leads_to_it(desk: Desk, person: str, declaration: Declaration):
    other = jpeg(640, 480, qr=declaration.receipt_code)
    answer = upload(desk, f"{person}/scan-photo", other, HTMX)
    assert answer.status_code == 409
    assert f"/desk/{declaration.receipt_code}" in text_of(answer)


def test_the_page_for_reading_a_code_stands_alone_too(desk: Desk, person: str):
    path = f"{person}/scan-photo"
    assert f'href="{path}"' in text_of(desk.get(person))
    assert "Quét mã QR bằng máy ảnh" in text_of(desk.get(path))
    assert text_of(desk.get(path, **HTMX)).lstrip().startswith('<div class="retake" id="retake"')
