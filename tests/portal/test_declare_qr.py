"""A photo of a card's QR fills the form in, says what it filled, and overwrites nothing (issue 10, point 2)."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.dossier.house import house
from backoffice.gateways.photos.limits import MAX_BYTES
from backoffice.intake.account_drafts import begin_on
from backoffice.kernel.db import transaction
from backoffice.models import DraftKind
from backoffice.portal import declare_qr
from tests.factories import make_account
from tests.gateways.photos.samples import in_format, on_table, qr_code, saved
from tests.identity.test_qr import health, hexed
from tests.intake.sending import jpeg
from tests.portal.filling import begin, draft_of, post, text_of

ADDRESS = "Số 2 phố Mẫu, Phúc Xá, Ba Đình, Hà Nội"
OLD_CCCD = f"001085012345|012345678|Nguyễn Thử Mẫu|20011985|Nam|{ADDRESS}|01052021"
NEW_CCCD = (
    "001085012345||Nguyễn Thử Mẫu|20011985|Nam|Số 2 phố Mẫu, Ba Đình, Hà Nội|01082024||Trần Thị Mẹ|Nguyễn Văn Cha|"
)
OLD_BHYT = health(number="DN4010123456789", address=hexed(ADDRESS))
NEW_BHYT = health(number="0123456789", address=hexed(ADDRESS))


def qr(text: str) -> bytes:
    """A photo of a table on which a card's QR lies."""
    return saved(on_table(qr_code(text, 500), size=(900, 700)))


def read(client: FlaskClient, data: bytes, **typed: str) -> TestResponse:
    files = {"qr": (BytesIO(data), "the.jpg")}
    answer = post(client, "/declare/qr", **typed, **files)  # type: ignore[arg-type]
    assert (answer.status_code, answer.location) == (303, "/declare/data#qr")
    return client.get("/declare/data")


def values(client: FlaskClient) -> dict[str, str]:
    return {name: text for name, text in draft_of(client).values.items() if text and not name.startswith("_")}


@pytest.mark.parametrize(("text", "district"), [(OLD_CCCD, "001"), (NEW_CCCD, "")])
def test_either_layout_of_a_cccd_fills_name_number_birth_and_address(client: FlaskClient, text: str, district: str):
    begin(client)
    page = read(client, qr(text))
    known = values(client)
    assert (known["full_name"], known["id_type"], known["id_number"]) == (
        "Nguyễn Thử Mẫu", "citizen_id", "001085012345",
    )  # fmt: skip
    assert (known["date_of_birth"], known["line"]) == ("20/01/1985", "Số 2 phố Mẫu")
    assert (known["province"], known.get("district", "")) == ("01", district)
    assert known["ward"]
    told = text_of(page)
    assert "Đã điền từ căn cước/CCCD: họ và tên, số giấy tờ, ngày sinh, địa chỉ liên hệ" in told
    assert "001085012345" in page.text


@pytest.mark.parametrize("text", [OLD_BHYT, NEW_BHYT])
def test_either_layout_of_a_bhyt_card_fills_the_code_too_and_names_no_paper(client: FlaskClient, text: str):
    begin(client)
    page = text_of(read(client, qr(text)))
    known = values(client)
    assert known["bhxh_code"] == "0123456789"
    assert known["full_name"] == "Nguyễn Thử Mẫu"
    assert "id_number" not in known
    assert "Đã điền từ thẻ BHYT: họ và tên, mã số BHXH, ngày sinh, địa chỉ liên hệ" in page


def test_what_was_typed_stays_until_somebody_says_to_take_the_cards(client: FlaskClient):
    begin(client)
    typed = {"full_name": "NGUYEN THU MAU", "id_type": "citizen_id", "id_number": "001085099999", "phone": "0981234567"}
    page = text_of(read(client, qr(OLD_CCCD), **typed))
    assert values(client)["id_number"] == "001085099999"
    assert values(client)["phone"] == "0981234567"  # what was typed on the page is kept with it
    assert "Trên căn cước/CCCD ghi khác nội dung đã gõ" in page
    assert "001085012345" in page
    assert "Họ và tên NGUYEN" not in page  # the same name in other letters
    post(client, "/declare/qr", act="qr_take", **typed)
    assert values(client)["id_number"] == "001085012345"
    assert "ghi khác" not in client.get("/declare/data").text


def test_what_was_typed_may_be_kept_and_a_second_card_adds_to_the_first(client: FlaskClient):
    begin(client)
    read(client, qr(OLD_CCCD))
    told = text_of(read(client, qr(OLD_BHYT)))
    assert "Đã điền từ thẻ BHYT: mã số" in told
    assert "ghi khác" not in told
    again = text_of(read(client, qr(OLD_BHYT)))
    assert "không có gì phải điền thêm" in again
    read(client, qr(OLD_CCCD), full_name="Trần Thị Khác")
    post(client, "/declare/qr", act="qr_leave", full_name="Trần Thị Khác")
    assert values(client)["full_name"] == "Trần Thị Khác"
    assert "ghi khác" not in client.get("/declare/data").text


