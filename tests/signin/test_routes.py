"""The sign-in pages as a browser meets them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.app import create_app
from backoffice.config import Settings
from backoffice.models import Role
from backoffice.officers import commands
from backoffice.signin import entry
from tests.factories import PASSWORD
from tests.signin.browser import HTMX, come_in, form_token, post
from tests.signin.helpers import after, an_officer, digits, ends, with_authenticator


@pytest.fixture
def inside(client: FlaskClient) -> FlaskClient:
    """A browser in which lan is signed in."""
    an_officer("lan")
    return come_in(client)


def sees_desk(client: FlaskClient) -> bool:
    return client.get("/desk").status_code == 200


def fill(client: FlaskClient, username: str = "lan", password: str = PASSWORD, **more: str):
    return post(client, "/login", {"username": username, "password": password, **more})


class TestLogin:
    """POST /login: username, password, then totp where due (design 2)."""

    def test_who_is_not_signed_in_is_led_there_and_back(self, client):
        an_officer("lan")
        asked = client.get("/desk")
        assert (asked.status_code, asked.location) == (303, "/login?next=/desk")
        page = client.get(asked.location)
        assert 'name="next" value="/desk"' in page.text
        assert fill(client, next="/desk").location == "/desk"
        assert sees_desk(client)

    @pytest.mark.parametrize("role", [Role.RECEPTION, Role.SUPERVISOR])
    def test_who_works_at_the_desk_begins_there(self, client, role):
        an_officer("lan", role=role)
        come_in(client)
        assert client.get("/").location == "/desk"

    def test_who_answers_the_telephone_begins_there(self, client):
        an_officer("lan", role=Role.HOTLINE)
        come_in(client)
        assert client.get("/").location == "/hotline"

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
    def test_who_has_no_page_of_work_sees_who_is_signed_in(self, client, role):
        an_officer("lan", role=role, full_name="Lê Thị Lan")
        page = come_in(client).get("/")
        assert page.status_code == 200
        assert "Lê Thị Lan" in page.text
        assert "/desk" not in page.text

    def test_a_refusal_keeps_the_name_typed_and_never_the_password(self, client):
        answer = fill(client, "lan", "mat-khau-sai-roi")
        assert answer.status_code == 422
        assert entry.WRONG in answer.text
        assert 'value="lan"' in answer.text
        assert "mat-khau-sai-roi" not in answer.text

    def test_too_many_failures_are_told_with_the_time_to_wait(self, client):
        for _ in range(10):
            fill(client, "lan", "sai")
        answer = fill(client, "lan", "sai")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 300
        assert "Xin đợi" in answer.text

    def test_a_browser_that_was_in_before_gets_in_while_strangers_are_refused(self, app, inside):
        post(inside, "/logout")
        stranger = app.test_client()
        for _ in range(10):
            fill(stranger, "lan", "sai")
        assert fill(stranger).status_code == 429
        assert fill(inside).status_code == 303

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://example.com/", "//example.com", "/\\example.com", "/\t/example.com", "javascript:alert(1)",
         "desk", "////example.com", "/" + "x" * 400, "/desk\r\nSet-Cookie: a=b"],
    )  # fmt: skip
    def test_it_never_leads_out_of_the_house(self, client, elsewhere):
        an_officer("lan")
        assert fill(client, next=elsewhere).location == "/"
        assert client.get("/login", query_string={"next": elsewhere}).location == "/"

    def test_a_form_without_its_token_is_refused(self, client):
        an_officer("lan")
        assert client.post("/login", data={"username": "lan", "password": PASSWORD}).status_code == 400
        assert not sees_desk(client)

    def test_who_is_in_already_goes_on(self, inside):
        assert inside.get("/login", query_string={"next": "/desk"}).location == "/desk"

    def test_signing_in_voids_the_tokens_of_before(self, client):
        an_officer("lan")
        before = form_token(client)
        post(client, "/login", {"username": "lan", "password": PASSWORD}, token=before)
        assert post(client, "/lock", token=before).status_code == 400
        assert post(client, "/lock").status_code == 303

    def test_a_token_set_before_signing_in_is_not_the_sessions(self, client):
        an_officer("lan")
        client.set_cookie("officer", "planted", domain="localhost")
        come_in(client)
        cookie = client.get_cookie("officer", domain="localhost")
        assert cookie is not None
        assert cookie.value != "planted"

    def test_signing_in_over_somebody_elses_session_ends_that(self, inside):
        an_officer("minh")
        post(inside, "/lock")
        assert fill(inside, "minh").status_code == 303
        assert ends() == ["switch", None]

    def test_a_newer_sign_in_elsewhere_puts_this_browser_out(self, app, inside):
        come_in(app.test_client())
        assert inside.get("/desk").location == "/login?next=/desk"


class TestSecondStep:
    """Six digits after the password, on the same address."""

    def test_the_password_is_not_asked_for_again(self, client):
        authenticator = with_authenticator("minh")
        token = form_token(client)
        first = post(client, "/login", {"username": "minh", "password": PASSWORD, "next": "/desk"}, token=token)
        assert first.status_code == 200
        assert 'name="totp"' in first.text
        assert 'name="password"' not in first.text
        with after():
            wrong = post(client, "/login", {"username": "minh", "totp": "abcdef", "next": "/desk"}, token=token)
        assert wrong.status_code == 422
        assert 'name="totp"' in wrong.text
        second = post(client, "/login", {"totp": authenticator.now(), "next": "/desk"}, token=token)
        assert second.location == "/desk"
        assert sees_desk(client)

    def test_the_digits_alone_lead_back_to_the_password(self, client):
        authenticator = with_authenticator("minh")
        answer = post(client, "/login", {"username": "minh", "totp": authenticator.now()})
        assert answer.status_code == 422
        assert 'name="password"' in answer.text
        assert not sees_desk(client)

    def test_all_at_once_is_enough(self, client):
        authenticator = with_authenticator("minh")
        with after():
            assert fill(client, "minh", totp=digits(authenticator)).status_code == 303

    def test_in_production_who_must_have_it_and_has_not_is_led_to_take_it(self, client, in_production):
        an_officer("minh", role=Role.SUPERVISOR)
        assert fill(client, "minh").location == "/login/authenticator"
        assert not sees_desk(client)


class TestLock:
    """Nothing but the password opens a locked screen; nothing is lost."""

    def test_every_other_page_leads_to_the_lock_and_back(self, inside):
        post(inside, "/lock")
        asked = inside.get("/desk")
        assert (asked.status_code, asked.location) == (303, "/lock?next=/desk")
        page = inside.get(asked.location)
        assert page.status_code == 200
        assert post(inside, "/unlock", {"password": PASSWORD, "next": "/desk"}).location == "/desk"
        assert sees_desk(inside)

    def test_the_first_page_is_locked_too(self, inside):
        post(inside, "/lock")
        assert inside.get("/").location == "/lock"

    def test_the_lock_page_shows_who_locked_and_neither_menu_nor_search(self, inside):
        post(inside, "/lock")
        page = inside.get("/lock").text
        assert "Cán Bộ Mẫu" in page
        assert 'id="searchbox"' not in page
        assert "/desk" not in page

    @pytest.mark.parametrize("path", ["/logout", "/lock", "/switch"])
    def test_a_refusal_on_a_locked_screen_shows_neither_menu_nor_search_nor_news(self, app, inside, path):
        come_in(app.test_client())
        come_in(inside)
        post(inside, "/lock")
        refused = inside.post(path)
        assert refused.status_code == 400
        shown = [mark for mark in ("searchbox", 'class="menu"', 'class="news"', "Cán Bộ Mẫu") if mark in refused.text]
        assert shown == []

    def test_locking_from_a_page_comes_back_to_it(self, inside):
        token = form_token(inside)
        locked = inside.post(
            "/lock", data={"csrf_token": token}, headers={"Referer": "http://localhost/desk?list=mine"}
        )
        assert locked.location == "/lock?next=/desk?list%3Dmine"
        away = inside.post("/lock", data={"csrf_token": token}, headers={"Referer": "http://localhost.example/x"})
        assert away.location == "/lock"

    def test_htmx_is_told_by_401_that_the_screen_is_locked(self, inside):
        assert post(inside, "/lock", htmx=True).status_code == 204
        answer = inside.get("/desk", headers=HTMX)
        assert (answer.status_code, answer.headers["X-Session"]) == (401, "locked")

    def test_the_dialog_unlocks_without_leaving_the_page(self, inside):
        token = form_token(inside)
        post(inside, "/lock", htmx=True, token=token)
        wrong = post(inside, "/unlock", {"password": "sai", "username": "lan"}, htmx=True, token=token)
        assert wrong.status_code == 422
        assert "<html" not in wrong.text
        assert "sai thêm 4 lần" in wrong.text
        right = post(inside, "/unlock", {"password": PASSWORD, "username": "lan"}, htmx=True, token=token)
        assert (right.status_code, right.text) == (204, "")
        assert sees_desk(inside)

    def test_the_fifth_wrong_password_ends_in_signing_in_anew(self, inside):
        post(inside, "/lock")
        for _ in range(4):
            assert post(inside, "/unlock", {"password": "sai"}).status_code == 422
        ended = post(inside, "/unlock", {"password": "sai", "next": "/desk"})
        assert ended.location == "/login?next=/desk"
        assert "Đã nhập sai mật khẩu 5 lần" in inside.get(ended.location).text
        assert not sees_desk(inside)

    def test_the_dialog_learns_that_the_session_has_ended(self, app, inside):
        token = form_token(inside)
        come_in(app.test_client())
        answer = post(inside, "/unlock", {"password": PASSWORD, "username": "lan"}, htmx=True, token=token)
        assert answer.status_code == 401

    def test_the_same_password_begins_a_new_session_on_the_page_whose_session_was_over(self, client):
        """Nothing typed is lost to the 12 hours: the page stays, and gets the token of its new session."""
        an_officer("lan")
        with after():
            come_in(client)
            token = form_token(client)
        with after(hours=12):
            assert not sees_desk(client)
            wrong = post(client, "/unlock", {"password": "sai", "username": "lan"}, htmx=True, token=token)
            assert (wrong.status_code, "<html" in wrong.text) == (422, False)
            right = post(client, "/unlock", {"password": PASSWORD, "username": "lan"}, htmx=True, token=token)
            assert right.status_code == 204
            assert post(client, "/lock", token=right.headers["X-CSRFToken"], htmx=True).status_code == 204

    @pytest.mark.parametrize("fields", [{"username": "lan"}, {"password": PASSWORD}, {}])
    def test_an_ended_session_is_not_begun_anew_by_half_a_form(self, client, fields):
        an_officer("lan")
        with after():
            come_in(client)
        with after(hours=12):
            assert post(client, "/unlock", fields, htmx=True).status_code in (401, 422)
            assert not sees_desk(client)

    @pytest.mark.parametrize("username", ["minh", "", "\0", "x" * 10_000])
    def test_nobody_but_its_officer_begins_anew_on_the_page_of_an_ended_session(self, client, username):
        """The page shows what its officer may see, who may be of another role and office."""
        an_officer("lan")
        an_officer("minh", role=Role.SUPERVISOR)
        with after():
            come_in(client)
        with after(hours=12):
            answer = post(client, "/unlock", {"password": PASSWORD, "username": username}, htmx=True)
            assert (answer.status_code, answer.headers["X-Session"]) == (401, "ended")
            assert not sees_desk(client)
        assert len(ends()) == 1

    def test_a_browser_that_never_was_in_takes_the_sign_in_form(self, client):
        an_officer("lan")
        answer = post(client, "/unlock", {"password": PASSWORD, "username": "lan"}, htmx=True)
        assert answer.status_code == 401
        assert post(client, "/unlock", {"password": PASSWORD, "username": "lan"}).location == "/login"

    def test_who_must_show_six_digits_takes_the_sign_in_form(self, client):
        authenticator = with_authenticator("minh")
        with after():
            post(client, "/login", {"username": "minh", "password": PASSWORD, "totp": digits(authenticator)})
            assert sees_desk(client)
        with after(hours=12):
            answer = post(client, "/unlock", {"password": PASSWORD, "username": "minh"}, htmx=True)
        assert answer.status_code == 401

    def test_guessing_there_is_counted_as_at_the_sign_in_form(self, client):
        an_officer("lan")
        with after():
            come_in(client)
        with after(hours=12):
            tries = [
                post(client, "/unlock", {"password": "sai", "username": "lan"}, htmx=True).status_code
                for _ in range(11)
            ]
        assert tries == [422] * 10 + [429]

    def test_an_idle_screen_is_locked_although_the_page_went_on_asking(self, client):
        an_officer("lan")
        with after():
            come_in(client)
        for minute in range(1, 15):
            with after(minutes=minute):
                assert client.get("/desk/counts", headers=HTMX | {"X-Poll": "1"}).status_code == 200
        with after(minutes=15):
            assert client.get("/desk/counts", headers=HTMX | {"X-Poll": "1"}).status_code == 401
            assert client.get("/desk").location == "/lock?next=/desk"
            assert post(client, "/unlock", {"password": PASSWORD, "next": "/desk"}).location == "/desk"
            assert sees_desk(client)

    def test_the_lock_page_of_an_open_screen_goes_on(self, inside):
        assert inside.get("/lock", query_string={"next": "/desk"}).location == "/desk"


class TestLogout:
    """Signing out, and handing the desk to another officer."""

    @pytest.mark.parametrize(("fields", "reason"), [({}, "logout"), ({"next": "switch"}, "switch")])
    def test_it_ends_the_session_on_the_server(self, inside, fields, reason):
        cookie = inside.get_cookie("officer", domain="localhost")
        assert cookie is not None
        assert post(inside, "/logout", fields).location == "/login"
        assert inside.get_cookie("officer", domain="localhost") is None
        inside.set_cookie("officer", cookie.value, domain="localhost")
        assert not sees_desk(inside)
        assert ends() == [reason]

    def test_a_locked_screen_can_be_handed_over(self, inside):
        an_officer("minh")
        post(inside, "/lock")
        post(inside, "/logout", {"next": "switch"})
        come_in(inside, "minh")
        assert sees_desk(inside)

    def test_the_tokens_of_the_session_are_void_afterwards(self, inside):
        token = form_token(inside)
        post(inside, "/logout", token=token)
        assert post(inside, "/login", {"username": "lan", "password": PASSWORD}, token=token).status_code == 400


class TestCookies:
    """HttpOnly, SameSite=Lax; Secure and __Host- where the desk is served by https."""

    def cookies(self, client: FlaskClient, **more: str) -> dict[str, str]:
        answer = fill(client, **more)
        assert answer.status_code == 303
        return {line.partition("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}

    def test_scripts_and_other_sites_cannot_use_them(self, client):
        an_officer("lan")
        set_now = self.cookies(client)
        for name in ("officer", "device"):
            assert "HttpOnly" in set_now[name]
            assert "SameSite=Lax" in set_now[name]
            assert "Path=/" in set_now[name]
        assert "Expires" not in set_now["officer"]
        assert "Max-Age" not in set_now["officer"]

    def test_under_https_they_are_bound_to_the_host_and_to_tls(self, database: None, settings: Settings):
        secure: Flask = create_app(replace(settings, public_url="https://localhost"))
        an_officer("lan")
        client = secure.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        set_now = self.cookies(client)
        for name in ("__Host-officer", "__Host-device"):
            assert "Secure" in set_now[name]
            assert "Domain" not in set_now[name]
        assert sees_desk(client)

    def test_a_disabled_officers_cookie_opens_nothing(self, inside):
        commands.disable_officer("lan")
        assert inside.get("/desk").location == "/login?next=/desk"
