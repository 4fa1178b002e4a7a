"""The pages of offices as a browser meets them: read by all, changed by administrators within their branch (D8)."""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Office, OfficeChange, OfficeWard, Role
from backoffice.offices import merging
from backoffice.rules.places import wards
from tests.bench.recording import recording
from tests.desk.browser import HTMX, Desk
from tests.factories import make_actor, make_declaration, make_office, make_officer

pytestmark = pytest.mark.usefixtures("database")


def offices(session: Session) -> None:
    """Hà Nội with three offices, Bắc Ninh with one."""
    root = make_office(session, "000", name="BHXH Việt Nam")
    hanoi = make_office(session, "001", parent=root, name="BHXH thành phố Hà Nội", province_code="01")
    make_office(session, "00114", parent=hanoi, name="BHXH huyện Thanh Trì", province_code="01")
    make_office(session, "00115", parent=hanoi, name="BHXH huyện Gia Lâm", province_code="01")
    make_office(session, "00116", parent=hanoi, name="BHXH quận Đống Đa", province_code="01")
    north = make_office(session, "027", parent=root, name="BHXH tỉnh Bắc Ninh", province_code="27")
    make_office(session, "02701", parent=north, name="BHXH thành phố Bắc Ninh", province_code="27")


def come(client: FlaskClient, role: Role, code: str = "000") -> Desk:
    with transaction() as session:
        offices(session)
        make_officer(session, "nguoi", role=role, office=make_office(session, code))
    return Desk(client, "nguoi")


@pytest.fixture
def admin(client: FlaskClient) -> Desk:
    return come(client, Role.ADMINISTRATOR)


@pytest.fixture
def province_admin(client: FlaskClient) -> Desk:
    return come(client, Role.ADMINISTRATOR, "001")


def page(desk: Desk, path: str, status: int = 200) -> str:
    answer = desk.get(path)
    assert answer.status_code == status, answer.text
    return answer.get_data(as_text=True)


def office(code: str) -> Office:
    with transaction() as session:
        return session.query(Office).filter_by(code=code).one()


def changes(code: str) -> list[OfficeChange]:
    with transaction() as session:
        return (
            session.query(OfficeChange)
            .join(Office, Office.id == OfficeChange.office_id)
            .where(Office.code == code)
            .order_by(OfficeChange.id)
            .all()
        )


def form_of(desk: Desk, path: str) -> dict[str, str]:
    """What the browser would send of the form as it was served."""
    shown = page(desk, path)
    fields = dict(re.findall(r'<input [^>]*name="(\w+)"(?: [^>]*?)? value="([^"]*)"', shown))
    fields |= dict(re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', shown))
    fields |= {"parent": chosen[1] for chosen in [re.search(r'<option value="(\w+)" selected', shown)] if chosen}
    return {
        name: value for name, value in fields.items() if name not in ("csrf_token", "q", "ward", "username", "next")
    }


# ---- Reading ----


@pytest.mark.parametrize("role", list(Role))
def test_every_role_reads_tree_and_office(client: FlaskClient, role: Role):
    desk = come(client, role)
    shown = page(desk, "/offices")
    assert 'href="/offices"' in shown
    assert "BHXH thành phố Hà Nội" in shown
    assert "BHXH huyện Thanh Trì" not in shown
    assert "BHXH huyện Thanh Trì" in page(desk, "/offices/00114")
    assert ("/offices/new" in shown) == (role is Role.ADMINISTRATOR)


def test_a_province_is_unfolded_as_a_page_and_in_its_place(admin: Desk):
    assert "BHXH quận Đống Đa" in page(admin, "/offices?in=001")
    part = admin.get("/offices?in=001", **HTMX).get_data(as_text=True)
    assert part.strip().startswith('<tbody id="branch-001">')
    assert "BHXH quận Đống Đa" in part
    folded = admin.get("/offices?in=001&fold=1", **HTMX).get_data(as_text=True)
    assert "BHXH quận Đống Đa" not in folded
    assert admin.get("/offices?in=99999", **HTMX).status_code == 404


def test_the_list_alone_is_answered_to_htmx(admin: Desk):
    for path in ("/offices", "/offices?q=dong+da"):
        assert admin.get(path, **HTMX).get_data(as_text=True).strip().startswith('<section id="listed"')


@pytest.mark.parametrize(
    "path", ["?in=001", "?in=000&closed=1", "?in=00114", "?q=&in=", "?q=zzz", "?q=%21", "?closed=1", "?q=dong&closed=1"]
)
def test_htmx_is_answered_whatever_is_asked(admin: Desk, path: str):
    assert admin.get(f"/offices{path}", **HTMX).status_code == 200


def test_htmx_is_answered_where_there_is_no_office_but_the_root(client: FlaskClient):
    with transaction() as session:
        make_officer(session, "nguoi", role=Role.ADMINISTRATOR, office=make_office(session, "000"))
    answer = Desk(client, "nguoi").get("/offices", **HTMX)
    assert "Chưa có cơ quan nào" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "q", ["dong da", "ĐỐNG ĐA", unicodedata.normalize("NFD", "Đống Đa"), "da dong", "00116", "0011 dong"]
)
def test_offices_are_found_without_diacritics_in_any_order_and_by_the_beginning_of_the_code(admin: Desk, q: str):
    answer = admin.client.get("/offices", query_string={"q": q})
    assert "BHXH quận Đống Đa" in answer.text
    assert "BHXH huyện Gia Lâm" not in answer.text


