"""Issue 9, points 1 and 5: who sees which figures, what the page says, and how it asks for them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.dashboards import boards, calls, lists
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import Listed
from backoffice.dashboards.mine import show_own
from backoffice.dashboards.sums import Part
from backoffice.dashboards.tallies import Figures, gather
from backoffice.dashboards.whose import Board, OfficeFigures
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Forbidden, NotFound
from backoffice.models import Declaration, Figure, Office, OfficeKind, OfficerSession, Role, Status, TrailRow
from backoffice.rules.actors import Actor
from tests.bench.recording import recording
from tests.dashboards.scene import AFTERNOON, played
from tests.factories import make_actor, make_office
from tests.house.askers import signed_in
from tests.signin.browser import HTMX

pytestmark = pytest.mark.usefixtures("database", "afternoon")
POLL = HTMX | {"X-Poll": "1"}
MANY = 1_234_567_890


@pytest.fixture
def afternoon() -> Iterator[None]:
    with clock.at(AFTERNOON):
        yield


def actor(role: Role = Role.SUPERVISOR, office: str = "001") -> Actor:
    with transaction() as session:
        return make_actor(session, role, office=make_office(session, office))


def browser(app: Flask, role: Role = Role.SUPERVISOR, office: str = "001") -> FlaskClient:
    number = actor(role, office).id
    assert number is not None
    return signed_in(app, number)


def words(html: str) -> str:
    """What is read of a page's main part."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_a_supervisor_sees_the_own_branch_and_no_other(app: Flask):
    with transaction() as session:
        for code in ("00114", "07901"):
            make_office(session, code)
    desk = browser(app)
    assert [desk.get(f"/dashboard?office={code}").status_code for code in ("", "001", "00114")] == [200] * 3
    nothing = desk.get("/dashboard?office=98765")
    for code in ("000", "079", "07901"):
        for path in ("/dashboard", "/dashboard/live", "/dashboard/officers", "/dashboard/list/waiting"):
            answer = desk.get(f"{path}?office={code}", headers=HTMX if path.endswith("live") else {})
            never = desk.get(f"{path}?office=98765", headers=HTMX if path.endswith("live") else {})
            assert (answer.status_code, answer.data.count(b"<tr")) == (404, never.data.count(b"<tr"))
    assert nothing.status_code == 404


@pytest.mark.parametrize("office", ["' OR 1=1 --", "<script>", "%", "00114%00", "0" * 5000, "…"])
def test_whatever_is_asked_for_besides_is_not_found(app: Flask, office: str):
    desk = browser(app)
    for path in ("/dashboard", "/dashboard/list/approved", "/dashboard/officers"):
        assert desk.get(path, query_string={"office": office}).status_code == 404
    live = desk.get("/dashboard/live", query_string={"office": office})
    assert desk.get(live.headers["Location"]).status_code == 404
    assert desk.get("/dashboard/list/everything").status_code == 404
    assert desk.get("/dashboard/list/approved?since=2026-02-31").status_code == 422


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_only_supervisors_see_the_figures_of_others(app: Flask, role: Role):
    desk = browser(app, role, "000")
    for path in ("", "/live", "/officers", "/hotline", "/hotline/calls", "/list/approved"):
        assert desk.get(f"/dashboard{path}").status_code == 403
    has_own = role in (Role.RECEPTION, Role.HOTLINE)
    assert desk.get("/dashboard/me").status_code == (200 if has_own else 403)


def test_the_hotline_is_the_roots_alone(app: Flask):
    country, province = browser(app, office="000"), browser(app, office="001")
    for path in ("/dashboard/hotline", "/dashboard/hotline/calls"):
        assert (country.get(path).status_code, province.get(path).status_code) == (200, 404)
    assert "Tổng đài, so với tuần trước" in country.get("/dashboard").text
    assert "Tổng đài, so với tuần trước" not in country.get("/dashboard?office=001").text
    assert "/dashboard/hotline" not in province.get("/dashboard").text
    assert country.get("/dashboard/hotline/calls?kind=none").status_code == 404
    assert country.get("/dashboard/hotline/calls?officer=99").status_code == 404


