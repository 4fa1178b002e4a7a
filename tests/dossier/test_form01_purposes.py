"""Form 01 for every purpose and for a child: its words, its QR, and the mail that brings it (D2, D9, D11)."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.dossier import form01
from backoffice.dossier.photos import attach, store_photos
from backoffice.gateways.pdf.form01 import preview_form01
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import AccountChange, Declaration, Notice, PhotoKind, Purpose
from backoffice.notices.actions import declaration_received
from backoffice.rules.changes import snapshot
from tests.dossier.test_photos import prepared
from tests.factories import make_account, make_declaration

CODE = "0201020304"
OF_ACCOUNT = {"bhxh_code": CODE, "full_name": "Nguyễn Thử Cũ", "email": "cu@example.vn"}


def declared(purpose: Purpose, *photos: PhotoKind, rests: bool = True, **values: Any) -> Declaration:
    """A declaration; `rests`: upon the account of CODE, which it adjusts or stops."""
    stored = store_photos(dict.fromkeys(photos, prepared()))
    with transaction() as session:
        account = make_account(session, **OF_ACCOUNT)
        own = {name: getattr(account, name) for name in ("id_type", "id_number", "date_of_birth", "phone", "email")}
        declaration = make_declaration(session, purpose=purpose, **own | OF_ACCOUNT | values)
        if rests:
            before = snapshot(account) if purpose is Purpose.ADJUST else None
            session.add(AccountChange(declaration_id=declaration.id, account_id=account.id, before=before))
        attach(session, declaration, stored)
    return declaration


def paper(declaration: Declaration) -> tuple[str, int]:
    """The words of the form, blanks folded, and how many pages it has."""
    with transaction() as session:
        pages = PdfReader(BytesIO(form01.form01_pdf(session, declaration.id))).pages
    text = " ".join(page.extract_text() for page in pages).replace("\u200b", "")
    return " ".join(text.split()), len(pages)


def seen(declaration: Declaration) -> list[str]:
    """What a scanner reads on the first page."""
    with transaction() as session, patch.object(form01, "render_form01", lambda form: preview_form01(form)[0]):
        page = Image.open(BytesIO(form01.form01_pdf(session, declaration.id)))
    return [found.text for found in zxingcpp.read_barcodes(page)]


def ticked(text: str) -> str:
    return text.split("☒")[1].split("☐")[0].split("Kính gửi")[0].strip()


def test_d2_an_adjustment_shows_old_and_new_of_what_changes_and_of_nothing_else(database: None) -> None:
    one = declared(
        Purpose.ADJUST,
        PhotoKind.ID_FRONT,
        PhotoKind.ID_BACK,
        full_name="Nguyễn Thử Mới",
        date_of_birth=date(1985, 2, 3),
        id_number="001085777777",
        district_code="001",
        ward_code="00001",
        address_line="Số 9 ngách 12/34/56, ngõ 789 đường Mới Mở Rộng Kéo Dài, tổ dân phố 25",
        phone="0987654321",
        email=None,
    )
    text, pages = paper(one)
    assert ticked(text) == "Điều chỉnh thông tin"
    table = text.split("Điều chỉnh thành")[1].split("Cam kết")[0]
    for old, new in (
        ("Nguyễn Thử Cũ", "Nguyễn Thử Mới"),
        ("Ngày sinh không có", "03/02/1985"),
        ("Căn cước/CCCD 001085", "Căn cước/CCCD 001085777777"),
        ("Phường Ba Đình", "Phường Phúc Xá, Quận Ba Đình"),
        ("cu@example.vn", "bỏ"),
    ):
        assert old in table, old
        assert new in table, new
    assert "098 765 4321" in table
    assert pages == 1
    assert seen(one) == [one.receipt_code]


def test_d2_what_stays_is_not_in_the_table_and_what_was_empty_is_said_to_have_been(database: None) -> None:
    with transaction() as session:
        account = make_account(session, bhxh_code=CODE, email=None)
        own = {name: getattr(account, name) for name in ("full_name", "id_type", "id_number", "date_of_birth", "phone")}
        one = make_declaration(session, purpose=Purpose.ADJUST, **own, bhxh_code=CODE, email="moi@example.vn")
        for name in ("province_code", "district_code", "ward_code", "address_line"):
            setattr(one, name, getattr(account, name))
        session.add(AccountChange(declaration_id=one.id, account_id=account.id, before=snapshot(account)))
    table = paper(one)[0].split("Điều chỉnh thành")[1].split("Cam kết")[0]
    assert " ".join(table.split()) == "Thư điện tử không có moi@example.vn"


def test_what_the_desk_corrects_shows_in_the_table_and_nothing_is_left_of_it_after_the_retention(
    database: None,
) -> None:
    one = declared(Purpose.ADJUST, full_name="Nguyễn Thử Mời")
    with transaction() as session:
        session.get_one(Declaration, one.id).full_name = "Nguyễn Thử Mới"
    assert "Nguyễn Thử Cũ Nguyễn Thử Mới" in paper(one)[0]
    with transaction() as session:
        session.get_one(AccountChange, one.id).before = None
    text, _ = paper(one)
    assert "Điều chỉnh thành" not in text
    assert "Nguyễn Thử Cũ" not in text


def test_d2_a_stop_is_ticked_as_one_and_names_the_account(database: None) -> None:
    one = declared(Purpose.STOP)
    text, pages = paper(one)
    assert ticked(text) == "Ngừng sử dụng"
    for shown in ("Nguyễn Thử Cũ", "020 102 0304", format_receipt_code(one.receipt_code)):
        assert shown in text
    assert "Điều chỉnh thành" not in text
    assert "Không có ảnh" not in text
    assert pages == 1
    assert seen(one) == [one.receipt_code]


def test_d11_a_childs_form_names_child_and_guardian_and_is_signed_by_the_guardian(database: None) -> None:
    one = declared(
        Purpose.REGISTER,
        PhotoKind.PORTRAIT,
        PhotoKind.BIRTH_CERTIFICATE,
        rests=False,
        bhxh_code="0201020399",
        full_name="Nguyễn Thử Con",
        guardian_bhxh_code=CODE,
    )
    text, pages = paper(one)
    assert ticked(text) == "Đăng ký sử dụng"
    assert "Họ và tên của trẻ: Nguyễn Thử Con" in text
    assert f"Nguyễn Thử Cũ (mã số BHXH {'020 102 0304'})" in text
    assert "CHA, MẸ HOẶC NGƯỜI GIÁM HỘ (Ký" in text
    assert "Giấy khai sinh" in text
    assert pages == 1
    assert seen(one) == [one.receipt_code]


def test_registering_shows_all_photos_and_its_qr(database: None) -> None:
    one = declared(Purpose.REGISTER, PhotoKind.PORTRAIT, PhotoKind.ID_FRONT, PhotoKind.ID_BACK, rests=False)
    text, pages = paper(one)
    assert ticked(text) == "Đăng ký sử dụng"
    assert "Giấy tờ tùy thân - mặt trước" in text
    assert pages == 1
    assert seen(one) == [one.receipt_code]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_d9_form_01_of_every_purpose_goes_by_e_mail_where_it_was_asked_for(database: None, purpose: Purpose) -> None:
    one = declared(purpose, send_form01_by_email=True, rests=purpose is not Purpose.REGISTER)
    with transaction() as session:
        declaration_received(session, session.get_one(Declaration, one.id))
        assert letters(session) == ["cu@example.vn"]


def letters(session: Session) -> list[str]:
    return list(session.scalars(select(Notice.recipient).where(Notice.attach_form01)))
