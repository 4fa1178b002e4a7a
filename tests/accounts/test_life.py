"""What officers do to an account's life: lock, unlock, open the door, doubt its phone (A7, D6, K10, design 4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from backoffice.accounts import desk_actions, desk_acts, passwords, sign_in, tries
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.desk_actions import CHECKS
from backoffice.accounts.queries import holds_its_phone
from backoffice.desk.actions import search
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountNote,
    AccountSession,
    AccountStatus,
    LockReason,
    Notice,
    NoticeKind,
    Role,
    SessionKind,
    TrailEvent,
    TrailRow,
    WrongTries,
)
from backoffice.notices.credentials import check_temporary, issue_credentials, make_attempt
from backoffice.rules.actors import Actor
from backoffice.rules.journal import subject_of
from backoffice.rules.reasons import NOTE_LIMIT
from tests.factories import know_device, make_account, make_actor, make_office

pytestmark = pytest.mark.usefixtures("database")
MINE = "con thuyền trên sông Hồng"
HASH = hash_password(passwords.normal(MINE))
SEEN = frozenset({"identity"})
WHY = "Mất điện thoại ở chợ sáng nay."


@pytest.fixture
def officer() -> Actor:
    with transaction() as session:
        return make_actor(session)


@pytest.fixture
def supervisor() -> Actor:
    with transaction() as session:
        return make_actor(session, Role.SUPERVISOR, office=make_office(session, "001"))


@pytest.fixture
def account(officer: Actor) -> Account:
    with transaction() as session:
        return make_account(session, phone="0356789012", password_hash=HASH, password_set_at=clock.now())


@pytest.fixture
def elsewhere(officer: Actor) -> Account:
    """An account of another province's office."""
    with transaction() as session:
        return make_account(session, office=make_office(session, "07901"), password_hash=HASH)


