"""One-time codes: for one purpose, five minutes, five wrong tries, one use (A2, A3, A7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, InvalidInput
from backoffice.models import Account, AccountStatus, NoticeKind, NoticeStatus, OneTimeCode
from backoffice.notices import messages, one_time
from backoffice.notices.one_time import ACTS, MOST_ORDERED, MOST_WRONG, VALID, Purpose
from tests import factories
from tests.notices.gateways import notices

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def account(database: None) -> Account:
    with transaction() as session:
        return factories.make_account(session, phone="0981234567")


def order(account: Account, purpose: Purpose = Purpose.SIGN_IN) -> OneTimeCode:
    with transaction() as session:
        return one_time.order(session, session.get_one(Account, account.id), purpose)


def attempt(code: OneTimeCode) -> str:
    with transaction() as session:
        return one_time.make_attempt(session, session.get_one(OneTimeCode, code.id))


def kept(code: OneTimeCode) -> OneTimeCode:
    with transaction() as session:
        return session.get_one(OneTimeCode, code.id)


def is_open(code: OneTimeCode) -> bool:
    with transaction() as session:
        return one_time.is_open(session, session.get_one(OneTimeCode, code.id))


def check(account: Account, given: str, purpose: Purpose = Purpose.SIGN_IN) -> None:
    one_time.check(account.id, purpose, given)


def refusal(account: Account, given: str, purpose: Purpose = Purpose.SIGN_IN) -> str:
    """The sentence with which `given` is refused, "" when it is taken."""
    try:
        check(account, given, purpose)
    except DomainError as error:
        return error.message
    return ""


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06}"


def test_an_order_is_an_sms_at_the_counters_pace_with_the_code_masked(account: Account) -> None:
    code = order(account, Purpose.CHANGE_PASSWORD)
    (sms,) = notices()
    assert (sms.kind, sms.recipient, sms.lane) == (NoticeKind.OTP, "0981234567", queue.COUNTER)
    assert (sms.one_time_code_id, sms.account_id, sms.credential_issue_id) == (code.id, account.id, None)
    assert f"OTP {messages.CODE_MASK} de doi mat khau, hieu luc 5 phut" in sms.body
    assert kept(code).hashes == []


def test_every_purpose_has_its_words() -> None:
    assert set(ACTS) == set(Purpose) - {Purpose.RESET_PASSWORD}, "what goes by e-mail has a letter"


def test_the_code_that_was_sent_is_taken_once(account: Account) -> None:
    digits = attempt(order(account))
    check(account, digits)
    with pytest.raises(Conflict) as refused:
        check(account, digits)
    assert refused.value.code == "otp_none"


def test_a_code_is_six_digits_of_which_only_keyed_hashes_are_kept(account: Account) -> None:
    code = order(account)
    made = {attempt(code) for _ in range(3)}
    assert all(len(digits) == 6 and digits.isdecimal() for digits in made)
    hashes = kept(code).hashes
    assert len(hashes) == 3
    assert not [digits for digits in made if any(digits.encode() in one for one in hashes)]


@pytest.mark.parametrize("which", [0, 1])
def test_every_try_at_sending_fits_until_the_first_use(account: Account, which: int) -> None:
    code = order(account)
    tries = [attempt(code), attempt(code)]
    check(account, tries[which])
    assert not is_open(code)
    assert refusal(account, tries[1 - which])


def test_blanks_in_what_was_typed_do_not_matter(account: Account) -> None:
    digits = attempt(order(account))
    assert refusal(account, f" {digits[:3]} {digits[3:]} ") == ""


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_refused_and_counts_as_no_try(account: Account, typed: str) -> None:
    code = order(account)
    attempt(code)
    assert "6 chữ số" in refusal(account, typed)
    assert kept(code).wrong == 0


def test_a_wrong_code_is_counted_though_it_is_refused(account: Account) -> None:
    code = order(account)
    digits = attempt(code)
    with pytest.raises(InvalidInput, match="còn 4 lần") as refused:
        check(account, other_than(digits))
    assert [fault.field for fault in refused.value.faults] == ["otp"]
    assert kept(code).wrong == 1
    check(account, digits)


def test_the_fifth_wrong_code_voids_the_right_one(account: Account) -> None:
    code = order(account)
    digits = attempt(code)
    said = [refusal(account, other_than(digits)) for _ in range(MOST_WRONG)]
    assert "còn 1 lần" in said[-2]
    assert "không còn dùng được" in said[-1]
    assert not is_open(code)
    with pytest.raises(Conflict) as refused:
        check(account, digits)
    assert refused.value.code == "otp_void"


def test_a_code_lasts_five_minutes_to_the_second(account: Account) -> None:
    start = clock.now()
    with clock.at(start):
        code = order(account)
        digits = attempt(code)
    with clock.at(start + VALID - timedelta(seconds=1)):
        assert is_open(code)
    with clock.at(start + VALID):
        assert not is_open(code)
        with pytest.raises(Conflict, match="hết hiệu lực") as refused:
            check(account, digits)
    assert refused.value.code == "otp_expired"
    with clock.at(start + VALID - timedelta(seconds=1)):
        check(account, digits)


def test_where_none_was_ordered_none_is_taken(account: Account) -> None:
    with pytest.raises(Conflict) as refused:
        check(account, "123456")
    assert refused.value.code == "otp_none"


def test_a_code_serves_its_own_purpose_and_its_own_account_alone(account: Account) -> None:
    with transaction() as session:
        other = factories.make_account(session)
    digits = attempt(order(account, Purpose.CHANGE_PASSWORD))
    order(other, Purpose.CHANGE_PASSWORD)
    order(account, Purpose.SIGN_IN)
    assert refusal(account, digits, Purpose.SIGN_IN)
    assert refusal(other, digits, Purpose.CHANGE_PASSWORD)
    check(account, digits, Purpose.CHANGE_PASSWORD)


def test_a_new_order_voids_the_older_one_and_what_waits_of_it(account: Account) -> None:
    older, elsewhere = order(account), order(account, Purpose.CHANGE_EMAIL)
    digits = attempt(older)
    newer = order(account)
    assert (is_open(older), is_open(newer), is_open(elsewhere)) == (False, True, True)
    assert {notice.one_time_code_id: notice.status for notice in notices()} == {
        older.id: NoticeStatus.CANCELLED,
        elsewhere.id: NoticeStatus.QUEUED,
        newer.id: NoticeStatus.QUEUED,
    }
    assert refusal(account, digits)
    check(account, attempt(newer))


def test_the_first_use_cancels_what_still_waits_to_be_sent(account: Account) -> None:
    code = order(account)
    check(account, attempt(code))
    assert [notice.status for notice in notices()] == [NoticeStatus.CANCELLED]


@pytest.mark.parametrize("status", [AccountStatus.LOCKED, AccountStatus.CLOSED])
def test_an_account_nobody_can_sign_in_to_has_no_open_code(account: Account, status: AccountStatus) -> None:
    code = order(account)
    digits = attempt(code)
    with transaction() as session:
        session.get_one(Account, account.id).status = status
    assert not is_open(code)
    with pytest.raises(Conflict) as refused:
        check(account, digits)
    assert refused.value.code == "account_unusable"


def test_d6_what_was_voided_is_neither_sent_nor_taken(account: Account) -> None:
    codes = [order(account, purpose) for purpose in list(ACTS)[:MOST_ORDERED]]
    digits = attempt(codes[0])
    with transaction() as session:
        one_time.void(session, session.get_one(Account, account.id))
    assert not any(is_open(code) for code in codes)
    assert {notice.status for notice in notices()} == {NoticeStatus.CANCELLED}
    assert refusal(account, digits, Purpose.CHANGE_PASSWORD)


def together(*acts: Callable[[], object]) -> None:
    """Call all of `acts` at one moment."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        act()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_two_uses_at_once_one_wins(account: Account) -> None:
    digits = attempt(order(account))
    said: list[str] = []
    together(*[lambda: said.append(refusal(account, digits))] * 2)
    assert sorted(bool(one) for one in said) == [False, True]


def test_wrong_tries_at_once_are_all_counted(account: Account) -> None:
    code = order(account)
    wrong = other_than(attempt(code))
    together(*[lambda: refusal(account, wrong)] * 4)
    assert kept(code).wrong == 4


def test_two_orders_at_once_leave_one_open(account: Account) -> None:
    made: list[OneTimeCode] = []
    together(*[lambda: made.append(order(account))] * 2)
    assert sorted(is_open(code) for code in made) == [False, True]
