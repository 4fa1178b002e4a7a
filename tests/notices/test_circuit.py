"""A gateway's circuit: demoted on faults and slowness, tried again by itself (issue 5 item 1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Gateway, GatewayMinute
from backoffice.notices import circuit
from backoffice.notices.circuit import Standing, State, Tally

pytestmark = pytest.mark.usefixtures("database")


def down(times: int = 1) -> Tally:
    tally = Tally()
    for _ in range(times):
        tally.failed("Nhà mạng đang bận.", 0.1)
    return tally


def well(seconds: float = 0.1) -> Tally:
    tally = Tally()
    tally.answered(taken=True, seconds=seconds)
    return tally


def note(tally: Tally) -> bool:
    with transaction() as session:
        return circuit.note(session, "gw", tally, standing(session))


def standing(session: object = None) -> Standing:
    if session is None:
        with transaction() as session:
            return circuit.standings(session, ["gw"])["gw"]
    return circuit.standings(session, ["gw"])["gw"]  # type: ignore[arg-type]


def later(tally: Tally, pause: timedelta) -> bool:
    with clock.at(clock.now() + pause):
        return note(tally)


def test_a_gateway_nobody_has_used_may_be_asked() -> None:
    assert standing() == Standing(State.CLOSED)


def test_three_faults_in_a_row_and_it_is_asked_no_more() -> None:
    note(down(2))
    assert standing() == Standing(State.CLOSED, faults=2)
    note(down())
    assert standing().state is State.OPEN


def test_an_answer_between_two_faults_begins_the_count_anew() -> None:
    note(down(2))
    note(well())
    note(down(2))
    assert standing() == Standing(State.CLOSED, faults=2)


def test_a_refusal_is_an_answer() -> None:
    tally = Tally()
    tally.answered(taken=False, seconds=0.1)
    note(down(2))
    note(tally)
    assert standing() == Standing(State.CLOSED)


def test_slowness_counts_as_a_fault_though_the_message_went() -> None:
    for _ in range(3):
        note(well(seconds=circuit.SLOW_SECONDS + 0.1))
    assert standing().state is State.OPEN
    with transaction() as session:
        assert session.get_one(Gateway, "gw").reason == "Nhà mạng trả lời quá chậm."


def test_after_the_pause_one_sender_alone_tries_it() -> None:
    def claim() -> bool:
        with transaction() as session:
            return circuit.claim_trial(session, "gw")

    note(down(3))
    assert not claim(), "the pause is not over"
    with clock.at(clock.now() + circuit.FIRST_PAUSE):
        assert standing().state is State.DUE
        assert [claim() for _ in range(3)] == [True, False, False]
    with clock.at(clock.now() + circuit.FIRST_PAUSE + circuit.TRIAL):
        assert claim(), "who had the trial is gone"


def test_a_trial_that_succeeds_closes_the_circuit_and_says_so_once() -> None:
    note(down(3))
    with clock.at(clock.now() + circuit.FIRST_PAUSE):
        assert note(well()) is True
        assert standing() == Standing(State.CLOSED)
        assert note(well()) is False
    with transaction() as session:
        assert session.get_one(Gateway, "gw").closed_at is not None


def test_each_trial_that_fails_makes_the_pause_longer_up_to_ten_minutes() -> None:
    pauses, now = [], clock.now()
    for _ in range(8):
        with clock.at(now):
            note(down(3))
        with transaction() as session:
            gateway = session.get_one(Gateway, "gw")
            assert gateway.open_until is not None
            pauses.append(gateway.open_until - now)
            now = gateway.open_until
            opened_at = gateway.opened_at
    assert pauses[0] == circuit.FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == circuit.LONGEST_PAUSE
    assert opened_at is not None
    assert now - opened_at > sum(pauses[:-1], timedelta()), "out since the first fault, not since the last"


def test_two_senders_who_note_the_same_outage_make_the_pause_no_longer() -> None:
    with transaction() as session:
        before = standing(session)
        circuit.note(session, "gw", down(3), before)
        circuit.note(session, "gw", down(3), before)
        assert session.get_one(Gateway, "gw").opened_times == 1


def test_what_a_gateway_did_is_counted_by_the_minute_and_health_leaves_its_row_alone() -> None:
    noon = clock.now().replace(second=20)
    with clock.at(noon):
        note(well())
        note(well(seconds=0.3))
    with transaction() as session:
        (minute,) = session.query(GatewayMinute).all()
        assert (minute.minute.second, minute.taken, minute.refused, minute.down, minute.milliseconds) == (
            0,
            2,
            0,
            0,
            400,
        )
        assert session.get(Gateway, "gw") is None
