"""Withdrawing before the visit (point 7): asked once more, said on the page, seen by officers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.expiry import actions as expiry
from backoffice.intake import own
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, NotFound
from backoffice.models import Declaration, Notice, NoticeStatus, Status, TrailEvent
from backoffice.notices import actions as notices
from backoffice.rules.actors import Actor
from tests.dashboards.counting import assert_right, count_all
from tests.decision.test_races import together
from tests.factories import make_actor, verify_all
from tests.portal.filling import post, text_of
from tests.portal.sent import ask, events, now, sent

pytestmark = pytest.mark.usefixtures("database")


def officer_for(declaration: Declaration) -> Actor:
    with transaction() as session:
        officer = make_actor(session)
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
        return officer


def test_withdrawing_is_asked_once_more_cancels_what_waits_and_is_in_the_trail(client: FlaskClient):
    declaration = sent()
    count_all()
    with transaction() as session:
        notices.declaration_received(session, session.get_one(Declaration, declaration.id))
    ask(client, declaration)
    page = text_of(client.get("/declare/status/withdraw"))
    assert "không lấy lại được" in page
    assert "Không gửi tin nhắn nào" in page
    assert now(declaration).status is Status.SUBMITTED
    assert post(client, "/declare/status/withdraw", paper="4567").location == "/declare/status"
    assert post(client, "/declare/status/withdraw", paper="4567").location == "/declare/status"
    after = now(declaration)
    assert (after.status, after.decided_by_id, after.expires_at) == (Status.WITHDRAWN, None, None)
    with transaction() as session:
        assert {one.status for one in session.query(Notice)} == {NoticeStatus.CANCELLED}
    (row,) = events(declaration, TrailEvent.WITHDRAW)
    assert row.facts == {"cause": own.CAUSE}
    assert "Đã rút" in text_of(client.get("/declare/status"))
    assert_right()


def presented(declaration: Declaration, officer: Actor) -> None:
    decide.present(declaration.receipt_code, officer)


def claimed(declaration: Declaration, officer: Actor) -> None:
    decide.claim(declaration.receipt_code, officer)


def rejected(declaration: Declaration, officer: Actor) -> None:
    decide.claim(declaration.receipt_code, officer)
    decide.reject(declaration.receipt_code, officer, ["id_invalid"], "")


def test_d6_a_stranger_at_the_mistyped_phone_withdraws_nothing_and_guesses_close_the_door(client: FlaskClient):
    declaration = sent()
    ask(client, declaration)
    assert "4 ký tự cuối của số giấy tờ" in text_of(client.get("/declare/status/withdraw"))
    for typed in ("", "567", "0000", "0000", "0000", "0000", "0000"):
        refused = post(client, "/declare/status/withdraw", paper=typed)
        assert refused.status_code == 422, typed
        assert declaration.id_number not in refused.text
    assert post(client, "/declare/status/withdraw", paper="4567").status_code == 429
    assert now(declaration).status is Status.SUBMITTED


@pytest.mark.parametrize(
    ("done", "said"), [(presented, "Hồ sơ đã nộp"), (claimed, "Cán bộ đang xem"), (rejected, "đã được giải quyết")]
)
def test_too_late_says_why_and_changes_nothing(
    client: FlaskClient, done: Callable[[Declaration, Actor], None], said: str
):
    declaration = sent()
    ask(client, declaration)
    done(declaration, officer_for(declaration))
    before = now(declaration).status
    answer = post(client, "/declare/status/withdraw", paper="4567")
    assert answer.status_code == 409
    assert said in text_of(answer)
    assert now(declaration).status is before


def test_k4_past_the_deadline_there_is_nothing_to_withdraw(client: FlaskClient):
    declaration = sent(declared_at=clock.now() - timedelta(days=12))
    ask(client, declaration)
    assert "quá hạn" in text_of(post(client, "/declare/status/withdraw", paper="4567"))
    expiry.sweep()
    assert post(client, "/declare/status/withdraw", paper="4567").status_code == 404


def test_of_withdrawing_and_an_officers_taking_it_in_hand_one_wins():
    for number in range(8):
        declaration = sent(phone=f"098123456{number}", bhxh_code=f"012345678{number}")
        officer = officer_for(declaration)
        results = together(
            lambda d=declaration: own.withdraw(d.id),
            lambda d=declaration, o=officer: take_and_approve(d, o),
        )
        assert sum(isinstance(result, Conflict) for result in results) == 1
        status = now(declaration).status
        assert status is (Status.APPROVED if isinstance(results[0], Conflict) else Status.WITHDRAWN)


def take_and_approve(declaration: Declaration, officer: Actor) -> None:
    decide.claim(declaration.receipt_code, officer)
    decide.approve(declaration.receipt_code, officer)


def test_of_withdrawing_and_the_sweep_one_wins():
    declaration = sent(declared_at=clock.now() - timedelta(days=12))

    def withdraw() -> object:
        with clock.at(clock.now() - timedelta(days=5)):  # as if its deadline were still to come
            try:
                own.withdraw(declaration.id)
            except NotFound as gone:
                return gone
        return None

    withdrawn, _ = together(withdraw, expiry.sweep)
    with transaction() as session:
        left = session.get(Declaration, declaration.id)
        assert (left is None) is isinstance(withdrawn, DomainError)
        assert left is None or left.status is Status.WITHDRAWN
