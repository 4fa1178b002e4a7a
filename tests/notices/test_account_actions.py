"""What is told about an account, to whom, by which way (A2, K9, K10, D6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import Account, NoticeChannel, NoticeKind, NoticeStatus
from backoffice.notices import account_actions, one_time
from backoffice.notices.credentials import issue_credentials
from backoffice.notices.one_time import Purpose
from tests import factories
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")

OLD, NEW = "0321234501", "0981234567"
OLD_MAIL, MAIL = "cu@example.vn", "moi@example.vn"
SMS, EMAIL = NoticeChannel.SMS, NoticeChannel.EMAIL


def told() -> list[tuple[NoticeKind, NoticeChannel, str]]:
    return [(notice.kind, notice.channel, notice.recipient) for notice in notices()]


@pytest.mark.parametrize(
    ("tell", "kind"),
    [
        (account_actions.password_changed, NoticeKind.PASSWORD_CHANGED),
        (lambda session, account: account_actions.locked(session, account, by_sms=True), NoticeKind.LOCKED),
        (lambda session, account: account_actions.closed(session, account, by_sms=True), NoticeKind.CLOSED),
    ],
    ids=["password changed", "locked", "closed"],
)
def test_a_change_is_told_by_sms_and_letter(tell: Callable[[Session, Account], None], kind: NoticeKind) -> None:
    with transaction() as session:
        account = factories.make_account(session, phone=NEW, email=MAIL)
        tell(session, account)
    assert told() == [(kind, SMS, NEW), (kind, EMAIL, MAIL)]
    for notice in notices():
        assert (notice.account_id, notice.office_id, notice.lane) == (account.id, account.office_id, queue.DEFAULT)
        assert notice.declaration_id is None


def test_without_an_address_no_letter_is_sent() -> None:
    with transaction() as session:
        account_actions.password_changed(session, factories.make_account(session, phone=NEW, email=None))
    assert told() == [(NoticeKind.PASSWORD_CHANGED, SMS, NEW)]


def test_d6_a_lock_is_not_told_to_a_phone_that_was_freed_for_somebody_else() -> None:
    with transaction() as session:
        account_actions.locked(session, factories.make_account(session, email=MAIL), by_sms=False)
    assert told() == [(NoticeKind.LOCKED, EMAIL, MAIL)]


def test_k10_the_old_number_and_the_new_one_are_told_each_in_words_of_its_own() -> None:
    with transaction() as session:
        account = factories.make_account(session, phone=NEW)
        account_actions.phone_given_up(session, account, OLD)
        account_actions.phone_taken_up(session, account)
    old, new = notices()
    assert (old.recipient, old.lane) == (OLD, queue.DEFAULT)
    assert (new.recipient, new.lane) == (NEW, queue.COUNTER), "its owner waits to see it arrive"
    tail = account.bhxh_code[-4:]
    assert (tail in old.body, tail in new.body) == (False, True)


@pytest.mark.parametrize(
    ("old", "now", "letters"),
    [(OLD_MAIL, MAIL, [OLD_MAIL, MAIL]), (None, MAIL, [MAIL]), (OLD_MAIL, None, [OLD_MAIL])],
    ids=["changed", "first", "given up"],
)
def test_another_address_is_told_to_the_phone_to_the_old_address_and_to_the_new(
    old: str | None, now: str | None, letters: list[str]
) -> None:
    with transaction() as session:
        account_actions.email_changed(session, factories.make_account(session, phone=NEW, email=now), old)
    kind = NoticeKind.EMAIL_CHANGED
    assert told() == [(kind, SMS, NEW), *((kind, EMAIL, address) for address in letters)]


def test_what_waits_about_an_account_is_cancelled_but_not_what_a_former_number_or_address_is_told() -> None:
    """Else two changes in a row would hide the first from whom it was taken."""
    with transaction() as session:
        account = factories.make_account(session, phone=NEW, email=MAIL)
        account_actions.phone_given_up(session, account, OLD)
        account_actions.phone_taken_up(session, account)
        account_actions.email_changed(session, account, OLD_MAIL)
        account_actions.reset_password(session, account, issue_credentials(session, account, 7))
        one_time.order(session, account, Purpose.SIGN_IN)
        account_actions.cancel_for_account(session, account)
    waiting = [notice.recipient for notice in notices() if notice.status is NoticeStatus.QUEUED]
    assert waiting == [OLD, OLD_MAIL]
