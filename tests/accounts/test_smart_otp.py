"""SmartOTP (A6): enrolled with the password, confirmed by a first code, each step once, closed after wrong ones."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyotp
import pytest

from backoffice.accounts import owner, sign_in, smart_otp
from backoffice.accounts.coming_in import SignedIn
from backoffice.accounts.owner import Owner
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, TooManyRequests
from backoffice.models import Account, Authenticator, SessionKind, TrailEvent, TrailRow
from tests.portal.owners import FIRST_PHONE, MINE, account_in_use

pytestmark = pytest.mark.usefixtures("database")


def signed_in(account: Account) -> Owner:
    begun = sign_in.sign_in(account.bhxh_code, MINE, device=FIRST_PHONE, kind=SessionKind.APP, address="203.0.113.9")
    assert isinstance(begun, SignedIn)
    return owner.who(begun.tokens.access, SessionKind.APP)


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use()


@pytest.fixture
def here(account: Account) -> Owner:
    return signed_in(account)


@pytest.fixture
def totp(here: Owner) -> pyotp.TOTP:
    """The owner's authenticator, confirmed a minute ago."""
    made = pyotp.TOTP(smart_otp.enrol(here, MINE).secret)
    before = clock.now() - timedelta(minutes=1)
    with clock.at(before):
        smart_otp.confirm(here, made.at(before))
    return made


def code_at(totp: pyotp.TOTP, now: datetime, steps: int = 0) -> str:
    return totp.generate_otp(totp.timecode(now) + steps)


def wrong(totp: pyotp.TOTP, now: datetime) -> str:
    """A code that fits at none of the steps that count."""
    right = {code_at(totp, now, offset) for offset in (-1, 0, 1)}
    return next(code for code in ("000000", "000001", "000002", "000003") if code not in right)


def what_happened(account: Account) -> list[str]:
    with transaction() as session:
        rows = session.query(TrailRow).filter_by(account_id=account.id, event=TrailEvent.SMART_OTP)
        return [row.facts["what"] for row in rows.order_by(TrailRow.id)]


def test_a6_enrolling_asks_for_the_password_again(here: Owner) -> None:
    with pytest.raises(InvalidInput) as refused:
        smart_otp.enrol(here, "sai")
    assert [fault.field for fault in refused.value.faults] == ["password"]


def test_a6_the_uri_is_for_any_authenticator_and_names_nobody(here: Owner, account: Account) -> None:
    made = smart_otp.enrol(here, MINE)
    read = pyotp.parse_uri(made.uri)
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.digits, read.interval, read.issuer) == (made.secret, 6, 30, "VssID")
    for personal in (account.bhxh_code, account.phone, "Mẫu", "M%E1%BA%ABu"):
        assert personal not in made.uri


def test_a6_it_serves_after_its_first_code(here: Owner, account: Account) -> None:
    totp = pyotp.TOTP(smart_otp.enrol(here, MINE).secret)
    now = clock.now()
    with clock.at(now):
        with pytest.raises(Conflict) as refused:
            smart_otp.check(here, totp.at(now))
        assert refused.value.code == "smart_otp_none"
        with pytest.raises(InvalidInput):
            smart_otp.confirm(here, wrong(totp, now))
        smart_otp.confirm(here, totp.at(now))
        assert smart_otp.is_in_use(here)
        assert not smart_otp.check(here, totp.at(now)), "the first code is used up by it"
    with clock.at(now + timedelta(seconds=30)):
        assert smart_otp.check(here, totp.at(now + timedelta(seconds=30)))
    assert what_happened(account) == ["made", "confirmed"]


def test_a6_each_step_is_accepted_once_and_none_before_it(here: Owner, totp: pyotp.TOTP) -> None:
    now = clock.now()
    with clock.at(now):
        assert smart_otp.check(here, totp.at(now))
        assert not smart_otp.check(here, totp.at(now))
        assert not smart_otp.check(here, code_at(totp, now, -1))


