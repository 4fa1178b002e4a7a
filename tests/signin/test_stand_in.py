"""Working at a second office until a day: the whole scope follows, and falls back by itself (issue 7, point 2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.decision import actions as decide
from backoffice.decision import claims, handover
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Claim, Declaration, Office, Officer, Role, TrailEvent
from backoffice.rules.actors import officer_actor
from backoffice.signin import sessions, stand_in
from tests.bench.recording import recording
from tests.factories import make_actor, make_declaration, make_office
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import MORNING, PASSWORD, after, an_officer, enter, trail, until_waiting

LAST_DAY = date(2026, 11, 20)
"""The day of MORNING."""


@pytest.fixture
def second() -> Office:
    with transaction() as session:
        return make_office(session, "00115", name="BHXH Mẫu Đông Anh")


@pytest.fixture
def lan(second: Office) -> Officer:
    """Reception of 00114, standing in at 00115 up to and on LAST_DAY."""
    return an_officer("lan", second_office_id=second.id, second_until=LAST_DAY)


def office_of(token: str) -> str:
    state = sessions.resume(token, is_input=False)
    assert state is not None
    return state.actor.office_code


def there(client: FlaskClient) -> None:
    assert post(client, "/me/office", {"office": "second"}).location == "/"


def begin_there() -> str:
    """Begin a session now that works at the second office."""
    begun = enter("lan").token
    state = sessions.resume(begun, is_input=False)
    assert state is not None
    stand_in.work_at(state.actor, begun, second=True)
    return begun


@pytest.fixture
def token(lan: Officer) -> str:
    """A session begun at 08:00 on the last day that works at the second office."""
    with after():
        return begin_there()


def test_a_session_begins_at_the_own_office(lan: Officer):
    with after():
        assert office_of(enter("lan").token) == "00114"


def test_it_is_the_actors_office_until_its_last_day_is_over_in_vietnam(lan: Officer):
    eleven = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 23:00 in Vietnam
    with clock.at(eleven):
        begun = begin_there()
    with clock.at(eleven.replace(minute=59)):
        assert office_of(begun) == "00115"
    with clock.at(eleven.replace(hour=17)):
        assert office_of(begun) == "00114"


def test_what_is_written_of_the_session_bears_the_office_where_it_works(token: str, lan: Officer, second: Office):
    with after(minutes=1):
        sessions.lock(token)
        with pytest.raises(InvalidInput):
            sessions.unlock(token, "sai")
        assert sessions.unlock(token, PASSWORD).office_id == second.id
        sessions.sign_out(token)
    those = (TrailEvent.LOCK, TrailEvent.UNLOCK_FAILED, TrailEvent.UNLOCK, TrailEvent.SIGN_OUT)
    assert [row.office_id for event in those for row in trail(event)] == [second.id] * 4


def test_what_is_written_of_a_session_after_the_last_day_bears_the_own_office(token: str, lan: Officer):
    with after(days=1), transaction() as session:
        sessions.end_sessions(session, session.get_one(Officer, lan.id), sessions.EndReason.ABSOLUTE)
    assert [row.office_id for row in trail(TrailEvent.SIGN_OUT)] == [lan.office_id]


def test_when_the_second_office_closes_work_goes_on_at_the_own_one(token: str, second: Office):
    with transaction() as session:
        session.get_one(Office, second.id).closed_at = MORNING
    with after(minutes=1):
        assert office_of(token) == "00114"


def test_when_it_is_taken_away_or_another_one_given_work_goes_on_at_the_own_one(token: str, lan: Officer):
    with transaction() as session:
        session.get_one(Officer, lan.id).second_office_id = make_office(session, "00116").id
    with after(minutes=1):
        assert office_of(token) == "00114"


def test_a_request_asks_one_statement_for_all_of_it(token: str):
    with recording(db.engine()) as kept, after(seconds=30):
        assert sessions.resume(token, is_input=True) is not None
    assert len(kept.statements()) == 1


def test_who_stands_in_is_a_colleague_there_and_not_at_home(lan: Officer, second: Office):
    """Else a declaration would be handed to somebody who cannot open it from where they work now."""
    at_home = officer_actor(an_officer("minh"))
    with transaction() as session:
        there = make_actor(session, office=session.get_one(Office, second.id))
    with after():
        enter("lan")
        assert [one.id for one in handover.colleagues_of(at_home)] == [lan.id]
        begin_there()
        assert handover.colleagues_of(at_home) == []
        assert [one.office_code for one in handover.colleagues_of(there)] == ["00115"]


@pytest.mark.parametrize("ended_by", ["a sign-in elsewhere", "signing out"])
def test_a_new_session_gives_back_what_was_held_at_the_second_office(token: str, second: Office, ended_by: str):
    """It begins at the own office, where nobody could open that, nor give it back."""
    with after(minutes=1):
        state = sessions.resume(token, is_input=True)
        assert state is not None
        with transaction() as session:
            there = make_declaration(session, office=session.get_one(Office, second.id))
        decide.claim(there.receipt_code, state.actor)
        if ended_by == "signing out":
            sessions.sign_out(token)
        enter("lan")
    with transaction() as session:
        assert session.scalars(select(Claim)).all() == []
    assert [row.declaration_id for row in trail(TrailEvent.RELEASE)] == [there.id]


def test_what_is_held_at_the_own_office_stays_in_hand_when_the_session_is_replaced(lan: Officer):
    with after():
        enter("lan")
        with transaction() as session:
            here = make_declaration(session)
        decide.claim(here.receipt_code, officer_actor(lan))
        enter("lan")
        assert handover.holds_any(officer_actor(lan))


class TestPage:
    """POST /me/office, and what the officer then sees."""

    @pytest.fixture
    def inside(self, client: FlaskClient, lan: Officer) -> FlaskClient:
        with after():
            return come_in(client)

    def test_the_queue_is_that_of_the_office_worked_at(self, inside: FlaskClient, second: Office):
        with after():
            with transaction() as session:
                make_declaration(session, full_name="Nguyễn Ở Nhà")
                make_declaration(session, full_name="Trần Bên Kia", office=session.get_one(Office, second.id))
            assert "Nguyễn Ở Nhà" in inside.get("/desk").text
            there(inside)
            page = inside.get("/desk").text
        assert ("Trần Bên Kia" in page, "Nguyễn Ở Nhà" in page) == (True, False)
        assert "Đang làm thay tại <b>00115</b>" in page

    def test_it_is_on_the_trail_and_so_is_the_way_back(self, inside: FlaskClient, lan: Officer, second: Office):
        with after():
            there(inside)
            post(inside, "/me/office", {"office": "own"})
        assert [row.facts for row in trail(TrailEvent.STAND_IN)] == [
            {"to_office_id": second.id},
            {"to_office_id": lan.office_id},
        ]

    def test_sent_twice_it_is_done_once(self, inside: FlaskClient):
        with after():
            there(inside)
            there(inside)
        assert len(trail(TrailEvent.STAND_IN)) == 1

    def test_with_something_in_hand_it_is_refused_and_nothing_changes(self, inside: FlaskClient, lan: Officer):
        with after():
            with transaction() as session:
                held: Declaration = make_declaration(session)
            decide.claim(held.receipt_code, officer_actor(lan))
            answer = post(inside, "/me/office", {"office": "second"})
            assert answer.status_code == 409
            assert "Tôi đang giữ" in answer.text
            assert "00114" in inside.get("/me").text
        assert trail(TrailEvent.STAND_IN) == []

    def test_a_claim_that_is_being_made_is_waited_for_and_refuses_too(self, client: FlaskClient, second: Office):
        until = clock.today() + timedelta(days=2)
        minh = an_officer("minh", second_office_id=second.id, second_until=until)
        token = form_token(come_in(client, "minh"))
        with transaction() as session:
            held: Declaration = make_declaration(session)
        with ThreadPoolExecutor(1) as pool:
            with transaction() as session:
                claims.take(session, session.get_one(Declaration, held.id), officer_actor(minh))
                answer = pool.submit(post, client, "/me/office", {"office": "second"}, token=token)
                until_waiting()
            assert answer.result().status_code == 409
        assert trail(TrailEvent.STAND_IN) == []

    def test_who_has_no_second_office_is_told(self, client: FlaskClient):
        an_officer("minh")
        come_in(client, "minh")
        assert "/me/office" not in client.get("/me").text
        answer = post(client, "/me/office", {"office": "second"})
        assert answer.status_code == 409
        assert "không còn được phân công làm thay" in answer.text

    @pytest.mark.parametrize("office", ["", "00001", "x" * 5000, "\x00"])
    def test_any_other_word_means_the_own_office(self, inside: FlaskClient, office: str):
        with after():
            assert post(inside, "/me/office", {"office": office}).location == "/"
            assert trail(TrailEvent.STAND_IN) == []

    def test_a_supervisor_has_the_branch_of_the_second_office(self, client: FlaskClient):
        with transaction() as session:
            province, far = make_office(session, "079"), make_office(session, "07901")
            make_declaration(session, full_name="Lê Xa Xôi", office=far)
        an_officer("minh", role=Role.SUPERVISOR, second_office_id=province.id, second_until=LAST_DAY)
        with after():
            come_in(client, "minh")
            there(client)
            assert "Lê Xa Xôi" in client.get("/desk").text
