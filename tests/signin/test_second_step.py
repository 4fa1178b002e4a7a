"""Guessing the second step after the right password: counted for good, told to the officer, closed in the end."""

from __future__ import annotations

from collections.abc import Iterable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Officer, TrailEvent
from backoffice.officers import commands
from backoffice.signin import actions, enrolment, own, redeeming, second_step
from backoffice.signin.tries import UNKNOWN, Browser
from tests.factories import PASSWORD
from tests.signin.browser import form_token, post
from tests.signin.helpers import a_link, after, digits, enter, taken, trail, with_authenticator

NEW = "năm con trâu đọc sách"
PACE = 8
"""Wrong codes in a window of five minutes: fewer than the throttle lets through."""
TOLD = "lần nhập đúng mật khẩu nhưng sai mã"


@pytest.fixture
def phone(database: None) -> pyotp.TOTP:
    return with_authenticator("minh")


@pytest.fixture
def desk(phone: pyotp.TOTP) -> Browser:
    """The browser minh has always used."""
    with after():
        return Browser(enter("minh", code=digits(phone)).device_token)


def minh() -> Officer:
    with transaction() as session:
        return session.scalars(select(Officer).where(Officer.username == "minh")).one()


def guess(numbers: Iterable[int], browser: Browser = UNKNOWN, password: str = PASSWORD) -> list[str]:
    """Give wrong codes, those of these numbers in a long row of them; what is said to each."""
    said = []
    for number in numbers:
        with after(minutes=1 + 5.1 * (number // PACE), seconds=number % PACE), pytest.raises(InvalidInput) as refused:
            actions.sign_in("minh", password, "12345", browser=browser)
        said.append(refused.value.message)
    return said


def guess_all(browser: Browser = UNKNOWN) -> None:
    """As long as codes are looked at."""
    assert set(guess(range(second_step.CLOSED_FROM), browser)) == {second_step.WRONG}


def may_enter(phone: pyotp.TOTP, browser: Browser = UNKNOWN, password: str = PASSWORD, hours: float = 2) -> bool:
    """Tell whether the right code is taken, some time after all that was guessed."""
    with after(hours=hours):
        try:
            actions.sign_in("minh", password, digits(phone), browser=browser)
        except InvalidInput as refused:
            if refused.message != second_step.CLOSED:
                raise
            return False
        return True


class TestClosing:
    def test_after_fifty_wrong_ones_not_even_the_right_one_is_taken(self, phone: pyotp.TOTP):
        guess_all()
        assert not may_enter(phone)

    def test_up_to_then_the_right_one_is_taken_and_counting_begins_anew(self, phone: pyotp.TOTP):
        most = second_step.CLOSED_FROM - 1
        guess(range(most))
        assert may_enter(phone, hours=1)
        guess(range(200, 200 + most))
        assert may_enter(phone, hours=4)

    def test_a_device_that_is_vouched_for_is_not_shut_out_by_strangers(self, desk: Browser, phone: pyotp.TOTP):
        guess_all()
        assert not may_enter(phone)
        assert may_enter(phone, desk, hours=2.1)
        assert not may_enter(phone, hours=2.2)

    def test_it_is_closed_for_itself(self, desk: Browser, phone: pyotp.TOTP):
        guess_all(desk)
        assert not may_enter(phone, desk)
        assert may_enter(phone, hours=2.1)

    def test_a_device_still_to_be_answered_is_a_stranger(self, desk: Browser, phone: pyotp.TOTP):
        with after(seconds=50):
            other = Browser(enter("minh", code=digits(phone)).device_token)
        guess_all()
        assert not may_enter(phone, other)

    def test_a_recovery_code_is_looked_at_no_more_either(self, phone: pyotp.TOTP):
        guess_all()
        with after(hours=2), pytest.raises(InvalidInput, match="không nhận mã ở đây nữa"):
            actions.sign_in("minh", PASSWORD, "abcde-fghjk")

    def test_guesses_by_the_forms_of_the_own_page_count_too(self, desk: Browser, phone: pyotp.TOTP):
        with after(minutes=1):
            actor = enter("minh", code=digits(phone), device_token=desk.device_token).actor
        for number in range(second_step.CLOSED_FROM):
            with after(minutes=6 + 5.1 * (number // PACE)), pytest.raises(InvalidInput):
                own.renew_codes(actor, PASSWORD, "12345", browser=desk)
        with after(hours=2), pytest.raises(InvalidInput, match="không nhận mã ở đây nữa"):
            own.begin_enrolment(actor, PASSWORD, digits(phone), browser=desk)


class TestOpening:
    """By what keeps out whoever was guessing."""

    @pytest.fixture
    def closed(self, desk: Browser) -> Browser:
        guess_all()
        guess(range(200, 200 + second_step.CLOSED_FROM), desk)
        return desk

    def test_a_one_time_link(self, closed: Browser, phone: pyotp.TOTP):
        with after(hours=4):
            redeeming.redeem(a_link(minh()), NEW, NEW)
        assert may_enter(phone, password=NEW, hours=5)
        assert may_enter(phone, closed, NEW, hours=5.1)

    def test_a_password_from_the_administrator(self, closed: Browser, phone: pyotp.TOTP):
        commands.renew_credentials("minh", password=NEW)
        assert may_enter(phone, password=NEW, hours=5)

    def test_a_new_authenticator(self, closed: Browser):
        with transaction() as session:
            session.scalars(select(Officer)).one().totp_secret = None
        with after(hours=5):
            proposal = enrolment.propose(minh())
            with transaction() as session:
                officer = session.scalars(select(Officer)).one()
                assert enrolment.settle(session, officer, enrolment.read(proposal), digits(taken(proposal)))
        assert minh().wrong_codes == 0

    def test_a_password_that_is_changed_opens_it_to_strangers(self, desk: Browser, phone: pyotp.TOTP):
        guess_all()
        with after(hours=2):
            actor = enter("minh", code=digits(phone), device_token=desk.device_token).actor
            own.change_password(actor, PASSWORD, NEW, NEW, browser=desk)
        assert may_enter(phone, password=NEW, hours=3)


class TestTelling:
    """Whoever gave the right password and a wrong code may be somebody else: the officer is told."""

    @pytest.fixture
    def office(self, app: Flask, phone: pyotp.TOTP) -> FlaskClient:
        """minh's own browser, after three wrong codes elsewhere."""
        client = app.test_client()
        with after():
            sign_in(client, digits(phone))
        guess(range(3))
        with after(hours=1):
            sign_in(client, digits(phone))
        return client

    def test_how_often_is_told_at_the_next_sign_in_until_it_is_answered(self, office: FlaskClient, phone: pyotp.TOTP):
        with after(hours=1):
            assert f"3 {TOLD}" in office.get("/me").text
        with after(hours=2):
            sign_in(office, digits(phone))
            assert f"3 {TOLD}" in office.get("/me").text
            assert post(office, "/me/devices/news", {"answer": "mine", "codes": "3"}).location == "/me"
            assert TOLD not in office.get("/me").text
        assert [row.facts for row in trail(TrailEvent.DEVICE_KNOWN)] == [{"number": 0, "wrong_codes": 3}]

    def test_who_is_at_work_meanwhile_is_told_on_the_next_page(self, app: Flask, phone: pyotp.TOTP):
        client = app.test_client()
        with after():
            sign_in(client, digits(phone))
        guess(range(2))
        with after(minutes=3):
            assert f"2 {TOLD}" in client.get("/me").text

    def test_what_came_after_the_page_was_shown_is_still_told(self, office: FlaskClient):
        guess(range(100, 102))
        with after(hours=1):
            post(office, "/me/devices/news", {"answer": "mine", "codes": "3"})
            assert f"2 {TOLD}" in office.get("/me").text

    @pytest.mark.parametrize("codes", ["", "x", "-5", "0" * 30, "9" * 5000])
    def test_a_mangled_number_answers_nothing(self, office: FlaskClient, codes: str):
        with after(hours=1):
            post(office, "/me/devices/news", {"answer": "mine", "codes": codes})
            assert f"3 {TOLD}" in office.get("/me").text

    def test_not_me_ends_the_password_that_somebody_knows(self, office: FlaskClient):
        with after(hours=1):
            assert post(office, "/me/devices/news", {"answer": "not_mine"}).location == "/login"
        with pytest.raises(InvalidInput):
            actions.sign_in("minh", PASSWORD)
        assert minh().untold_codes == 0

    def test_what_was_mistyped_at_the_own_device_is_no_news(self, desk: Browser, phone: pyotp.TOTP):
        guess(range(2), desk)
        assert may_enter(phone, desk)
        assert minh().untold_codes == 0

    def test_failures_say_on_the_trail_that_the_password_was_right(self, phone: pyotp.TOTP):
        guess(range(1))
        with after(), pytest.raises(InvalidInput):
            actions.sign_in("minh", "sai")
        assert [row.facts.get("second_step") for row in trail(TrailEvent.SIGN_IN_FAILED)] == [True, None]


def sign_in(client: FlaskClient, code: str) -> None:
    form = {"username": "minh", "password": PASSWORD, "totp": code, "csrf_token": form_token(client)}
    assert client.post("/login", data=form).status_code == 303
