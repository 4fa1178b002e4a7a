"""The public form from page to page (issue 10, points 1, 4 and 7): nothing is lost, nothing is sent twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backoffice.intake import drafts, phone_limit
from backoffice.intake.draft_rows import KEPT
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import TooManyRequests
from backoffice.models import (
    Channel,
    Declaration,
    DeclarationDraft,
    Notice,
    NoticeKind,
    Office,
    OfficeWard,
    TrailEvent,
    TrailRow,
)
from backoffice.portal import declare_look
from backoffice.rules import consent
from backoffice.rules.actors import CITIZEN
from tests.decision.test_races import together
from tests.factories import make_account, make_office
from tests.intake.sending import jpeg
from tests.portal.filling import TYPED, add_photos, begin, draft_of, filled, post, send, text_of, token_of


@pytest.fixture(autouse=True)
def office(database: None) -> None:
    with transaction() as session:
        here = make_office(session, "00114", name="BHXH huyện Thử", province_code="01", email="cq@example.vn")
        session.add(OfficeWard(office_id=here.id, ward_code="00004"))
        make_office(session, "00115", name="BHXH quận Khác", province_code="01")


def count(model: type) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def declared() -> Declaration:
    with transaction() as session:
        return session.scalars(select(Declaration)).one()


def send_photo(client: FlaskClient, kind: str, data: bytes) -> TestResponse:
    files = {"photo": (BytesIO(data), "anh.jpg")}
    return post(client, f"/declare/photos/{kind}", **files)


def test_d4_each_photo_is_taken_shown_back_to_this_browser_alone_and_asked_for_until_it_is_there(
    app: Flask, client: FlaskClient
):
    begin(client)
    post(client, "/declare/data", **TYPED)
    assert post(client, "/declare/photos").location == "/declare/photos"
    assert "Thiếu ảnh chân dung" in client.get("/declare/photos").text
    for kind in ("portrait", "id_front"):
        assert send_photo(client, kind, jpeg(120, 160)).location == f"/declare/photos#f-{kind}"
    shown = client.get("/declare/photos/portrait")
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["Cache-Control"] == "no-store"
    assert app.test_client().get("/declare/photos/portrait").status_code == 404
    assert client.get("/declare/photos/id_back").status_code == 404
    assert client.get("/declare/photos/nothing").status_code == 404
    page = client.get("/declare/photos").text
    assert "Ảnh nhỏ, phóng to sẽ vỡ nét" in page
    assert "mặt sau" not in page  # a passport has none
    assert post(client, "/declare/photos").location == "/declare/office"


def test_what_is_no_photo_is_told_beside_it_and_the_one_before_stays(client: FlaskClient):
    begin(client)
    send_photo(client, "portrait", jpeg(120, 160))
    before = draft_of(client).photos
    for data in (b"", b"x" * 1000, b"%PDF-1.7", jpeg(120, 160)[:900]):
        send_photo(client, "portrait", data)
        assert 'class="fault"' in client.get("/declare/photos").text
    assert draft_of(client).photos.keys() == before.keys()
    send_photo(client, "portrait", jpeg(120, 161))
    assert 'class="fault"' not in client.get("/declare/photos").text


def test_d13_nothing_begins_before_consent_is_given(client: FlaskClient):
    page = client.get("/declare")
    assert consent.consent(consent.current()) in text_of(page)
    refused = post(client, "/declare", kind="register")
    assert refused.status_code == 422
    assert "Cần đánh dấu đồng ý" in refused.text
    assert post(client, "/declare", kind="other", consent="1").status_code == 422
    assert count(DeclarationDraft) == 0


def test_every_step_is_a_post_answered_by_303_and_keeps_what_was_typed(client: FlaskClient):
    begin(client)
    wrong = post(client, "/declare/data", **TYPED | {"phone": "12", "full_name": "Nguyễn Thử Mẫu"})
    assert (wrong.status_code, wrong.location) == (303, "/declare/data")
    page = client.get("/declare/data")
    assert "Lỗi:" in page.text
    assert 'value="12"' in page.text
    assert 'value="Nguyễn Thử Mẫu"' in page.text
    assert post(client, "/declare/data", **TYPED).location == "/declare/photos"
    assert "Lỗi:" not in client.get("/declare/data").text


def test_going_back_and_looking_for_a_place_keep_what_was_typed_and_blame_nobody(client: FlaskClient):
    begin(client)
    assert post(client, "/declare/data", act="back", full_name="Nguyễn").location == "/declare"
    assert "Điền tiếp" in client.get("/declare").text
    found = post(client, "/declare/data", act="find", full_name="Nguyễn", place_q="phuc xa ba dinh")
    assert found.location == "/declare/data#place"
    page = client.get("/declare/data")
    assert "Phường Phúc Xá, Quận Ba Đình" in page.text
    assert 'value="Nguyễn"' in page.text
    assert "Lỗi:" not in page.text


def test_a_chosen_place_stays_chosen_while_another_is_looked_for(client: FlaskClient):
    begin(client)
    post(client, "/declare/data", place="01--00004", act="save")
    part = post(client, "/declare/places", place_q="ly son")
    assert 'value="01--00004" checked' in part.text
    assert "Đặc khu Lý Sơn" in part.text


def test_a_place_never_offered_counts_as_none(client: FlaskClient):
    begin(client)
    for codes in ("99--99999", "01-001-26734", "x", "01----", "01--"):
        post(client, "/declare/data", **TYPED | {"place": codes})
        assert "Chưa chọn xã, phường nơi ở" in client.get("/declare/data").text, codes


def test_a_box_that_is_not_ticked_any_more_is_taken_out(client: FlaskClient):
    begin(client)
    post(client, "/declare/data", **TYPED | {"send_form01_by_email": "1"})
    post(client, "/declare/data", **TYPED)
    assert draft_of(client).values["send_form01_by_email"] == ""


def test_the_office_that_serves_the_ward_is_offered_first(client: FlaskClient):
    begin(client)
    post(client, "/declare/data", **TYPED)
    page = text_of(client.get("/declare/office"))
    assert "Gần Phường Ba Đình" in page
    assert page.index("BHXH huyện Thử") < page.index("BHXH quận Khác")
    assert "Phục vụ xã, phường này" in page
    assert "Bản đồ" in page
    post(client, "/declare/office", act="find", office_q="khac")
    assert "BHXH huyện Thử" not in text_of(client.get("/declare/office"))
    post(client, "/declare/office", act="find", office_q="")
    assert post(client, "/declare/office").location == "/declare/office"
    assert "Chưa chọn cơ quan" in client.get("/declare/office").text


def test_d10_the_confirmation_says_where_with_what_and_by_when(client: FlaskClient):
    filled(client)
    assert "Số 2 phố Mẫu, Phường Ba Đình, Thành phố Hà Nội" in text_of(client.get("/declare/look"))
    assert send(client).location == "/declare/done"
    page = text_of(client.get("/declare/done"))
    made = declared()
    assert made.channel.value == "portal"
    assert made.consent_wording == consent.current()
    assert f"chậm nhất {made.expires_at:%d/%m/%Y}" in page
    for said in ("BHXH huyện Thử", "Giấy tờ tùy thân bản gốc", "Mẫu số 01 đã ký"):
        assert said in page
    with transaction() as session:
        notices = session.scalars(select(Notice.kind)).all()
        trail = session.scalars(select(TrailRow).where(TrailRow.event == TrailEvent.DECLARE)).one()
    assert notices == [NoticeKind.RECEIVED]
    assert trail.facts["channel"] == "portal"


def test_after_sending_every_page_of_the_form_leads_to_the_confirmation(client: FlaskClient):
    filled(client)
    send(client)
    for path in ("data", "office", "look"):
        assert client.get(f"/declare/{path}").location == "/declare/done"
        assert post(client, f"/declare/{path}", full_name="Khác").location == "/declare/done"
    assert post(client, "/declare/send").location == "/declare/done"
    assert count(Declaration) == 1


def test_the_same_form_sent_fifty_times_at_once_becomes_one_declaration(app: Flask, client: FlaskClient):
    filled(client)
    send(client, undertaking="")  # shown to be no machine; not sent, for the undertaking is missing
    fields = {"csrf_token": client.get("/declare/look").text.split('name="csrf_token" value="')[1].split('"')[0]}
    cookies = [client.get_cookie(name) for name in ("declare", "form")]

    def press(_: int) -> str | None:
        browser = app.test_client()
        for cookie in cookies:
            assert cookie is not None
            browser.set_cookie(cookie.key, cookie.value)
        return browser.post("/declare/send", data=fields | {"undertaking": "1"}).location

    with ThreadPoolExecutor(10) as threads:
        led = list(threads.map(press, range(50)))
    assert count(Declaration) == 1
    assert "/declare/done" in led
    assert set(led) <= {"/declare/done", "/declare/look#human"}


def test_what_is_wrong_leads_to_the_step_where_it_is_mended(client: FlaskClient):
    begin(client)
    send(client, undertaking="")
    page = client.get("/declare/look").text
    for href in ("/declare/data#f-full_name", "/declare/data#f-place_q", "/declare/photos#f-portrait"):
        assert f'href="{href}"' in page
    assert "Cần đánh dấu cam kết" in page
    places = [page.index(f'#f-{name}"') for name in ("full_name", "bhxh_code", "portrait", "office_code")]
    assert places == sorted(places)


def test_d6_a_phone_of_somebody_elses_account_is_told_after_sending_alone_and_names_nobody(client: FlaskClient):
    with transaction() as session:
        make_account(session, bhxh_code="0987654321", full_name="Trần Thị Lạ", phone="0981234567")
    filled(client)
    assert "đã dùng cho tài khoản" not in client.get("/declare/data").text
    assert "đã dùng cho tài khoản" not in client.get("/declare/look").text
    send(client)
    page = client.get("/declare/look").text
    assert "đã dùng cho tài khoản" in page
    assert "Trần" not in page
    assert "0987654321" not in page
    assert count(Declaration) == 0


def test_d6_whoever_was_shown_to_be_no_machine_cannot_ask_for_one_phone_after_the_other_by_looking(client: FlaskClient):
    with transaction() as session:
        make_account(session, bhxh_code="0987654321", phone="0981234567")
    filled(client, phone="0987 000 111", full_name="")
    send(client)
    assert 'href="/declare/data#f-full_name"' in client.get("/declare/look").text
    post(client, "/declare/data", phone="0981234567", act="save")
    assert "đã dùng cho tài khoản" not in client.get("/declare/look").text
    post(client, "/declare/send", undertaking="1")
    assert "đã dùng cho tài khoản" in client.get("/declare/look").text


def test_an_office_closed_meanwhile_is_told_and_one_merged_hands_over_to_its_heir(client: FlaskClient):
    filled(client)
    with transaction() as session:
        session.scalars(select(Office).where(Office.code == "00114")).one().closed_at = clock.now()
    for step in ("office", "look"):  # told where one is, not only once it is sent
        assert "không còn tiếp nhận" in client.get(f"/declare/{step}").text
    send(client)
    assert "đã ngừng hoạt động" in client.get("/declare/look").text
    post(client, "/declare/office")
    assert "không còn tiếp nhận" in client.get("/declare/office").text
    with transaction() as session:
        heir = session.scalars(select(Office).where(Office.code == "00115")).one()
        session.scalars(select(Office).where(Office.code == "00114")).one().successor_id = heir.id
    send(client)
    assert "BHXH quận Khác" in text_of(client.get("/declare/done"))


def test_a_draft_that_lapsed_or_was_dropped_is_told_and_its_cookie_goes(client: FlaskClient):
    began = clock.now()
    with clock.at(began):
        begin(client)
    token = token_of(client)
    with clock.at(began + KEPT + timedelta(minutes=1)):
        over = client.get("/declare/data")
    assert over.status_code == 404
    assert "khai lại từ đầu" in text_of(over)
    assert client.get_cookie("declare") is None
    begin(client)
    post(client, "/declare/drop")
    assert client.get_cookie("declare") is None
    assert client.get("/declare/done").status_code == 404
    drafts.tidy()
    assert token != ""


def test_beginning_anew_deletes_what_was_begun_before(client: FlaskClient):
    begin(client)
    add_photos(client)
    begin(client)
    assert count(DeclarationDraft) == 1
    assert draft_of(client).photos == {}


def test_whoever_begins_anew_is_told_before_that_what_was_begun_goes(client: FlaskClient):
    warning = "tờ khai đang điền dở trên máy này bị xóa"
    assert warning not in client.get("/declare").text
    begin(client)
    assert warning in client.get("/declare").text
    assert "(nếu có) bị thay khi bắt đầu" in client.get("/declare/begin/child").text


def test_nothing_personal_stands_in_addresses_cookies_or_what_a_browser_keeps(client: FlaskClient):
    filled(client)
    answers = [client.get(f"/declare/{path}") for path in ("", "data", "office", "look") if path]
    answers += [post(client, "/declare/data", **TYPED), send(client), client.get("/declare/done")]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        for header in ("Location", "Set-Cookie"):
            assert not any(said in str(answer.headers.getlist(header)) for said in ("098", "Mẫu", "C1234567", "01234"))
    cookie = client.get_cookie("declare")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_too_many_sent_for_one_phone_or_from_one_address_wait_and_lose_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    none = replace(declare_look.FROM_ADDRESS, most=0)
    for where, limit, few in ((phone_limit, "MOST", 0), (declare_look, "FROM_ADDRESS", none)):
        before = getattr(where, limit)
        monkeypatch.setattr(where, limit, few)
        filled(client)
        refused = send(client)
        assert refused.status_code == 429
        assert "Retry-After" in refused.headers
        assert "Nội dung đã điền vẫn còn" in refused.text
        assert draft_of(client).values["full_name"] == "Nguyễn Thử Mẫu"
        monkeypatch.setattr(where, limit, before)
    assert count(Declaration) == 0


def test_of_many_sent_at_once_for_one_phone_no_more_than_the_limit_are_taken(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    """And one draft pressed many times counts once."""
    monkeypatch.setattr(phone_limit, "MOST", 2)
    clients = [app.test_client() for _ in range(4)]
    for client in clients:
        filled(client)
        drafts.put(token_of(client), {"undertaking": "1"})
    tokens = [token_of(client) for client in clients for _ in range(2)]

    def press(token: str) -> bool:
        try:
            return bool(drafts.send(token, CITIZEN, Channel.PORTAL))
        except TooManyRequests:
            return False

    assert sum(map(bool, together(*[partial(press, token) for token in tokens]))) == 4
    assert count(Declaration) == 2


def test_the_final_look_shows_days_as_people_write_them(client: FlaskClient):
    filled(client, date_of_birth="20011985")
    assert "20/01/1985" in client.get("/declare/look").text


def test_the_start_leads_to_the_search_for_an_office_and_to_signing_in(client: FlaskClient):
    page = client.get("/declare").text
    assert 'href="/declare/offices"' in page
    assert 'href="/account/sign-in"' in page
    assert 'href="/declare"' in client.get("/declare/offices").text


def test_over_https_the_cookie_is_bound_to_the_host(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    page = client.get("/declare", base_url="https://localhost").text
    fields = {
        "csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0],
        "kind": "register",
        "consent": "1",
    }
    begun = client.post(
        "/declare", data=fields, base_url="https://localhost", headers={"Referer": "https://localhost/"}
    )
    [cookie] = [one for one in begun.headers.getlist("Set-Cookie") if "declare=" in one]
    assert cookie.startswith("__Host-declare=")
    for mark in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax", "Max-Age=7200"):
        assert mark in cookie


def test_d9_form_01_goes_to_the_address_given_when_it_is_asked_for(client: FlaskClient):
    filled(client, send_form01_by_email="1")
    send(client)
    with transaction() as session:
        kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
        letter = session.scalars(select(Notice).where(Notice.kind == NoticeKind.FORM01)).one()
    assert len(kinds) == 2
    assert letter.recipient == TYPED["email"]
    assert letter.attach_form01
