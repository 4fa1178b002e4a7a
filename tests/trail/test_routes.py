"""The room's pages: who comes in, what the first page says, acts by office and time."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import MachineClient, Role, TrailCheck, TrailEvent
from backoffice.rules.actors import SYSTEM, Actor
from backoffice.rules.journal import record
from backoffice.signin.actions import sign_in
from backoffice.trail.words import EVENTS, WORDS, Group
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_actor, make_office, make_officer
from tests.trail.readers import found, text_of


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        for name, role, office in (
            ("giamsat", Role.SUPERVISOR, "001"),
            ("kiemtra", Role.AUDITOR, "000"),
            ("tieptan", Role.RECEPTION, "00114"),
            ("quantri", Role.ADMINISTRATOR, "000"),
        ):
            make_officer(session, name, role=role, office=make_office(session, office))
        return make_actor(session, full_name="Trần Thị Lan", office=make_office(session, "00114"))


@pytest.fixture
def supervisor(client: FlaskClient, officer: Actor) -> Desk:
    return Desk(client, "giamsat")


@pytest.mark.parametrize(("name", "status"), [("giamsat", 200), ("kiemtra", 200), ("tieptan", 403), ("quantri", 403)])
def test_supervisors_and_the_auditor_alone_come_in(client: FlaskClient, officer: Actor, name: str, status: int):
    desk = Desk(client, name)
    assert {desk.get(path).status_code for path in ("/trail", "/trail/alarms")} == {status}
    assert ('href="/trail"' in desk.get("/offices").text) is (status == 200)


def test_a_look_at_the_first_page_asks_nothing_and_so_writes_nothing(supervisor: Desk):
    supervisor.get("/trail")
    assert trail(TrailEvent.TRAIL_SEARCH) == []


def test_the_first_page_says_what_the_last_check_of_the_seals_found(supervisor: Desk):
    assert "Chưa kiểm tra lần nào" in supervisor.get("/trail").text
    now = clock.now()
    values = {"started_at": now, "finished_at": now, "is_running": False, "dropped": 0, "unsealed": 7, "seal_id": 42}
    with transaction() as session:
        session.add(TrailCheck(ok=True, rows=12345, findings=0, named=[], progress={}, **values))
    said = text_of(supervisor.get("/trail"))
    assert "Nguyên vẹn" in said
    assert "12.345 dòng đã niêm phong" in said
    assert "7 dòng mới chưa niêm phong" in said
    named = [{"kind": "row_changed", "seal": 3, "row": 99, "month": "2026-11"}]
    with transaction() as session:
        later = values | {"finished_at": now + timedelta(seconds=1)}
        session.add(TrailCheck(ok=False, rows=1, findings=1, named=named, progress={}, **later))
    said = text_of(supervisor.get("/trail"))
    assert "1 chỗ bị sửa, xóa hoặc thêm" in said
    assert "Dòng số 99 (tháng 11/2026, niêm phong số 3): bị sửa sau khi niêm phong." in said


def test_an_offices_acts_are_those_of_its_branch_narrowed_by_kind(supervisor: Desk, officer: Actor):
    with transaction() as session:
        foreign = make_actor(session, full_name="Người Nơi Khác", office=make_office(session, "00214"))
        for actor in (officer, foreign):
            record(session, TrailEvent.LOCK, actor)
        record(session, TrailEvent.QUEUE, officer, listed=[1, 2])
    said = text_of(found(supervisor, "/trail/acts"))
    assert "Trần Thị Lan" in said
    assert "Người Nơi Khác" not in said
    looks = text_of(found(supervisor, "/trail/acts", office="00114", group="looks"))
    assert "Xem danh sách hồ sơ: 2 dòng" in looks
    assert "Khóa màn hình" not in looks
    for office in ("00214", "99999", "x" * 10_000, "\0"):
        assert supervisor.post("/trail/acts", office=office).status_code == 422


def test_supervisors_see_who_could_not_sign_in_at_their_offices(supervisor: Desk, officer: Actor):
    with transaction() as session:
        foreign = make_officer(session, "noi.khac", full_name="Người Nơi Khác", office=make_office(session, "00214"))
    for name in ("tieptan", foreign.username, "khong.ai"):
        with pytest.raises(InvalidInput):
            sign_in(name, "sai mật khẩu rồi")
    said = text_of(found(supervisor, "/trail/acts")).partition("Từng việc")[2]
    assert said.count("Đăng nhập không được: ") == 1
    assert "(tieptan)" in said


def test_about_which_office_it_was_asked_is_told(client: FlaskClient, supervisor: Desk):
    found(supervisor, "/trail/acts", office="00114")
    said = text_of(found(Desk(client, "kiemtra"), "/trail/acts"))
    assert "Tra cứu nhật ký truy cập: 00114 BHXH Mẫu 00114, theo cơ quan, việc làm" in said


def test_lines_name_to_what_and_whom_it_was_done(client: FlaskClient, officer: Actor):
    with transaction() as session:
        other = make_officer(session, "mai.tt", full_name="Lê Thị Mai", office=make_office(session, "00114"))
        machine = MachineClient(name="Cổng DVC", scopes=[], created_at=clock.now())
        session.add(machine)
        session.flush()
        here, there = make_office(session, "00114"), make_office(session, "00214")
        record(session, TrailEvent.OFFICER_DISABLE, officer, officer_id=other.id)
        record(session, TrailEvent.RECOVERY_CODES, officer, officer_id=officer.id)
        record(session, TrailEvent.HANDOVER, officer, held_by=officer.id, to=other.id)
        record(session, TrailEvent.SIGN_IN_FAILED, SYSTEM, officer_id=other.id)
        record(session, TrailEvent.OFFICE_MERGE, SYSTEM, office=here.id, successor=there.id)
        record(session, TrailEvent.OFFICE_EDIT, officer, office=here.id)
        record(session, TrailEvent.CLIENT_KEY_ENDED, officer, client=machine.id)
    said = text_of(found(Desk(client, "kiemtra"), "/trail/acts"))
    mai = "Lê Thị Mai (mai.tt)"
    for line in (
        f"Ngừng người dùng: {mai}",
        f"Bàn giao hồ sơ: {mai}",
        f"Đăng nhập không được: {mai}",
        "Hợp nhất cơ quan: 00114 BHXH Mẫu 00114 → 00214 BHXH Mẫu 00214",
        "Sửa cơ quan: 00114 BHXH Mẫu 00114",
        "Chấm dứt khóa kết nối: Cổng DVC",
    ):
        assert line in said
    assert "Tạo mã khôi phục:" not in said


@pytest.mark.parametrize("group", Group)
def test_the_auditor_sees_acts_of_every_kind_that_belong_to_no_office(
    client: FlaskClient, officer: Actor, group: Group
):
    with transaction() as session:
        record(session, EVENTS[group][0], SYSTEM)
    said = text_of(found(Desk(client, "kiemtra"), "/trail/acts", group=group.value)).partition("Từng việc")[2]
    assert WORDS[EVENTS[group][0]] in said
    assert "Hệ thống" in said


def test_the_auditor_sees_acts_of_every_office(client: FlaskClient, officer: Actor):
    with transaction() as session:
        record(session, TrailEvent.LOCK, make_actor(session, full_name="Người A", office=make_office(session, "00214")))
        record(session, TrailEvent.LOCK, officer)
    said = text_of(found(Desk(client, "kiemtra"), "/trail/acts"))
    assert "Người A" in said
    assert "Trần Thị Lan" in said


def test_acts_of_many_days_come_in_order_page_by_page(supervisor: Desk, officer: Actor):
    now = clock.now()
    for back in range(70):
        with clock.at(now - timedelta(hours=9 * back)), transaction() as session:
            record(session, TrailEvent.QUEUE, officer, listed=list(range(back)))
    page = found(supervisor, "/trail/acts", office="00114", period="month")
    seen = [part.partition(" dòng")[0] for part in page.text.split("Xem danh sách hồ sơ: ")[1:]]
    link = page.text.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    more = supervisor.get(link, **HTMX)
    assert "<html" not in more.text
    seen += [part.partition(" dòng")[0] for part in more.text.split("Xem danh sách hồ sơ: ")[1:]]
    assert seen == [str(number) for number in range(70)]


BEYOND = [
    "9999-12-31T23:59:59.999999+00:00_1",
    "9999-12-31T23:59:59-14:00_1",
    "0001-01-01T00:00:00+14:00_1",
    "0001-01-01T00:00:00-14:00_1",
]
"""Instants that cannot be told in every time zone."""


def test_what_is_refused_stays_as_typed_and_is_told_beside_its_field(supervisor: Desk):
    forms = {
        "acts": {"period": "year", "office": "00114", "group": "looks"},
        "officer": {"period": "decade", "officer": "lan.tt"},
        "person": {"period": "decade", "q": "0199999999"},
    }
    for path, form in forms.items():
        refused = supervisor.post(f"/trail/{path}", **form)
        assert refused.status_code == 422
        assert f'id="{path}-period-fault"' in refused.text
        assert refused.text.count('-period-fault"') == 2  # the sentence, and what names it to a screen reader
    acts = supervisor.post("/trail/acts", **forms["acts"]).text
    assert "không quá 31 ngày" in acts
    assert 'value="00114"' in acts
    assert '<option value="looks" selected>' in acts


def test_an_offices_page_says_whose_acts_they_are(supervisor: Desk):
    page = found(supervisor, "/trail/acts", office="00114")
    assert "<h1>Việc làm của cán bộ thuộc 00114 BHXH Mẫu 00114</h1>" in page.text


def test_a_mangled_place_shows_the_first_page(supervisor: Desk, officer: Actor):
    with transaction() as session:
        record(session, TrailEvent.LOCK, officer)
    where = supervisor.post("/trail/acts").location
    for after in ("x", "_", "2026-01-01T00:00:00_1", "9999-99-99_1", "2026-01-01T00:00:00+00:00_" + "9" * 40, *BEYOND):
        assert "Khóa màn hình" in supervisor.get(f"{where}&after={quote(after)}").text


def test_what_was_found_lapses_after_half_an_hour(supervisor: Desk, app: Flask):
    with clock.at(clock.now() - timedelta(minutes=31)):
        where = supervisor.post("/trail/acts").location
    answer = supervisor.get(where)
    assert answer.status_code in (303, 404)