@pytest.mark.parametrize(("steps", "valid"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_rfc_6238_a_clock_may_be_one_step_early_or_late(here: Owner, totp: pyotp.TOTP, steps: int, valid: bool) -> None:
    now = clock.now() + timedelta(minutes=5)
    with clock.at(now):
        assert smart_otp.check(here, code_at(totp, now, steps)) is valid


def test_a6_blanks_do_not_matter_and_what_is_no_code_is_wrong(here: Owner, totp: pyotp.TOTP) -> None:
    now = clock.now()
    with clock.at(now):
        for code in ("", "abcdef", "\u0661\u0662\u0663\u0664"):
            assert not smart_otp.check(here, code)
        right = totp.at(now)
        assert smart_otp.check(here, f" {right[:3]} {right[3:]}")


def test_a6_five_wrong_in_a_row_close_it_for_five_minutes(here: Owner, account: Account, totp: pyotp.TOTP) -> None:
    now = clock.now()
    with clock.at(now):
        for _ in range(smart_otp.MOST_WRONG):
            assert not smart_otp.check(here, wrong(totp, now))
        with pytest.raises(TooManyRequests) as refused:
            smart_otp.check(here, totp.at(now))
        assert refused.value.retry_after == 300
    almost = now + smart_otp.CLOSED - timedelta(seconds=1)
    with clock.at(almost), pytest.raises(TooManyRequests):
        smart_otp.check(here, totp.at(almost))
    after = now + smart_otp.CLOSED
    with clock.at(after):
        assert smart_otp.check(here, totp.at(after))
    assert what_happened(account)[-1] == "closed"


def test_a6_a_right_code_forgets_the_wrong_ones(here: Owner, totp: pyotp.TOTP) -> None:
    now = clock.now()
    for minute in range(3):
        with clock.at(now + timedelta(minutes=minute)):
            for _ in range(smart_otp.MOST_WRONG - 1):
                assert not smart_otp.check(here, wrong(totp, clock.now()))
            assert smart_otp.check(here, totp.at(clock.now()))


def test_a6_enrolling_anew_does_not_open_what_is_closed(here: Owner) -> None:
    totp = pyotp.TOTP(smart_otp.enrol(here, MINE).secret)
    now = clock.now()
    with clock.at(now):
        for _ in range(smart_otp.MOST_WRONG):
            with pytest.raises(InvalidInput):
                smart_otp.confirm(here, wrong(totp, now))
        again = pyotp.TOTP(smart_otp.enrol(here, MINE).secret)
        with pytest.raises(TooManyRequests):
            smart_otp.confirm(here, again.at(now))


def test_a6_one_that_serves_is_not_replaced_but_given_up(here: Owner, account: Account, totp: pyotp.TOTP) -> None:
    with pytest.raises(Conflict) as refused:
        smart_otp.enrol(here, MINE)
    assert refused.value.code == "smart_otp_there"
    with pytest.raises(InvalidInput):
        smart_otp.remove(here, "sai")
    assert smart_otp.is_in_use(here)
    smart_otp.remove(here, MINE)
    assert not smart_otp.is_in_use(here)
    assert what_happened(account)[-1] == "removed"
    with pytest.raises(Conflict):
        smart_otp.remove(here, MINE)


def test_a6_the_secret_is_sealed_for_its_account_alone(here: Owner, account: Account, totp: pyotp.TOTP) -> None:
    there = signed_in(account_in_use())
    now = clock.now()
    with transaction() as session:
        kept = session.get_one(Authenticator, account.id)
        assert totp.secret.encode() not in kept.secret
        session.add(
            Authenticator(account_id=there.account_id, secret=kept.secret, made_at=now, confirmed_at=now, wrong=0)
        )
    with clock.at(now), pytest.raises(Conflict) as refused:
        smart_otp.check(there, totp.at(now))
    assert refused.value.code == "smart_otp_unreadable"