def test_a_person_is_named_at_the_level_of_one_office_and_nowhere_else(app: Flask):
    scene = played()
    with transaction() as session:
        lan = session.get_one(Office, scene.officers[0].office_id)
    assert lan.code == "00114"
    desk = signed_in(app, scene.supervisors["000"].id or 0)
    assert "Nguyễn Thị Lan" in words(desk.get("/dashboard?office=00114").text)
    assert "Nguyễn Thị Lan" in words(desk.get("/dashboard/officers?office=00114").text)
    for code in ("000", "001", "00101"):
        for path in ("/dashboard", "/dashboard/officers"):
            assert "Nguyễn Thị Lan" not in words(desk.get(f"{path}?office={code}").text)


def test_an_officer_sees_the_own_figures_and_nobody_elses(app: Flask):
    scene = played()
    with pytest.raises(Forbidden):
        boards.show_officers(scene.officers[0], "")
    for officer in scene.officers:
        with transaction() as session:
            count = session.query(Declaration).filter_by(decided_by_id=officer.id, status=Status.APPROVED).count()
        approved, _ = show_own(officer)["flows"]
        assert approved["cells"][2]["number"] + approved["cells"][3]["number"] == count > 0
        assert officer.id is not None
        listed = signed_in(app, officer.id).get(approved["cells"][2]["href"])
        assert listed.text.count("<a data-row") == approved["cells"][2]["number"]
    assert scene.agent is not None
    assert show_own(scene.agent)["flows"] == []
    assert show_own(scene.agent)["calls"][0]["cells"][0]["number"] == 4


def test_asking_anew_costs_one_statement_and_keeps_no_session_awake(app: Flask):
    with transaction() as session:
        for code in ("079", "00114"):
            make_office(session, code)
    desk = browser(app, office="000")
    desk.get("/dashboard")
    long_ago = clock.now() - timedelta(minutes=5)
    with transaction() as session:
        session.query(OfficerSession).update({"active_at": long_ago})
    for office in ("", "000", "001", "079", "00114"):
        assert figures_asked(desk, f"/dashboard/live?office={office}", POLL) == [False, True], office
    with transaction() as session:
        assert session.scalars(select(OfficerSession.active_at)).all() == [long_ago]
        assert session.query(TrailRow).count() == 0, "nothing on it names a citizen"


def figures_asked(desk: FlaskClient, path: str, headers: dict[str, str] | None = None) -> list[bool]:
    """Of each statement of a request, whether it reads figures."""
    with recording(db.engine()) as kept:
        answer = desk.get(path, headers=headers)
    assert answer.status_code == 200
    return ["figure_deltas" in step.sql for step in kept.statements()]


def test_what_is_no_poll_reads_its_figures_by_one_statement_too(app: Flask):
    with transaction() as session:
        make_office(session, "00114")
    for role, office, path in (
        (Role.SUPERVISOR, "000", "/dashboard/hotline"),
        (Role.SUPERVISOR, "001", "/dashboard/me"),
        (Role.RECEPTION, "00114", "/dashboard/me"),
        (Role.HOTLINE, "000", "/dashboard/me"),
        (Role.SUPERVISOR, "001", "/dashboard"),
        (Role.SUPERVISOR, "000", "/dashboard?office=00114"),
    ):
        desk = browser(app, role, office)
        desk.get(path)
        assert sum(figures_asked(desk, path)) == 1, path


class Midnight(datetime):
    """A clock that stands right before midnight when it is first looked at, and a day later each time after."""

    looks = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        cls.looks += 1
        return datetime(2026, 11, 24 + cls.looks, 23, 59, 59, tzinfo=clock.VIETNAM).astimezone(tz)


def test_a_page_is_of_one_day_though_midnight_comes_while_it_is_made(monkeypatch: pytest.MonkeyPatch):
    lead, agent = actor(office="000"), actor(Role.HOTLINE, "000")
    day = AFTERNOON.date()
    approved = Asked(Listed.APPROVED, day, day)
    acts: list[Callable[[], Any]] = [
        lambda: boards.show_dashboard(lead, "")["figures"],
        lambda: boards.show_live(lead, "")["figures"],
        lambda: calls.show_hotline(lead),
        lambda: show_own(agent),
        lambda: boards.show_officers(lead, ""),
        lambda: lists.show_list(Asked(Listed.DUE_SOON, day, day), "", lead),
        lambda: lists.show_own_list(approved, lead),
        lambda: calls.show_calls(lead, calls.Calls(day, day)),
    ]
    monkeypatch.setattr(clock, "datetime", Midnight)
    token = clock._frozen.set(None)
    try:
        for act in acts:
            Midnight.looks = 0
            assert (act().get("today", "T4 25/11"), Midnight.looks) == ("T4 25/11", 1)
    finally:
        clock._frozen.reset(token)


