"""A browser as the tests use one: it opens a page, and posts the forms it finds there."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD

HTMX = {"HX-Request": "true"}


def form_token(client: FlaskClient) -> str:
    """Return the CSRF token of the page that the browser is led to."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/", follow_redirects=True).text)
    assert found
    return found[1]


def post(
    client: FlaskClient,
    path: str,
    fields: dict[str, str] | None = None,
    *,
    token: str | None = None,
    htmx: bool = False,
) -> TestResponse:
    """Send a form with its CSRF token (`token`, or one of a page opened now)."""
    data = {"csrf_token": token or form_token(client), **(fields or {})}
    return client.post(path, data=data, headers=HTMX if htmx else {})


def come_in(client: FlaskClient, username: str = "lan", password: str = PASSWORD) -> FlaskClient:
    """Sign in and be in."""
    answer = post(client, "/login", {"username": username, "password": password})
    assert answer.status_code == 303, answer.text
    return client
