"""Two requests at one moment: of one proof, code or token each, one wins."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pyotp

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountSession, Authenticator
from tests.mobile.phone import Phone
from tests.portal.owners import MINE, NEW, account_issued, code_sent


def together(*acts: Callable[[], int]) -> list[int]:
    """The statuses of all of `acts`, called at one moment, in order of their size."""
    barrier, found = Barrier(len(acts)), []

    def run(act: Callable[[], int]) -> None:
        barrier.wait()
        found.append(act())

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def post(phone: Phone, path: str, body: dict[str, str]) -> Callable[[], int]:
    return lambda: phone.call("POST", path, body).status_code


def test_a5_a_code_by_e_mail_sets_one_password(phone: Phone, other: Phone, account: Account) -> None:
    phone.call("POST", "/email-reset", {"bhxh_code": account.bhxh_code})
    body = {"bhxh_code": account.bhxh_code, "code": code_sent(account), "device_id": phone.device}
    mine, theirs = ({"new": new, "repeat": new} for new in (NEW, "cây đa bến nước sân đình"))
    both = together(
        post(phone, "/email-reset/confirm", body | mine), post(other, "/email-reset/confirm", body | theirs)
    )
    assert both == [204, 422]


def test_a1_a_temporary_password_is_exchanged_once(phone: Phone, other: Phone) -> None:
    account, temporary = account_issued()
    bodies = [{"proof": one.due(account, temporary), "new": NEW, "repeat": NEW} for one in (phone, other)]
    assert together(*(post(one, "/password/first", body) for one, body in zip((phone, other), bodies))) == [201, 401]


def test_a3_two_devices_signed_in_at_once_leave_one(here: Phone, phone: Phone, account: Account) -> None:
    proofs = []
    for name in ("thiet-bi-hai", "thiet-bi-ba"):
        phone.device = name
        proofs.append(phone.due(account))
    here.call("POST", "/sessions/code", {"proof": proofs[0]})
    code = code_sent(account)
    second, third = (Phone(here.client.application.test_client(), here.key) for _ in range(2))
    both = together(
        post(second, "/sessions/device", {"proof": proofs[0], "otp": code}),
        post(third, "/sessions/device", {"proof": proofs[1], "otp": code}),
    )
    assert both == [201, 409]
    with transaction() as session:
        assert session.query(AccountSession).filter_by(account_id=account.id, ended_at=None).count() == 1


def test_a6_a_step_of_smart_otp_is_right_once(here: Phone, account: Account) -> None:
    secret = here.call("POST", "/smart-otp", {"password": MINE}).json["secret"]
    with transaction() as session:
        session.get_one(Authenticator, account.id).confirmed_at = clock.now()
    code = pyotp.TOTP(secret).at(clock.now())

    def check() -> int:
        phone = Phone(here.client.application.test_client(), here.key, tokens=dict(here.tokens))
        return int(phone.call("POST", "/smart-otp/check", {"code": code}).json["valid"])

    assert together(check, check) == [0, 1]
