"""The page of reports: what it says, what it refuses and how, and what its poll costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from backoffice.dashboards import report_actions, report_making
from backoffice.gateways.sheets import XLSX
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.models import Role
from backoffice.rules.actors import Actor
from tests.bench.recording import recording
from tests.dashboards.reports import ask
from tests.desk.browser import HTMX, Desk
from tests.factories import make_actor, make_office

NOW = datetime(2026, 11, 11, 15, 0, tzinfo=clock.VIETNAM)
HOME = "/dashboard/reports"


@pytest.fixture
def supervisor(database: None) -> Iterator[Actor]:
    with clock.at(NOW):
        with transaction() as session:
            make_office(session, "00114", name="<b>BHXH</b> Thanh Trì")
            made = make_actor(session, Role.SUPERVISOR, username="giamsat", office=make_office(session, "001"))
        yield made


@pytest.fixture
def desk(client: FlaskClient, supervisor: Actor) -> Desk:
    return Desk(client, "giamsat")


def test_a_report_is_asked_for_made_and_taken(desk: Desk):
    page = desk.get(HOME)
    assert "Bạn chưa yêu cầu báo cáo nào." in page.text
    assert "<b>BHXH" not in page.text
    answer = desk.post(HOME, span="quarter", day="2026-11-11", office="")
    assert (answer.status_code, answer.location) == (303, HOME)
    page = desk.get(HOME).text
    assert "Quý IV năm 2026 (01/10/2026 – 31/12/2026)" in page
    assert "Đang chờ đến lượt" in page
    assert 'hx-trigger="every 2s"' in page
    report_making.make_one()
    page = desk.get(HOME).text
    assert "Đã lập xong" in page
    assert "every 2s" not in page
    href = page.split('href="/dashboard/reports/')[1].split('"')[0]
    file = desk.get(f"{HOME}/{href}")
    assert (file.status_code, file.mimetype) == (200, XLSX)
    assert file.headers["Content-Disposition"] == 'attachment; filename="bao-cao-001-quy-2026-4.xlsx"'
    assert file.headers["Cache-Control"] == "no-store"
    assert load_workbook(BytesIO(file.data)).sheetnames[0] == "Tổng hợp"


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(desk: Desk):
    answer = desk.post(HOME, span="week", day="2026-02-31", office="<079>", officers="on")
    assert answer.status_code == 422
    for kept in ("Ngày không có trong lịch", "Không có cơ quan này", 'value="2026-02-31"', "&lt;079&gt;"):
        assert kept in answer.text
    assert '<option value="week" selected' in answer.text
    assert 'value="on" checked' in answer.text.replace("\n", "")


def test_a_link_fills_the_form_in(desk: Desk):
    page = desk.get(f"{HOME}?office=00114&span=quarter&day=2026-08-01&evil=1").text
    assert 'value="00114"' in page
    assert 'value="2026-08-01"' in page
    assert '<option value="quarter" selected' in page


def test_the_poll_answers_only_what_is_new_by_one_statement(desk: Desk, supervisor: Actor):
    token = ask(supervisor, "day", date(2026, 11, 11))
    page = desk.get(HOME).text
    now = page.split('hx-get="')[1].split('"')[0]
    asks = HTMX | {"X-Poll": "1"}
    desk.get(now, **asks)
    with recording(db.engine()) as kept:
        assert desk.get(now, **asks).status_code == 204
    assert len(kept.statements()) == 2  # who asks, and the list
    report_making.make_one()
    part = desk.get(now, **asks)
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<section id="reports_now"')
    assert token in part.text
    assert desk.get(now).location == HOME  # opened by hand


def test_cancelled_and_failed_ones_can_be_asked_for_again(desk: Desk, supervisor: Actor):
    token = ask(supervisor, "day", date(2026, 11, 11))
    part = desk.post(f"{HOME}/{token}/cancel", headers=HTMX)
    assert "Đã hủy" in part.text
    assert f"{HOME}/{token}/again" in part.text
    assert desk.get(f"{HOME}/{token}/file.xlsx").status_code == 409
    assert desk.post(f"{HOME}/{token}/again").location == HOME
    assert "Đang chờ đến lượt" in desk.get(HOME).text


def test_too_many_are_refused_on_the_page(desk: Desk, supervisor: Actor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report_actions, "MOST_OPEN", 0)
    answer = desk.post(HOME, span="day", day="2026-11-11", office="")
    assert answer.status_code == 409
    assert "chưa nhận thêm" in answer.text
    monkeypatch.setattr(report_actions, "MOST_OPEN", 1)
    monkeypatch.setattr(report_actions, "MOST_A_DAY", 0)
    answer = desk.post(HOME, span="day", day="2026-11-11", office="")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "86400")


def test_nobody_else_comes_in(client: FlaskClient, supervisor: Actor):
    token = ask(supervisor, "day", date(2026, 11, 11))
    with transaction() as session:
        make_actor(session, Role.RECEPTION, username="tieptan", office=make_office(session, "001"))
        make_actor(session, Role.SUPERVISOR, username="khac", office=make_office(session, "001"))
    desk = Desk(client, "tieptan")
    assert {desk.get(path).status_code for path in (HOME, f"{HOME}/now", f"{HOME}/{token}/file.xlsx")} == {403}
    client.delete_cookie("officer")
    other = Desk(client, "khac")
    assert other.get(f"{HOME}/{token}/file.xlsx").status_code == 404
    assert token not in other.get(HOME).text
