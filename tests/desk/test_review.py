"""What the review page says beside the data: what is waited for, who may take it in hand, how messages fare."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.decision import actions as decide
from backoffice.desk.actions import show_state
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, Notice, NoticeChannel, NoticeStatus, Role
from backoffice.rules.actors import Actor
from tests.factories import make_actor, make_declaration, verify_all


@pytest.fixture
def officer(database: None) -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def declaration(officer: Actor) -> Declaration:
    with transaction() as session:
        made = make_declaration(session)
        verify_all(session, made, officer)
    decide.claim(made.receipt_code, officer)
    return made


def test_what_is_missing_stands_above_the_acts_once_sent_back(declaration: Declaration, officer: Actor):
    """K7: after F7 the officer sees at once what was asked of the citizen."""
    decide.supplement(declaration.receipt_code, officer, "Chụp lại mặt sau")
    standing = show_state(declaration.receipt_code, officer)["standing"]
    assert standing[0]["text"].startswith("Đã trả lại để bổ sung lúc ")
    assert standing[0]["note"] == "Chụp lại mặt sau"


def test_k7_who_comes_back_is_asked_for_what_was_missing(declaration: Declaration, officer: Actor):
    """Another officer serves then: what was asked for stands there until the decision."""
    decide.supplement(declaration.receipt_code, officer, "Chụp lại mặt sau")
    decide.claim(declaration.receipt_code, officer)
    decide.present(declaration.receipt_code, officer)
    (standing,) = show_state(declaration.receipt_code, officer)["standing"]
    assert standing["text"].startswith("Lần trước đã trả lại để bổ sung")
    assert standing["note"] == "Chụp lại mặt sau"


def test_what_is_waited_for_stands_before_what_a_supervisor_said_earlier(declaration: Declaration, officer: Actor):
    with transaction() as session:
        session.get_one(Declaration, declaration.id).escalated_note = "Đúng người"
    decide.supplement(declaration.receipt_code, officer, "Thiếu ảnh mặt sau")
    notes = [one["note"] for one in show_state(declaration.receipt_code, officer)["standing"]]
    assert notes == ["Thiếu ảnh mặt sau", "Đúng người"]


def test_nothing_stands_there_while_nothing_is_waited_for(declaration: Declaration, officer: Actor):
    assert show_state(declaration.receipt_code, officer)["standing"] == []


def test_an_escalated_declaration_is_offered_to_a_supervisor_alone(declaration: Declaration, officer: Actor):
    """K11: a claim by who cannot decide would only keep the supervisor waiting."""
    decide.escalate(declaration.receipt_code, officer, "Nghi mạo danh")
    with transaction() as session:
        supervisor = make_actor(session, Role.SUPERVISOR)
    assert not show_state(declaration.receipt_code, officer)["may"]["claim"]
    assert show_state(declaration.receipt_code, supervisor)["may"]["claim"]


@pytest.mark.parametrize(("seconds", "asks_again", "advice"), [(59, True, ""), (61, False, "Xin hỏi công dân xem máy")])
def test_a_message_without_receipt_is_waited_for_a_minute_and_then_asked_about(
    declaration: Declaration, officer: Actor, seconds: int, asks_again: bool, advice: str
):
    decide.approve(declaration.receipt_code, officer)
    now = clock.now()
    with transaction() as session:
        for notice in session.query(Notice).filter_by(declaration_id=declaration.id):
            is_sms = notice.channel is NoticeChannel.SMS
            notice.status = NoticeStatus.SENT if is_sms else NoticeStatus.DELIVERED
            notice.sent_at = now
    with clock.at(now + timedelta(seconds=seconds)):
        outcome = show_state(declaration.receipt_code, officer)["outcome"]
    [sms] = [line for line in outcome["notices"] if line["channel"] == "Tin nhắn"]
    assert outcome["pending"] is asks_again
    assert advice in sms["detail"]
    assert bool(sms["detail"]) is bool(advice)


def test_a_page_just_come_back_to_does_not_hurry(declaration: Declaration, officer: Actor):
    """Leaving shortens the claim to 15 seconds; the page that came back prolongs it by itself."""
    decide.leave(declaration.receipt_code, officer)
    claim = show_state(declaration.receipt_code, officer)["claim"]
    assert (claim["state"], claim["hurry"]) == ("mine", "")


def test_the_claims_time_shows_in_its_last_two_minutes(declaration: Declaration, officer: Actor):
    with clock.at(clock.now() + timedelta(minutes=8, seconds=30)):
        assert show_state(declaration.receipt_code, officer)["claim"]["hurry"] == "còn 1 phút"
