"""A session's life after the sign-in: idle, locked, unlocked, ended (design 5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from sqlalchemy import func, select

from backoffice.kernel import db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput, Unauthenticated
from backoffice.models import KnownDevice, Officer, OfficerSession, Role, SignInFailure, TrailEvent
from backoffice.officers import commands
from backoffice.signin import jobs, sessions
from backoffice.signin.sessions import EndReason
from tests.bench.recording import recording
from tests.factories import PASSWORD, make_office
from tests.signin.helpers import MORNING, after, an_officer, ends, enter, trail


@pytest.fixture
def token() -> str:
    """The token of a session begun at 08:00 by the officer lan."""
    an_officer("lan")
    with after():
        return enter("lan").token


def is_open(token: str, *, is_input: bool = False) -> bool:
    """Tell whether the session gives access now."""
    state = sessions.resume(token, is_input=is_input)
    return state is not None and not state.locked


def wrong_password(token: str) -> Exception:
    with pytest.raises((InvalidInput, Unauthenticated)) as refused:
        sessions.unlock(token, "sai")
    return refused.value


class TestIdle:
    """Idle 15 minutes, absolute 12 hours."""

    def test_it_gives_access_until_fifteen_minutes_after_the_last_input(self, token):
        with after(minutes=14, seconds=59):
            assert is_open(token)
        with after(minutes=15):
            assert not is_open(token)

    def test_input_begins_the_fifteen_minutes_anew(self, token):
        with after(minutes=14):
            assert is_open(token, is_input=True)
        with after(minutes=28):
            assert is_open(token)

    def test_what_the_page_asks_for_by_itself_does_not(self, token):
        with after(minutes=14):
            assert is_open(token, is_input=False)
        with after(minutes=16):
            assert not is_open(token)

    def test_input_is_written_once_a_minute(self, token):
        def written_at():
            with transaction() as session:
                return session.scalars(select(OfficerSession.active_at)).one()

        with after(seconds=59):
            sessions.resume(token, is_input=True)
        assert written_at() == MORNING
        with after(seconds=60):
            sessions.resume(token, is_input=True)
        assert written_at() > MORNING

    def test_coming_back_late_does_not_open_it_by_itself(self, token):
        with after(minutes=16):
            assert not is_open(token, is_input=True)
            assert not is_open(token, is_input=True)

    def test_after_a_pause_the_password_alone_opens_it_again(self, token):
        with after(hours=1):
            sessions.unlock(token, PASSWORD)
            assert is_open(token)

    def test_after_twelve_hours_it_ends_whatever_happened(self, token):
        for quarter in range(1, 12 * 6):
            with after(minutes=10 * quarter):
                assert is_open(token, is_input=True)
        with after(hours=12):
            assert sessions.resume(token, is_input=True) is None
            assert isinstance(wrong_password(token), Unauthenticated)

    def test_an_invented_token_is_nobody(self, token):
        assert sessions.resume("x" * 43, is_input=True) is None


def test_who_is_asking_costs_one_statement(token):
    with recording(db.engine()) as kept, after(seconds=1):
        assert sessions.resume(token, is_input=True) is not None
    assert len(kept.statements()) == 1


class TestLock:
    """The lock screen: quick unlock, nothing is lost; five wrong passwords end the session."""

    def test_a_locked_session_knows_its_officer_and_opens_nothing(self, token):
        with after(minutes=1):
            sessions.lock(token)
            state = sessions.resume(token, is_input=True)
        assert state is not None
        assert state.locked
        assert state.actor.username == "lan"

    def test_the_password_unlocks_it(self, token):
        with after(minutes=1):
            sessions.lock(token)
            sessions.unlock(token, PASSWORD, username="lan")
            assert is_open(token)

    def test_a_wrong_password_does_not_and_says_how_many_tries_are_left(self, token):
        with after(minutes=1):
            sessions.lock(token)
            refusal = wrong_password(token)
            assert isinstance(refusal, InvalidInput)
            assert "4 lần" in refusal.message
            assert not is_open(token)

    def test_the_fifth_wrong_password_ends_the_session_even_for_the_right_one(self, token):
        with after(minutes=1):
            sessions.lock(token)
            refusals = [wrong_password(token) for _ in range(5)]
            assert [type(refusal) for refusal in refusals] == [InvalidInput] * 4 + [Unauthenticated]
            with pytest.raises(Unauthenticated):
                sessions.unlock(token, PASSWORD)
        assert ends() == ["unlock_failed"]

    def test_wrong_passwords_at_once_are_five_at_most(self, token):
        with after(minutes=1), ThreadPoolExecutor(8) as pool:
            clocks = [copy_context() for _ in range(16)]
            list(pool.map(lambda clock: clock.run(wrong_password, token), clocks))
        assert len(trail(TrailEvent.UNLOCK_FAILED)) == 5

    def test_unlocking_forgets_the_wrong_ones(self, token):
        with after(minutes=1):
            sessions.lock(token)
            for _ in range(4):
                wrong_password(token)
            sessions.unlock(token, PASSWORD)
            sessions.lock(token)
            for _ in range(4):
                assert isinstance(wrong_password(token), InvalidInput)

    def test_a_screen_of_one_officer_is_not_unlocked_into_a_session_of_another(self, token):
        with after(minutes=1), pytest.raises(Unauthenticated) as refused:
            sessions.unlock(token, PASSWORD, username="minh")
        assert refused.value.code == "ended"

    def test_locking_twice_locks_once(self, token):
        with after(minutes=1):
            sessions.lock(token)
            sessions.lock(token)
        assert len(trail(TrailEvent.LOCK)) == 1

    def test_it_is_all_on_the_trail(self, token):
        with after(minutes=1):
            sessions.lock(token)
            wrong_password(token)
            sessions.unlock(token, PASSWORD)
            sessions.sign_out(token)
        events = [TrailEvent.LOCK, TrailEvent.UNLOCK_FAILED, TrailEvent.UNLOCK, TrailEvent.SIGN_OUT]
        rows = trail(*events)
        assert [row.event for row in rows] == events
        assert {row.actor_id for row in rows} == {enter("lan").actor.id}


class TestEnd:
    """Ended by logout, disable, role or office change."""

    def test_signing_out_ends_it_once(self, token):
        with after(minutes=1):
            sessions.sign_out(token)
            sessions.sign_out(token, EndReason.SWITCH)
            assert sessions.resume(token, is_input=True) is None
        assert ends() == ["logout"]
        assert len(trail(TrailEvent.SIGN_OUT)) == 1

    def test_an_ended_session_can_be_neither_locked_nor_unlocked(self, token):
        with after(minutes=1):
            sessions.sign_out(token)
            with pytest.raises(Unauthenticated):
                sessions.lock(token)
            with pytest.raises(Unauthenticated):
                sessions.unlock(token, PASSWORD)

    def test_a_disabled_officer_is_out_at_once_and_cannot_come_back(self, token):
        with after(minutes=1):
            commands.disable_officer("lan")
            assert sessions.resume(token, is_input=True) is None
            with pytest.raises(InvalidInput):
                enter("lan")
        assert ends() == ["disabled"]

    def test_a_disabled_officer_is_out_whoever_wrote_it_into_the_table(self, token):
        with transaction() as session:
            session.query(Officer).update({"disabled_at": MORNING})
        with after(minutes=1):
            assert sessions.resume(token, is_input=True) is None
            assert isinstance(wrong_password(token), Unauthenticated)

    def test_another_role_ends_what_was_begun_with_the_former(self, token):
        with after(minutes=1):
            commands.change_officer("lan", role=Role.SUPERVISOR)
            assert sessions.resume(token, is_input=True) is None
            assert enter("lan").actor.role is Role.SUPERVISOR

    def test_another_office_ends_what_was_begun_at_the_former(self, token):
        with transaction() as session:
            make_office(session, "00107")
        with after(minutes=1):
            commands.change_officer("lan", office_code="00107")
            assert sessions.resume(token, is_input=True) is None
            assert enter("lan").actor.office_code == "00107"
        assert ends() == ["officer_changed", None]

    def test_a_new_password_ends_what_was_begun_with_the_old_one(self, token):
        with after(minutes=1):
            made = commands.renew_credentials("lan")
            assert sessions.resume(token, is_input=True) is None
            assert enter("lan", made.password)
            with pytest.raises(InvalidInput):
                enter("lan", PASSWORD)


class TestSweep:
    """What nobody needs any more goes."""

    def count(self, table: type) -> int:
        with transaction() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def test_sessions_past_twelve_hours_are_ended_and_told_as_such(self, token):
        with after(hours=12):
            jobs.sweep()
            jobs.sweep()
        assert ends() == ["absolute"]
        assert [row.facts for row in trail(TrailEvent.SIGN_OUT)] == [{"reason": "absolute"}]

    def test_an_idle_session_is_left_for_its_password(self, token):
        with after(hours=11):
            jobs.sweep()
            assert sessions.unlock(token, PASSWORD).username == "lan"

    def test_failures_go_after_a_day(self, token):
        with after(), pytest.raises(InvalidInput):
            enter("lan", "sai")
        with after(hours=23):
            jobs.sweep()
        assert self.count(SignInFailure) == 2  # the name's and the address's
        with after(hours=25):
            jobs.sweep()
        assert self.count(SignInFailure) == 0

    def test_a_browser_not_seen_for_half_a_year_is_forgotten(self, token):
        with after(days=179):
            jobs.sweep()
        assert self.count(KnownDevice) == 1
        with after(days=181):
            jobs.sweep()
        assert self.count(KnownDevice) == 0
