"""Where a declaration meets an account: help and close (K9), a recycled phone (D6), a wrong approval (design 4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backoffice.accounts.desk_actions import CHECKS, MOST_RESETS, reset_password
from backoffice.decision import account_acts
from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from backoffice.kernel.passwords import hash_password
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Claim,
    Correction,
    CredentialIssue,
    Declaration,
    HoldKind,
    Notice,
    NoticeKind,
    NoticeStatus,
    Purpose,
    Role,
    Status,
    TrailEvent,
    TrailRow,
)
from backoffice.notices.credentials import check_temporary, make_attempt, newest_issue
from backoffice.rules.actors import Actor
from backoffice.rules.journal import subject_of
from tests.decision.changing import declare_change
from tests.factories import make_account, make_actor, make_declaration, make_office, verify_all

pytestmark = pytest.mark.usefixtures("database")
ALL = frozenset(CHECKS)
SEEN = "Gọi thử lúc 09:40, máy của người nộp đổ chuông."


def kept(declaration: Declaration) -> Declaration:
    with transaction() as session:
        return session.get_one(Declaration, declaration.id)


def rows(model: type, **values: object) -> list:
    with transaction() as session:
        return session.query(model).filter_by(**values).all()


def refused(act: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value


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
    """An account that another office opened."""
    with transaction() as session:
        return make_account(session, office=make_office(session, "00131"))


@pytest.fixture
def again(account: Account, officer: Actor) -> Declaration:
    """A declaration, in the officer's hands, of the person who has the account, under the 12-digit code."""
    with transaction() as session:
        declaration = make_declaration(session, bhxh_code=account.id_number, id_number=account.id_number)
    decide.claim(declaration.receipt_code, officer)
    return declaration


@pytest.fixture
def taken(account: Account) -> Declaration:
    """A declaration of somebody else to whom the network gave the account's number."""
    with transaction() as session:
        return make_declaration(session, phone=account.phone)


@pytest.fixture
def approved(officer: Actor) -> Declaration:
    with transaction() as session:
        declaration = make_declaration(session)
    decide.claim(declaration.receipt_code, officer)
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, declaration.id), officer)
    decide.approve(declaration.receipt_code, officer)
    return kept(declaration)


def opened(declaration: Declaration) -> Account:
    (account,) = rows(Account, declaration_id=declaration.id)
    return account


def phones_of(account: Account) -> list[str]:
    return [hold.value for hold in rows(AccountHold, account_id=account.id, kind=HoldKind.PHONE)]


def test_k9_who_has_an_account_gets_a_password_and_the_declaration_is_closed(
    again: Declaration, account: Account, officer: Actor
):
    assert account_acts.reset_and_close(again.receipt_code, officer, ALL) == account.id
    after = kept(again)
    assert (after.status, after.decided_by_id) == (Status.WITHDRAWN, officer.id)
    assert after.presented_at is not None
    (sms,) = rows(Notice, kind=NoticeKind.RESET)
    assert (sms.recipient, sms.account_id, sms.declaration_id) == (account.phone, account.id, again.id)
    assert rows(Claim) == []
    (row,) = rows(TrailRow, event=TrailEvent.WITHDRAW)
    assert row.facts == {"cause": "has_account", "account_id": account.id}
    (row,) = rows(TrailRow, event=TrailEvent.RESET)
    assert (row.subject_hash, row.declaration_id) == (subject_of(account), again.id)


def test_what_asked_the_person_to_come_is_cancelled_with_the_declaration(again: Declaration, officer: Actor):
    decide.supplement(again.receipt_code, officer, "Chụp lại mặt sau.")
    decide.claim(again.receipt_code, officer)
    account_acts.reset_and_close(again.receipt_code, officer, ALL)
    statuses = {notice.kind: notice.status for notice in rows(Notice, declaration_id=again.id)}
    assert statuses == {NoticeKind.SUPPLEMENT: NoticeStatus.CANCELLED, NoticeKind.RESET: NoticeStatus.QUEUED}


def test_closing_fails_whole_where_no_password_can_be_given_out(again: Declaration, account: Account, officer: Actor):
    for _ in range(MOST_RESETS):
        reset_password(account.id, officer, ALL)
    refused(lambda: account_acts.reset_and_close(again.receipt_code, officer, ALL))
    assert kept(again).status is Status.SUBMITTED
    assert len(rows(CredentialIssue)) == MOST_RESETS
    assert rows(Notice, declaration_id=again.id) == []


