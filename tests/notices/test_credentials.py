"""Temporary passwords: every attempt of the newest issue signs in until the first use (design 4, Credentials)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict
from backoffice.kernel.passwords import ALPHABET
from backoffice.models import CredentialAttempt, CredentialIssue, NoticeStatus
from backoffice.notices import actions
from backoffice.notices.credentials import check_temporary, issue_credentials, make_attempt, use
from tests import factories
from tests.notices.gateways import all_notices, notices

pytestmark = pytest.mark.usefixtures("database")


def test_issues_of_an_account_are_numbered() -> None:
    with transaction() as session:
        account, other = factories.make_account(session), factories.make_account(session)
        numbers = [issue_credentials(session, account, 7).number for _ in range(3)]
        assert numbers == [1, 2, 3]
        assert issue_credentials(session, other, 7).number == 1


def test_every_attempt_of_the_newest_issue_signs_in_until_the_first_use() -> None:
    with transaction() as session:
        account = factories.make_account(session)
        issue = issue_credentials(session, account, 7)
        first, second = make_attempt(session, issue), make_attempt(session, issue)
        assert first != second
        assert check_temporary(session, account, first) is issue
        assert check_temporary(session, account, second) is issue
        use(session, issue)
        assert check_temporary(session, account, first) is None
        assert check_temporary(session, account, second) is None


def test_a_second_use_is_refused() -> None:
    with transaction() as session:
        account = factories.make_account(session)
        issue = issue_credentials(session, account, 7)
        use(session, issue)
        with pytest.raises(Conflict, match="đã được dùng"):
            use(session, issue)


def test_a_newer_issue_ends_the_older_one() -> None:
    with transaction() as session:
        account = factories.make_account(session)
        older = make_attempt(session, issue_credentials(session, account, 7))
        newer = issue_credentials(session, account, 7)
        assert check_temporary(session, account, older) is None
        password = make_attempt(session, newer)
        assert check_temporary(session, account, password) is newer


def test_a_password_lasts_its_days_to_the_second() -> None:
    with transaction() as session:
        account = factories.make_account(session)
        start = clock.now()
        with clock.at(start):
            issue = issue_credentials(session, account, 7)
            password = make_attempt(session, issue)
        with clock.at(start + timedelta(days=7, seconds=-1)):
            assert check_temporary(session, account, password) is issue
        with clock.at(start + timedelta(days=7)):
            assert check_temporary(session, account, password) is None


def test_a_wrong_password_and_that_of_another_account_do_not_fit() -> None:
    with transaction() as session:
        account, other = factories.make_account(session), factories.make_account(session)
        mine = make_attempt(session, issue_credentials(session, account, 7))
        theirs = make_attempt(session, issue_credentials(session, other, 7))
        assert check_temporary(session, account, theirs) is None
        assert check_temporary(session, account, mine + "a") is None
        assert check_temporary(session, factories.make_account(session), mine) is None


def test_only_a_hash_is_kept_of_12_characters_nobody_confuses() -> None:
    """Design 4: without 0 o 1 l i."""
    with transaction() as session:
        password = make_attempt(session, issue_credentials(session, factories.make_account(session), 7))
        (attempt,) = session.query(CredentialAttempt).all()
        assert attempt.password_hash.startswith("$argon2id$")
        assert password not in attempt.password_hash
    assert len(password) == 12
    assert set(password) <= set(ALPHABET)
    assert not set(password) & set("0o1li")


def _approved(session: Session) -> CredentialIssue:
    account = factories.make_account(session)
    issue = issue_credentials(session, account, 7)
    actions.approved(session, factories.make_declaration(session), account, issue)
    return issue


def test_a_new_issue_cancels_what_waits_of_the_older_one_and_of_nobody_else() -> None:
    """Design 4: an older issue is never sent again."""
    with transaction() as session:
        mine, theirs = _approved(session), _approved(session)
        account = all_notices(session)[0].account_id
        issue_credentials(session, session.get_one(factories.Account, account), 7)
    status = {notice.credential_issue_id: notice.status for notice in notices()}
    assert status == {mine.id: NoticeStatus.CANCELLED, theirs.id: NoticeStatus.QUEUED}


def test_the_first_use_cancels_what_still_waits_to_be_sent() -> None:
    with transaction() as session:
        use(session, _approved(session))
    assert [notice.status for notice in notices()] == [NoticeStatus.CANCELLED]
