"""Signing in: who comes in, who does not, and what is learnt from a refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import DomainError, InvalidInput, TooManyRequests
from backoffice.kernel.hashing import lookup_hash, token_hash
from backoffice.models import Officer, OfficerSession, Role, TrailEvent
from backoffice.signin import actions, entry, second_step, sessions, throttle
from backoffice.signin.tries import Browser
from tests.factories import PASSWORD
from tests.signin.helpers import MORNING, after, an_officer, digits, ends, enter, trail, with_authenticator


def refusal_of(username: str, password: str, code: str = "", **browser: str) -> DomainError:
    with pytest.raises(DomainError) as refused:
        actions.sign_in(username, password, code, browser=Browser(**browser))
    return refused.value


def test_the_right_password_begins_a_session_for_that_officer():
    officer = an_officer("lan")
    result = enter("lan")
    state = sessions.resume(result.token, is_input=True)
    assert state is not None
    assert (state.actor.id, state.actor.office_code, state.locked) == (officer.id, "00114", False)


def test_a_user_name_is_found_however_it_is_cased():
    an_officer("lan")
    assert enter(" LAN ").actor.username == "lan"


def test_a_password_typed_with_decomposed_letters_is_the_same_password():
    an_officer("lan", password="m\u1eadt kh\u1ea9u d\u00e0i")
    assert enter("lan", "ma\u0323\u0302t kha\u0302\u0309u da\u0300i").actor.username == "lan"


def test_unknown_name_wrong_password_and_disabled_officer_are_told_the_same():
    an_officer("lan")
    an_officer("nghi", disabled_at=MORNING)
    refusals = [refusal_of("lan", "sai"), refusal_of("khong-co", PASSWORD), refusal_of("nghi", PASSWORD)]
    assert {(type(refusal), refusal.message) for refusal in refusals} == {(InvalidInput, entry.WRONG)}


@pytest.mark.parametrize("name", ["", "\x00", "lan\x00", "a" * 5000, "' OR 1=1 --", "đặng"])
def test_an_impossible_user_name_is_refused_like_any_wrong_one(name):
    assert refusal_of(name, PASSWORD).message == entry.WRONG


def test_a_password_without_end_is_refused_like_any_wrong_one():
    an_officer("lan")
    assert refusal_of("lan", PASSWORD + "x" * 1_000_000).message == entry.WRONG


def test_neither_password_nor_session_token_is_kept_in_clear():
    an_officer("lan")
    result = enter("lan")
    with transaction() as session:
        kept = [
            str(row)
            for name in ("officers", "officer_sessions", "known_devices", "trail")
            for row in session.execute(text(f"SELECT to_jsonb(t)::text FROM {name} t"))
        ]
    assert kept
    assert not [row for row in kept if PASSWORD in row or result.token in row or result.device_token in row]


def test_a_new_sign_in_ends_the_officers_former_session():
    an_officer("lan")
    first, second = enter("lan"), enter("lan")
    assert sessions.resume(first.token, is_input=True) is None
    assert sessions.resume(second.token, is_input=True) is not None
    assert ends() == ["replaced", None]


def test_of_sign_ins_at_once_exactly_one_session_stays_open():
    an_officer("lan")
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: enter("lan"), range(6)))
    alive = [result for result in results if sessions.resume(result.token, is_input=False)]
    assert len(alive) == 1
    assert sorted(ends(), key=str) == [None, *["replaced"] * 5]


def test_sign_ins_are_on_the_trail_and_so_are_failures_without_the_name_that_was_typed():
    officer = an_officer("lan")
    enter("lan")
    refusal_of("MatKhauGoNham", "lan")
    came, failed = trail(TrailEvent.SIGN_IN, TrailEvent.SIGN_IN_FAILED)
    assert (came.actor_id, came.office_id) == (officer.id, officer.office_id)
    assert failed.actor_id is None
    assert failed.facts["username_hash"] == lookup_hash("username", "matkhaugonham").hex()
    assert "nham" not in json.dumps(failed.facts)


def a_hundred_failures(address_of: Callable[[int], str]) -> None:
    """Failures under a hundred names within the first second, from the addresses given."""
    with transaction() as session:
        for number in range(100):
            with after(seconds=number / 100):
                throttle.reserve(session, throttle.counters(f"ten{number}", address_of(number), None))


class TestThrottle:
    """At most 10 failures in 5 minutes per user (design 5)."""

    def fail(self, times, username="lan", **values):
        for _ in range(times):
            refusal_of(username, "sai", **values)

    def test_after_ten_failures_even_the_right_password_waits(self):
        an_officer("lan")
        with after():
            self.fail(10)
        with after(minutes=4, seconds=59):
            refusal = refusal_of("lan", PASSWORD)
            assert isinstance(refusal, TooManyRequests)
            assert 1 <= refusal.retry_after <= 2
        with after(minutes=5, seconds=1):
            assert enter("lan")

    def test_a_name_that_does_not_exist_is_throttled_alike(self):
        with after():
            self.fail(10, "khong-co")
            assert isinstance(refusal_of("khong-co", "sai"), TooManyRequests)

    def test_signing_in_rightly_is_never_throttled(self):
        an_officer("lan")
        with after():
            assert len({enter("lan").token for _ in range(12)}) == 12

    def test_a_known_browser_still_gets_in_while_strangers_try_the_name(self):
        an_officer("lan")
        with after():
            device = enter("lan").device_token
            self.fail(10)
            assert isinstance(refusal_of("lan", PASSWORD), TooManyRequests)
            assert enter("lan", device_token=device)

    def test_a_known_browser_is_throttled_for_itself(self):
        an_officer("lan")
        with after():
            device = enter("lan").device_token
            self.fail(10, device_token=device)
            assert isinstance(refusal_of("lan", PASSWORD, device_token=device), TooManyRequests)

    def test_a_browser_known_for_one_officer_is_a_stranger_to_another(self):
        an_officer("lan")
        an_officer("minh")
        with after():
            device = enter("minh").device_token
            self.fail(10)
            assert isinstance(refusal_of("lan", PASSWORD, device_token=device), TooManyRequests)

    def test_a_browser_token_we_never_gave_is_not_adopted(self):
        an_officer("lan")
        assert enter("lan", device_token="planted").device_token != "planted"
        assert enter("lan", device_token="planted").device_token != "planted"

    def test_a_browser_keeps_its_token(self):
        an_officer("lan")
        device = enter("lan").device_token
        assert enter("lan", device_token=device).device_token == device

    def test_tries_at_once_do_not_pass_the_limit(self):
        an_officer("lan")

        def tried(_):
            return type(refusal_of("lan", "sai"))

        with ThreadPoolExecutor(8) as pool:
            kinds = list(pool.map(tried, range(24)))
        assert (kinds.count(InvalidInput), kinds.count(TooManyRequests)) == (10, 14)

    def test_an_address_with_a_hundred_failures_is_slowed_and_not_shut_out(self):
        an_officer("lan")
        device = enter("lan").device_token
        office = {"address": "203.0.113.7"}
        a_hundred_failures(lambda number: "203.0.113.7")
        with after(seconds=2):
            refusal = refusal_of("lan", PASSWORD, **office)
            assert isinstance(refusal, TooManyRequests)
            assert refusal.retry_after <= 2
            assert refusal_of("lan", "sai", address="203.0.113.8").message == entry.WRONG
            assert enter("lan", device_token=device, **office)
        with after(seconds=4):
            assert enter("lan", **office)

    def test_addresses_of_one_ipv6_network_count_together(self):
        a_hundred_failures(lambda number: f"2001:db8::{number:x}")
        with after(seconds=1):
            assert isinstance(refusal_of("lan", "sai", address="2001:db8::ffff"), TooManyRequests)
            assert isinstance(refusal_of("lan", "sai", address="2001:db8:0:1::1"), InvalidInput)


class TestSecondStep:
    """Six digits after the password (RFC 6238); obligatory in production for all but reception (design 2)."""

    def test_the_digits_are_asked_for_after_the_password_and_then_let_in(self):
        authenticator = with_authenticator("minh")
        with after():
            due = actions.sign_in("minh", PASSWORD)
            assert isinstance(due, entry.TotpDue)
            assert actions.confirm_totp(due.proof, digits(authenticator)).actor.username == "minh"

    def test_all_three_may_come_at_once(self):
        authenticator = with_authenticator("minh")
        with after():
            assert enter("minh", code=digits(authenticator))

    def test_nobody_learns_by_the_digits_that_a_password_is_wrong(self):
        with_authenticator("minh")
        assert refusal_of("minh", "sai").message == entry.WRONG

    def test_a_code_is_accepted_once_only(self):
        authenticator = with_authenticator("minh")
        with after():
            code = digits(authenticator)
            enter("minh", code=code)
            assert refusal_of("minh", PASSWORD, code=code).message == second_step.WRONG

    def test_one_code_sent_twice_at_once_opens_one_session(self):
        authenticator = with_authenticator("minh")
        code = digits(authenticator)

        def tried(_):
            try:
                return enter("minh", code=code)
            except InvalidInput:
                return None

        with ThreadPoolExecutor(4) as pool:
            assert len([result for result in pool.map(tried, range(4)) if result]) == 1

    @pytest.mark.parametrize(("late", "comes_in"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
    def test_a_clock_may_be_off_by_one_step(self, late, comes_in):
        authenticator = with_authenticator("minh")
        code = authenticator.at(MORNING)
        with after(seconds=late):
            if comes_in:
                assert enter("minh", code=code)
            else:
                assert refusal_of("minh", PASSWORD, code=code).message == second_step.WRONG

    def test_the_step_before_a_used_one_is_used_too(self):
        authenticator = with_authenticator("minh")
        with after():
            enter("minh", code=digits(authenticator))
            assert refusal_of("minh", PASSWORD, code=authenticator.at(MORNING.timestamp() - 30))

    def test_wrong_digits_count_as_failures(self):
        authenticator = with_authenticator("minh")
        with after():
            due = actions.sign_in("minh", PASSWORD)
            assert isinstance(due, entry.TotpDue)
            wrong = "000000" if digits(authenticator) != "000000" else "000001"
            for _ in range(10):
                with pytest.raises(InvalidInput):
                    actions.confirm_totp(due.proof, wrong)
            with pytest.raises(TooManyRequests):
                actions.confirm_totp(due.proof, digits(authenticator))

    def test_the_password_once_given_counts_for_five_minutes(self):
        authenticator = with_authenticator("minh")
        with after():
            due = actions.sign_in("minh", PASSWORD)
            assert isinstance(due, entry.TotpDue)
        with after(minutes=5, seconds=1), pytest.raises(InvalidInput, match="Đã quá 5 phút"):
            actions.confirm_totp(due.proof, digits(authenticator))

    def test_a_password_changed_between_the_steps_stops_the_second(self):
        authenticator = with_authenticator("minh")
        with after():
            due = actions.sign_in("minh", PASSWORD)
            assert isinstance(due, entry.TotpDue)
            with transaction() as session:
                session.scalars(select(Officer)).one().password_hash = "another"
            with pytest.raises(InvalidInput, match="Tên đăng nhập hoặc mật khẩu"):
                actions.confirm_totp(due.proof, digits(authenticator))

    @pytest.mark.parametrize("proof", ["", "AAAA", "đ", "A" * 400])
    def test_an_invented_proof_opens_nothing(self, proof):
        with_authenticator("minh")
        with pytest.raises(InvalidInput, match="nhập lại tên đăng nhập"):
            actions.confirm_totp(proof, "123456")

    def test_the_secret_rests_sealed_and_for_its_officer_alone(self):
        authenticator = with_authenticator("minh")
        other = an_officer("lan")
        with transaction() as session:
            minh = session.scalars(select(Officer).where(Officer.username == "minh")).one()
            assert minh.totp_secret is not None
            assert authenticator.secret.encode() not in minh.totp_secret
            session.get_one(Officer, other.id).totp_secret = minh.totp_secret
        with after():
            assert "cấp lại mã" in refusal_of("lan", PASSWORD, code=digits(authenticator)).message

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.RECEPTION])
    def test_in_production_nobody_but_reception_signs_in_without_it(self, in_production, role):
        an_officer("minh", role=role)
        assert isinstance(actions.sign_in("minh", PASSWORD), entry.EnrolmentDue)
        assert ends() == []

    def test_in_production_reception_signs_in_without_it(self, in_production):
        an_officer("lan", role=Role.RECEPTION)
        assert enter("lan")

    def test_in_production_a_wrong_password_does_not_tell_who_lacks_it(self, in_production):
        an_officer("minh", role=Role.SUPERVISOR)
        assert refusal_of("minh", "sai").message == entry.WRONG


def test_the_token_of_each_session_is_new():
    an_officer("lan")
    assert enter("lan").token != enter("lan").token


def test_a_session_row_holds_only_the_hash_of_its_token():
    an_officer("lan")
    result = enter("lan")
    with transaction() as session:
        assert session.scalars(select(OfficerSession.token_hash)).one() == token_hash(result.token)
    assert clock.now().tzinfo is not None
