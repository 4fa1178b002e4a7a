"""E-mail reset, confirming an address and SmartOTP by the app (A5, A6): the doors; the rules are tested in accounts."""

from __future__ import annotations

import pyotp
import pytest

from backoffice.accounts import email_reset, smart_otp
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, Notice, NoticeKind
from tests.mobile.phone import Phone
from tests.portal.owners import MINE, NEW, account_in_use, code_sent


def told_by_mail() -> list[NoticeKind]:
    with transaction() as session:
        return [one.kind for one in session.query(Notice).order_by(Notice.id)]


class TestEmailReset:
    def test_a5_the_answer_is_the_same_with_an_account_without_an_address_and_without_an_account(
        self, phone: Phone, account: Account
    ) -> None:
        answers = []
        for code in (account.bhxh_code, account_in_use().bhxh_code, "0999999999"):
            answer = phone.call("POST", "/email-reset", {"bhxh_code": code})
            headers = {name: value for name, value in answer.headers.items() if name != "Date"}
            answers.append((answer.status_code, answer.get_data(), headers))
        assert answers[0][0] == 202
        assert answers[0] == answers[1] == answers[2]
        assert told_by_mail() == [NoticeKind.EMAIL_RESET]

    def test_a5_the_code_sets_the_password_and_signs_every_device_out(self, here: Phone, account: Account) -> None:
        here.call("POST", "/email-reset", {"bhxh_code": account.bhxh_code})
        body = {
            "bhxh_code": account.bhxh_code,
            "code": code_sent(account),
            "new": NEW,
            "repeat": NEW,
            "device_id": here.device,
        }
        assert here.call("POST", "/email-reset/confirm", body).status_code == 204
        assert here.call("GET", "").status_code == 401
        assert here.said["code"] == "session_password"
        assert here.call("POST", "/email-reset/confirm", body).status_code == 422, "once"
        assert here.sign_in(account, NEW).status_code == 201

    def test_a5_asked_too_often_it_says_how_long_to_wait(self, phone: Phone) -> None:
        for _ in range(email_reset.ASKED.most):
            phone.call("POST", "/email-reset", {"bhxh_code": "0999999999"})
        answer = phone.call("POST", "/email-reset", {"bhxh_code": "0999999999"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0

    def test_a5_a_letter_with_a_link_goes_to_who_is_signed_in(self, phone: Phone) -> None:
        assert phone.call("POST", "/email/confirm").status_code == 401
        phone.sign_in(account_in_use(email="moi@example.vn"))
        assert phone.call("POST", "/email/confirm").status_code == 202
        assert told_by_mail() == [NoticeKind.EMAIL_CONFIRM]

    def test_a5_a_confirmed_address_needs_no_link(self, here: Phone) -> None:
        assert here.call("POST", "/email/confirm").status_code == 409
        assert here.said["code"] == "email_confirmed"


class TestSmartOtp:
    def test_a6_enrolled_confirmed_checked_and_given_up(self, here: Phone) -> None:
        assert here.call("POST", "/smart-otp", {"password": MINE}).status_code == 201
        assert set(here.said) == {"uri", "secret"}
        totp, now = pyotp.TOTP(here.said["secret"]), clock.now()
        with clock.at(now):
            assert here.call("POST", "/smart-otp/confirm", {"code": totp.at(now)}).status_code == 204
            assert here.call("GET", "").json["has_smart_otp"] is True
            ahead = totp.generate_otp(totp.timecode(now) + 1)
            assert here.call("POST", "/smart-otp/check", {"code": ahead}).json == {"valid": True}
            assert here.call("POST", "/smart-otp/check", {"code": ahead}).json == {"valid": False}
        assert here.call("DELETE", "/smart-otp", {"password": MINE}).status_code == 204
        assert here.call("POST", "/smart-otp/check", {"code": ahead}).status_code == 409

    def test_a6_it_takes_the_password(self, here: Phone) -> None:
        assert here.call("POST", "/smart-otp", {"password": "sai"}).status_code == 422
        assert here.fields == ["password"]

    def test_a6_five_wrong_codes_close_it(self, here: Phone) -> None:
        here.call("POST", "/smart-otp", {"password": MINE})
        answers = [here.call("POST", "/smart-otp/confirm", {"code": "không"}).status_code for _ in range(6)]
        assert answers == [422] * smart_otp.MOST_WRONG + [429]

    def test_a6_anothers_authenticator_is_none_of_mine(self, here: Phone, other: Phone) -> None:
        here.call("POST", "/smart-otp", {"password": MINE})
        other.sign_in(account_in_use(other.device))
        assert other.call("POST", "/smart-otp/confirm", {"code": "123456"}).status_code == 409
        assert other.said["code"] == "smart_otp_none"

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", ""), ("POST", "/confirm"), ("POST", "/check"), ("DELETE", "")],
    )
    def test_a6_without_an_owner_nothing_is_done(self, phone: Phone, method: str, path: str) -> None:
        assert phone.call(method, f"/smart-otp{path}", {"password": MINE}).status_code == 401