def test_closing_needs_both_checks_the_claim_and_an_account(again: Declaration, officer: Actor):
    assert isinstance(
        refused(lambda: account_acts.reset_and_close(again.receipt_code, officer, {"identity"})), InvalidInput
    )
    with transaction() as session:
        plain = make_declaration(session)
    assert refused(lambda: account_acts.reset_and_close(plain.receipt_code, officer, ALL)).code == "claim_lost"
    decide.claim(plain.receipt_code, officer)
    assert refused(lambda: account_acts.reset_and_close(plain.receipt_code, officer, ALL)).code == "no_account"
    assert kept(plain).status is Status.SUBMITTED


def test_d2_what_adjusts_or_stops_the_account_is_not_closed_with_a_password(account: Account, officer: Actor):
    with transaction() as session:
        stop = declare_change(session, session.merge(account), Purpose.STOP)
    decide.claim(stop.receipt_code, officer)
    refusal = refused(lambda: account_acts.reset_and_close(stop.receipt_code, officer, ALL))
    assert refusal.code == "not_registering"
    assert kept(stop).status is Status.SUBMITTED


def test_another_offices_declaration_is_not_closed_here(again: Declaration):
    with transaction() as session:
        stranger = make_actor(session, office=make_office(session, "00133"))
    assert isinstance(refused(lambda: account_acts.reset_and_close(again.receipt_code, stranger, ALL)), NotFound)


def test_k11_only_a_supervisor_closes_what_was_escalated(again: Declaration, officer: Actor, supervisor: Actor):
    decide.escalate(again.receipt_code, officer, "Ảnh không giống.")
    with transaction() as session:
        session.query(Claim).delete()
    decide.claim(again.receipt_code, supervisor)
    account_acts.reset_and_close(again.receipt_code, supervisor, ALL)
    assert kept(again).status is Status.WITHDRAWN


def test_d6_a_freed_phone_lets_its_new_owner_be_approved(
    taken: Declaration, account: Account, officer: Actor, supervisor: Actor
):
    account_acts.free_phone(taken.receipt_code, supervisor, SEEN)
    assert phones_of(account) == []
    decide.claim(taken.receipt_code, officer)
    with transaction() as session:
        verify_all(session, session.get_one(Declaration, taken.id), officer)
    decide.approve(taken.receipt_code, officer)
    assert phones_of(opened(taken)) == [account.phone]


def test_d6_the_old_account_goes_on_without_a_phone(taken: Declaration, account: Account, supervisor: Actor):
    account_acts.free_phone(taken.receipt_code, supervisor, SEEN)
    with transaction() as session:
        after = session.get_one(Account, account.id)
    assert (after.status, after.phone) == (AccountStatus.ACTIVE, account.phone)
    assert {hold.kind for hold in rows(AccountHold, account_id=account.id)} == {HoldKind.CODE}


def test_d6_the_trail_tells_of_both_people_and_the_reason_is_kept(
    taken: Declaration, account: Account, supervisor: Actor
):
    account_acts.free_phone(taken.receipt_code, supervisor, SEEN)
    trail = rows(TrailRow, event=TrailEvent.PHONE_FREE)
    assert {row.subject_hash for row in trail} == {subject_of(taken), subject_of(account)}
    assert {row.account_id for row in trail} == {account.id}
    assert account.phone not in str([row.facts for row in trail])
    (correction,) = rows(Correction)
    assert (correction.declaration_id, correction.note, correction.officer_id) == (taken.id, SEEN, supervisor.id)


def test_d6_only_a_supervisor_of_the_branch_frees_a_phone(taken: Declaration, account: Account, officer: Actor):
    assert isinstance(refused(lambda: account_acts.free_phone(taken.receipt_code, officer, SEEN)), Forbidden)
    with transaction() as session:
        stranger = make_actor(session, Role.SUPERVISOR, office=make_office(session, "002"))
    assert isinstance(refused(lambda: account_acts.free_phone(taken.receipt_code, stranger, SEEN)), NotFound)
    assert phones_of(account) == [account.phone]


