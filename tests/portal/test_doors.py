"""The doors of the room: each asks for the owner or is known to be open; officers and owners are strangers here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.app import create_app
from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.kernel.start import start
from backoffice.models import Account
from backoffice.portal import forms
from backoffice.web.guard import rule_of
from tests.factories import make_officer
from tests.portal.owners import FIRST_BROWSER, MINE, NEW, Browser, account_in_use, account_issued, code_sent, title_of
from tests.signin.browser import come_in, form_token, post

OPEN = {
    "GET /account/sign-in",
    "POST /account/sign-in",
    "POST /account/sign-in/code",
    "POST /account/sign-in/password",
    "POST /account/sign-in/device",
    "GET /account/sign-in/<step>",
    "GET /account/forgotten",
    "POST /account/forgotten",
    "POST /account/forgotten/new",
    "GET /account/email/<token>",
    "POST /account/email/<token>",
    "GET /account/<path:rest>",
}
"""Whoever is at these has proven nothing yet, or brings the proof along; none shows anything of an account."""


@pytest.fixture
def account(database: None) -> Account:
    return account_in_use()


@pytest.fixture
def settings_again(started: Settings) -> Iterator[Settings]:
    yield started
    start(started)


def doors_of(app: Flask) -> set[tuple[str, str]]:
    """Method and rule of every route of the room under /account: those under /declare open with a draft's cookie."""
    return {
        (method, str(url))
        for url in app.url_map.iter_rules()
        if app.view_functions[url.endpoint].__module__.startswith("backoffice.portal.")
        and str(url).startswith("/account")
        for method in (url.methods or set()) - {"HEAD", "OPTIONS"}
    }


def closed_doors(app: Flask) -> list[tuple[str, str]]:
    return sorted((method, path) for method, path in doors_of(app) if f"{method} {path}" not in OPEN)


def ask(client: FlaskClient, method: str, path: str) -> str:
    """Ask at a door; gives where it leads, or what came of it."""
    answer = post(client, path) if method == "POST" else client.get(path)
    return answer.location or str(answer.status_code)


def test_every_route_of_the_room_asks_for_the_owner_or_is_known_to_be_open(app: Flask, client: FlaskClient):
    doors = closed_doors(app)
    assert len(doors) > 8
    for method, path in doors:
        assert ask(client, method, path) == "/account/sign-in", f"{method} {path}"


def test_every_open_door_is_there(app: Flask):
    assert {f"{method} {path}" for method, path in doors_of(app)} >= OPEN


def test_an_officer_signed_in_is_nobody_here(app: Flask, client: FlaskClient):
    with transaction() as session:
        make_officer(session, "lan")
    come_in(client)
    for method, path in closed_doors(app):
        assert ask(client, method, path) == "/account/sign-in", f"{method} {path}"


def test_an_officers_token_in_an_owners_cookie_opens_nothing(client: FlaskClient):
    with transaction() as session:
        make_officer(session, "lan")
    come_in(client)
    token = client.get_cookie("officer", domain="localhost")
    assert token
    client.set_cookie("account", token.value, domain="localhost")
    assert client.get("/account").location == "/account/sign-in"


def test_an_owner_signed_in_is_no_officer(browser: Browser, account: Account):
    browser.sign_in(account)
    for path in ("/", "/desk", f"/desk/accounts/{account.id}"):
        assert browser.client.get(path).location.split("?")[0] == "/login", path
    token = browser.client.get_cookie("account", domain="localhost")
    assert token
    browser.client.set_cookie("officer", token.value, domain="localhost")
    assert browser.client.get("/desk").location.split("?")[0] == "/login"


def test_both_at_once_in_one_browser_stay_who_they_are(browser: Browser, account: Account):
    with transaction() as session:
        make_officer(session, "lan", full_name="Nguyễn Thị Lan")
    come_in(browser.client)
    browser.sign_in(account)
    assert title_of(browser.page) == "Tài khoản của tôi"
    assert "Nguyễn Thị Lan" not in browser.page
    assert browser.client.get("/desk").status_code == 200
    browser.press("/account/sign-out")
    assert browser.client.get("/desk").status_code == 200


