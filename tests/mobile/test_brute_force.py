"""Ten thousand guesses at a password (A7): few are looked at, wherever they come from, and the owner goes on."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from backoffice.accounts import sign_in, tries
from backoffice.kernel import clock, passwords
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, TooManyRequests
from backoffice.models import Account, SessionKind
from tests.mobile.phone import Phone
from tests.portal.owners import MINE, account_in_use


class Counting:
    """The argon2 library, which tells how often it was asked."""

    def __init__(self, true: Any) -> None:
        self.true, self.looked = true, 0

    def verify(self, kept: str, password: str) -> bool:
        self.looked += 1
        return bool(self.true.verify(kept, password))

    def hash(self, password: str) -> str:
        return str(self.true.hash(password))


@pytest.fixture
def argon2(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting(passwords._hasher)
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


def test_a7_10000_guesses_behind_forged_addresses_are_of_one_address(
    here: Phone, other: Phone, account: Account, argon2: Counting
) -> None:
    """X-Forwarded-For counts only behind as many proxies as are set (PROXIES): here behind none.

    Once the address has been refused over HTTP, the rest of the 10,000 guesses is made where it is counted.
    """
    over_http, answers = sign_in.FROM_ADDRESS + 100, Counter[int]()
    for number in range(over_http):
        forged = f"198.51.{number // 250}.{number % 250}"
        body = {"bhxh_code": account.bhxh_code, "password": f"đoán {number}", "device_id": other.device}
        answers[other.call("POST", "/sessions", body, **{"X-Forwarded-For": forged}).status_code] += 1
    assert answers == {422: tries.ROUND, 429: over_http - tries.ROUND}
    assert "mạng này" in other.said["detail"], "counted as one address"
    refused = 0
    for number in range(over_http, 10_000):
        try:
            guess(account, number, other.address)
        except TooManyRequests as refusal:
            refused += "mạng này" in refusal.message
    assert refused == 10_000 - over_http
    assert argon2.looked == 2 * tries.ROUND, "the own password and the temporary ones"
    here.address = "203.0.113.77"
    assert here.sign_in(account, MINE).status_code == 201, "the owner's phone goes on"


def test_a7_guesses_from_as_many_addresses_over_a_day_come_to_25(
    here: Phone, account: Account, argon2: Counting
) -> None:
    """One a minute. Once only a new password opens the door it is asked alone, without the address before it."""
    refused: Counter[str] = Counter()
    start = clock.now()
    minutes = iter(range(1_440))
    for number in minutes:
        with clock.at(start + timedelta(minutes=number)), pytest.raises(DomainError) as error:
            guess(account, number, f"10.0.{number // 250}.{number % 250}")
        refused[error.value.code] += 1
        if error.value.code == "needs_reset":
            break
    assert refused["invalid_input"] == tries.MOST
    assert set(refused) == {"invalid_input", "too_many_requests", "needs_reset"}
    with transaction() as session:
        door = tries.key_of(account.bhxh_code, account, None)
        for number in minutes:
            with clock.at(start + timedelta(minutes=number)):
                refusal = tries.reserve(session, door, account).refusal
            assert refusal is not None
            assert refusal.code == "needs_reset"
    with clock.at(start + timedelta(minutes=1_440)):
        with pytest.raises(Conflict, match="nhập sai mật khẩu nhiều lần"):
            guess(account, 1_440, "10.0.9.9")
        assert argon2.looked == 2 * tries.MOST
        assert here.sign_in(account, MINE).status_code == 201, "the owner's phone goes on"


def guess(account: Account, number: int, address: str) -> None:
    """Guess at the password, on a strange device."""
    sign_in.sign_in(account.bhxh_code, f"đoán {number}", device="thiet-bi-la", kind=SessionKind.APP, address=address)


def test_a7_a_new_name_for_the_device_is_no_new_try(other: Phone, account: Account, argon2: Counting) -> None:
    for number in range(100):
        other.device = f"thiet-bi-{number:04d}"
        other.sign_in(account, f"đoán {number}")
    assert argon2.looked == 2 * tries.ROUND


def test_a7_codes_without_an_account_are_closed_like_others(other: Phone, argon2: Counting) -> None:
    nobody = account_in_use()
    nobody.bhxh_code = "0999999999"
    answers = Counter(other.sign_in(nobody, f"đoán {number}").status_code for number in range(100))
    assert answers == {422: tries.ROUND, 429: 100 - tries.ROUND}
    assert argon2.looked == 2 * tries.ROUND


def test_one_password_tried_at_many_codes_from_one_address_is_stopped(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "FROM_ADDRESS", 30)
    nobody = account_in_use()
    answers: Counter[int] = Counter()
    for number in range(sign_in.FROM_ADDRESS + 50):
        nobody.bhxh_code = f"09{number:08d}"
        answers[phone.sign_in(nobody, "Matkhau@2026").status_code] += 1
    assert answers == {422: sign_in.FROM_ADDRESS, 429: 50}
