"""A browser as the tests use one: it opens a page, and posts the forms it finds there."""

from __future__ import annotations

import re
from weakref import WeakKeyDictionary

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.models import Officer, OfficerSession
from tests.factories import PASSWORD

HTMX = {"HX-Request": "true"}
FORM_COOKIE = "form"
_at_hand: WeakKeyDictionary[FlaskClient, tuple[str, str]] = WeakKeyDictionary()
"""For each browser its cookie of forms, and the token of a page that belongs to it."""
_given: WeakKeyDictionary[Flask, tuple[str, str]] = WeakKeyDictionary()
"""For each application such a cookie and token, once given to a stranger."""


def form_token(client: FlaskClient) -> str:
    """Return the CSRF token of the page that the browser is led to."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/", follow_redirects=True).text)
    assert found
    return found[1]


def open_token(client: FlaskClient) -> str:
    """Return the CSRF token of a page it has open: the browser opens one only when its cookie of forms has changed."""
    cookie, token = _at_hand.get(client, ("", ""))
    if not cookie or cookie != _form_cookie(client):
        token = form_token(client)
        _at_hand[client] = _form_cookie(client), token
    return token


def let_in(client: FlaskClient, officer: int | str) -> FlaskClient:
    """Let the officer (id or user name) be signed in here, whatever was open before: see `session_of`."""
    client.set_cookie("officer", session_of(officer), domain="localhost")
    return client


def session_of(officer: int | str) -> str:
    """Begin a session of the officer (id or user name), their only one; return its cookie.

    For tests of what comes after: no form is filled in, nothing stands in the trail, the browser is no known device.
    `come_in` goes through the door.
    """
    token, now = hashing.new_token(), clock.now()
    with transaction() as session:
        asked = Officer.id if isinstance(officer, int) else Officer.username
        number = session.scalars(select(Officer.id).where(asked == officer)).one()
        session.execute(delete(OfficerSession).where(OfficerSession.officer_id == number))
        session.add(
            OfficerSession(token_hash=hashing.token_hash(token), officer_id=number, created_at=now, active_at=now)
        )
    return token


def with_form(client: FlaskClient) -> FlaskClient:
    """Let the browser have a page of forms open."""
    app = client.application
    if app not in _given:
        stranger = app.test_client()
        token = form_token(stranger)
        _given[app] = _form_cookie(stranger), token
    _at_hand[client] = _given[app]
    client.set_cookie(FORM_COOKIE, _given[app][0], domain="localhost")
    return client


def _form_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie(FORM_COOKIE, domain="localhost")
    return cookie.value if cookie else ""


def post(
    client: FlaskClient,
    path: str,
    fields: dict[str, str] | None = None,
    *,
    token: str | None = None,
    htmx: bool = False,
) -> TestResponse:
    """Send a form with its CSRF token (`token`, or that of a page it has open)."""
    data = {"csrf_token": token or open_token(client), **(fields or {})}
    return client.post(path, data=data, headers=HTMX if htmx else {})


def come_in(client: FlaskClient, username: str = "lan", password: str = PASSWORD) -> FlaskClient:
    """Sign in and be in."""
    answer = post(client, "/login", {"username": username, "password": password})
    assert answer.status_code == 303, answer.text
    return client
