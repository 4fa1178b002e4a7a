"""The virtual assistant reads out a new password: made in the request, given once, kept as a hash (A4, S3)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from backoffice.accounts.coming_in import Due
from backoffice.accounts.desk_actions import give_up_phone
from backoffice.accounts.life import lock
from backoffice.accounts.proofs import Step
from backoffice.accounts.resets import MOST, TOO_MANY, WITHIN
from backoffice.accounts.sign_in import sign_in
from backoffice.hotline import jobs, spoken
from backoffice.hotline.gate import NoMatch
from backoffice.hotline.spelling import NAMES
from backoffice.hotline.spelling import spoken as spell
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput
from backoffice.kernel.passwords import ALPHABET
from backoffice.models import Account, AlarmKind, LockReason, SessionKind, SpokenReset, TrailEvent
from backoffice.notices.credentials import check_temporary, issue_credentials, newest_issue
from backoffice.rules.actors import Actor
from tests.factories import make_account
from tests.hotline.conftest import STRANGERS_PHONE, Caller, alarms, messages, trail

WEEK = [timedelta(hours=hours) for hours in range(MOST)]


def ask(assistant: Actor, caller: Caller, call: str = "cuoc-goi-1") -> str:
    return spoken.reset(assistant, caller.phone, caller.code, call).password


def fits(caller: Caller, password: str) -> bool:
    with transaction() as session:
        return check_temporary(session, session.get_one(Account, caller.account.id), password) is not None


def issues(caller: Caller) -> int:
    with transaction() as session:
        newest = newest_issue(session, caller.account.id)
        return newest.number if newest else 0


def changed(caller: Caller, act: Callable[..., object]) -> None:
    with transaction() as session:
        act(session, session.get_one(Account, caller.account.id))


class TestSpelling:
    def test_s3_a_password_is_said_word_by_word(self):
        assert spell("b7k") == "bê, bảy, ca"

    def test_every_sign_of_a_password_has_a_name_of_its_own(self):
        assert set(NAMES) == set(ALPHABET)
        assert len(set(NAMES.values())) == len(NAMES)


class TestOnePassword:
    def test_a4_the_caller_who_fits_is_given_a_password_that_signs_in(self, assistant: Actor, caller: Caller):
        password = ask(assistant, caller)
        signed = sign_in(caller.code, password, device="d", kind=SessionKind.APP, address="203.0.113.9")
        assert isinstance(signed, Due)

    def test_its_spoken_form_is_of_the_same_password(self, assistant: Actor, caller: Caller):
        made = spoken.reset(assistant, caller.phone, caller.code, "cuoc-goi-1")
        said = {name: sign for sign, name in NAMES.items()}
        assert "".join(said[word] for word in made.spoken.split(", ")) == made.password

    def test_nothing_of_it_stays_in_clear(self, assistant: Actor, caller: Caller):
        made = spoken.reset(assistant, caller.phone, caller.code, "cuoc-goi-1")
        with transaction() as session:
            names = session.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
                    "AND relname !~ '^(pg|sql)_'"
                )
            )
            rows = " ".join(
                str(row) for name in names.all() for row in session.execute(text(f"SELECT t::text FROM {name} t"))
            )
        assert caller.code in rows
        assert made.password not in rows
        assert "cuoc-goi-1" not in rows
        assert made.password not in repr(made)

    def test_the_owner_is_told_by_sms_and_mail_without_the_password(self, assistant: Actor, caller: Caller):
        password = ask(assistant, caller)
        (sms, mail) = messages()
        assert (sms[:2], mail[:2]) == (("reset_told", "sms"), ("reset_told", "email"))
        assert password not in sms[2] + mail[2]
        assert "tong dai da cap lai mat khau" in sms[2]

    def test_who_looked_and_what_was_given_out_is_in_the_trail(self, assistant: Actor, caller: Caller):
        ask(assistant, caller)
        (look,), (reset,) = trail(TrailEvent.HOTLINE_LOOK), trail(TrailEvent.RESET)
        assert look.account_id == reset.account_id == caller.account.id
        assert reset.facts == {"place": "assistant", "issue": 1}
        assert caller.phone not in str(look.facts)


class TestSameCall:
    def test_the_same_call_within_two_minutes_has_another_password_of_the_same_reset(
        self, assistant: Actor, caller: Caller
    ):
        first, second = ask(assistant, caller), ask(assistant, caller)
        assert first != second
        assert fits(caller, first)
        assert fits(caller, second)
        assert issues(caller) == 1
        assert len(trail(TrailEvent.RESET)) == 1
        assert len(messages()) == 2, "the owner was told once"

    def test_after_two_minutes_it_is_another_reset(self, assistant: Actor, caller: Caller):
        with clock.at(clock.now() - timedelta(minutes=2, seconds=1)):
            first = ask(assistant, caller)
        second = ask(assistant, caller)
        assert issues(caller) == 2
        assert not fits(caller, first)
        assert fits(caller, second)

    def test_another_clients_call_of_the_same_id_is_another_call(self, assistant: Actor, caller: Caller, agent: Actor):
        from tests.factories import make_client

        with transaction() as session:
            other = Actor(assistant.kind, make_client(session)[0].id)
        ask(assistant, caller)
        ask(other, caller)
        assert issues(caller) == 2

    def test_the_same_call_for_another_account_gives_nothing_of_the_first(self, assistant: Actor, caller: Caller):
        with transaction() as session:
            other = Caller(make_account(session, phone="0971234567"))
        first, second = ask(assistant, caller), ask(assistant, other)
        assert fits(caller, first)
        assert not fits(caller, second)
        assert fits(other, second)

    def test_of_one_call_about_two_accounts_both_are_known_to_have_been_read_out(
        self, assistant: Actor, caller: Caller
    ):
        """A parent's and a child's, one after the other."""
        with transaction() as session:
            other = Caller(make_account(session, phone="0971234567"))
        for one in (caller, other):
            heard = ask(assistant, one)
            begun = sign_in(one.code, heard, device="may-la-1", kind=SessionKind.APP, address="192.0.2.7")
            assert isinstance(begun, Due)
            assert begun.step is Step.DEVICE
        with transaction() as session:
            assert session.query(SpokenReset).count() == 2

    def test_once_the_password_was_used_the_call_begins_anew(self, assistant: Actor, caller: Caller):
        ask(assistant, caller)
        changed(caller, lambda session, account: issue_credentials(session, account, 7))
        ask(assistant, caller)
        assert issues(caller) == 3

    def test_the_call_is_forgotten_in_time(self, assistant: Actor, caller: Caller):
        ask(assistant, caller)
        jobs.tidy()
        with transaction() as session:
            assert session.query(SpokenReset).count() == 1
        with clock.at(clock.now() + jobs.KEPT + timedelta(minutes=1)):
            jobs.tidy()
        with transaction() as session:
            assert session.query(SpokenReset).count() == 0

    def test_whoever_signs_in_with_what_was_heard_needs_a_code_to_the_phone(self, assistant: Actor, caller: Caller):
        """A caller's number can be forged (A3, A4); the owner has the phone in the hand."""
        heard = ask(assistant, caller)
        jobs.tidy()
        first = sign_in(caller.code, heard, device="may-la-1", kind=SessionKind.APP, address="192.0.2.7")
        assert isinstance(first, Due)
        assert first.step is Step.DEVICE, "and no password is changed before the phone has spoken"