def test_an_office_is_found_by_a_ward_it_serves(admin: Desk):
    with transaction() as session:
        session.add(OfficeWard(office_id=make_office(session, "00115").id, ward_code="00004"))
    found = admin.client.get("/offices", query_string={"q": "phuong ba dinh"}).text
    assert "BHXH huyện Gia Lâm" in found
    assert "BHXH quận Đống Đa" not in found


@pytest.mark.parametrize(
    "q", ["\x00", "%", "_", "'; DROP TABLE offices --", "x" * 10_000, "\u202eabc", "\ud800", "z " * 3000]
)
def test_whatever_is_searched_gets_an_answer(admin: Desk, q: str):
    answer = admin.client.get("/offices", query_string={"q": q.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert "BHXH huyện Gia Lâm" not in answer.text


@pytest.mark.parametrize("code", ["99999", "x", "0" * 5000, "%00", "00114%00x", "..%2f"])
def test_what_is_no_office_is_not_found(admin: Desk, code: str):
    assert admin.get(f"/offices/{code}").status_code == 404


def test_the_tree_costs_as_many_statements_for_one_province_as_for_many(admin: Desk):
    def sent() -> int:
        with recording(db.engine()) as kept:
            page(admin, "/offices?in=001")
        return len(kept.statements())

    page(admin, "/offices")
    few = sent()
    with transaction() as session:
        for number in range(100, 160):
            make_office(session, str(number), parent=make_office(session, "000"))
    assert sent() == few <= 6


def test_the_page_of_an_office_links_to_the_map_and_asks_nothing_of_it(admin: Desk):
    with transaction() as session:
        there = make_office(session, "00114")
        there.latitude, there.longitude = 20.95, 105.84
    shown = page(admin, "/offices/00114")
    href = "https://www.openstreetmap.org/?mlat=20.95000&amp;mlon=105.84000#map=17/20.95000/105.84000"
    assert f'<a href="{href}" target="_blank" rel="noopener noreferrer">' in shown
    assert not re.search(r'(?:src|action)="https?://', shown)


def test_an_office_without_a_position_is_looked_for_on_the_map_by_its_address(admin: Desk):
    with transaction() as session:
        there = make_office(session, "00114")
        there.latitude, there.longitude, there.address = None, None, "Số 1 phố Mẫu, Hà Nội"
    href = "https://www.openstreetmap.org/search?query=S%E1%BB%91%201%20ph%E1%BB%91%20M%E1%BA%ABu%2C%20H%C3%A0%20N%E1%BB%99i"
    assert f'<a href="{href}" target="_blank" rel="noopener noreferrer">' in page(admin, "/offices/00114")


# ---- Adding and changing ----

NEW = {
    "parent": "001",
    "code": "00120",
    "name": "BHXH Huyện Thanh Oai",
    "phone": "024 3733 9934",
    "wards": "Phường Ba Đình",
}


def test_an_office_is_added_with_all_it_needs(admin: Desk):
    answer = admin.post("/offices/new", **NEW, email="thanhoai@example.vn", position="20.85, 105.77")
    assert answer.status_code == 303
    assert answer.location == "/offices/00120"
    made = office("00120")
    assert (made.name, made.short_name, made.kind.value) == ("BHXH huyện Thanh Oai", "BHXH huyen Thanh Oai", "district")
    assert (made.path, made.province_code, made.phone) == ("000.001.00120.", "01", "02437339934")
    shown = page(admin, "/offices/00120")
    assert all(words in shown for words in ("thêm: Phường Ba Đình", "Cán Bộ Mẫu", "Xem trên bản đồ"))
    assert "BHXH huyện Thanh Oai" in admin.client.get("/offices", query_string={"q": "thanh oai"}).text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("code", "", "Chưa có mã cơ quan"),
        ("code", "001", "5 chữ số"),
        ("code", "00114", "Mã 00114 đã dùng cho BHXH huyện Thanh Trì"),
        ("name", "", "Chưa có tên cơ quan"),
        ("name", "A" * 10_000, "dài quá"),
        ("name", "\x00\u202e", "Chưa có tên cơ quan"),
        ("phone", "12345", "Số điện thoại chưa đúng"),
        ("position", "48.8, 2.3", "không nằm ở Việt Nam"),
        ("wards", "Phường Không Có", "Không nhận ra xã, phường: Phường Không Có"),
        ("parent", "", "Chưa chọn cơ quan cấp trên"),
        ("parent", "00114", "cấp cơ sở nên không có cơ quan cấp dưới"),
        ("parent", "77777", "Chưa chọn cơ quan cấp trên"),
    ],
)
def test_a_fault_is_said_at_its_field_and_all_that_was_typed_stays(admin: Desk, field: str, value: str, sentence: str):
    answer = admin.post("/offices/new", **NEW | {field: value})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in shown
    assert field == "name" or "BHXH Huyện Thanh Oai" in shown
    with transaction() as session:
        assert session.query(Office).filter_by(code="00120").count() == 0