def test_the_answer_is_the_part_alone_which_asks_on(app: Flask):
    part = browser(app).get("/dashboard/live?office=001", headers=POLL).text
    assert part.strip().startswith('<div id="figures"')
    assert 'hx-get="/dashboard/live?office=001" hx-trigger="every 60s, seen"' in part
    assert "<html" not in part


def test_without_a_script_the_address_of_the_part_leads_to_the_page(app: Flask):
    assert browser(app).get("/dashboard/live?office=001").headers["Location"] == "/dashboard?office=001"


def test_nothing_reads_as_nothing(app: Flask):
    page = browser(app).get("/dashboard").text
    read = words(page)
    for said in (
        "Không có gì khác thường.",
        "Trong 7 ngày qua chưa có hồ sơ nào được giải quyết.",
        "Trong 7 ngày qua không có hồ sơ nào không được chấp nhận.",
        "Trong 7 ngày qua không có tờ khai nào.",
        "Trong 7 ngày qua mọi tin đều gửi được.",
        "Hôm nay chưa có hồ sơ nào được giải quyết.",
        "Chưa có kết quả nào.",
    ):
        assert said in read
    assert not re.search(r"\bNone\b|\bnan\b|Undefined", read)
    assert "/dashboard/list/" not in page, "what is nothing has no list"


def test_the_country_in_a_great_year_is_read_and_drawn(app: Flask, monkeypatch: pytest.MonkeyPatch):
    today = clock.today()
    week_ago = today - timedelta(days=7)
    parts = [
        Part(today, figure, key, MANY, MANY * 600)
        for figure, key in (
            (Figure.DECLARED, "app"),
            (Figure.APPROVED, "10"),
            (Figure.REJECTED, "longer"),
            (Figure.REASON, "photo_unusable:id_front,id_back"),
            (Figure.WAITING, ""),
            (Figure.NOTICE_FAILED, "sms"),
        )
    ]
    figures = gather([*parts, Part(week_ago, Figure.APPROVED, "5", MANY, 1)], today - timedelta(days=13), today, today)
    empty = Figures(figures.since, today, today)
    here = OfficeFigures(1, "001", "BHXH Mẫu", "000.001.", OfficeKind.PROVINCE, False, empty)
    monkeypatch.setattr(boards, "board", lambda *_, **__: Board(here, figures, [], [], [], empty))
    read = words(browser(app).get("/dashboard").text)
    assert "1.234.567.890" in read
    assert "Tỷ lệ không chấp nhận 7 ngày qua là 50 %, 7 ngày trước đó là 0 %." in read
    assert "Ảnh mờ, lóa hoặc mất góc" in read


def test_what_stands_out_comes_first_with_the_way_to_it():
    scene = played()
    told = boards.show_dashboard(scene.supervisors["001"], "")["figures"]["sentences"]
    assert [(one["label"], one["href"]) for one in told if one["is_urgent"]] == [
        ("Xem hồ sơ báo lãnh đạo", "/desk?list=escalated"),
        ("Xem hồ sơ hạn hôm nay", "/desk?list=due_today"),
        ("Xem đơn vị này", "/dashboard?office=00114"),
    ]
    assert re.search(r"riêng BHXH Mẫu 00114 \(00114\) có 1\d \(", told[2]["text"])
    above = boards.show_dashboard(scene.supervisors["000"], "00114")
    assert above["figures"]["sentences"][0]["href"] == "/dashboard/list/escalated?office=00114"
    assert [code for code, _ in above["above"]] == ["000", "001"]


def test_who_is_out_of_scope_finds_nothing_by_the_action_either():
    province = actor(office="001")
    actor(office="079")
    for show in (boards.show_dashboard, boards.show_live, boards.show_officers):
        with pytest.raises(NotFound):
            show(province, "079")


def test_what_an_officer_decided_today_stands_beside_the_same_day_a_week_ago():
    scene = played()
    shown = boards.show_dashboard(scene.supervisors["00114"], "")["figures"]
    assert shown["officer_columns"][-1] == "Giải quyết cùng ngày tuần trước"
    with transaction() as session:
        for officer, line in zip(scene.officers, shown["officers"], strict=True):
            mine = session.query(Declaration).filter_by(decided_by_id=officer.id)
            days = [clock.local(one.decided_at).date() for one in mine if one.decided_at]
            assert line["cells"][-1]["number"] == days.count(clock.today() - timedelta(days=7)) > 0