def test_of_two_resets_at_once_only_the_last_works(assistant: Actor, caller: Caller):
    made: list[str] = []
    threads = [threading.Thread(target=lambda n=n: made.append(ask(assistant, caller, f"cuoc-{n}"))) for n in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == issues(caller) == 2
    assert [fits(caller, password) for password in made].count(True) == 1


def test_the_same_call_asked_twice_at_once_is_one_reset(assistant: Actor, caller: Caller):
    for call in ("mot", "hai", "ba"):
        made: list[str] = []
        threads = [threading.Thread(target=lambda call=call: made.append(ask(assistant, caller, call))) for _ in "ab"]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert [fits(caller, password) for password in made] == [True, True]
    assert issues(caller) == 3


class TestRefused:
    def test_a_stranger_is_given_nothing(self, assistant: Actor, caller: Caller):
        with pytest.raises(NoMatch):
            spoken.reset(assistant, STRANGERS_PHONE, caller.code, "a")
        assert issues(caller) == 0
        assert messages() == []
        (miss,) = trail(TrailEvent.HOTLINE_MISS)
        assert miss.account_id is None
        assert miss.subject_hash is not None, "who looked for this person is one hash away"

    def test_d6_after_the_number_was_freed_nobody_fits(self, assistant: Actor, caller: Caller, head: Actor):
        changed(caller, lambda session, account: give_up_phone(session, account, head))
        with pytest.raises(NoMatch):
            ask(assistant, caller)

    def test_the_owner_of_a_locked_account_is_told_so(self, assistant: Actor, caller: Caller, head: Actor):
        changed(caller, lambda session, account: lock(session, account, head, LockReason.SUSPICION))
        with pytest.raises(Conflict, match="tạm khóa") as refused:
            ask(assistant, caller)
        assert refused.value.code == "account_locked"
        assert len(trail(TrailEvent.HOTLINE_LOOK)) == 1, "the look stays, though refused"

    def test_the_fourth_of_a_code_within_a_week_is_refused_with_a_way_on(self, assistant: Actor, caller: Caller):
        for number in range(MOST):
            ask(assistant, caller, f"cuoc-{number}")
        for number in (4, 5):
            with pytest.raises(Conflict) as refused:
                ask(assistant, caller, f"cuoc-{number}")
            assert (refused.value.code, refused.value.message) == ("reset_limit", TOO_MANY)
        assert "trưởng ca" in TOO_MANY
        assert "cơ quan BHXH" in TOO_MANY
        (alarm,) = alarms(AlarmKind.MANY_RESETS)
        assert (alarm.account_id, alarm.client_id) == (caller.account.id, assistant.id)

    def test_the_alarm_comes_once_a_day(self, assistant: Actor, caller: Caller):
        for number in range(MOST):
            ask(assistant, caller, f"cuoc-{number}")
        for days in (0, 0, 1, 1):
            with clock.at(clock.now() + timedelta(days=days)), pytest.raises(Conflict):
                ask(assistant, caller, f"hom-{days}")
        assert len(alarms(AlarmKind.MANY_RESETS)) == 2

    def test_what_is_more_than_a_week_ago_counts_no_more(self, assistant: Actor, caller: Caller):
        with clock.at(clock.now() - WITHIN - timedelta(minutes=1)):
            for number in range(MOST):
                ask(assistant, caller, f"cuoc-{number}")
        ask(assistant, caller)
        assert alarms(AlarmKind.MANY_RESETS) == []

    def test_a_wrong_spoken_password_is_no_key(self, assistant: Actor, caller: Caller):
        ask(assistant, caller)
        with pytest.raises(InvalidInput):
            sign_in(caller.code, "bbbbbbbbbbbb", device="d", kind=SessionKind.APP, address="203.0.113.9")