def test_every_field_is_kept_with_who_when_before_and_after(admin: Desk):
    form = form_of(admin, "/offices/00114/edit")
    assert form["name"] == "BHXH huyện Thanh Trì"
    answer = admin.post(
        "/offices/00114/edit", **form | {"name": "BHXH cơ sở Thanh Trì", "wards": "Phường Ba Đình\nPhường Ngọc Hà"}
    )
    assert answer.status_code == 303
    kept = {one.field: (one.old_value, one.new_value) for one in changes("00114")}
    assert kept["name"] == ("BHXH huyện Thanh Trì", "BHXH cơ sở Thanh Trì")
    assert kept["wards"][0] is None
    assert set(kept) == {"name", "wards"}
    shown = page(admin, "/offices/00114")
    assert "thêm: Phường Ba Đình; Phường Ngọc Hà" in shown


def test_the_same_form_sent_twice_changes_nothing_more(admin: Desk):
    form = form_of(admin, "/offices/00114/edit") | {"phone": "0243 733 9934"}
    assert admin.post("/offices/00114/edit", **form).status_code == 303
    again = admin.post("/offices/00114/edit", **form)
    assert again.status_code == 409
    assert len(changes("00114")) == 1


def test_the_second_of_two_administrators_is_told_what_the_first_changed(admin: Desk):
    form = form_of(admin, "/offices/00114/edit")
    assert admin.post("/offices/00114/edit", **form | {"phone": "024 3733 9934"}).status_code == 303
    late = admin.post("/offices/00114/edit", **form | {"address": "Số 9 phố Mới"})
    shown = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "người khác đã thay đổi cơ quan này" in shown
    assert "024 3733 9934" in shown or "02437339934" in shown
    assert 'value="Số 9 phố Mới"' in shown
    assert office("00114").address == "Số 1 phố Mẫu"
    newest = re.search(r'name="version" value="(\d+)"', shown)
    assert newest
    known = form | {"address": "Số 9 phố Mới", "phone": "024 3733 9934", "version": newest[1]}
    assert admin.post("/offices/00114/edit", **known).status_code == 303
    assert (office("00114").address, office("00114").phone) == ("Số 9 phố Mới", "02437339934")


