"""Offices to a spreadsheet and from one, over HTTP: who may, what is shown, what comes back (D8)."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeWard, Role, TrailEvent
from tests.desk.browser import Desk, trail
from tests.factories import make_office, make_officer
from tests.offices.files import PUBLIC, book

_MARK = re.compile(r'name="seen" value="([0-9a-f]+)"')


@pytest.fixture
def admin(client: FlaskClient) -> Desk:
    """An administrator of Hà Nội's office, which has 00114 under it."""
    with transaction() as session:
        office = make_office(session, "00114", name="=1+1 BHXH", province_code="01", email="mau@example.vn")
        make_office(session, "001").province_code = "01"
        make_office(session, "07901")
        session.add(OfficeWard(office_id=office.id, ward_code="00004"))
        make_officer(session, "quantri", role=Role.ADMINISTRATOR, office=make_office(session, "001"))
    return Desk(client, "quantri")


def exported(desk: Desk, query: str = "") -> list[dict[str, str | None]]:
    response = desk.get(f"/offices/export.xlsx{query}")
    assert response.status_code == 200
    assert response.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page = load_workbook(BytesIO(response.data)).active
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None} == {"s"}
    head, *rows = page.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def upload(desk: Desk, data: bytes, name: str = "co-quan.xlsx") -> str:
    """Where the preview of the file is."""
    response = desk.post("/offices/import", file=(BytesIO(data), name))
    assert response.status_code == 303
    return response.location


def names() -> dict[str, str]:
    with transaction() as session:
        return {office.code: office.name for office in session.scalars(select(Office))}


def test_the_export_holds_every_office_as_text_with_its_wards(admin: Desk):
    lines = {line["Mã cơ quan"]: line for line in exported(admin)}
    assert set(lines) == {"000", "001", "00114", "079", "07901"}
    line = lines["00114"]
    assert (line["Tên cơ quan"], line["Mã cơ quan cấp trên"]) == ("=1+1 BHXH", "001")
    assert (line["Xã, phường phục vụ"], line["Tình trạng"]) == ("Phường Ba Đình", "Đang hoạt động")


def test_the_export_holds_what_the_search_shows_or_the_own_branch(admin: Desk):
    assert [line["Mã cơ quan"] for line in exported(admin, "?q=00114")] == ["00114"]
    assert [line["Mã cơ quan"] for line in exported(admin, "?own=1")] == ["001", "00114"]


def test_a_merged_office_is_exported_with_its_successor(admin: Desk):
    with transaction() as session:
        heir = session.scalars(select(Office.id).where(Office.code == "07901")).one()
        session.query(Office).filter_by(code="00114").update({"closed_at": clock.now(), "successor_id": heir})
    (line,) = exported(admin, "?q=00114")
    assert (line["Tình trạng"], line["Hợp nhất vào"]) == ("Ngừng hoạt động", "07901")


def test_that_the_list_was_taken_is_in_the_trail_without_what_was_sought(admin: Desk):
    exported(admin, "?q=00114")
    (row,) = trail(TrailEvent.OFFICE_EXPORT)
    assert row.facts == {"count": 1, "sought": True, "own": False}


def test_every_role_may_take_the_list_but_only_administrators_may_import(client: FlaskClient, admin: Desk):
    with transaction() as session:
        for role in Role:
            make_officer(session, f"nguoi-{role}", role=role, office=make_office(session, "000"))
    for role in Role:
        client.delete_cookie("session")
        desk = Desk(client, f"nguoi-{role}")
        assert desk.get("/offices/export.xlsx").status_code == 200
        wanted = 200 if role is Role.ADMINISTRATOR else 403
        assert desk.get("/offices/import").status_code == wanted
        assert desk.get("/offices/import/template.xlsx").status_code == wanted
        assert desk.post("/offices/import/x").status_code == (404 if role is Role.ADMINISTRATOR else 403)


def test_a_file_is_looked_at_then_applied_then_told(admin: Desk):
    where = upload(admin, book({"code": "00114", "name": "BHXH cơ sở Thử"}))
    page = admin.get(where).text
    assert "=1+1 BHXH" in page
    assert "BHXH cơ sở Thử" in page
    assert names()["00114"] == "=1+1 BHXH"

    seen = _MARK.search(page)
    assert seen
    assert admin.post(where, seen=seen[1]).status_code == 303

    assert names()["00114"] == "BHXH cơ sở Thử"
    assert "sửa 1" in admin.get(where).text


def test_a_page_that_shows_another_state_applies_nothing_and_is_shown_anew(admin: Desk):
    where = upload(admin, book({"code": "00114", "name": "BHXH cơ sở Thử"}))
    response = admin.post(where, seen="0" * 64)
    assert response.status_code == 409
    assert "chưa áp dụng gì" in response.text
    assert _MARK.search(response.text)
    assert names()["00114"] == "=1+1 BHXH"


def test_with_a_row_at_fault_the_page_offers_nothing_to_apply(admin: Desk):
    page = admin.get(upload(admin, book({"code": "07901", "name": "BHXH Khác"}))).text
    assert "Không thuộc phạm vi của bạn." in page
    assert not _MARK.search(page)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x00", "Mã;Tên\n".encode()])
def test_a_file_that_cannot_be_read_leads_back_with_a_sentence(admin: Desk, data: bytes):
    response = admin.post("/offices/import", file=(BytesIO(data), "x.xlsx"))
    assert response.status_code == 422
    assert 'role="alert"' in response.text


def test_without_a_file_the_page_asks_for_one(admin: Desk):
    response = admin.post("/offices/import")
    assert response.status_code == 422
    assert "Chưa chọn tệp nào" in response.text


def test_a_file_that_is_too_large_is_not_read(admin: Desk):
    response = admin.post("/offices/import", file=(BytesIO(bytes(6 * 1024 * 1024)), "x.xlsx"))
    assert response.status_code == 413


@pytest.mark.parametrize("token", ["x", "0" * 500, "%00", "a" * 43])
def test_a_preview_that_is_not_there_is_not_found(admin: Desk, token: str):
    assert admin.get(f"/offices/import/{token}").status_code == 404


def test_the_empty_file_has_the_headings_and_its_rows_are_taken(admin: Desk):
    page = load_workbook(BytesIO(admin.get("/offices/import/template.xlsx").data)).active
    head = [cell.value for cell in page[1]]
    page.append(
        ["00160" if title == "Mã cơ quan" else "BHXH Mới" if title == "Tên cơ quan" else None for title in head]
    )
    out = BytesIO()
    page.parent.save(out)
    assert "BHXH Mới" in admin.get(upload(admin, out.getvalue())).text


def test_the_published_list_is_shown_to_who_may_change_only_a_part_of_it(admin: Desk):
    page = admin.get(upload(admin, PUBLIC.read_bytes(), "danh-sach.csv")).text
    assert "mã tạm" in page
    assert not _MARK.search(page)  # the other provinces are out of scope, or have no office yet
