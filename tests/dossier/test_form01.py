"""Form 01 says what was declared, where to go and until when (D2, D3, D10, K5)."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from backoffice.dossier.form01 import form01_pdf, form01_url
from backoffice.dossier.photos import attach, delete_files, store_photos
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, Photo, PhotoKind, RegisteredAt
from tests.dossier.test_photos import prepared
from tests.factories import make_account, make_declaration


def text_of(declaration: Declaration) -> str:
    with transaction() as session:
        pdf = form01_pdf(session, declaration.id)
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return " ".join(text.split())


def test_the_form_shows_the_person_the_office_and_the_deadline(database: None) -> None:
    declared = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with clock.at(declared), transaction() as session:
        declaration = make_declaration(
            session, registered_at=RegisteredAt.IVAN, contact_person="Trần Thị Hai", email="mau@example.vn"
        )
    text = text_of(declaration)
    for shown in ("Nguyễn Thử Mẫu", "Số 2 phố Mẫu", "Phường Ba Đình", "Hà Nội", "Trần Thị Hai", "mau@example.vn"):
        assert shown in text
    assert "BHXH Mẫu 00114" in text
    assert "thứ Hai, ngày 30 tháng 11 năm 2026" in text
    assert format_receipt_code(declaration.receipt_code) in text
    assert "chịu trách nhiệm trước pháp luật" in text


def test_an_address_of_before_july_2025_shows_its_district(database: None) -> None:
    with transaction() as session:
        declaration = make_declaration(session, district_code="001", ward_code="00001")
    assert "Quận Ba Đình" in text_of(declaration)


def test_once_handed_in_the_form_names_no_deadline(database: None) -> None:
    """K4."""
    with clock.at(datetime(2026, 11, 20, 3, 0, tzinfo=UTC)), transaction() as session:
        declaration = make_declaration(session, presented_at=clock.now())
    assert "ngày 30 tháng 11" not in text_of(declaration)


def test_the_guardian_of_a_child_is_named_by_the_open_account(database: None) -> None:
    """D11."""
    with transaction() as session:
        make_account(session, bhxh_code="0201020304", full_name="Lê Văn Giám Hộ")
        declaration = make_declaration(session, guardian_bhxh_code="0201020304")
    assert "Lê Văn Giám Hộ" in text_of(declaration)


def test_a_photo_whose_file_is_gone_does_not_stop_the_form(database: None) -> None:
    stored = store_photos({PhotoKind.PORTRAIT: prepared()})
    with transaction() as session:
        declaration = make_declaration(session)
        attach(session, declaration, stored)
    delete_files([stored[0].id])
    assert "Nguyễn Thử Mẫu" in text_of(declaration)


def test_the_form_of_a_declaration_that_is_gone_is_not_found(database: None) -> None:
    with transaction() as session, pytest.raises(NotFound):
        form01_pdf(session, 1)


def test_the_address_of_the_form_names_nobody_and_is_long_enough_not_to_be_guessed(database: None) -> None:
    with transaction() as session:
        declaration = make_declaration(session)
    url = form01_url(declaration)
    assert url == f"http://localhost/form01/{declaration.form01_token}.pdf"
    assert len(declaration.form01_token) >= 43
    assert declaration.bhxh_code not in url
    assert declaration.receipt_code not in url


def test_the_form_is_told_how_each_photo_lies(database: None) -> None:
    """Issue 4, item 4: a photo turned at the desk is printed turned."""
    stored = store_photos({PhotoKind.PORTRAIT: prepared(), PhotoKind.ID_FRONT: prepared()})
    with transaction() as session:
        declaration = make_declaration(session)
        attach(session, declaration, stored)
    with transaction() as session:
        upright = form01_pdf(session, declaration.id)
        session.get_one(Photo, stored[1].id).rotation = 90
    with transaction() as session:
        assert form01_pdf(session, declaration.id) != upright