def test_nothing_personal_and_no_proof_is_ever_in_an_address(browser: Browser, second: Browser, database: None):
    account, temporary = account_issued()
    browser.sign_in(account, temporary)
    browser.press("/account/sign-in/password", new=NEW, repeat=NEW)
    second.sign_in(account, NEW)
    second.press("/account/sign-in/code")
    second.press("/account/sign-in/device", otp=code_sent(account))
    assert title_of(second.page) == "Tài khoản của tôi"
    assert set(browser.addresses + second.addresses) == {
        "/account",
        "/account/sign-in",
        "/account/sign-in/password",
        "/account/sign-in/code",
        "/account/sign-in/device",
    }


def test_no_page_is_kept_and_none_tells_where_one_came_from(browser: Browser, account: Account):
    browser.sign_in(account)
    for path in ("/account/sign-in", "/account", "/account/declarations", "/account/email/x", "/account/nothing"):
        headers = browser.client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "script-src 'self'" in headers["Content-Security-Policy"]


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser, account: Account):
    kept = browser.sign_in(account).headers.getlist("Set-Cookie")
    session = next(one for one in kept if one.startswith("account="))
    device = next(one for one in kept if one.startswith("account_device="))
    for cookie in (session, device):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
    assert "Max-Age" not in session
    assert f"Max-Age={180 * 24 * 3600}" in device


def test_over_https_both_cookies_are_bound_to_the_host(settings_again: Settings, database: None):
    account = account_in_use()
    browser = Browser(create_app(replace(settings_again, public_url="https://vssid.example.vn")).test_client())
    browser.client.set_cookie("__Host-account_device", FIRST_BROWSER, secure=True)
    sent = []
    for path, fields in (("/account/sign-in", {}), ("/account/sign-in", {"bhxh_code": account.bhxh_code})):
        answer = browser.client.get(path, base_url="https://localhost")
        token = answer.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "password": MINE} | fields
        sent = browser.client.post(path, data=form, base_url="https://localhost").headers.getlist("Set-Cookie")
    names = {one.split("=")[0] for one in sent if "account" in one.split("=")[0]}
    assert names == {"__Host-account", "__Host-account_device"}
    assert all("Secure" in one and "Path=/" in one for one in sent)


def test_a_form_without_its_token_changes_nothing_and_says_so_in_the_look_of_the_room(client: FlaskClient):
    answer = client.post("/account/sign-in", data={"bhxh_code": "0200000001", "password": "x"})
    assert answer.status_code == 400
    assert "Chưa có gì thay đổi" in answer.text
    assert 'href="/account"' in answer.text
    assert "Một cửa" not in answer.text


@pytest.mark.parametrize("junk", ["", "\0", "\ud83d", "é" * 2000, "=" * 9, "' OR 1=1 --", "<script>x</script>"])
def test_what_no_form_of_ours_would_send_is_refused_politely(app: Flask, browser: Browser, account: Account, junk: str):
    sent = junk.encode("utf-8", "surrogatepass")
    for is_signed_in in (False, True):
        if is_signed_in:
            browser.sign_in(account)
        for method, path in sorted(doors_of(app)):
            if method == "POST" and path != "/account/sign-out":
                fields = dict.fromkeys(forms.Sent.__dataclass_fields__, sent)
                answer = browser.client.post(path, data=fields | {"csrf_token": form_token(browser.client)})
                assert answer.status_code in (200, 303, 404, 409, 422, 429), path
                assert "<script>x" not in answer.text


def test_a_public_server_alone_serves_the_account_and_has_no_officer_route(settings_again: Settings, database: None):
    app = create_app(replace(settings_again, surfaces=("portal",)))
    browser, account = Browser(app.test_client()), account_in_use()
    browser.client.set_cookie("account_device", FIRST_BROWSER)
    browser.sign_in(account)
    assert title_of(browser.page) == "Tài khoản của tôi"
    browser.client.delete_cookie("account", domain="localhost")
    browser.open("/account/declarations")
    assert title_of(browser.page) == "Đăng nhập"
    rules = [rule_of(app, endpoint) for endpoint in app.view_functions]
    assert all(rule is not None and rule.do is None for rule in rules)
    assert browser.client.get("/login").status_code == 404