def test_d6_a_phone_that_nobody_else_holds_is_not_freed(account: Account, supervisor: Actor):
    with transaction() as session:
        plain = make_declaration(session)
        own = make_declaration(session, bhxh_code=account.bhxh_code, phone=account.phone)
    assert refused(lambda: account_acts.free_phone(plain.receipt_code, supervisor, SEEN)).code == "phone_free"
    assert refused(lambda: account_acts.free_phone(own.receipt_code, supervisor, SEEN)).code == "phone_own"
    assert phones_of(account) == [account.phone]


def test_d6_freed_twice_the_second_is_told_so(taken: Declaration, supervisor: Actor):
    account_acts.free_phone(taken.receipt_code, supervisor, SEEN)
    assert refused(lambda: account_acts.free_phone(taken.receipt_code, supervisor, SEEN)).code == "phone_free"


def test_a_phone_is_not_freed_without_a_reason_nor_for_what_is_decided(
    taken: Declaration, account: Account, officer: Actor, supervisor: Actor
):
    assert isinstance(refused(lambda: account_acts.free_phone(taken.receipt_code, supervisor, " ")), InvalidInput)
    decide.claim(taken.receipt_code, officer)
    decide.reject(taken.receipt_code, officer, ["phone_not_own"], "")
    assert refused(lambda: account_acts.free_phone(taken.receipt_code, supervisor, SEEN)).code == "already_decided"
    assert phones_of(account) == [account.phone]


def test_a_wrong_approval_is_answered_by_locking_the_account(approved: Declaration, supervisor: Actor):
    account = opened(approved)
    with transaction() as session:
        session.get_one(Account, account.id).password_hash = hash_password("mat khau cua ho")
        temporary = make_attempt(session, newest_issue(session, account.id))
    held = {(hold.kind, hold.value) for hold in rows(AccountHold, account_id=account.id)}

    assert account_acts.lock_account(account.id, supervisor, "Nhầm người.") == approved.receipt_code

    after = opened(approved)
    assert (after.status, after.password_hash) == (AccountStatus.LOCKED, None)
    with transaction() as session:
        assert check_temporary(session, session.get_one(Account, account.id), temporary) is None
    assert {(hold.kind, hold.value) for hold in rows(AccountHold, account_id=account.id)} == held
    assert {notice.status for notice in rows(Notice, kind=NoticeKind.APPROVED)} == {NoticeStatus.CANCELLED}
    assert {notice.status for notice in rows(Notice, kind=NoticeKind.LOCKED)} == {NoticeStatus.QUEUED}
    assert rows(Correction)[0].note == "Nhầm người."
    (row,) = rows(TrailRow, event=TrailEvent.ACCOUNT_LOCK)
    assert (row.account_id, row.declaration_id) == (account.id, approved.id)


def test_the_decision_that_was_wrong_stays_as_it_is(approved: Declaration, supervisor: Actor):
    account_acts.lock_account(opened(approved).id, supervisor, "Nhầm người.")
    after = kept(approved)
    assert (after.status, after.decided_at, after.decided_by_id) == (
        Status.APPROVED,
        approved.decided_at,
        approved.decided_by_id,
    )


def test_only_a_supervisor_of_the_branch_locks_and_says_why(approved: Declaration, officer: Actor, supervisor: Actor):
    account = opened(approved)
    with transaction() as session:
        stranger = make_actor(session, Role.SUPERVISOR, office=make_office(session, "002"))
    assert isinstance(refused(lambda: account_acts.lock_account(account.id, officer, "Nhầm.")), Forbidden)
    assert isinstance(refused(lambda: account_acts.lock_account(account.id, stranger, "Nhầm.")), NotFound)
    assert isinstance(refused(lambda: account_acts.lock_account(account.id + 999, supervisor, "Nhầm.")), NotFound)
    assert isinstance(refused(lambda: account_acts.lock_account(account.id, supervisor, "")), InvalidInput)
    assert opened(approved).status is AccountStatus.ISSUED


def test_what_is_locked_is_not_locked_again(approved: Declaration, supervisor: Actor):
    account = opened(approved)
    account_acts.lock_account(account.id, supervisor, "Nhầm người.")
    refusal = refused(lambda: account_acts.lock_account(account.id, supervisor, "Nhầm người."))
    assert (type(refusal), refusal.code) == (Conflict, "account_locked")
