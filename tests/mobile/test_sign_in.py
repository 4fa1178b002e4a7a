"""Signing in by the app: first password, second device, wrong passwords, tokens (A1, A3, A7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from backoffice.accounts import sign_in, tries
from backoffice.accounts.coming_in import Due
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountHold, AccountStatus, HoldKind, Scope, SessionKind
from tests.factories import make_client
from tests.mobile.phone import Phone
from tests.portal.owners import FIRST_BROWSER, MINE, NEW, account_in_use, account_issued, code_sent


def other_than(digits: str) -> str:
    return f"{(int(digits) + 1) % 10 ** len(digits):0{len(digits)}}"


class TestFirst:
    def test_a1_the_temporary_password_leads_to_the_choice_of_an_own_one(self, phone: Phone) -> None:
        account, temporary = account_issued()
        proof = phone.due(account, temporary)
        assert phone.said["next"] == "first_password"
        assert "mật khẩu tạm" in phone.said["text"]
        answer = phone.call("POST", "/password/first", {"proof": proof, "new": NEW, "repeat": NEW})
        assert answer.status_code == 201
        assert phone.call("GET", "").json["status_text"] == "Đang sử dụng"

    def test_a1_a_proof_serves_once(self, phone: Phone, other: Phone) -> None:
        account, temporary = account_issued()
        body = {"proof": phone.due(account, temporary), "new": NEW, "repeat": NEW}
        phone.call("POST", "/password/first", body)
        assert other.call("POST", "/password/first", body).status_code == 401
        assert other.said["code"] == "proof_over"

    def test_a1_everything_that_is_wrong_with_a_password_is_named(self, phone: Phone) -> None:
        account, temporary = account_issued()
        body = {"proof": phone.due(account, temporary), "new": "12345678", "repeat": "khác"}
        assert phone.call("POST", "/password/first", body).status_code == 422
        assert phone.fields == ["new", "repeat"]

    def test_a1_after_six_months_a_new_one_is_due_with_a_code(self, phone: Phone, account: Account) -> None:
        phone.sign_in(account)
        with clock.at(clock.now() + timedelta(days=184)):
            proof = phone.due(account)
            assert phone.said["next"] == "new_password"
            assert phone.call("POST", "/sessions/code", {"proof": proof}).status_code == 202
            body = {"proof": proof, "new": NEW, "repeat": NEW}
            assert phone.call("POST", "/password/first", body).status_code == 422
            assert phone.fields == ["otp"]
            assert phone.call("POST", "/password/first", body | {"otp": code_sent(account)}).status_code == 201

    def test_a1_no_session_outlives_the_six_months_of_the_password(self, phone: Phone, account: Account) -> None:
        with transaction() as session:
            session.get_one(Account, account.id).password_set_at = clock.now() - timedelta(days=150)
        phone.sign_in(account)
        kept = {"refresh": phone.tokens["refresh"]}
        with clock.at(clock.now() + timedelta(minutes=1)):
            assert phone.call("GET", "").status_code == 200
        with clock.at(clock.now() + timedelta(days=40)):
            assert phone.call("POST", "/sessions/refresh", kept).status_code == 401
            assert phone.said["code"] == "session_password_old"
            phone.due(account)
            assert phone.said["next"] == "new_password"

    def test_a1_on_a_second_device_the_code_comes_before_the_new_password(self, here: Phone, other: Phone) -> None:
        account, temporary = account_issued()
        first = here.due(account, temporary)
        here.call("POST", "/password/first", {"proof": first, "new": NEW, "repeat": NEW})
        with transaction() as session:
            session.get_one(Account, account.id).password_set_at = clock.now() - timedelta(days=184)
        proof = other.due(account, NEW)
        assert other.said["next"] == "device"
        other.call("POST", "/sessions/code", {"proof": proof})
        other.call("POST", "/sessions/device", {"proof": proof, "otp": code_sent(account)})
        assert other.said["next"] == "new_password"
        proof = other.said["proof"]
        other.call("POST", "/sessions/code", {"proof": proof})
        body = {"proof": proof, "new": MINE, "repeat": MINE, "otp": code_sent(account)}
        assert other.call("POST", "/password/first", body).status_code == 201


class TestDevice:
    def test_a3_a_second_device_is_warned_needs_a_code_and_signs_the_first_out(
        self, here: Phone, other: Phone, account: Account
    ) -> None:
        other.sign_in(account, device_name="Máy bảng của con")
        assert other.said["next"] == "device"
        assert "trên “Máy bảng của con”, thiết bị kia sẽ bị đăng xuất" in other.said["text"]
        proof = other.said["proof"]
        assert here.call("GET", "").status_code == 200, "a warning alone signs nobody out"
        assert other.call("POST", "/sessions/code", {"proof": proof}).status_code == 202
        assert account.phone not in other.answer.text
        body = {"proof": proof, "otp": code_sent(account)}
        assert other.call("POST", "/sessions/device", body).status_code == 201
        assert other.call("GET", "").status_code == 200
        assert here.call("GET", "").status_code == 401
        assert here.said["code"] == "session_other_device"
        assert "thiết bị khác" in here.said["detail"]

    def test_a3_a_wrong_code_signs_nobody_in_nor_out(self, here: Phone, other: Phone, account: Account) -> None:
        proof = other.due(account)
        other.call("POST", "/sessions/code", {"proof": proof})
        body = {"proof": proof, "otp": other_than(code_sent(account))}
        assert other.call("POST", "/sessions/device", body).status_code == 422
        assert other.fields == ["otp"]
        assert here.call("GET", "").status_code == 200

    def test_a3_proof_and_code_serve_once(self, here: Phone, other: Phone, account: Account) -> None:
        proof = other.due(account)
        other.call("POST", "/sessions/code", {"proof": proof})
        body = {"proof": proof, "otp": code_sent(account)}
        assert other.call("POST", "/sessions/device", body).status_code == 201
        assert here.call("POST", "/sessions/device", body).status_code == 409
        assert here.said["code"] == "otp_none"

    def test_a3_a_proof_for_a_device_chooses_no_password(self, here: Phone, other: Phone, account: Account) -> None:
        body = {"proof": other.due(account), "new": NEW, "repeat": NEW}
        assert other.call("POST", "/password/first", body).status_code == 401

    def test_a_browsers_proof_is_none_for_the_app(self, here: Phone, other: Phone, account: Account) -> None:
        due = sign_in.sign_in(account.bhxh_code, MINE, device=FIRST_BROWSER, kind=SessionKind.WEB, address="")
        assert isinstance(due, Due)
        assert other.call("POST", "/sessions/code", {"proof": due.proof}).status_code == 401

    def test_d6_without_a_phone_of_its_own_no_code_goes_out(self, here: Phone, other: Phone, account: Account) -> None:
        with transaction() as session:
            session.query(AccountHold).filter_by(account_id=account.id, kind=HoldKind.PHONE).delete()
        assert other.call("POST", "/sessions/code", {"proof": other.due(account)}).status_code == 409
        assert other.said["code"] == "no_phone"


class TestWrong:
    def test_an_unknown_code_and_a_wrong_password_are_answered_alike(self, phone: Phone, account: Account) -> None:
        known = phone.sign_in(account, "sai").get_data()
        account.bhxh_code = "0999999999"
        assert phone.sign_in(account, "sai").get_data() == known

    def test_a7_five_wrong_passwords_close_the_door_with_the_time_to_wait(self, other: Phone, account: Account) -> None:
        for number in range(tries.ROUND):
            assert other.sign_in(account, f"sai lần {number}").status_code == 422
        answer = other.sign_in(account)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 60

    def test_a7_the_owners_own_phone_goes_on(self, here: Phone, other: Phone, account: Account) -> None:
        for number in range(tries.ROUND + 1):
            other.sign_in(account, f"sai lần {number}")
        assert here.sign_in(account).status_code == 201

    def test_a_locked_account_says_so_after_the_right_password_alone(self, phone: Phone, account: Account) -> None:
        with transaction() as session:
            session.get_one(Account, account.id).status = AccountStatus.LOCKED
        assert phone.sign_in(account, "sai").status_code == 422
        assert phone.sign_in(account).status_code == 409
        assert phone.said["code"] == "account_locked"


class TestTokens:
    def test_refreshed_tokens_replace_the_old_ones(self, here: Phone) -> None:
        old = here.tokens["access"]
        assert here.call("POST", "/sessions/refresh", {"refresh": here.tokens["refresh"]}).status_code == 200
        assert here.tokens["access"] != old
        assert here.call("GET", "").status_code == 200
        assert here.call("GET", "", **{"X-Account-Token": old}).status_code == 401

    def test_a_refresh_token_shown_again_later_ends_the_session(self, here: Phone) -> None:
        used = {"refresh": here.tokens["refresh"]}
        here.call("POST", "/sessions/refresh", used)
        with clock.at(clock.now() + timedelta(minutes=2)):
            assert here.call("POST", "/sessions/refresh", used).status_code == 401
            assert here.said["code"] == "session_stolen"
            assert here.call("GET", "").status_code == 401

    def test_signing_out_voids_both_tokens_at_once(self, here: Phone) -> None:
        assert here.call("DELETE", "/sessions/current").status_code == 204
        assert here.call("GET", "").status_code == 401
        assert here.call("POST", "/sessions/refresh", {"refresh": here.tokens["refresh"]}).status_code == 401

    def test_a_refresh_token_opens_nothing(self, here: Phone) -> None:
        assert here.call("GET", "", **{"X-Account-Token": here.tokens["refresh"]}).status_code == 401

    def test_without_a_token_nobody_is_signed_in(self, phone: Phone) -> None:
        assert phone.call("GET", "").status_code == 401
        assert phone.said["code"] == "session_none"

    @pytest.mark.parametrize("scope", [Scope.INTAKE, Scope.HOTLINE])
    def test_a_key_of_another_scope_opens_no_door(self, app: Flask, here: Phone, scope: Scope) -> None:
        with transaction() as session:
            here.key = make_client(session, scope)[1]
        assert here.call("GET", "").status_code == 403
        assert here.sign_in(account_in_use()).status_code == 403

    def test_a_browsers_session_is_none_for_the_app(self, phone: Phone, account: Account) -> None:
        begun = sign_in.sign_in(account.bhxh_code, MINE, device=FIRST_BROWSER, kind=SessionKind.WEB, address="")
        assert not isinstance(begun, Due)
        assert phone.call("GET", "", **{"X-Account-Token": begun.tokens.access}).status_code == 401
