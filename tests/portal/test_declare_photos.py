"""The step of the photos (D4): every fault has its own sentence, beside its photo, and the photo before stays."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image, ImageFilter
from sqlalchemy import select

from backoffice.dossier.house import house
from backoffice.dossier.photos import file_names
from backoffice.gateways.photos import PhotoRefused, Refusal, get_pool
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.gateways.photos.refusal import SENTENCES
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Unavailable
from backoffice.models import Photo, PhotoKind
from backoffice.portal import declare_photos
from tests.factories import make_office
from tests.gateways.photos.samples import card, huge_png, in_format, on_table, picture, saved, with_scans
from tests.intake.sending import CARD, jpeg
from tests.portal.filling import TYPED, begin, draft_of, filled, post, send, text_of


def send_photo(client: FlaskClient, kind: str, data: bytes, name: str = "anh.jpg") -> None:
    files = {"photo": (BytesIO(data), name)}
    answer = post(client, f"/declare/photos/{kind}", **files)  # type: ignore[arg-type]
    assert (answer.status_code, answer.location) == (303, f"/declare/photos#f-{kind}")


def at_photos(client: FlaskClient, **typed: str) -> None:
    begin(client)
    post(client, "/declare/data", **TYPED | {"id_type": "citizen_id", "id_number": "001085012345"} | typed)


def section(client: FlaskClient, kind: str) -> str:
    """What the page says of one photo."""
    page = client.get("/declare/photos").text
    return page.split(f'<section class="photo" id="f-{kind}"')[1].split("</section>")[0]


BAD = {
    Refusal.EMPTY: b"",
    Refusal.TOO_MANY_BYTES: jpeg(120, 160) + bytes(MAX_BYTES),
    Refusal.UNKNOWN_FORMAT: b"%PDF-1.7 renamed to a photo",
    Refusal.TOO_MANY_PIXELS: huge_png(10_000, 9_500, bits=1, colour_type=0),
    Refusal.ANIMATED: saved(picture(), "PNG", save_all=True, append_images=[Image.new("RGB", (96, 64), "white")]),
    Refusal.TOO_MANY_SCANS: with_scans(in_format("progressive"), 400),
    Refusal.BROKEN: jpeg(400, 300)[:3000],
}


def test_every_fault_of_a_photo_is_told_beside_it_in_its_own_sentence_and_the_one_before_stays(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    """A renamed file, 95 megapixels, cut off, without a byte, a bomb of scans."""
    at_photos(client)
    send_photo(client, "portrait", jpeg(120, 160))
    before = draft_of(client).photos[PhotoKind.PORTRAIT].id
    for reason, data in BAD.items():
        send_photo(client, "portrait", data)
        assert SENTENCES[reason] in section(client, "portrait"), reason
        assert "fault" not in section(client, "id_front"), reason
    monkeypatch.setattr(get_pool(), "prepare_photo", refusing(PhotoRefused(Refusal.TOO_HEAVY)))
    send_photo(client, "portrait", jpeg(120, 160))
    assert SENTENCES[Refusal.TOO_HEAVY] in section(client, "portrait")
    assert {*BAD, Refusal.TOO_HEAVY} == set(Refusal)
    monkeypatch.setattr(get_pool(), "prepare_photo", refusing(Unavailable("Bộ phận đọc ảnh đang bận.")))
    send_photo(client, "portrait", jpeg(120, 160))
    assert "Bộ phận đọc ảnh đang bận." in section(client, "portrait")
    assert draft_of(client).photos[PhotoKind.PORTRAIT].id == before


def refusing(error: Exception):  # noqa: ANN201
    def prepare(_data: bytes) -> None:
        raise error

    return prepare


def test_a_body_far_too_long_is_refused_unread_and_told_beside_the_photo(client: FlaskClient):
    at_photos(client)
    send_photo(client, "id_back", bytes(MAX_BYTES + 100_000))
    assert SENTENCES[Refusal.TOO_MANY_BYTES] in section(client, "id_back")


def test_who_has_no_draft_sends_no_photo(client: FlaskClient):
    files = {"photo": (BytesIO(bytes(2_000_000)), "anh.jpg")}
    answer = post(client, "/declare/photos/portrait", **files)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert "Ảnh quá lớn" in answer.text


def test_no_photo_chosen_is_another_thing_than_an_empty_one(client: FlaskClient):
    at_photos(client)
    post(client, "/declare/photos/portrait")
    assert "Chưa có ảnh nào được chọn" in section(client, "portrait")


def test_heic_is_taken_and_the_file_taken_out_of_the_store_with_the_next_one(client: FlaskClient):
    at_photos(client)
    send_photo(client, "portrait", in_format("heic"), "IMG_0001.HEIC")
    first = draft_of(client).photos[PhotoKind.PORTRAIT]
    assert "đã gửi" in section(client, "portrait")
    send_photo(client, "portrait", jpeg(120, 160))
    kept = {blob.key for blob in house().store.listed()}
    assert not file_names(first.id) & kept
    assert file_names(draft_of(client).photos[PhotoKind.PORTRAIT].id) <= kept


def test_what_is_thought_of_a_photo_is_said_with_what_helps_and_refuses_nothing(client: FlaskClient):
    at_photos(client)
    whole = on_table(card(1300, qr=None))
    for kind, image in {
        "portrait": picture(300, 400),
        "id_front": whole.filter(ImageFilter.GaussianBlur(6)),
        "id_back": whole.point(lambda value: value // 6),
    }.items():
        send_photo(client, kind, saved(image))
    assert "Ảnh nhỏ, phóng to sẽ vỡ nét: xin chụp gần hơn" in section(client, "portrait")
    assert "Ảnh mờ: xin giữ yên máy" in section(client, "id_front")
    assert "Không đọc được mã QR trên ảnh: xin chụp thẳng" in section(client, "id_front")
    assert "Ảnh tối: xin chụp ở chỗ sáng hơn" in section(client, "id_back")
    assert "mã QR" not in section(client, "id_back").split("<details")[0]
    assert post(client, "/declare/photos").location == "/declare/office"


def test_a_card_of_another_number_than_was_typed_is_pointed_out(client: FlaskClient):
    at_photos(client, id_number="001085099999")
    send_photo(client, "id_front", jpeg(640, 480, qr=CARD))
    assert "khác số giấy tờ đã khai" in section(client, "id_front")
    post(client, "/declare/data", id_number="001085012345", act="save")
    assert "khác số giấy tờ đã khai" not in section(client, "id_front")


def test_sent_a_photo_is_the_declarations_as_it_is_without_being_decoded_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    with transaction() as session:
        make_office(session, "00114")
    filled(client)
    there = {one.id: one.kind for one in draft_of(client).photos.values()}
    monkeypatch.setattr(get_pool(), "prepare_photo", refusing(AssertionError("decoded again")))
    assert send(client).location == "/declare/done"
    with transaction() as session:
        assert {one.id: one.kind for one in session.scalars(select(Photo))} == there


def test_the_back_of_a_card_named_before_does_not_go_with_a_passport(client: FlaskClient):
    with transaction() as session:
        make_office(session, "00114")
    filled(client)
    post(client, "/declare/data", id_type="citizen_id", act="save")
    send_photo(client, "id_back", jpeg(120, 160))
    post(client, "/declare/data", id_type="passport", act="save")
    back = draft_of(client).photos[PhotoKind.ID_BACK].id
    assert send(client).location == "/declare/done"
    with transaction() as session:
        assert {one.kind for one in session.scalars(select(Photo))} == {PhotoKind.PORTRAIT, PhotoKind.ID_FRONT}
    assert not file_names(back) & {blob.key for blob in house().store.listed()}


def test_d4_the_back_is_asked_for_until_the_paper_is_a_passport(client: FlaskClient):
    at_photos(client)
    for named, has_back in (("", True), ("citizen_id", True), ("passport", False)):
        post(client, "/declare/data", id_type=named, act="save")
        assert ('data-photo="id_back"' in client.get("/declare/photos").text) is has_back, named


def test_a_photo_that_is_not_wanted_is_not_taken(client: FlaskClient):
    at_photos(client)
    files = {"photo": (BytesIO(jpeg(120, 160)), "anh.jpg")}
    answer = post(client, "/declare/photos/birth_certificate", **files)  # type: ignore[arg-type]
    assert answer.status_code == 404
    assert "không cần ảnh đó" in answer.text
    assert not draft_of(client).photos


def test_photos_are_shown_to_the_drafts_browser_alone_and_kept_by_none(app: Flask, client: FlaskClient):
    at_photos(client)
    send_photo(client, "portrait", jpeg(120, 160))
    shown = client.get("/declare/photos/portrait")
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert app.test_client().get("/declare/photos/portrait").status_code == 404


def test_photos_from_one_address_are_counted(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(declare_photos, "PHOTOS_A_MINUTE", 1)
    at_photos(client)
    send_photo(client, "portrait", b"x")
    files = {"photo": (BytesIO(b"x"), "anh.jpg")}
    answer = post(client, "/declare/photos/portrait", **files)  # type: ignore[arg-type]
    assert answer.status_code == 429
    assert "tạm dừng nhận" in text_of(answer)