@pytest.mark.parametrize("version", ["", "-1", "x", "9" * 400, "١"])
def test_a_version_that_was_never_served_overwrites_nothing(admin: Desk, version: str):
    form = form_of(admin, "/offices/00114/edit")
    admin.post("/offices/00114/edit", **form | {"phone": "024 3733 9934"})
    assert admin.post("/offices/00114/edit", **form | {"phone": "", "version": version}).status_code == 409
    assert office("00114").phone == "02437339934"


def test_a_ward_is_added_to_the_list_by_its_name_without_saving(admin: Desk):
    form = form_of(admin, "/offices/00114/edit")
    answer = admin.post("/offices/00114/edit", **form, act="ward", ward="ba dinh")
    assert answer.status_code == 200
    assert re.search(r"<textarea [^>]*>Phường Ba Đình</textarea>", answer.text)
    assert changes("00114") == []
    unknown = admin.post("/offices/00114/edit", **form, act="ward", ward="Không Đâu Cả")
    assert unknown.status_code == 422
    assert "Không có xã, phường" in unknown.text


def test_moving_an_office_moves_its_path_and_what_its_officers_see(admin: Desk):
    with transaction() as session:
        lead = make_officer(session, "lanh-dao-bn", role=Role.SUPERVISOR, office=make_office(session, "027"))
    form = form_of(admin, "/offices/00114/edit")
    assert admin.post("/offices/00114/edit", **form | {"parent": "027"}).status_code == 303
    moved = office("00114")
    assert (moved.path, moved.province_code) == ("000.027.00114.", "27")
    assert {one.field for one in changes("00114")} == {"parent", "province_code"}
    assert moved.path.startswith(lead.office.path)


THUAN_AN = "25978"
"""A ward of Hồ Chí Minh; Hà Nội has one of the same name."""


def hung_under_hanoi_by_a_merge(wards: tuple[str, ...]) -> None:
    """An office of Hồ Chí Minh whose province office was merged into that of Hà Nội."""
    with transaction() as session:
        south = make_office(session, "079", name="BHXH TP Hồ Chí Minh", province_code="79")
        below = make_office(session, "07901", parent=south, name="BHXH quận 1", province_code="79")
        session.add_all(OfficeWard(office_id=below.id, ward_code=ward) for ward in wards)
        head = make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))
    merging.plan("079", head, merging.Plan("001", clock.today().isoformat(), "1/QĐ"))


def wards_of(code: str) -> set[str]:
    with transaction() as session:
        return set(session.scalars(select(OfficeWard.ward_code).join(Office).where(Office.code == code)))


def test_an_office_below_another_provinces_keeps_province_and_wards_when_its_phone_changes(admin: Desk):
    hung_under_hanoi_by_a_merge((THUAN_AN,))
    form = form_of(admin, "/offices/07901/edit")
    assert form["wards"] == "Phường Thuận An"
    assert admin.post("/offices/07901/edit", **form | {"phone": "024 3733 9934"}).status_code == 303
    assert (office("07901").province_code, wards_of("07901")) == ("79", {THUAN_AN})
    assert {one.field for one in changes("07901")} == {"parent", "phone"}


def test_an_office_that_moves_to_another_province_keeps_its_wards_and_that_is_said(admin: Desk):
    with transaction() as session:
        session.add(OfficeWard(office_id=make_office(session, "00114").id, ward_code="00004"))
    form = form_of(admin, "/offices/00114/edit")
    assert "vẫn là của tỉnh hiện nay" in page(admin, "/offices/00114/edit")
    more = {"parent": "027", "wards": form["wards"] + "\nPhường Kinh Bắc, Bắc Ninh"}
    assert admin.post("/offices/00114/edit", **form | more).status_code == 303
    assert office("00114").province_code == "27"
    assert {"00004"} < wards_of("00114")
    assert len(wards_of("00114")) == 2
    shown = page(admin, "/offices/00114")
    assert "vẫn phục vụ 1 xã, phường ngoài tỉnh đó" in shown
    assert "Phường Ba Đình, Thành phố Hà Nội" in shown


