"""What a supervisor does over HTTP: the tab of escalated ones, the panel, extension, late entry, giving back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.decision.late import enter_late, extend
from backoffice.decision.transfer import transfer
from backoffice.desk.actions import show_counts, show_state
from backoffice.desk.opening import give_reason
from backoffice.desk.supervise import LATELY, show_supervision
from backoffice.desk.tabs import Tab
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Role, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.deadlines import deadline
from tests.desk.browser import HTMX, Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer


@pytest.fixture
def supervisor(database: None) -> Actor:
    with transaction() as session:
        return officer_actor(make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001")))


@pytest.fixture
def panel(client: FlaskClient, supervisor: Actor) -> Desk:
    return Desk(client, "giamsat")


@pytest.fixture
def reception(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session, full_name="Trần Thị Lan")


@pytest.fixture
def escalated(reception: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session, full_name="Người Bị Nghi")
    decide.claim(made.receipt_code, reception)
    decide.escalate(made.receipt_code, reception, "Ảnh không giống người nộp")
    return made


def due(**values: object) -> Declaration:
    """Make a declaration whose deadline is the end of today, whatever day it is."""
    with transaction() as session:
        return make_declaration(session, expires_at=clock.end_of_day(clock.today()), **values)


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def test_k11_a_supervisor_has_a_tab_of_what_was_escalated_with_its_count(
    panel: Desk, supervisor: Actor, escalated: Declaration
):
    with transaction() as session:
        make_declaration(session, escalated_at=clock.now(), office=make_office(session, "07901"))
    (tab,) = [tab for tab in show_counts(supervisor, Tab.WAITING)["counts"] if tab["key"] == "escalated"]
    assert (tab["label"], tab["number"], tab["tone"]) == ("Báo lãnh đạo", 1, "warn")
    page = panel.get("/desk?list=escalated").get_data(as_text=True)
    assert re.findall(r'data-row href="/desk/([^"]+)"', page) == [escalated.receipt_code]


def test_k11_an_officer_has_no_such_tab(desk: Desk, officer: Actor, escalated: Declaration):
    assert "escalated" not in [tab["key"] for tab in show_counts(officer, Tab.WAITING)["counts"]]
    assert "list=escalated" not in desk.get("/desk").get_data(as_text=True)
    assert 'href="/desk/supervise"' not in desk.get("/desk").get_data(as_text=True)


def test_the_panel_lists_the_branchs_escalated_ones_with_what_was_reported_and_is_a_look(
    panel: Desk, escalated: Declaration
):
    with transaction() as session:
        make_declaration(
            session, full_name="Người Nơi Khác", escalated_at=clock.now(), office=make_office(session, "07901")
        )
    page = panel.get("/desk/supervise").get_data(as_text=True)
    for words in ("Người Bị Nghi", "Ảnh không giống người nộp", "Trần Thị Lan", f"/desk/{escalated.receipt_code}"):
        assert words in page
    assert "Người Nơi Khác" not in page
    (row,) = [row for row in trail(TrailEvent.QUEUE) if row.facts["tab"] == "supervise"]
    assert row.facts["listed"] == [escalated.id]


def test_the_panel_names_offices_with_deadlines_and_those_about_to_be_deleted(panel: Desk, supervisor: Actor):
    due()
    with transaction() as session:
        lapsed = make_declaration(session, full_name="Người Quá Hạn", expires_at=clock.now() - timedelta(minutes=5))
    page = panel.get("/desk/supervise").get_data(as_text=True)
    assert 'href="/desk/extend?office=00114"' in page
    assert "Người Quá Hạn" in page
    assert f"/desk/{lapsed.receipt_code}" in page


def test_an_extension_is_previewed_with_its_count_and_then_done(panel: Desk, supervisor: Actor):
    one = due()
    preview = panel.get("/desk/extend?office=00114").get_data(as_text=True)
    assert "<b>1</b> tờ khai sẽ có hạn nộp mới" in preview
    assert kept(one).expires_at == one.expires_at
    answer = panel.post("/desk/extend", office="00114", note="Mất điện")
    assert (answer.status_code, answer.location) == (303, "/desk/supervise")
    assert "Đã gia hạn 1 tờ khai của BHXH Mẫu 00114" in panel.get("/desk/supervise").get_data(as_text=True)
    assert kept(one).expires_at == deadline(clock.now(), 1)


def test_an_extension_without_a_reason_is_asked_again(panel: Desk, supervisor: Actor):
    one = due()
    answer = panel.post("/desk/extend", office="00114", note=" ")
    assert answer.status_code == 422
    assert "Xin ghi lý do gia hạn" in answer.get_data(as_text=True)
    assert kept(one).expires_at == one.expires_at


def test_a_late_arrival_is_entered_on_the_review_page(panel: Desk, supervisor: Actor):
    now = clock.now()
    with transaction() as session:
        one = make_declaration(session, declared_at=now - timedelta(days=11), expires_at=now - timedelta(minutes=5))
    path = f"/desk/{one.receipt_code}"
    panel.post(f"{path}/open", reason="citizen_here")
    assert f'action="{path}/late"' in panel.get(path).get_data(as_text=True)
    earlier = f"{clock.local(now - timedelta(hours=3)):%H:%M %d/%m/%Y}"
    answer = panel.post(f"{path}/late", HTMX, at=earlier, note="Mất điện")
    assert answer.status_code == 200
    assert {"work", "caption", "history"} <= set(re.findall(r'id="(\w+)"', answer.get_data(as_text=True)))
    assert "Nhập hồ sơ đã nộp trước đó" in answer.get_data(as_text=True)
    assert kept(one).expires_at is None
    assert panel.post(f"{path}/late", at=earlier, note="Mất điện").status_code == 409


def test_a_late_arrival_with_faults_keeps_what_was_typed(panel: Desk, supervisor: Actor):
    with transaction() as session:
        one = make_declaration(session)
    panel.post(f"/desk/{one.receipt_code}/open", reason="citizen_here")
    answer = panel.post(f"/desk/{one.receipt_code}/late", HTMX, at="chiều qua", note="Mất điện cả phường")
    assert answer.status_code == 422
    body = answer.get_data(as_text=True)
    assert 'value="chiều qua"' in body
    assert "Mất điện cả phường" in body
    assert "theo mẫu 16:30 20/11/2026" in body


def test_k11_what_is_given_back_shows_the_supervisors_words_to_the_office(
    panel: Desk, reception: Actor, escalated: Declaration
):
    path = f"/desk/{escalated.receipt_code}"
    assert f'action="{path}/deescalate"' in panel.get(path).get_data(as_text=True)
    assert panel.post(f"{path}/deescalate", note="").status_code == 422
    assert panel.post(f"{path}/deescalate", HTMX, note="Đúng người, cứ làm tiếp").status_code == 200
    state = show_state(escalated.receipt_code, reception)
    assert state["standing"][0]["note"] == "Đúng người, cứ làm tiếp"
    assert "Lãnh đạo giao lại" in state["standing"][0]["text"]
    assert state["may"]["claim"] is True


def test_officers_are_not_offered_what_supervisors_do(desk: Desk, escalated: Declaration):
    page = desk.get(f"/desk/{escalated.receipt_code}").get_data(as_text=True)
    assert "Việc của lãnh đạo" not in page
    with transaction() as session:
        waiting = make_declaration(session)
    assert "/late" not in desk.get(f"/desk/{waiting.receipt_code}").get_data(as_text=True)
    for path in (f"/desk/{escalated.receipt_code}/deescalate", f"/desk/{waiting.receipt_code}/late", "/desk/extend"):
        assert desk.post(path, at="09:00 20/11/2026", note="x").status_code == 403
    assert desk.get("/desk/supervise").status_code == 403


def test_k8_the_office_that_had_it_is_told_what_another_one_took_over(panel: Desk, supervisor: Actor, reception: Actor):
    with transaction() as session:
        theirs = make_declaration(session, full_name="Người Đến Nơi Khác", office=make_office(session, "00131"))
    transfer(theirs.receipt_code, reception, "Đến nộp tại quầy này")
    page = panel.get("/desk/supervise").get_data(as_text=True)
    part = page[page.index("taken_title") :]
    for told in ("Người Đến Nơi Khác", "00131", "00114", "Trần Thị Lan", "Đến nộp tại quầy này"):
        assert told in part
    with clock.at(clock.now() + LATELY + timedelta(minutes=1)):
        assert show_supervision(supervisor)["taken_over"] == []


def test_k8_another_branch_is_not_told(panel: Desk, reception: Actor):
    with transaction() as session:
        theirs = make_declaration(session, office=make_office(session, "07901"))
    transfer(theirs.receipt_code, reception, "Đến nộp tại quầy này")
    assert "taken_title" not in panel.get("/desk/supervise").get_data(as_text=True)


def test_why_a_supervisor_entered_it_late_or_extended_it_stands_in_the_history(panel: Desk, supervisor: Actor):
    late, extended = due(), due()
    now = clock.now()
    enter_late(late.receipt_code, supervisor, f"{clock.local(now):%H:%M %d/%m/%Y}", "Mất điện từ 14 giờ")
    extend("00114", supervisor, "Bão số 5")
    for one in (late, extended):
        give_reason(one.receipt_code, supervisor, "check", "")
    history = show_state(late.receipt_code, supervisor)["history"]
    assert any(line["what"].startswith("Nhập hồ sơ đã nộp trước đó (") for line in history)
    assert any(line["what"].endswith("Lý do: Mất điện từ 14 giờ") for line in history)
    history = show_state(extended.receipt_code, supervisor)["history"]
    assert any(re.fullmatch(r"Gia hạn nộp \(.* → .*\)\. Lý do: Bão số 5", line["what"]) for line in history)


@pytest.mark.parametrize("path", ["/desk/day?office=a%00", "/desk/day.xlsx?office=a%00", "/desk/extend?office=a%00"])
def test_an_office_that_nobody_can_have_typed_is_not_found(panel: Desk, path: str):
    assert panel.get(path).status_code == 404


@pytest.mark.parametrize("act", ["late", "deescalate"])
def test_another_branchs_declaration_answers_like_none(panel: Desk, supervisor: Actor, act: str):
    with transaction() as session:
        foreign = make_declaration(session, office=make_office(session, "07901"))
    form = {"at": f"{clock.local(clock.now()):%H:%M %d/%m/%Y}", "note": "x"}
    answers = [panel.post(f"/desk/{code}/{act}", **form) for code in (foreign.receipt_code, "7K4M92QX3AB", "khong-co")]
    assert {answer.status_code for answer in answers} == {404}
