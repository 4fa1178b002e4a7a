"""What is unusual in the trail raises an alarm, once for an officer and a day, and a supervisor sees to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Officer, Role, Status, TrailAlarm, TrailAlarmKind, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.trail import alarms
from backoffice.trail.alarm_watch import watch
from backoffice.trail.unusual import USUAL
from tests.desk.browser import Desk, trail
from tests.factories import make_actor, make_declaration, make_office, make_officer

MORNING = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
"""Wednesday, 09:00 in Vietnam."""
BOUND = USUAL[Role.RECEPTION].people


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        make_officer(session, "giamsat", role=Role.SUPERVISOR, office=make_office(session, "001"))
        make_officer(session, "kiemtra", role=Role.AUDITOR, office=make_office(session, "000"))
        return make_actor(session, full_name="Trần Thị Lan")


def look(
    officer: Actor, people: int, at: datetime, *, event: TrailEvent = TrailEvent.REVIEW, first: int = 0, **facts: Any
) -> None:
    """Let the officer look at so many people, one after the other within ten minutes."""
    with transaction() as session:
        for number in range(first, first + people):
            with clock.at(at + timedelta(seconds=number)):
                record(session, event, officer, subject_hash=number.to_bytes(16, "big"), **facts)


def raised(at: datetime) -> list[TrailAlarm]:
    with clock.at(at):
        watch()
    with transaction() as session:
        return session.query(TrailAlarm).order_by(TrailAlarm.id).all()


def test_more_people_than_usual_within_an_hour_without_an_act_for_them_raise_an_alarm(officer: Actor):
    look(officer, BOUND, MORNING)
    assert raised(MORNING + timedelta(minutes=5)) == []
    look(officer, 1, MORNING + timedelta(minutes=20), first=BOUND)
    (alarm,) = raised(MORNING + timedelta(minutes=30))
    assert (alarm.kind, alarm.officer_id, alarm.number) == (TrailAlarmKind.MASS_LOOKUP, officer.id, BOUND + 1)
    assert alarm.office_id == officer.office_id


def test_the_same_people_again_and_again_are_not_many(officer: Actor):
    for again in range(4):
        look(officer, BOUND, MORNING + timedelta(minutes=again))
    assert raised(MORNING + timedelta(minutes=10)) == []


def test_people_looked_at_over_several_hours_are_not_many(officer: Actor):
    for hour in range(3):
        look(officer, BOUND - 5, MORNING + timedelta(minutes=61 * hour), first=hour * 100)
    assert raised(MORNING + timedelta(hours=4)) == []


@pytest.mark.parametrize("event", [TrailEvent.APPROVE, TrailEvent.PRESENT, TrailEvent.VERIFY])
def test_people_for_whom_something_was_done_do_not_count(officer: Actor, event: TrailEvent):
    look(officer, BOUND + 10, MORNING)
    look(officer, 10, MORNING + timedelta(minutes=5), event=event)
    assert raised(MORNING + timedelta(minutes=15)) == []


def test_the_hotlines_usual_work_raises_none_by_day_or_night(officer: Actor):
    with transaction() as session:
        agent = make_actor(session, Role.HOTLINE, office=make_office(session, "000"))
    look(agent, BOUND + 10, MORNING, event=TrailEvent.HOTLINE_LOOK)
    look(agent, 3, MORNING + timedelta(hours=14), event=TrailEvent.HOTLINE_LOOK, first=100)
    assert raised(MORNING + timedelta(hours=15)) == []
    look(agent, USUAL[Role.HOTLINE].people + 1, MORNING + timedelta(hours=16), first=200)
    assert [one.officer_id for one in raised(MORNING + timedelta(hours=17))] == [agent.id]


@pytest.mark.parametrize(
    ("at", "is_alarm"),
    [
        (datetime(2026, 11, 18, 6, 59, tzinfo=clock.VIETNAM), True),
        (datetime(2026, 11, 18, 7, 0, tzinfo=clock.VIETNAM), False),
        (datetime(2026, 11, 18, 18, 59, tzinfo=clock.VIETNAM), False),
        (datetime(2026, 11, 18, 19, 0, tzinfo=clock.VIETNAM), True),
        (datetime(2026, 11, 21, 10, 0, tzinfo=clock.VIETNAM), True),  # a Saturday
        (datetime(2026, 9, 2, 10, 0, tzinfo=clock.VIETNAM), True),  # the National Day
    ],
)
def test_a_look_out_of_hours_on_a_weekend_or_holiday_raises_an_alarm(officer: Actor, at: datetime, is_alarm: bool):
    look(officer, 1, at)
    found = raised(at + timedelta(minutes=4))
    assert [one.kind for one in found] == ([TrailAlarmKind.OUT_OF_HOURS] if is_alarm else [])
    assert all(one.day == at.date() for one in found)


def test_signing_in_at_night_shows_nobody_and_raises_none(officer: Actor):
    with clock.at(MORNING + timedelta(hours=14)), transaction() as session:
        record(session, TrailEvent.SIGN_IN, officer)
    assert raised(MORNING + timedelta(hours=15)) == []


def test_looking_twice_or_late_writes_one_alarm_that_grows(officer: Actor):
    night = MORNING + timedelta(hours=13)
    look(officer, 2, night)
    raised(night + timedelta(minutes=4))
    with clock.at(night + timedelta(minutes=5)):
        assert watch() == 0
    look(officer, 1, night + timedelta(minutes=3), first=5)  # its transaction ended only after the last watch
    (alarm,) = raised(night + timedelta(minutes=9))
    assert alarm.number == 3


def test_what_happened_while_no_job_ran_is_found_afterwards(officer: Actor):
    raised(MORNING)
    look(officer, 1, MORNING + timedelta(hours=13))
    assert len(raised(MORNING + timedelta(days=2))) == 1


@pytest.fixture
def alarm(officer: Actor) -> TrailAlarm:
    look(officer, 1, MORNING + timedelta(hours=13))
    return raised(MORNING + timedelta(hours=14))[0]


def handled(desk: Desk, alarm: TrailAlarm, note: str) -> Any:
    """See to the alarm as the open page does: it says how far it showed it."""
    page = desk.get("/trail/alarms").text.partition(f"/trail/alarms/{alarm.id}/handle")[2]
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    return desk.post(f"/trail/alarms/{alarm.id}/handle", note=note, seen=seen)


def test_a_supervisor_sees_to_it_with_a_note_and_it_waits_no_more(client: FlaskClient, alarm: TrailAlarm):
    desk = Desk(client, "giamsat")
    assert "Trần Thị Lan" in desk.get("/trail/alarms").text
    assert "<b>1</b>" in desk.get("/trail").text
    refused = handled(desk, alarm, " ")
    assert refused.status_code == 422
    assert "Xin ghi đã xem xét thế nào" in refused.text
    assert handled(desk, alarm, "Trực theo lịch").status_code == 303
    assert handled(desk, alarm, "Lần nữa").status_code == 409
    page = desk.get("/trail/alarms").text
    assert "Không có cảnh báo nào đang chờ" in page
    assert "Trực theo lịch" in page
    (row,) = trail(TrailEvent.TRAIL_ALARM_HANDLED)
    assert "Trực" not in str(row.facts)


def test_once_seen_to_it_waits_again_when_more_is_looked_at_after_that(
    client: FlaskClient, officer: Actor, alarm: TrailAlarm
):
    with transaction() as session:
        kept = session.get_one(TrailAlarm, alarm.id)
        kept.handled_at, kept.handled_note = MORNING + timedelta(hours=14, minutes=10), "Đã hỏi"
    raised(MORNING + timedelta(hours=14, minutes=12))
    assert "Đã xem trước đó" not in Desk(client, "giamsat").get("/trail/alarms").text
    look(officer, 1, MORNING + timedelta(hours=14, minutes=20), first=9)
    (again,) = raised(MORNING + timedelta(hours=14, minutes=25))
    assert (again.handled_at, again.handled_note, again.number) == (None, "Đã hỏi", 2)


@pytest.mark.parametrize(("most", "number"), [(3, "2"), (2, "2"), (1, "1+")])
def test_more_alarms_than_a_page_lists_are_said_to_be_more(
    client: FlaskClient, officer: Actor, alarm: TrailAlarm, monkeypatch: pytest.MonkeyPatch, most: int, number: str
):
    monkeypatch.setattr(alarms, "MOST_LISTED", most)
    look(replace(officer, id=(officer.id or 0) - 1), 1, MORNING + timedelta(hours=14), first=50)
    assert len(raised(MORNING + timedelta(hours=14, minutes=5))) == 2
    desk = Desk(client, "giamsat")
    assert {f"<b>{number}</b>" in desk.get(path).text for path in ("/trail", "/trail/alarms")} == {True}
    assert ("Còn cảnh báo khác" in desk.get("/trail/alarms").text) == (most < 2)


def test_what_was_seen_to_is_what_the_page_showed(client: FlaskClient, officer: Actor, alarm: TrailAlarm):
    desk = Desk(client, "giamsat")
    desk.get("/trail/alarms")
    seen = f"{alarm.number}-{alarm.last_at.timestamp():.6f}"
    look(officer, 3, MORNING + timedelta(hours=14, minutes=1), first=9)
    (grown,) = raised(MORNING + timedelta(hours=14, minutes=5))
    refused = desk.post(f"/trail/alarms/{alarm.id}/handle", note="Trực theo lịch", seen=seen)
    assert refused.status_code == 409
    assert "vừa có thêm việc mới" in refused.text
    assert 'value="Trực theo lịch"' in refused.text
    assert f"<b>{grown.number} người</b>" in refused.text
    assert handled(desk, alarm, "Trực theo lịch").status_code == 303


def test_what_was_looked_at_before_it_was_seen_to_but_shown_only_after_that_waits_again(
    client: FlaskClient, officer: Actor, alarm: TrailAlarm
):
    look(officer, 3, MORNING + timedelta(hours=14, minutes=1), first=9)
    with clock.at(MORNING + timedelta(hours=14, minutes=4)):
        handled(Desk(client, "giamsat"), alarm, "Trực theo lịch")
    (again,) = raised(MORNING + timedelta(hours=14, minutes=5))
    assert (again.handled_at, again.number) == (None, 4)


def test_a_second_hour_with_fewer_people_than_the_one_seen_to_waits_again(client: FlaskClient, officer: Actor):
    look(officer, BOUND + 20, MORNING)
    (alarm,) = raised(MORNING + timedelta(minutes=5))
    with clock.at(MORNING + timedelta(minutes=6)):
        handled(Desk(client, "giamsat"), alarm, "Kiểm tra theo kế hoạch")
    look(officer, BOUND - 5, MORNING + timedelta(hours=2), first=500)
    (quiet,) = raised(MORNING + timedelta(hours=2, minutes=15))
    assert quiet.handled_at is not None
    look(officer, BOUND + 10, MORNING + timedelta(hours=4), first=1000)
    (again,) = raised(MORNING + timedelta(hours=4, minutes=5))
    assert (again.handled_at, again.number) == (None, 2 * BOUND + 30)


def test_what_an_officer_did_at_two_offices_is_each_ones_own_alarm(officer: Actor):
    with transaction() as session:
        there = replace(officer, office_id=make_office(session, "00214").id)
    look(officer, 1, MORNING + timedelta(hours=13))
    look(there, 2, MORNING + timedelta(hours=13, minutes=1), first=50)
    found = raised(MORNING + timedelta(hours=13, minutes=5))
    assert [(one.office_id, one.number) for one in found] == [(officer.office_id, 1), (there.office_id, 2)]


@pytest.mark.parametrize("event", [TrailEvent.SCAN, TrailEvent.RIGHTS_LOOK, TrailEvent.RIGHTS_EXPORT])
def test_a_scan_and_a_look_at_what_is_held_on_a_person_are_looks(officer: Actor, event: TrailEvent):
    look(officer, 1, MORNING + timedelta(hours=13), event=event)
    assert len(raised(MORNING + timedelta(hours=13, minutes=5))) == 1


@pytest.mark.parametrize("event", [TrailEvent.SEARCH, TrailEvent.EXPORT])
def test_design_5_whom_a_search_by_name_or_an_exported_list_shows_was_looked_at(officer: Actor, event: TrailEvent):
    with transaction() as session:
        first = make_declaration(session)
        same = make_declaration(session, bhxh_code=first.bhxh_code, status=Status.REJECTED)
        other = make_declaration(session)
        with clock.at(MORNING + timedelta(hours=13)):
            record(session, event, officer, listed=[first.id, same.id, other.id, 10**9])
    (alarm,) = raised(MORNING + timedelta(hours=13, minutes=5))
    assert alarm.number == 3


def test_lists_have_a_bound_of_their_own_and_the_queue_shows_nobody(officer: Actor):
    bound = USUAL[Role.RECEPTION].listed
    with transaction() as session, clock.at(MORNING):
        record(session, TrailEvent.SEARCH, officer, listed=list(range(1, bound)))
        record(session, TrailEvent.QUEUE, officer, listed=list(range(1000, 2000)))
    look(officer, 1, MORNING + timedelta(minutes=1))
    assert raised(MORNING + timedelta(minutes=5)) == []
    with transaction() as session, clock.at(MORNING + timedelta(minutes=6)):
        record(session, TrailEvent.EXPORT, officer, listed=[bound, 1, 2])
        record(session, TrailEvent.EXPORT, officer, what="officers", count=3)
    (alarm,) = raised(MORNING + timedelta(minutes=10))
    assert (alarm.kind, alarm.number) == (TrailAlarmKind.MASS_LOOKUP, bound + 1)


def test_the_grid_of_a_units_list_rings_no_alarm_but_by_night_and_what_it_tells_beyond_the_list_does(officer: Actor):
    usual = USUAL[Role.RECEPTION]
    look(officer, usual.stepped + 50, MORNING, event=TrailEvent.BATCH_SEE, batch=1)
    look(officer, BOUND + 50, MORNING, batch=1)
    assert raised(MORNING + timedelta(minutes=15)) == []
    look(officer, usual.listed - BOUND - 50, MORNING, event=TrailEvent.BATCH_SEE, first=1000, batch=1, told=True)
    assert raised(MORNING + timedelta(minutes=15)) == []
    look(officer, usual.listed + 1, MORNING, event=TrailEvent.BATCH_SEE, first=1000, batch=1, told=True)
    (alarm,) = raised(MORNING + timedelta(minutes=15))
    assert (alarm.kind, alarm.number) == (TrailAlarmKind.MASS_LOOKUP, usual.listed + 1)
    look(officer, 1, MORNING + timedelta(hours=13), event=TrailEvent.BATCH_SEE, batch=1)
    assert [one.kind for one in raised(MORNING + timedelta(hours=14))][1:] == [TrailAlarmKind.OUT_OF_HOURS]


def test_photos_beside_the_rows_of_a_list_have_a_bound_as_wide_as_a_school(officer: Actor):
    stepped = USUAL[Role.RECEPTION].stepped
    look(officer, stepped, MORNING, batch=1)
    assert raised(MORNING + timedelta(minutes=15)) == []
    look(officer, 1, MORNING, first=stepped, batch=1)
    (alarm,) = raised(MORNING + timedelta(minutes=15))
    assert alarm.number == stepped + 1


def test_nobody_sees_to_an_alarm_about_themself(client: FlaskClient, officer: Actor):
    desk = Desk(client, "giamsat")
    with transaction() as session:
        me = officer_actor(session.query(Officer).filter_by(username="giamsat").one())
    look(me, 1, MORNING + timedelta(hours=13))
    (alarm,) = raised(MORNING + timedelta(hours=14))
    assert "Cảnh báo về chính bạn" in desk.get("/trail/alarms").text
    assert desk.post(f"/trail/alarms/{alarm.id}/handle", note="Không sao").status_code == 409


def test_the_auditor_reads_alarms_and_handles_none(client: FlaskClient, alarm: TrailAlarm):
    desk = Desk(client, "kiemtra")
    page = desk.get("/trail/alarms")
    assert "Trần Thị Lan" in page.text
    assert "/handle" not in page.text
    assert desk.post(f"/trail/alarms/{alarm.id}/handle", note="x").status_code == 403


def test_an_alarm_of_another_branch_is_as_none(client: FlaskClient, alarm: TrailAlarm):
    with transaction() as session:
        make_officer(session, "lanhdao", role=Role.SUPERVISOR, office=make_office(session, "002"))
    desk = Desk(client, "lanhdao")
    assert "Trần Thị Lan" not in desk.get("/trail/alarms").text
    for number in (alarm.id, 10**15, "x", 10**40):
        assert desk.post(f"/trail/alarms/{number}/handle", note="x").status_code == 404
