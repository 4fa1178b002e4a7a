"""Accounts: opened by an approval, activated by the first password its owner chooses (A1, D6)."""

from __future__ import annotations

import pytest

from backoffice.accounts.actions import open_account
from backoffice.accounts.sign_in import set_password
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, AccountHold, AccountStatus, HoldKind, IdType
from backoffice.notices.credentials import check_temporary, issue_credentials, make_attempt
from tests.factories import make_account, make_actor, make_declaration

pytestmark = pytest.mark.usefixtures("database")


def test_k2_an_account_is_opened_without_a_password():
    with transaction() as session:
        account = open_account(session, make_declaration(session), make_actor(session))
        assert (account.status, account.password_hash) == (AccountStatus.ISSUED, None)


def test_only_a_citizen_id_number_is_held_as_a_code():
    with transaction() as session:
        declared = make_declaration(session, id_type=IdType.PASSPORT, id_number="C1234567")
        account = open_account(session, declared, make_actor(session))
        codes = session.query(AccountHold.value).filter_by(account_id=account.id, kind=HoldKind.CODE).all()
    assert codes == [(declared.bhxh_code,)]


def test_a1_the_first_chosen_password_activates_and_voids_the_temporary_one():
    with transaction() as session:
        account = open_account(session, make_declaration(session), make_actor(session))
        temporary = make_attempt(session, issue_credentials(session, account, 7))
        set_password(session, account, hash_password("mat khau cua toi"))
    with transaction() as session:
        kept = session.get_one(Account, account.id)
        assert kept.status is AccountStatus.ACTIVE
        assert check_temporary(session, kept, temporary) is None


@pytest.mark.parametrize("status", [AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_an_account_that_cannot_be_used_takes_no_password(status: AccountStatus):
    with transaction() as session:
        account = make_account(session, status=status)
        issue_credentials(session, account, 7)
        with pytest.raises(Conflict):
            set_password(session, account, "hash")