def test_an_heir_with_more_wards_than_a_list_may_give_is_edited_and_may_have_fewer_not_more(admin: Desk):
    known = [ward.code for code in ("01", "79") for ward in wards(code)][:240]
    with transaction() as session:
        for code, some in (("00114", known[:120]), ("00115", known[120:])):
            number = make_office(session, code).id
            session.add_all(OfficeWard(office_id=number, ward_code=ward) for ward in some)
        head = make_actor(session, Role.ADMINISTRATOR, office=make_office(session, "000"))
    merging.plan("00114", head, merging.Plan("00115", clock.today().isoformat(), "1/QĐ"))
    form = form_of(admin, "/offices/00115/edit")
    assert admin.post("/offices/00115/edit", **form | {"phone": "024 3733 9934"}).status_code == 303
    assert (office("00115").phone, len(wards_of("00115"))) == ("02437339934", 240)
    form = form_of(admin, "/offices/00115/edit")
    more = admin.post("/offices/00115/edit", **form | {"wards": form["wards"] + f"\n{wards('46')[0].code}"})
    assert more.status_code == 422
    assert "nhiều nhất 240 xã, phường; ở đây ghi 241" in more.get_data(as_text=True)
    fewer = "\n".join(form["wards"].splitlines()[:230])
    assert admin.post("/offices/00115/edit", **form | {"wards": fewer}).status_code == 303
    assert len(wards_of("00115")) == 230


# ---- Scope ----


def test_a_provinces_administrator_changes_the_own_branch_alone(province_admin: Desk):
    assert province_admin.post("/offices/new", **NEW).status_code == 303
    assert page(province_admin, "/offices/00114/edit")
    for path in ("/offices/02701/edit", "/offices/02701/merge", "/offices/000/edit"):
        assert province_admin.get(path).status_code == 404, path
    for act in ("edit", "close", "reopen", "merge", "merge/cancel"):
        assert province_admin.post(f"/offices/02701/{act}", name="x").status_code == 404, act
        assert province_admin.post(f"/offices/99999/{act}", name="x").status_code == 404, act
    assert "Sửa thông tin" not in page(province_admin, "/offices/02701")


def test_a_parent_or_successor_out_of_scope_is_one_that_does_not_exist(province_admin: Desk):
    foreign = province_admin.post("/offices/new", **NEW | {"parent": "027"}).text
    unknown = province_admin.post("/offices/new", **NEW | {"parent": "777"}).text
    wanted = "Chưa chọn cơ quan cấp trên, hoặc cơ quan đó không thuộc phạm vi của bạn"
    assert wanted in foreign
    assert wanted in unknown
    form = form_of(province_admin, "/offices/00114/edit")
    assert province_admin.post("/offices/00114/edit", **form | {"parent": "027"}).status_code == 422
    plan = {"day": clock.today().isoformat(), "decision": "1/QĐ", "successor": "02701 BHXH thành phố Bắc Ninh"}
    assert province_admin.post("/offices/00114/merge", **plan).status_code == 422
    assert office("00114").path == "000.001.00114."


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_who_is_no_administrator_changes_nothing(client: FlaskClient, role: Role):
    desk = come(client, role)
    assert desk.get("/offices/new").status_code == 403
    for act in ("edit", "close", "reopen", "merge", "merge/cancel"):
        assert desk.post(f"/offices/00114/{act}").status_code == 403
    assert changes("00114") == []


# ---- Closing, reopening, merging on the page ----


def test_closing_says_what_is_in_the_way_and_offers_the_merge(admin: Desk):
    with transaction() as session:
        make_declaration(session, office=make_office(session, "00114"))
        make_officer(session, office=make_office(session, "00114"))
    answer = admin.post("/offices/00114/close")
    assert answer.status_code == 409
    for words in ("Còn 1 hồ sơ chưa giải quyết", "Còn 1 cán bộ đang làm việc", 'href="/offices/00114/merge"'):
        assert words in answer.text
    assert office("00114").closed_at is None


