"""The page a citizen's phone opens from the QR at the counter: it takes one photo, once, and names nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.config import Settings
from backoffice.decision import actions as decide
from backoffice.decision import photo_links
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.intake.photo_page import PAGES_A_MINUTE, PHOTOS_A_MINUTE
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Photo, PhotoKind
from backoffice.rules.actors import Actor
from tests.desk.pictures import add_photos
from tests.factories import make_actor, make_declaration
from tests.intake.sending import CARD, jpeg

SHARP = jpeg(1280, 960, qr=CARD)


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def declaration(officer: Actor, started: Settings) -> Declaration:
    with transaction() as session:
        made = make_declaration(session, email="nguoi.thu@example.vn")
    add_photos(made)
    decide.claim(made.receipt_code, officer)
    return made


@pytest.fixture
def link(declaration: Declaration, officer: Actor) -> str:
    """The address that the QR for the front of the ID leads to."""
    return f"/anh/{photo_links.invite(declaration.receipt_code, 'id_front', officer).token}"


@pytest.fixture
def phone(client: FlaskClient) -> FlaskClient:
    return client


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def send(phone: FlaskClient, link: str, data: bytes | None, token: str | None = None) -> TestResponse:
    """Open the page and send its form, as a browser without scripts does."""
    page = phone.get(link)
    form: dict[str, Any] = {"csrf_token": token_in(page.text) if token is None else token}
    if data is not None:
        form["photo"] = (BytesIO(data), "IMG_0001.HEIC")
    return phone.post(link, data=form, content_type="multipart/form-data")


def arrived(declaration: Declaration, officer: Actor) -> bool:
    return photo_links.link_of(declaration.receipt_code, "id_front", officer).sent is not None


def test_the_page_says_what_to_photograph_and_works_without_scripts(phone: FlaskClient, link: str):
    answer = phone.get(link)
    assert answer.status_code == 200
    assert "Chụp ảnh mặt trước giấy tờ" in answer.text
    assert 'type="file" name="photo" accept="image/*" capture="environment"' in answer.text
    assert "<script" not in answer.text


def test_a_portrait_is_taken_by_the_camera_that_looks_at_one(
    phone: FlaskClient, declaration: Declaration, officer: Actor
):
    token = photo_links.invite(declaration.receipt_code, "portrait", officer).token
    assert 'capture="user"' in phone.get(f"/anh/{token}").text


def test_no_answer_names_anybody_or_is_kept(phone: FlaskClient, link: str, declaration: Declaration, officer: Actor):
    """Design 5: whoever picks up the link learns nothing of whom it is about."""
    answers = [
        phone.get(link),
        send(phone, link, b"no photo"),
        send(phone, link, SHARP),
        phone.get(link),
        phone.get("/anh/" + "x" * 43),
    ]
    told = (
        declaration.full_name, declaration.bhxh_code, declaration.id_number, declaration.phone, "example.vn",
        declaration.receipt_code, officer.name, officer.username, "00114",
    )  # fmt: skip
    for answer in answers:
        assert [name for name in told if name in answer.text] == []
        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.text


def test_a_photo_that_is_sent_waits_for_the_officer(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor
):
    with transaction() as session:
        before = session.query(Photo).filter_by(declaration_id=declaration.id, kind=PhotoKind.ID_FRONT).one().id
    answer = send(phone, link, SHARP)
    assert answer.status_code == 200
    assert "Cán bộ đã nhận được ảnh" in answer.text
    assert arrived(declaration, officer)
    with transaction() as session:
        assert session.query(Photo).filter_by(declaration_id=declaration.id, kind=PhotoKind.ID_FRONT).one().id == before


def test_a_link_that_was_used_says_so(phone: FlaskClient, link: str):
    token = token_in(phone.get(link).text)
    send(phone, link, SHARP)
    again = phone.get(link)
    assert again.status_code == 410
    assert "Ảnh đã được gửi bằng mã này rồi." in again.text
    assert "<form" not in again.text
    twice = phone.post(link, data={"csrf_token": token, "photo": (BytesIO(SHARP), "a.jpg")})
    assert twice.status_code == 410


def test_a_link_ends_after_ten_minutes_also_under_a_photo_on_its_way(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor
):
    token = token_in(phone.get(link).text)
    with clock.at(clock.now() + timedelta(minutes=11)):
        late = phone.get(link)
        sent = phone.post(link, data={"csrf_token": token, "photo": (BytesIO(SHARP), "a.jpg")})
        large = phone.post(link, data={"csrf_token": token, "photo": (BytesIO(SHARP + bytes(3 * 2**20)), "a.jpg")})
    assert [answer.status_code for answer in (late, sent, large)] == [410, 410, 410]
    assert "hết hạn" in late.text
    assert "hết hạn" in sent.text
    assert "hết hạn" in large.text
    assert not arrived(declaration, officer)


@pytest.mark.parametrize("token", ["x", "x" * 43, "a" * 2000, "..%2f..%2fetc", "%00", "ảnh"])
def test_an_invented_link_opens_nothing(phone: FlaskClient, database: None, token: str):
    answer = phone.get(f"/anh/{token}")
    assert answer.status_code == 404


def test_a_link_of_a_decided_declaration_is_of_no_use(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor
):
    token = token_in(phone.get(link).text)
    decide.reject(declaration.receipt_code, officer, ["form01_unsigned"], "")
    assert phone.get(link).status_code == 410
    assert phone.post(link, data={"csrf_token": token, "photo": (BytesIO(SHARP), "a.jpg")}).status_code == 410


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "Chưa có ảnh nào được chọn."),
        (b"", "Chưa có ảnh nào được chọn."),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Tệp này không phải ảnh"),
        (b"<html><script>alert(1)</script>", "Tệp này không phải ảnh"),
        (SHARP[:2000], "Không đọc được ảnh"),
    ],
)
def test_what_is_no_photo_is_asked_for_again_by_the_same_link(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor, data: bytes | None, said: str
):
    answer = send(phone, link, data)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'type="file"' in answer.text
    assert "alert(1)" not in answer.text
    assert not arrived(declaration, officer)
    assert send(phone, link, SHARP).status_code == 200


def test_a_photo_that_is_too_large_is_told_so_and_not_read(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor
):
    answer = send(phone, link, bytes(MAX_BYTES + 2**20))
    assert answer.status_code == 413
    assert "Ảnh nặng hơn 12 MB." in answer.text
    assert 'type="file"' in answer.text
    assert send(phone, link, SHARP + bytes(11 * 2**20)).status_code == 200


def test_a_form_from_elsewhere_is_refused_with_what_to_do(
    phone: FlaskClient, link: str, declaration: Declaration, officer: Actor
):
    for token in ("", "invented"):
        answer = send(phone, link, SHARP, token=token)
        assert answer.status_code == 400
        assert "Xin quét lại mã QR" in answer.text
    assert not arrived(declaration, officer)


def test_whoever_asks_without_end_is_held_up(phone: FlaskClient, link: str):
    for _ in range(PAGES_A_MINUTE):
        assert phone.get("/anh/x").status_code == 404
    answer = phone.get(link)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert phone.get(link, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_whoever_sends_without_end_is_held_up(phone: FlaskClient, link: str):
    token = token_in(phone.get(link).text)
    answers = [phone.post(link, data={"csrf_token": token}).status_code for _ in range(PHOTOS_A_MINUTE + 1)]
    assert answers == [422] * PHOTOS_A_MINUTE + [429]


@pytest.fixture
def queue_out(started: Settings) -> Iterator[None]:
    queue.configure("unix:///nowhere/at/all.sock")
    yield
    queue.configure(started.redis_url)


def test_a_missing_queue_holds_nobody_up(phone: FlaskClient, link: str, queue_out: None):
    assert send(phone, link, SHARP).status_code == 200


def test_the_address_of_the_phone_is_kept_as_a_keyed_hash_alone(phone: FlaskClient, link: str):
    phone.get(link, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    keys = b" ".join(queue.connection().keys("rate:*"))
    assert b"rate:photo_page:" in keys
    assert b"203.0.113.77" not in keys
