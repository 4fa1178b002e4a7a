"""How many one-time codes an account is sent, and that no code outlives a newer one (A2, A3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, TooManyRequests
from backoffice.models import Account, NoticeStatus, OneTimeCode
from backoffice.notices import one_time
from backoffice.notices.one_time import MOST_ORDERED, MOST_WRONG, VALID, WINDOW, Purpose
from tests import factories
from tests.notices.gateways import notices
from tests.notices.test_one_time import attempt, check, is_open, kept, order, other_than, refusal, together

SECOND = timedelta(seconds=1)


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        return factories.make_account(session, phone="0981234567")


@pytest.fixture
def start() -> Iterator[datetime]:
    """The clock stands still at this instant, until a test says another."""
    now = clock.now()
    with clock.at(now):
        yield now


def refused(account: Account, purpose: Purpose = Purpose.SIGN_IN) -> TooManyRequests:
    with pytest.raises(TooManyRequests) as caught:
        order(account, purpose)
    return caught.value


def orders(account: Account) -> int:
    with transaction() as session:
        return session.query(OneTimeCode).filter_by(account_id=account.id).count()


def test_one_code_too_many_is_refused_and_costs_neither_an_sms_nor_the_code_before(
    account: Account, start: datetime
) -> None:
    for _ in range(MOST_ORDERED - 1):
        order(account)
    last = order(account)
    digits = attempt(last)
    fault = refused(account)
    assert "đã nhận 5 mã OTP trong 15 phút qua" in fault.message
    assert "xin đợi 15 phút" in fault.message
    assert len(notices()) == orders(account) == MOST_ORDERED
    assert notices()[-1].status is NoticeStatus.QUEUED
    assert is_open(last)
    check(account, digits)


def test_codes_of_all_purposes_count_together(account: Account, start: datetime) -> None:
    for purpose in list(Purpose)[:MOST_ORDERED]:
        order(account, purpose)
    assert all("đã nhận 5 mã OTP" in refused(account, purpose).message for purpose in Purpose)


def test_what_was_used_or_voided_was_sent_all_the_same(account: Account, start: datetime) -> None:
    check(account, attempt(order(account)))
    worn = attempt(order(account))
    for _ in range(MOST_WRONG):
        refusal(account, other_than(worn))
    for _ in range(MOST_ORDERED - 2):
        order(account)
    with transaction() as session:
        one_time.void(session, session.get_one(Account, account.id))
    assert "đã nhận 5 mã OTP" in refused(account).message


def test_another_accounts_codes_do_not_count(account: Account, start: datetime) -> None:
    with transaction() as session:
        other = factories.make_account(session, phone="0981234568")
    for _ in range(MOST_ORDERED):
        order(other)
    assert is_open(order(account))


def test_the_next_code_goes_as_soon_as_the_oldest_is_a_quarter_of_an_hour_old_and_only_that_one(
    account: Account, start: datetime
) -> None:
    for number in range(MOST_ORDERED):
        with clock.at(start + number * timedelta(minutes=1)):
            order(account)
    with clock.at(start + WINDOW - SECOND):
        assert refused(account).retry_after == 1
    with clock.at(start + WINDOW):
        order(account)
        fault = refused(account)
    assert fault.retry_after == 60
    assert "xin đợi 1 phút" in fault.message
    assert orders(account) == MOST_ORDERED + 1


def test_who_waits_as_long_as_was_said_is_served(account: Account, start: datetime) -> None:
    for number in range(MOST_ORDERED):
        with clock.at(start + number * timedelta(seconds=7.3)):
            order(account)
    with clock.at(start + timedelta(minutes=3, seconds=0.4)):
        wait = refused(account).retry_after
    with clock.at(start + timedelta(minutes=3, seconds=0.4 + wait)):
        assert is_open(order(account))


def test_of_two_last_orders_at_once_one_is_refused(account: Account) -> None:
    for _ in range(MOST_ORDERED - 1):
        order(account)
    faults: list[TooManyRequests] = []

    def ask() -> None:
        try:
            order(account)
        except TooManyRequests as fault:
            faults.append(fault)

    together(ask, ask, ask)
    assert (len(faults), orders(account)) == (2, MOST_ORDERED)


def test_a_newer_code_has_all_its_tries_whatever_was_typed_before(account: Account) -> None:
    worn = order(account)
    wrong = other_than(attempt(worn))
    for _ in range(MOST_WRONG):
        refusal(account, wrong)
    newer = order(account)
    digits = attempt(newer)
    for _ in range(MOST_WRONG - 1):
        refusal(account, other_than(digits))
    assert (kept(worn).wrong, kept(newer).wrong) == (MOST_WRONG, MOST_WRONG - 1)
    check(account, digits)


def test_tries_at_a_worn_code_are_counted_no_further(account: Account) -> None:
    code = order(account)
    wrong = other_than(attempt(code))
    for _ in range(MOST_WRONG + 2):
        refusal(account, wrong)
    assert kept(code).wrong == MOST_WRONG


@pytest.mark.parametrize("end", ["used", "expired", "worn"])
def test_an_older_code_never_comes_back_whatever_becomes_of_the_newer(
    account: Account, start: datetime, end: str
) -> None:
    older = order(account)
    digits = attempt(older)
    newer = attempt(order(account))
    later = start + (VALID if end == "expired" else timedelta())
    with clock.at(later):
        if end == "used":
            check(account, newer)
        for _ in range(MOST_WRONG if end == "worn" else 0):
            refusal(account, other_than(newer))
        with pytest.raises(Conflict) as caught:
            check(account, digits)
    assert caught.value.code == {"used": "otp_none", "expired": "otp_expired", "worn": "otp_void"}[end]
    assert kept(older).used_at is None


def test_a_code_that_expired_while_it_was_typed_wrongly_is_expired_and_counts_no_try(
    account: Account, start: datetime
) -> None:
    code = order(account)
    digits = attempt(code)
    with clock.at(start + VALID):
        assert "hết hiệu lực" in refusal(account, other_than(digits))
    assert kept(code).wrong == 0