def test_an_address_of_no_place_is_left_to_be_looked_for(client: FlaskClient):
    begin(client)
    page = read(client, qr(OLD_CCCD.replace("Phúc Xá, Ba Đình, Hà Nội", "Ấp Lạ, Xã Lạ, Huyện Lạ, Tỉnh Lạ")))
    assert values(client)["line"] == "Số 2 phố Mẫu, Ấp Lạ, Xã Lạ, Huyện Lạ, Tỉnh Lạ"
    assert 'value="Xã Lạ, Huyện Lạ, Tỉnh Lạ"' in page.text


@pytest.mark.parametrize("text", ["https://example.vn", "00020101021238570010A000000727", "BHXH0123456789", "1|2|3"])
def test_a_foreign_qr_says_so_and_changes_nothing(client: FlaskClient, text: str):
    begin(client)
    page = text_of(read(client, qr(text), full_name="Nguyễn"))
    assert "không phải của thẻ BHYT hoặc căn cước/CCCD nên chưa điền gì" in page
    assert values(client) == {"full_name": "Nguyễn", "consent": "1"}


def test_no_qr_no_photo_and_a_photo_that_cannot_be_read_say_what_to_do(client: FlaskClient):
    begin(client)
    assert "Không thấy mã QR trên ảnh nên chưa điền gì. Xin chụp gần" in text_of(read(client, jpeg(640, 480)))
    assert "Chưa có ảnh nào được chọn" in text_of(read(client, b""))
    assert "Tệp này không phải ảnh" in text_of(read(client, b"%PDF-1.7"))
    assert "Không thấy mã QR trên ảnh" in text_of(read(client, in_format("heic")))
    assert "Ảnh nặng hơn 12 MB" in text_of(read(client, bytes(MAX_BYTES + 100_000)))
    assert "Đã điền" in text_of(read(client, qr(OLD_CCCD)))
    assert "Không thấy mã QR" not in client.get("/declare/data").text


def test_a_photo_that_is_too_large_by_far_loses_nothing_that_was_typed(client: FlaskClient):
    """Without scripts it comes before the fields, in one body with them."""
    begin(client)
    page = read(client, bytes(3 * MAX_BYTES), full_name="Nguyễn Thử Mẫu", phone="0981234567")
    assert "Ảnh nặng hơn 12 MB" in text_of(page)
    assert values(client) == {"full_name": "Nguyễn Thử Mẫu", "phone": "0981234567", "consent": "1"}


def test_nothing_of_the_photo_is_kept(client: FlaskClient):
    begin(client)
    before = {blob.key for blob in house().store.listed()}
    read(client, qr(OLD_CCCD))
    assert not draft_of(client).photos
    assert {blob.key for blob in house().store.listed()} == before


def test_who_has_no_draft_has_nothing_read_and_cards_from_one_address_are_counted(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    assert post(client, "/declare/qr").status_code == 404
    big = post(client, "/declare/qr", qr=(BytesIO(bytes(2_000_000)), "the.jpg"))  # type: ignore[arg-type]
    assert big.status_code == 413
    monkeypatch.setattr(declare_qr, "QR_A_MINUTE", 1)
    begin(client)
    read(client, b"x")
    answer = post(client, "/declare/qr", qr=(BytesIO(b"x"), "the.jpg"))  # type: ignore[arg-type]
    assert answer.status_code == 429


def rest_on_account(client: FlaskClient, kind: DraftKind) -> None:
    with transaction() as session:
        account_id = make_account(session, full_name="Nguyễn Thử Cũ", id_number="001085000009").id
    client.set_cookie("declare", begin_on(kind, account_id))


def test_d11_a_childs_card_fills_what_is_asked_of_a_child_alone(client: FlaskClient):
    rest_on_account(client, DraftKind.CHILD)
    line = draft_of(client).values["line"]
    page = text_of(read(client, qr(NEW_BHYT)))
    assert "Đã điền từ thẻ BHYT: họ và tên, mã số BHXH, ngày sinh." in page
    assert values(client)["line"] == line  # the guardian's, of which nothing is asked


def test_d2_a_new_card_of_who_adjusts_is_shown_beside_what_the_account_says(client: FlaskClient):
    rest_on_account(client, DraftKind.ADJUST)
    page = text_of(read(client, qr(OLD_CCCD)))
    assert "ghi khác nội dung đã gõ" in page
    post(client, "/declare/qr", act="qr_take")
    assert (values(client)["id_number"], values(client)["full_name"]) == ("001085012345", "Nguyễn Thử Mẫu")
