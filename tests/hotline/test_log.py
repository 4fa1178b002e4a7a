"""The hotline's day: why people call, what was done; one's own, and for its supervisors everybody's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.hotline import calls, log
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import CallReason, Role
from backoffice.rules.actors import Actor
from tests.factories import make_actor
from tests.hotline.conftest import STRANGERS_PHONE, Caller, look, matched


def test_the_reason_is_kept_with_one_press_and_can_be_changed(agent: Actor, caller: Caller):
    sealed = matched(agent, caller)
    calls.choose_reason(agent, sealed, "fraud")
    shown = calls.choose_reason(agent, sealed, "forgot_password")
    assert [(one["value"], one["key"]) for one in shown["reasons"] if one["chosen"]] == [("forgot_password", "Alt+1")]
    assert log.day(agent)["calls"][0]["reason"] == "Quên mật khẩu"


def test_the_reason_of_a_strangers_call_is_kept_too(agent: Actor, caller: Caller):
    sealed = calls.look(agent, STRANGERS_PHONE, caller.code)["pass"]
    calls.choose_reason(agent, sealed, "phone_lost")
    assert log.day(agent)["calls"][0]["reason"] == "Mất hoặc đổi số điện thoại"


def test_there_are_seven_reasons_and_no_other(agent: Actor, caller: Caller):
    shown = look(agent, caller)
    assert [one["value"] for one in shown["reasons"]] == list(CallReason)
    with pytest.raises(InvalidInput):
        calls.choose_reason(agent, shown["pass"], "weather")


def test_an_agent_sees_the_own_calls_of_today_and_the_top_reasons(agent: Actor, caller: Caller):
    with transaction() as session:
        other = make_actor(session, Role.HOTLINE)
    with clock.at(clock.now() - timedelta(days=1)):
        look(agent, caller)
    look(other, caller)
    for reason in ("fraud", "other", "fraud"):
        shown = look(agent, caller)
        calls.choose_reason(agent, shown["pass"], reason)
    calls.open_door(agent, shown["pass"])
    day = log.day(agent)
    assert [call["acts"] for call in day["calls"]] == ["mở đăng nhập", "", ""]
    assert [(one["label"], one["number"], one["share"]) for one in day["reasons"]] == [
        ("Nghi bị lừa, bị mạo danh", 2, 67),
        ("Việc khác", 1, 33),
    ]
    assert day["agents"] is None
    assert day["all_reasons"] is None


def test_a_supervisor_of_the_hotline_sees_every_agents_figures(agent: Actor, caller: Caller, head: Actor):
    calls.reset(agent, matched(agent, caller))
    calls.look(agent, STRANGERS_PHONE, caller.code)
    assert log.day(head)["agents"] == [(agent.name, 2, 1, 1)]


def test_nothing_of_it_is_a_citizens(agent: Actor, caller: Caller):
    look(agent, caller)
    day = str(log.day(agent))
    assert caller.code not in day
    assert "Ng…" not in day
