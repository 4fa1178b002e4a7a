"""A session's cookie is nobody's before the sign-in and dead after whatever ends it (issue 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.app import create_app
from backoffice.kernel.db import transaction
from backoffice.models import Officer, Role
from backoffice.officers import commands
from backoffice.signin import links
from tests.factories import make_office
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import a_link, an_officer, enter

NEW = {"new": "năm con trâu đọc sách", "repeat": "năm con trâu đọc sách"}


@pytest.fixture
def lan() -> Officer:
    with transaction() as session:
        make_office(session, "00115")
    return an_officer("lan")


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("officer", domain="localhost")
    assert cookie is not None
    return cookie.value


ENDS: dict[str, Callable[[FlaskClient, Officer], object]] = {
    "signing out": lambda client, lan: post(client, "/logout"),
    "signing out everywhere": lambda client, lan: post(client, "/me/everywhere"),
    "denying a device": lambda client, lan: post(client, "/me/devices/news", {"answer": "not_mine"}),
    "being disabled": lambda client, lan: commands.disable_officer("lan"),
    "another role": lambda client, lan: commands.change_officer("lan", role=Role.SUPERVISOR),
    "another office": lambda client, lan: commands.change_officer("lan", office_code="00115"),
    "a sign-in elsewhere": lambda client, lan: enter("lan"),
    "a password by a link": lambda client, lan: post(client.application.test_client(), links.path_of(a_link(lan)), NEW),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_cookie_is_dead_after(client: FlaskClient, lan: Officer, end: Callable[[FlaskClient, Officer], object]):
    come_in(client)
    cookie, token = cookie_of(client), form_token(client)
    end(client, lan)
    client.set_cookie("officer", cookie, domain="localhost")
    assert client.get("/desk").location == "/login?next=/desk"
    assert client.get("/me").location == "/login?next=/me"
    assert post(client, "/me/office", {"office": "second"}, token=token).status_code in (303, 400)


@pytest.mark.parametrize("way", ["/login", "link"])
def test_a_planted_cookie_is_never_adopted(app: Flask, lan: Officer, way: str):
    """Session fixation: whoever planted a token, or form tokens, has nothing after the officer came in."""
    victim, thief = app.test_client(), app.test_client()
    planted = form_token(thief)
    for client in (victim, thief):
        client.set_cookie("officer", "planted", domain="localhost")
        client.set_cookie("device", "planted", domain="localhost")
    if way == "link":
        post(victim, links.path_of(a_link(lan)), NEW)
    else:
        come_in(victim)
    assert victim.get("/desk").status_code == 200
    assert cookie_of(victim) != "planted"
    assert thief.get("/desk").status_code == 303
    assert post(victim, "/lock", token=planted).status_code == 400


def test_with_https_the_cookies_of_a_link_are_bound_to_the_host(settings, lan: Officer):
    client = create_app(replace(settings, public_url="https://localhost")).test_client()
    where = links.path_of(a_link(lan))
    base = "https://localhost"
    page = client.get(where, base_url=base).text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post(where, data={"csrf_token": token, **NEW}, base_url=base)
    assert answer.status_code == 303
    lines = answer.headers.getlist("Set-Cookie")
    given = {line.partition("=")[0]: line for line in lines}
    for name in ("__Host-officer", "__Host-device"):
        assert "Secure" in given[name]
        assert "Path=/" in given[name]
        assert "Domain" not in given[name]
