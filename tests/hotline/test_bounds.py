"""Who guesses is stopped and a supervisor is told; with the queue's server and without it (issue: abuse)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backoffice.config import Settings
from backoffice.hotline import alarms as room
from backoffice.hotline import bounds, calls, spoken
from backoffice.hotline.gate import NoMatch
from backoffice.hotline.words import ALARMS
from backoffice.kernel import clock, limits, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, TooManyRequests
from backoffice.models import Alarm, AlarmKind, HotlineCall, Role, TrailEvent
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_office
from tests.hotline.conftest import STRANGERS_PHONE, Caller, alarms, trail

PHONES = [f"09876543{number:02}" for number in range(30)]


@pytest.fixture(params=["with the queue", "without it"])
def either_way(request: pytest.FixtureRequest, started: Settings, database: None) -> Iterator[None]:
    if request.param == "without it":
        queue.configure("unix:///nowhere/at-all.sock")
    yield
    queue.configure(started.redis_url)


def miss(assistant: Actor, phone: str, code: str = "0999999999", call: str = "a") -> None:
    with pytest.raises(NoMatch):
        spoken.reset(assistant, phone, code, call)


@pytest.mark.usefixtures("either_way")
class TestEitherWay:
    def test_an_agent_with_thirty_misses_in_an_hour_is_stopped_and_an_alarm_is_raised(
        self, agent: Actor, caller: Caller
    ):
        for number in range(bounds.MISSES_OF_AGENT.most):
            assert not calls.look(agent, f"09812345{number:02}", f"09999999{number:02}")["matched"]
        for _ in range(2):
            with pytest.raises(TooManyRequests, match="trưởng ca") as stopped:
                calls.look(agent, caller.phone, caller.code)
        assert 0 < stopped.value.retry_after <= 3600
        (alarm,) = alarms(AlarmKind.MANY_MISSES)
        assert (alarm.officer_id, alarm.client_id, alarm.account_id) == (agent.id, None, None)
        with transaction() as session:
            assert session.query(HotlineCall).count() == bounds.MISSES_OF_AGENT.most

    def test_matches_stop_nobody(self, agent: Actor, caller: Caller):
        for _ in range(15):
            calls.look(agent, caller.phone, caller.code)
        assert alarms(AlarmKind.MANY_MISSES) == []

    def test_a_phone_with_ten_misses_is_stopped_and_other_callers_are_not(self, assistant: Actor, caller: Caller):
        for number in range(10):
            miss(assistant, STRANGERS_PHONE, f"09999999{number:02}")
        with pytest.raises(TooManyRequests):
            spoken.reset(assistant, STRANGERS_PHONE, "0999999999", "a")
        assert spoken.reset(assistant, caller.phone, caller.code, "b").password
        (alarm,) = alarms(AlarmKind.MANY_MISSES)
        assert alarm.client_id == assistant.id

    def test_spellings_of_one_number_are_one_number(self, assistant: Actor, caller: Caller):
        for number in range(5):
            miss(assistant, STRANGERS_PHONE, f"09999999{number:02}")
            miss(assistant, f"+84 {STRANGERS_PHONE[1:]}", f"09999998{number:02}")
        with pytest.raises(TooManyRequests):
            spoken.reset(assistant, STRANGERS_PHONE, "0999999999", "a")

    def test_one_code_is_missed_twenty_times_an_hour_from_whatever_numbers(self, assistant: Actor, caller: Caller):
        for phone in PHONES[: bounds.MISSES_OF_CODE.most]:
            miss(assistant, phone, caller.code)
        with pytest.raises(TooManyRequests):
            spoken.reset(assistant, PHONES[25], caller.code, "a")
        assert len(alarms(AlarmKind.MANY_MISSES)) == 1

    def test_whoever_guesses_numbers_does_not_shut_the_hotline_for_the_owner(self, assistant: Actor, caller: Caller):
        for phone in PHONES[: bounds.MISSES_OF_CODE.most]:
            miss(assistant, phone, caller.code)
        assert spoken.reset(assistant, caller.phone, caller.code, "a")

    def test_whoever_forges_a_number_does_not_shut_the_hotline_for_its_owner(self, assistant: Actor, caller: Caller):
        for number in range(bounds.MISSES_OF_PHONE.most):
            miss(assistant, caller.phone, f"09999999{number:02}")
        with pytest.raises(TooManyRequests):
            spoken.reset(assistant, caller.phone, "0999999999", "a")
        assert spoken.reset(assistant, caller.phone, caller.code, "b")

    def test_a_client_is_stopped_as_well(self, assistant: Actor, caller: Caller, monkeypatch: pytest.MonkeyPatch):
        few = limits.Limit("hotline client missed", 3, bounds.HOUR)
        monkeypatch.setattr(bounds, "MISSES_OF_CLIENT", few)
        for phone in PHONES[:3]:
            miss(assistant, phone)
        with pytest.raises(TooManyRequests):
            spoken.reset(assistant, caller.phone, caller.code, "a")
        assert [one.client_id for one in alarms(AlarmKind.MANY_MISSES)] == [assistant.id]

    def test_an_agent_asks_sixty_times_in_ten_minutes(self, agent: Actor, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(bounds, "BY_AGENT", limits.Limit("hotline agent", 2, bounds.HOUR))
        for phone in PHONES[:2]:
            calls.look(agent, phone, "0999999999")
        with pytest.raises(TooManyRequests):
            calls.look(agent, PHONES[3], "0999999999")

    def test_once_a_supervisor_has_looked_the_agent_goes_on(self, agent: Actor, caller: Caller, head: Actor):
        for number in range(bounds.MISSES_OF_AGENT.most):
            calls.look(agent, f"09812345{number:02}", f"09999999{number:02}")
        (alarm,) = alarms(AlarmKind.MANY_MISSES)
        room.handle(head, alarm.id, "Đã hỏi nhân viên, người gọi nhầm số")
        assert calls.look(agent, caller.phone, caller.code)["matched"]


def test_ten_calls_of_strangers_do_not_shut_the_telephone_systems_door():
    assert bounds.MISSES_OF_CLIENT.most > 100 * bounds.MISSES_OF_PHONE.most


class TestAlarms:
    @pytest.fixture
    def alarm(self, caller: Caller) -> Alarm:
        with transaction() as session:
            alarm = Alarm(kind=AlarmKind.GUESSED_AT, account_id=caller.account.id, at=caller.account.opened_at)
            session.add(alarm)
            return alarm

    def test_a_supervisor_reads_what_it_is_and_only_the_end_of_the_code(
        self, alarm: Alarm, head: Actor, caller: Caller
    ):
        (shown,) = room.listed(head)["waiting"]
        assert shown["code"] == f"····{caller.code[-4:]}"
        assert "thử mật khẩu" in shown["what"]
        assert caller.code not in str(shown)

    def test_it_is_for_the_branch_of_the_accounts_office(self, alarm: Alarm):
        with transaction() as session:
            mine = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
            other = make_actor(session, Role.SUPERVISOR, office=make_office(session, "002"))
        assert len(room.listed(mine)["waiting"]) == 1
        assert room.listed(other)["waiting"] == []
        with pytest.raises(NotFound):
            room.handle(other, alarm.id, "Đã xem")
        room.handle(mine, alarm.id, "Đã xem")

    @pytest.mark.parametrize("role", [Role.RECEPTION, Role.HOTLINE, Role.AUDITOR, Role.ADMINISTRATOR])
    def test_it_is_for_supervisors_alone(self, alarm: Alarm, role: Role):
        with transaction() as session:
            other = make_actor(session, role)
        with pytest.raises(Forbidden):
            room.listed(other)
        with pytest.raises(Forbidden):
            room.handle(other, alarm.id, "Đã xem")

    def test_nobody_sees_to_an_alarm_about_themselves(self, head: Actor):
        with transaction() as session:
            session.add(alarm := Alarm(kind=AlarmKind.MANY_MISSES, officer_id=head.id, at=clock.now()))
        with pytest.raises(Conflict) as refused:
            room.handle(head, alarm.id, "Không có gì")
        assert refused.value.code == "own_alarm"

    def test_it_is_seen_to_once_with_a_note_and_in_the_trail(self, alarm: Alarm, head: Actor):
        with pytest.raises(InvalidInput):
            room.handle(head, alarm.id, "  ")
        room.handle(head, alarm.id, "Đã gọi lại chủ tài khoản")
        with pytest.raises(Conflict) as refused:
            room.handle(head, alarm.id, "Lần nữa")
        assert refused.value.code == "alarm_handled"
        listed = room.listed(head)
        assert listed["waiting"] == []
        assert listed["seen"][0]["note"] == "Đã gọi lại chủ tài khoản"
        assert head.name in listed["seen"][0]["handled"]
        (row,) = trail(TrailEvent.ALARM_HANDLED)
        assert row.facts == {"alarm": alarm.id, "kind": "guessed_at"}

    def test_a_machines_alarm_is_for_the_hotlines_supervisors_alone(self, assistant: Actor, head: Actor):
        with transaction() as session:
            other = make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))
            session.add(Alarm(kind=AlarmKind.MANY_MISSES, client_id=assistant.id, at=clock.now()))
        assert room.listed(other)["waiting"] == []
        assert room.listed(head)["waiting"][0]["who"] == assistant.name

    def test_an_alarm_about_another_branchs_account_is_not_the_agents_branchs(self, caller: Caller):
        with transaction() as session:
            mine = make_office(session, "002")
            other = make_actor(session, Role.SUPERVISOR, office=mine)
            colleague = make_actor(session, Role.HOTLINE, office=mine)
            kind, account = AlarmKind.MANY_RESETS, caller.account.id
            session.add(Alarm(kind=kind, account_id=account, officer_id=colleague.id, at=clock.now()))
            session.add(Alarm(kind=AlarmKind.MANY_MISSES, officer_id=colleague.id, at=clock.now()))
        assert [one["code"] for one in room.listed(other)["waiting"]] == [""]

    def test_none_is_not_found(self, head: Actor):
        with pytest.raises(NotFound):
            room.handle(head, 2**62, "Đã xem")

    def test_every_kind_has_its_words(self):
        assert set(ALARMS) == set(AlarmKind)