def kept(account: Account) -> Account:
    with transaction() as session:
        return session.get_one(Account, account.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


def refused(act: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


def sign_on(account: Account, password: str = MINE) -> SignedIn | Due:
    with transaction() as session:
        know_device(session, account, "dt")
    return sign_in.sign_in(account.bhxh_code, password, device="dt", kind=SessionKind.APP, address="203.0.113.9")


def guess_wrong(account: Account) -> None:
    for _ in range(tries.ROUND):
        assert isinstance(refused(lambda: sign_on(account, "sai")), InvalidInput)


class TestLocking:
    def test_k10_an_owner_with_an_id_has_the_account_locked_and_told(self, account, officer):
        sign_on(account)
        desk_acts.lock_for_owner(account.id, officer, WHY, SEEN)
        locked = kept(account)
        assert (locked.status, locked.lock_reason) == (AccountStatus.LOCKED, LockReason.OWNER_ASKED)
        assert locked.locked_at is not None
        assert [one.end_reason for one in rows(AccountSession, account_id=account.id)] == ["locked"]
        assert [one.recipient for one in rows(Notice, kind=NoticeKind.LOCKED)] == [account.phone]

    def test_why_is_kept_beside_the_trail_and_not_in_it(self, account, officer):
        desk_acts.lock_for_owner(account.id, officer, WHY, SEEN)
        (row,) = rows(TrailRow, event=TrailEvent.ACCOUNT_LOCK)
        (note,) = rows(AccountNote, account_id=account.id)
        assert (note.note, note.officer_id, row.facts["note"]) == (WHY, officer.id, note.id)
        assert (row.facts["why"], row.subject_hash) == ("owner_asked", subject_of(account))
        assert WHY not in repr(row.facts)

    def test_without_the_identity_check_nothing_is_locked(self, account, officer):
        fault = refused(lambda: desk_acts.lock_for_owner(account.id, officer, WHY, frozenset()))
        assert isinstance(fault, InvalidInput)
        assert [one.field for one in fault.faults] == ["identity"]
        assert kept(account).status is AccountStatus.ACTIVE

    @pytest.mark.parametrize("note", ["", "  \n ", "x" * (NOTE_LIMIT + 1)])
    def test_without_a_reason_nothing_is_locked_unlocked_or_marked(self, account, officer, supervisor, note):
        for act in (
            lambda: desk_acts.lock_for_owner(account.id, officer, note, SEEN),
            lambda: desk_acts.lock_on_suspicion(account.id, supervisor, note),
            lambda: desk_acts.unlock(account.id, supervisor, note),
            lambda: desk_acts.doubt_phone(account.id, officer, note),
        ):
            fault = refused(act)
            assert isinstance(fault, InvalidInput)
            assert [one.field for one in fault.faults] == ["note"]
        assert rows(AccountNote) == []

    def test_a_supervisor_of_the_branch_locks_on_suspicion(self, account, supervisor):
        desk_acts.lock_on_suspicion(account.id, supervisor, "Nhiều thiết bị lạ trong một giờ.")
        assert kept(account).lock_reason is LockReason.SUSPICION

    def test_a_reception_officer_does_neither_that_nor_unlock(self, account, officer):
        assert isinstance(refused(lambda: desk_acts.lock_on_suspicion(account.id, officer, WHY)), Forbidden)
        assert isinstance(refused(lambda: desk_acts.unlock(account.id, officer, WHY)), Forbidden)

    @pytest.mark.parametrize("act", [desk_acts.lock_on_suspicion, desk_acts.unlock])
    def test_nor_a_supervisor_of_another_branch_though_the_account_was_found(self, elsewhere, supervisor, act):
        search(elsewhere.bhxh_code, supervisor)
        assert isinstance(refused(lambda: act(elsewhere.id, supervisor, WHY)), NotFound)
        assert kept(elsewhere).status is AccountStatus.ACTIVE

    def test_k9_whoever_stands_there_is_served_at_any_office(self, elsewhere, officer):
        search(elsewhere.bhxh_code, officer)
        desk_acts.lock_for_owner(elsewhere.id, officer, WHY, SEEN)
        assert kept(elsewhere).status is AccountStatus.LOCKED

    def test_out_of_reach_an_account_answers_like_none(self, elsewhere, officer):
        for act in (
            lambda number: desk_acts.lock_for_owner(number, officer, WHY, SEEN),
            lambda number: desk_acts.reopen_door(number, officer, SEEN),
            lambda number: desk_acts.doubt_phone(number, officer, WHY),
            lambda number: desk_acts.trust_phone(number, officer, CHECKS),
        ):
            there, nowhere = refused(lambda act=act: act(elsewhere.id)), refused(lambda act=act: act(10**9))
            assert (type(there), there.message) == (type(nowhere), nowhere.message) == (NotFound, NotFound().message)

    def test_of_two_officers_at_once_one_locks_and_the_other_learns_it(self, account, officer, supervisor):
        ready, answers = Barrier(2), []

        def lock(act: Callable[[], None]) -> None:
            ready.wait()
            try:
                act()
                answers.append("done")
            except Conflict as conflict:
                answers.append(conflict.code)

        acts = [
            lambda: desk_acts.lock_for_owner(account.id, officer, WHY, SEEN),
            lambda: desk_acts.lock_on_suspicion(account.id, supervisor, WHY),
        ]
        both = [Thread(target=lock, args=(act,)) for act in acts]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(answers) == ["account_locked", "done"]
        assert len(rows(TrailRow, event=TrailEvent.ACCOUNT_LOCK)) == len(rows(AccountNote)) == 1


class TestUnlocking:
    def test_the_old_password_signs_in_again(self, account, officer, supervisor):
        desk_acts.lock_for_owner(account.id, officer, WHY, SEEN)
        assert refused(lambda: sign_on(account)).code == "account_locked"
        desk_acts.unlock(account.id, supervisor, "Đã tìm thấy máy, đúng người, đúng căn cước.")
        assert isinstance(sign_on(account), SignedIn)
        opened = kept(account)
        assert (opened.status, opened.lock_reason, opened.locked_at) == (AccountStatus.ACTIVE, None, None)

    def test_a_temporary_password_from_before_the_lock_does_not(self, account, officer, supervisor):
        with transaction() as session:
            temporary = make_attempt(session, issue_credentials(session, session.get_one(Account, account.id), 7))
        desk_acts.lock_for_owner(account.id, officer, WHY, SEEN)
        desk_acts.unlock(account.id, supervisor, WHY)
        assert isinstance(refused(lambda: sign_on(account, temporary)), InvalidInput)

    def test_after_a_wrong_approvals_lock_a_new_password_is_due(self, officer, supervisor):
        with transaction() as session:
            wrong = make_account(session, status=AccountStatus.LOCKED, lock_reason=LockReason.WRONG_APPROVAL)
        desk_acts.unlock(wrong.id, supervisor, "Gặp đúng chủ mã số, căn cước bản gốc.")
        assert kept(wrong).status is AccountStatus.ISSUED
        (row,) = rows(TrailRow, event=TrailEvent.ACCOUNT_UNLOCK)
        assert row.facts["was"] == "wrong_approval"

    @pytest.mark.parametrize("status", [AccountStatus.ACTIVE, AccountStatus.ISSUED, AccountStatus.CLOSED])
    def test_what_is_not_locked_is_not_unlocked(self, supervisor, status):
        with transaction() as session:
            account = make_account(session, status=status)
        assert refused(lambda: desk_acts.unlock(account.id, supervisor, WHY)).code == "not_locked"
        assert rows(AccountNote) == []


class TestDoor:
    def test_a7_after_an_identity_check_the_owner_may_try_again(self, account, officer):
        guess_wrong(account)
        desk_acts.reopen_door(account.id, officer, SEEN)
        assert isinstance(sign_on(account), SignedIn)
        (row,) = rows(TrailRow, event=TrailEvent.DOOR_OPENED)
        assert (row.account_id, row.actor_id) == (account.id, officer.id)

    def test_a7_without_the_check_it_stays_shut(self, account, officer):
        guess_wrong(account)
        assert isinstance(refused(lambda: desk_acts.reopen_door(account.id, officer, frozenset())), InvalidInput)
        assert len(rows(WrongTries, account_id=account.id)) == 1

    def test_an_open_door_is_not_opened_again(self, account, officer):
        assert refused(lambda: desk_acts.reopen_door(account.id, officer, SEEN)).code == "door_open"
        guess_wrong(account)
        with clock.at(clock.now() + tries.CLOSED[0] + timedelta(seconds=1)):
            assert refused(lambda: desk_acts.reopen_door(account.id, officer, SEEN)).code == "door_open"


class TestPhone:
    def test_d6_a_doubted_number_is_marked_until_there_is_another(self, account, officer):
        with transaction() as session:
            password = make_attempt(session, issue_credentials(session, account, 7))
        desk_acts.doubt_phone(account.id, officer, "Gọi thử, người khác nghe máy.")
        assert kept(account).must_update_phone
        with transaction() as session:
            assert check_temporary(session, account, password) is None, "it went to that number"
        assert refused(lambda: desk_acts.doubt_phone(account.id, officer, WHY)).code == "phone_doubted"
        desk_actions.correct_phone(account.id, officer, "0981234567", "yes")
        assert not kept(account).must_update_phone

    def test_d6_a_number_that_was_tried_and_is_right_loses_the_mark(self, account, officer):
        desk_acts.doubt_phone(account.id, officer, WHY)
        missing = refused(lambda: desk_acts.trust_phone(account.id, officer, SEEN))
        assert isinstance(missing, InvalidInput)
        assert [one.field for one in missing.faults] == ["phone_own"]
        desk_acts.trust_phone(account.id, officer, CHECKS)
        assert not kept(account).must_update_phone
        doubts = [row.facts["doubted"] for row in rows(TrailRow, event=TrailEvent.PHONE_DOUBTED)]
        assert sorted(doubts) == [False, True]
        assert refused(lambda: desk_acts.trust_phone(account.id, officer, CHECKS)).code == "phone_not_doubted"

    def test_d6_a_number_freed_for_somebody_else_is_not_trusted_again(self, account, officer):
        with transaction() as session:
            desk_actions.give_up_phone(session, session.get_one(Account, account.id, with_for_update=True), officer)
        assert refused(lambda: desk_acts.trust_phone(account.id, officer, CHECKS)).code == "phone_not_held"
        with transaction() as session:
            assert not holds_its_phone(session, session.get_one(Account, account.id))

    def test_of_a_closed_account_nothing_is_asked_any_more(self, officer):
        with transaction() as session:
            account = make_account(session, status=AccountStatus.CLOSED)
            session.query(AccountHold).filter_by(account_id=account.id).delete()
        for act in (
            lambda: desk_acts.doubt_phone(account.id, officer, WHY),
            lambda: desk_acts.trust_phone(account.id, officer, CHECKS),
            lambda: desk_acts.reopen_door(account.id, officer, SEEN),
            lambda: desk_acts.lock_for_owner(account.id, officer, WHY, SEEN),
        ):
            assert refused(act).code == "account_closed"