def test_an_office_is_closed_and_opened_again_and_found_meanwhile_on_demand(admin: Desk):
    assert admin.post("/offices/00116/close").status_code == 303
    assert "BHXH quận Đống Đa" not in page(admin, "/offices?q=dong+da")
    assert "BHXH quận Đống Đa" in page(admin, "/offices?q=dong+da&closed=1")
    assert "Đã đóng" in page(admin, "/offices?in=001&closed=1")
    assert admin.post("/offices/00116/reopen").status_code == 303
    assert [(one.field, one.new_value is None) for one in changes("00116")] == [("closed", False), ("closed", True)]


def test_a_merge_for_a_later_day_is_shown_on_both_pages_and_can_be_cancelled(admin: Desk):
    day = clock.today() + timedelta(days=3)
    plan = {"successor": "00115 BHXH huyện Gia Lâm", "day": day.isoformat(), "decision": "391/QĐ-BTC"}
    assert "hồ sơ chưa giải quyết" in page(admin, "/offices/00114/merge")
    assert admin.post("/offices/00114/merge", **plan).status_code == 303
    for code, other in (("00114", "00115"), ("00115", "00114")):
        shown = page(admin, f"/offices/{code}")
        assert f"Từ ngày {day:%d/%m/%Y}" in shown
        assert "391/QĐ-BTC" in shown
        assert f'href="/offices/{other}"' in shown
    assert admin.post("/offices/00114/merge", **plan).status_code == 409
    assert admin.post("/offices/00114/merge/cancel").status_code == 303
    assert f"Từ ngày {day:%d/%m/%Y}" not in page(admin, "/offices/00115")
    assert admin.post("/offices/00114/merge/cancel").status_code == 409
    with clock.at(clock.now() + timedelta(days=4)):
        assert merging.do_due() == 0


def test_the_old_code_leads_to_the_new_office(admin: Desk):
    plan = {"successor": "00115", "day": clock.today().isoformat(), "decision": "391/QĐ-BTC"}
    assert admin.post("/offices/00114/merge", **plan).status_code == 303
    shown = page(admin, "/offices/00114")
    assert "Cơ quan này đã hợp nhất vào" in shown
    assert 'href="/offices/00115"' in shown
    assert "Mở lại" not in shown
    for q in ("00114", "thanh tri"):
        found = page(admin, f"/offices?q={q.replace(' ', '+')}")
        assert re.search(r'nay là <a href="/offices/00115">00115 BHXH huyện Gia Lâm', found), q
    assert "00114 BHXH huyện Thanh Trì" in page(admin, "/offices/00115")
    assert admin.post("/offices/00114/reopen").status_code == 409


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("successor", "", "Chưa chọn cơ quan nhận"),
        ("successor", "99999", "Chưa chọn cơ quan nhận"),
        ("successor", "00114", "vào chính nó"),
        ("successor", "000", "không trực tiếp tiếp nhận hồ sơ"),
        ("day", "", "Chưa có ngày hợp nhất"),
        ("day", "31/02/2026", "Chưa có ngày hợp nhất"),
        ("day", "0001-01-01", "Ngày hợp nhất phải"),
        ("day", "9999-12-31", "Ngày hợp nhất phải"),
        ("decision", " ", "Chưa có số quyết định"),
        ("decision", "x" * 10_000, "dài quá"),
    ],
)
def test_a_plan_with_a_fault_is_refused_at_its_field(admin: Desk, field: str, value: str, sentence: str):
    plan = {"successor": "00115", "day": clock.today().isoformat(), "decision": "1/QĐ"}
    answer = admin.post("/offices/00114/merge", **plan | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert office("00114").closed_at is None


def test_markup_in_a_name_is_text(admin: Desk):
    fields: dict[str, Any] = NEW | {"name": "BHXH <b>Thử</b>"}
    assert admin.post("/offices/new", **fields).status_code == 303
    assert "<b>Thử</b>" not in page(admin, "/offices/00120")
    assert "&lt;b&gt;Thử&lt;/b&gt;" in page(admin, "/offices?q=thu")
