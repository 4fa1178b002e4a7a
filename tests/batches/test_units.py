"""Schools and employers (D12): found without diacritics, changed within an office's scope, with their history."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from backoffice.kernel.db import transaction
from backoffice.models import Batch, BatchStage, Role, TrailEvent, Unit, UnitChange
from backoffice.offices.moving import move_lists
from tests.batches.files import make_batch, make_unit
from tests.desk.browser import Desk, trail
from tests.factories import make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")
FORM = {
    "code": "ta 0999c",
    "name": "Trường THPT Thử",
    "kind": "school",
    "office": "00114",
    "email": "van-thu@truong.test",
}


def come(client: FlaskClient, office: str = "00114", role: Role = Role.RECEPTION) -> Desk:
    with transaction() as session:
        make_officer(session, "nguoi", role=role, office=make_office(session, office))
    return Desk(client, "nguoi")


def unit() -> Unit:
    with transaction() as session:
        return session.scalars(select(Unit)).one()


def test_a_unit_is_added_found_without_diacritics_changed_and_its_history_told(client: FlaskClient):
    desk = come(client)
    assert desk.post("/units/new", **FORM).headers["Location"] == "/units/TA0999C"
    for q in ("truong thu", "ta09", "THỬ thpt"):
        assert "TA0999C" in desk.get(f"/units?q={q}").text
    assert "TA0999C" not in desk.get("/units?q=khac").text
    assert desk.post("/units/TA0999C/edit", version=1, **FORM | {"name": "Trường THPT Đổi Tên"}).status_code == 303
    page = desk.get("/units/TA0999C").text
    assert all(one in page for one in ("Trường THPT Thử", "Trường THPT Đổi Tên", "van-thu@truong.test"))
    assert "Chưa có thay đổi" not in page
    assert len(trail(TrailEvent.UNIT_EDIT)) == 2


def test_a_unit_that_nobody_changed_says_so(client: FlaskClient):
    desk = come(client)
    with transaction() as session:
        code = make_unit(session).code
    assert "Chưa có thay đổi nào được ghi." in desk.get(f"/units/{code}").text


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(client: FlaskClient):
    desk = come(client)
    answer = desk.post("/units/new", code="!", name="Trường Giữ Lại", kind="", phone="abc", email="x", office="999")
    assert answer.status_code == 422
    assert all(f'id="f-{name}-fault"' in answer.text for name in ("code", "kind", "phone", "email"))
    assert "Trường Giữ Lại" in answer.text
    desk.post("/units/new", **FORM)
    assert "Mã đơn vị này đã có ở BHXH Mẫu 00114" in desk.post("/units/new", **FORM).text
    assert 'id="f-office-fault"' in desk.post("/units/new", **FORM | {"code": "TA2", "office": "001"}).text


def test_who_was_overtaken_overwrites_nothing(client: FlaskClient):
    desk = come(client)
    desk.post("/units/new", **FORM)
    desk.post("/units/TA0999C/edit", version=1, **FORM | {"contact": "Bà Một"})
    late = desk.post("/units/TA0999C/edit", version=1, **FORM | {"contact": "Ông Hai"})
    assert (late.status_code, "Ông Hai" in late.text, unit().contact) == (409, True, "Bà Một")


def test_a_closed_unit_is_kept_out_of_sight_and_opened_again(client: FlaskClient):
    desk = come(client)
    desk.post("/units/new", **FORM)
    for _ in range(2):
        desk.post("/units/TA0999C/close")
    assert "TA0999C" not in desk.get("/units").text
    assert "TA0999C" in desk.get("/units?closed=1").text
    desk.post("/units/TA0999C/reopen")
    assert (unit().closed_at, unit().version) == (None, 3)


def test_other_offices_units_are_none_and_a_province_sees_but_does_not_change_those_below(client: FlaskClient):
    with transaction() as session:
        make_unit(session, code="CUA114")
        make_unit(session, code="CUA27", office=make_office(session, "02701"))
    desk = come(client, "001")
    shown = desk.get("/units").text
    assert ("CUA114" in shown, "CUA27" in shown) == (True, False)
    assert [desk.get(f"/units/{code}").status_code for code in ("CUA114", "CUA27", "KHONG")] == [200, 404, 404]
    assert desk.get("/units/CUA114/edit").status_code == 404
    assert "Sửa thông tin" not in desk.get("/units/CUA114").text


def test_the_template_is_made_for_the_unit_and_the_unit_s_page_shows_its_lists(client: FlaskClient):
    with transaction() as session:
        made = make_unit(session, code="CUA114", name="Trường Có Danh Sách")
        name = make_batch(session, unit=made).file_name
    desk = come(client)
    book = load_workbook(BytesIO(desk.get("/batches/template?unit=cua114").data))
    assert book.defined_names["VSS_MAU"].attr_text == '"a1:CUA114"'
    assert "Trường Có Danh Sách" in str(book["Danh sách"]["A2"].value)
    assert desk.get("/batches/template?unit=KHONG").status_code == 404
    assert name in desk.get("/units/CUA114").text


def test_units_and_lists_in_work_go_with_an_office_that_is_merged():
    with transaction() as session:
        former, heir = make_office(session, "00114"), make_office(session, "00115")
        made = make_unit(session, office=former)
        make_batch(session, unit=made)
        make_batch(session, unit=made, stage=BatchStage.APPLIED)
        twins = [make_batch(session, unit=one, file_hash=b"same") for one in (made, make_unit(session, office=heir))]
        move_lists(session, former, heir)
        assert twins[0].id
    with transaction() as session:
        owners = [batch.office.code for batch in session.scalars(select(Batch).order_by(Batch.id))]
        assert owners == ["00115", "00114", "00114", "00115"]
        changed = session.scalars(select(UnitChange).where(UnitChange.unit_id == made.id)).one()
        assert (session.get_one(Unit, made.id).office.code, changed.new_value) == ("00115", "00115")
