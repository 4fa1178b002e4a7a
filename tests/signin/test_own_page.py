"""The officer's own page: what it tells, and its acts, each of which asks for the password anew (issue 7, point 3)."""

from __future__ import annotations

import re

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import Officer, RecoveryCode, Role, TrailEvent
from backoffice.signin import enrolment, own, own_routes, passwords, recovery, redeeming
from tests.factories import PASSWORD
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import a_link, after, an_officer, digits, ends, enter, taken, trail, with_authenticator

NEW = "năm con trâu đọc sách"
CODE = re.compile(r"<li>[2-9a-z]{5}-[2-9a-z]{5}</li>")


@pytest.fixture
def inside(client: FlaskClient) -> FlaskClient:
    """A browser in which lan is signed in."""
    an_officer("lan")
    return come_in(client)


def change(client: FlaskClient, old: str = PASSWORD, new: str = NEW, repeat: str = NEW):
    return post(client, "/me/password", {"old": old, "new": new, "repeat": repeat})


def authenticator_of(client: FlaskClient) -> pyotp.TOTP:
    """What the page /me/authenticator shows."""
    with client.session_transaction() as kept:
        return taken(str(kept["own_proposal"]))


def kept_codes() -> int:
    with transaction() as session:
        return len(session.scalars(select(RecoveryCode)).all())


