"""The pages of help at the desk over HTTP, with and without scripts (issue 10, point 10)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backoffice.intake import draft_links
from backoffice.intake.draft_rows import KEPT
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Declaration,
    DeclarationDraft,
    DeskEntry,
    DraftPhoto,
    Notice,
    Office,
    Officer,
    PhotoKind,
    Role,
)
from backoffice.rules.actors import Actor, officer_actor
from tests.assisted.entering import ADULT, TYPED, add_photos, approved
from tests.desk.browser import HTMX, Desk
from tests.factories import PASSWORD, make_account, make_actor, make_office
from tests.intake.sending import CARD, jpeg
from tests.signin.browser import open_token, with_form

PAGE = "/desk/new"


@pytest.fixture
def desk(client: FlaskClient, officer: Actor) -> Desk:
    desk = Desk(client, "tieptan")
    desk.get(PAGE)
    return desk


def token_of(desk: Desk) -> str:
    cookie = desk.client.get_cookie("desk_draft")
    return cookie.value if cookie else ""


def text_of(answer: Any) -> str:
    found: str = answer.get_data(as_text=True)
    return found


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_whole_way_without_scripts(desk: Desk, officer: Actor):
    desk.post(PAGE, scan=CARD, **TYPED, place="01--00004")
    page = text_of(desk.get(PAGE))
    assert 'value="001085012345"' in page
    for kind in ADULT:
        answer = desk.post(f"{PAGE}/photo?kind={kind.value}", photo=(BytesIO(jpeg(640, 480)), "anh.jpg"))
        assert answer.headers["Location"] == PAGE
    assert desk.get(f"{PAGE}/picture?kind=portrait").mimetype == "image/jpeg"
    answer = desk.post(PAGE, act="send", **TYPED)
    with transaction() as session:
        made = session.scalars(select(Declaration)).one()
    assert answer.headers["Location"] == f"/desk/{made.receipt_code}"
    assert "Bạn đã lập giúp" in text_of(desk.get(answer.headers["Location"]))
    assert "Lập giúp tờ khai tại quầy" in text_of(desk.get(answer.headers["Location"]))


def test_where_there_is_no_scanner_the_camera_reads_the_card_and_what_was_typed_stays(desk: Desk):
    scan = f"{PAGE}/scan"
    assert desk.get(scan).headers["Location"] == PAGE  # nothing begun yet
    assert desk.post(PAGE, act="camera", full_name="Nguyễn Thử Mầu", phone="0981234567").headers["Location"] == scan
    assert "Quét mã QR trên thẻ bằng máy ảnh" in text_of(desk.get(scan))
    for picture, said in ((jpeg(), "Chưa đọc được mã QR"), (b"", "Chưa có ảnh"), (b"no photo", "ảnh")):
        refused = desk.post(scan, photo=(BytesIO(picture), "anh.jpg"))
        assert said in text_of(refused)
        assert refused.status_code == 422
    foreign = desk.post(scan, photo=(BytesIO(jpeg(600, 600, qr="https://example.vn/la")), "anh.jpg"))
    assert foreign.headers["Location"] == PAGE
    assert 'id="f-scan-fault"' in text_of(desk.get(PAGE))
    desk.post(scan, photo=(BytesIO(jpeg(600, 600, qr=CARD)), "anh.jpg"))
    page = text_of(desk.get(PAGE))
    for stands in ('value="001085012345"', 'value="Nguyễn Thử Mầu"', 'value="0981234567"', "Lấy theo thẻ"):
        assert stands in page
    assert 'id="f-scan-fault"' not in page
    assert count(DraftPhoto) == 0


def test_d3_the_optional_fields_of_form_01_are_asked_here_too(desk: Desk, officer: Actor):
    others = {
        "start_date": f"{clock.today():%d/%m/%Y}", "registered_at": "ivan", "submission_method": "Nộp tại quầy",
        "contact_person": "Bà Mẫu", "send_form01_by_email": "1", "email": "mau@example.vn",
    }  # fmt: skip
    desk.post(PAGE, scan=CARD, **TYPED, **others, place="01--00004")
    page = text_of(desk.get(PAGE))
    assert 'class="others" open' in page
    add_photos(token_of(desk), officer, *ADULT)
    assert desk.post(PAGE, act="send", **TYPED, **others | {"start_date": "31/02/2099"}).headers["Location"] == PAGE
    assert 'id="f-start_date-fault"' in text_of(desk.get(PAGE))
    desk.post(PAGE, act="send", **TYPED, **others)
    with transaction() as session:
        made = session.scalars(select(Declaration)).one()
    assert (made.start_date, made.registered_at, made.submission_method, made.contact_person) == (
        clock.today(), "ivan", "Nộp tại quầy", "Bà Mẫu",
    )  # fmt: skip
    assert made.send_form01_by_email is True


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(desk: Desk):
    answer = desk.post(PAGE, act="send", full_name="Nguyễn Thử Mẫu 😀", phone="12")
    assert answer.headers["Location"] == PAGE
    page = text_of(desk.get(PAGE))
    assert 'id="f-phone-fault"' in page
    assert 'value="Nguyễn Thử Mẫu 😀"' in page
    assert page.count("Thiếu ảnh này.") == 2
    assert 'id="f-full_name-fault"' in page
    assert "autofocus" in re.search(r'<input[^>]*id="f-full_name"[^>]*>', page)[0]  # type: ignore[index]


def test_what_is_typed_is_kept_as_one_goes_and_after_a_lock(desk: Desk):
    assert desk.post(PAGE, act="save", full_name="Nguyễn Thử").status_code == 204
    desk.post("/lock")
    assert "Nguyễn Thử" not in text_of(desk.get(PAGE))
    desk.post("/unlock", username="tieptan", password=PASSWORD)
    assert 'value="Nguyễn Thử"' in text_of(desk.get(PAGE))


def test_requests_at_once_on_an_empty_page_are_one_draft(desk: Desk, app: Flask):
    def keep(_: int) -> int:
        other = app.test_client()
        for name in ("desk_draft", "officer", "form"):
            cookie = desk.client.get_cookie(name)
            if cookie:
                other.set_cookie(name, cookie.value)
        return other.post(PAGE, data={"csrf_token": form, "act": "save", "full_name": "Nguyễn"}).status_code

    form = desk.token()
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(keep, range(4))) == {204}
    assert count(DeclarationDraft) == 1


def test_after_two_hours_what_was_just_typed_is_still_there(desk: Desk):
    desk.post(PAGE, act="save", full_name="Nguyễn Thử")
    with clock.at(clock.now() + KEPT):
        desk.post("/unlock", username="tieptan", password=PASSWORD)
        desk.post(PAGE, act="find", full_name="Nguyễn Thử Hai", begun="1")
        page = text_of(desk.get(PAGE))
    assert "quá 2 giờ" in page
    assert 'value="Nguyễn Thử Hai"' in page


def focused(page: str) -> str:
    found = re.search(r'<(?:input|select)[^>]*name="(\w+)"[^>]*autofocus', page)
    return found[1] if found else ""


def test_the_keyboard_goes_on_where_something_is_missing(desk: Desk):
    assert focused(text_of(desk.get(PAGE))) == "scan"
    desk.post(PAGE, scan=CARD)
    assert focused(text_of(desk.get(PAGE))) == "bhxh_code"
    desk.post(PAGE, act="find", bhxh_code="0123456789")
    assert focused(text_of(desk.get(PAGE))) == "phone"  # the card told where its owner lives
    desk.post(PAGE, act="send", **TYPED | {"email": "x"})
    assert focused(text_of(desk.get(PAGE))) == "email"


def test_a_form_01_scanned_here_is_no_card(desk: Desk):
    desk.post(PAGE, scan="7K4M-92QX-3A0")
    assert 'id="f-scan-fault"' in text_of(desk.get(PAGE))
    desk.post(PAGE, scan=CARD)
    assert 'id="f-scan-fault"' not in text_of(desk.get(PAGE))


NAUGHTY = [
    "x" * 10_000, "Nguyễn\u202eThử", "Nguye\u0302\u0303n", "\x00\x07", "<script>alert(1)</script>", "😀 👨‍👩‍👧",
    "'; DROP TABLE--", "a\r\nBcc: x@example.vn", "{{ 7*7 }}", "٠١٢٣٤٥٦٧٨٩", "-1", "null", "％００",
]  # fmt: skip


def test_whatever_is_typed_or_scanned_is_answered_with_a_page(desk: Desk):
    for text in NAUGHTY:
        typed = dict.fromkeys(
            ("full_name", "bhxh_code", "id_type", "id_number", "date_of_birth", "line", "email"), text
        )
        answer = desk.post(PAGE, act="send", phone=text, place_q=text, place=text, scan=text, **typed)
        assert answer.status_code == 303
        answer = desk.post(PAGE, act="send", phone=text, **typed)
        assert answer.status_code == 303
        page = desk.get(PAGE)
        assert page.status_code == 200
        assert "<script>alert" not in text_of(page)
        assert desk.post(f"{PAGE}/places", HTMX, place_q=text).status_code == 200
    assert count(Declaration) == 0


def test_send_pressed_twice_leads_both_to_the_one_declaration(desk: Desk, officer: Actor):
    desk.post(PAGE, scan=CARD, **TYPED, place="01--00004")
    add_photos(token_of(desk), officer, *ADULT)
    mine = token_of(desk)
    first = desk.post(PAGE, act="send", **TYPED)
    desk.client.set_cookie("desk_draft", mine)
    second = desk.post(PAGE, act="send", **TYPED)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(Declaration) == 1
    assert count(Notice) == 0


def test_only_photos_that_are_wanted_are_taken(desk: Desk):
    desk.post(PAGE, act="save", id_type="passport")
    for kind in ("id_back", "birth_certificate", "x"):
        for path in ("photo", "phone"):
            assert desk.post(f"{PAGE}/{path}?kind={kind}", photo=(BytesIO(jpeg()), "anh.jpg")).status_code == 404
    assert desk.get(f"{PAGE}/photo?kind=id_front").status_code == 200
    answer = desk.post(f"{PAGE}/photo?kind=id_front", photo=(BytesIO(b"no picture"), "anh.jpg"))
    assert answer.status_code == 422
    assert "Ở quầy này" in text_of(answer)


def test_the_card_of_an_account_leads_to_its_page(desk: Desk, officer: Actor):
    """D2: whoever lost phone and password adjusts or stops; K9: a scan is an exact search."""
    with transaction() as session:
        account = make_account(session, id_number="001085012345", office=make_office(session, "07901"))
    where = f"/desk/accounts/{account.id}/declare"
    assert desk.get(where).status_code == 404
    desk.post(PAGE, scan=CARD)
    assert f'href="{where}"' in text_of(desk.get(PAGE))
    assert desk.get(where).status_code == 200


def test_places_are_looked_for_while_typing(desk: Desk):
    part = text_of(desk.post(f"{PAGE}/places", HTMX, place_q="phuc xa ba dinh"))
    assert part.lstrip().startswith('<div id="places"')
    assert "Phường Phúc Xá" in part


def test_the_citizens_phone_sends_one_photo_once(desk: Desk, app: Flask):
    desk.post(PAGE, act="save", full_name="Nguyễn Thử")
    page = text_of(desk.post(f"{PAGE}/phone?kind=portrait", HTMX))
    assert "data:image/svg+xml" in page
    assert 'data-state="waiting"' in text_of(desk.get(f"{PAGE}/phone?kind=portrait", **HTMX))
    link = invited(desk)
    phone = app.test_client()
    assert "ảnh chân dung" in text_of(phone.get(f"/anh/{link}"))
    assert "Đã nhận ảnh" in text_of(send(phone, link))
    assert 'data-state="arrived"' in text_of(desk.get(f"{PAGE}/phone?kind=portrait", **HTMX))
    assert send(phone, link).status_code == 410
    assert count(DraftPhoto) == 1


@pytest.mark.parametrize("ends", ["dropped", "disabled", "new link", "late", "no photo"])
def test_a_link_ends_with_what_it_is_for(desk: Desk, app: Flask, officer: Actor, ends: str):
    desk.post(PAGE, act="save", full_name="Nguyễn Thử")
    link = invited(desk)
    now = clock.now()
    match ends:
        case "dropped":
            desk.post(f"{PAGE}/drop")
        case "disabled":
            with transaction() as session:
                session.get_one(Officer, officer.id).disabled_at = clock.now()
        case "new link":
            invited(desk)
        case "late":
            now = now.replace(year=now.year + 1)
    data = b"no picture" if ends == "no photo" else jpeg()
    with clock.at(now):
        status = send(app.test_client(), link, data).status_code
    assert status == {"disabled": 410, "late": 410, "no photo": 422}.get(ends, 404)
    assert count(DraftPhoto) == 0


def invited(desk: Desk) -> str:
    with transaction() as session:
        mine = officer_actor(session.scalars(select(Officer).where(Officer.username == "tieptan")).one())
    return draft_links.invite(token_of(desk), PhotoKind.PORTRAIT, mine).token


def send(phone: FlaskClient, link: str, data: bytes = b"") -> Any:
    form = {"csrf_token": open_token(with_form(phone)), "photo": (BytesIO(data or jpeg()), "anh.jpg")}
    return phone.post(f"/anh/{link}", data=form)


def test_a_colleague_at_the_same_browser_sees_nothing_of_it(desk: Desk, app: Flask, officer: Actor, colleague: Actor):
    desk.post(PAGE, act="save", full_name="Nguyễn Thử Bí Mật")
    add_photos(token_of(desk), officer, PhotoKind.PORTRAIT)
    other = Desk(app.test_client(), "dongnghiep")
    other.client.set_cookie("desk_draft", token_of(desk))
    assert "Bí Mật" not in text_of(other.get(PAGE))
    other.client.set_cookie("desk_draft", token_of(desk))
    assert other.get(f"{PAGE}/picture?kind=portrait").status_code == 404
    assert other.post(f"{PAGE}/phone?kind=portrait").status_code == 404


def test_a_closed_office_is_told_on_the_page(desk: Desk, officer: Actor):
    desk.post(PAGE, scan=CARD, **TYPED, place="01--00004")
    add_photos(token_of(desk), officer, *ADULT)
    with transaction() as session:
        session.get_one(Office, officer.office_id).closed_at = clock.now()
    desk.post(PAGE, act="send", **TYPED)
    assert "đã ngừng hoạt động" in text_of(desk.get(PAGE))
    assert count(Declaration) == 0


def test_the_supervisor_checks_the_sample(desk: Desk, app: Flask, officer: Actor):
    code = approved(officer)
    with transaction() as session:
        session.scalars(select(DeskEntry)).one().draw = 0
        make_actor(session, Role.SUPERVISOR, username="lanhdao", full_name="Phạm Thử Lãnh Đạo")
    above = Desk(app.test_client(), "lanhdao")
    assert "Nguyễn Thử Mẫu" in text_of(above.get("/desk/samples"))
    answer = above.post("/desk/samples", receipt_code=code, verdict="objection", note="")
    assert answer.status_code == 422
    assert "Xin ghi điều cần xem lại" in text_of(answer)
    above.post("/desk/samples", receipt_code=code, verdict="objection", note="Xem lại chữ ký.")
    assert "Xem lại chữ ký." in text_of(above.get("/desk/samples"))
    assert desk.get("/desk/samples").status_code == 403