class TestPage:
    """GET /me."""

    @pytest.mark.parametrize("role", Role)
    def test_everybody_has_one(self, client: FlaskClient, role: Role):
        an_officer("lan", role=role, full_name="Lê Thị Lan")
        page = come_in(client).get("/me")
        assert (page.status_code, "Lê Thị Lan" in page.text) == (200, True)

    def test_it_lists_the_sessions_of_90_days_with_how_they_ended(self, client: FlaskClient):
        an_officer("lan")
        with after(days=-91):
            enter("lan", address="198.51.100.1")
        with after(days=-89):
            enter("lan", address="198.51.100.2", agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
        with after():
            come_in(client)
            page = client.get("/me").text
        assert "198.51.100.1" not in page
        assert "198.51.100.2" in page
        assert "Firefox trên Windows" in page
        assert own_routes.ENDINGS["replaced"] in page
        assert "đang mở (máy này)" in page

    def test_it_shows_nothing_of_others(self, inside: FlaskClient):
        an_officer("minh")
        enter("minh", address="198.51.100.9")
        assert "198.51.100.9" not in inside.get("/me").text

    def test_a_locked_screen_shows_none_of_it(self, inside: FlaskClient):
        post(inside, "/lock")
        assert inside.get("/me").location == "/lock?next=/me"

    def test_who_is_not_signed_in_is_led_there_and_back(self, client: FlaskClient):
        assert client.get("/me").location == "/login?next=/me"


class TestPassword:
    """POST /me/password."""

    def test_it_is_changed_and_nothing_ends(self, inside: FlaskClient):
        assert change(inside).location == "/me"
        assert inside.get("/desk").status_code == 200
        assert ends() == [None]
        assert enter("lan", NEW)
        assert len(trail(TrailEvent.PASSWORD_CHANGE)) == 1

    def test_links_made_before_lead_nowhere_any_more(self, inside: FlaskClient):
        with transaction() as session:
            lan = session.scalars(select(Officer)).one()
        link = a_link(lan)
        assert change(inside).location == "/me"
        with pytest.raises(redeeming.LinkOver):
            redeeming.whose(link)

    def test_without_the_present_one_nothing_changes(self, inside: FlaskClient):
        answer = change(inside, old="sai mật khẩu")
        assert (answer.status_code, own.WRONG in answer.text) == (422, True)
        assert enter("lan", PASSWORD)

    @pytest.mark.parametrize(
        ("new", "repeat", "told"),
        [
            ("ngắn", "ngắn", passwords.LENGTH),
            ("lan-lan-lan-lan", "lan-lan-lan-lan", passwords.GUESSED),
            (NEW, "khác", passwords.REPEAT),
            (PASSWORD, PASSWORD, own.SAME),
            ("a\u0301" * 50_000, "", passwords.LENGTH),
        ],
    )
    def test_a_new_one_that_will_not_do_is_told_why(self, inside: FlaskClient, new: str, repeat: str, told: str):
        answer = change(inside, new=new, repeat=repeat)
        assert (answer.status_code, told in answer.text) == (422, True)
        assert NEW not in answer.text
        assert enter("lan", PASSWORD)

    def test_guessing_the_present_one_is_stopped_after_ten(self, inside: FlaskClient):
        token = form_token(inside)
        form = {"old": "sai", "new": NEW, "repeat": NEW}
        statuses = [post(inside, "/me/password", form, token=token).status_code for _ in range(10)]
        last = post(inside, "/me/password", form | {"old": PASSWORD}, token=token)
        assert (set(statuses), last.status_code) == ({422}, 429)
        assert int(last.headers["Retry-After"]) > 0
        assert len(trail(TrailEvent.SIGN_IN_FAILED)) == 10


class TestAuthenticator:
    """POST /me/authenticator: of one's own will, or another one for the present one."""

    def take(self, client: FlaskClient, **more: str):
        return post(client, "/me/authenticator", {"password": PASSWORD, **more})

    def test_reception_may_take_one_and_is_asked_for_it_from_then_on(self, inside: FlaskClient):
        token = form_token(inside)
        assert self.take(inside).location == "/me/authenticator"
        assert enrolment.read(self.proposal(inside)).groups in inside.get("/me/authenticator").text
        done = post(inside, "/me/authenticator/confirm", {"totp": authenticator_of(inside).now()}, token=token)
        assert (done.status_code, len(CODE.findall(done.text))) == (200, recovery.NUMBER)
        assert ends() == [None]
        post(inside, "/logout")
        asked = post(inside, "/login", {"username": "lan", "password": PASSWORD})
        assert 'name="totp"' in asked.text

    def proposal(self, client: FlaskClient) -> str:
        with client.session_transaction() as kept:
            return str(kept["own_proposal"])

    def test_the_password_is_asked_for(self, inside: FlaskClient):
        answer = post(inside, "/me/authenticator", {"password": "sai"})
        assert (answer.status_code, own.WRONG in answer.text) == (422, True)
        assert inside.get("/me/authenticator").location == "/me"

    def test_another_one_takes_the_digits_of_the_present_one(self, client: FlaskClient):
        present = with_authenticator("minh")
        with after():
            post(client, "/login", {"username": "minh", "password": PASSWORD, "totp": digits(present)})
        with after(minutes=1):
            assert self.take(client).status_code == 422
            assert self.take(client, totp="000000").status_code == 422
            assert self.take(client, totp=digits(present)).location == "/me/authenticator"
            code = authenticator_of(client).at(clock.now())
            assert post(client, "/me/authenticator/confirm", {"totp": code}).status_code == 200
        with after(minutes=3):
            assert post(client, "/me/codes", {"password": PASSWORD, "totp": digits(present)}).status_code == 422

    def test_or_a_recovery_code_when_the_telephone_is_lost(self, client: FlaskClient):
        code, client = with_codes(client)
        with after(minutes=2):
            assert self.take(client, totp=code).location == "/me/authenticator"

    def test_wrong_digits_show_the_same_secret_again(self, inside: FlaskClient):
        token = form_token(inside)
        post(inside, "/me/authenticator", {"password": PASSWORD}, token=token)
        answer = post(inside, "/me/authenticator/confirm", {"totp": "abc"}, token=token)
        assert answer.status_code == 422
        assert enrolment.read(self.proposal(inside)).groups in answer.text

    def test_a_proposal_carried_into_anothers_session_is_void(self, app: Flask, inside: FlaskClient):
        post(inside, "/me/authenticator", {"password": PASSWORD})
        stolen, authenticator = self.proposal(inside), authenticator_of(inside)
        an_officer("minh")
        thief = come_in(app.test_client(), "minh")
        token = form_token(thief)
        with thief.session_transaction() as kept:
            kept["own_proposal"] = stolen
        assert post(thief, "/me/authenticator/confirm", {"totp": authenticator.now()}, token=token).status_code == 422
        with transaction() as session:
            assert session.scalars(select(Officer.totp_secret)).all() == [None, None]

    def test_confirming_what_was_never_begun_is_refused(self, inside: FlaskClient):
        assert post(inside, "/me/authenticator/confirm", {"totp": "123456"}).status_code == 422


def with_codes(client: FlaskClient) -> tuple[str, FlaskClient]:
    """A recovery code of minh, and a browser in which minh is signed in."""
    authenticator = with_authenticator("minh")
    with transaction() as session:
        code = recovery.renew(session, session.scalars(select(Officer)).one())[0]
    with after():
        post(client, "/login", {"username": "minh", "password": PASSWORD, "totp": digits(authenticator)})
    return code, client


class TestCodes:
    """POST /me/codes: new recovery codes."""

    def test_new_ones_void_the_former(self, client: FlaskClient):
        code, client = with_codes(client)
        with after(minutes=2):
            fresh = post(client, "/me/codes", {"password": PASSWORD, "totp": code})
            assert len(CODE.findall(fresh.text)) == recovery.NUMBER
            assert post(client, "/me/codes", {"password": PASSWORD, "totp": code}).status_code == 422
        assert kept_codes() == recovery.NUMBER

    def test_password_alone_or_code_alone_make_none(self, client: FlaskClient):
        code, client = with_codes(client)
        with after(minutes=2):
            for form in ({"password": PASSWORD}, {"totp": code}, {}):
                assert post(client, "/me/codes", form).status_code == 422

    def test_who_has_no_authenticator_needs_none(self, inside: FlaskClient):
        answer = post(inside, "/me/codes", {"password": PASSWORD, "totp": "123456"})
        assert (answer.status_code, own.NO_AUTHENTICATOR in answer.text) == (409, True)
        assert kept_codes() == 0

    def test_the_page_warns_when_few_are_left(self, client: FlaskClient):
        code, client = with_codes(client)
        with after(minutes=2):
            assert "Còn 10 mã khôi phục." in client.get("/me").text
            with transaction() as session:
                session.query(RecoveryCode).update({"used_at": clock.now()})
            assert "Không còn mã khôi phục nào" in client.get("/me").text
