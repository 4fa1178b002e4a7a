"""Every door of the application, and everybody who asks at it: read from url_map, so a new route is there at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule as UrlRule
from werkzeug.test import TestResponse

from backoffice.kernel.db import transaction
from backoffice.models import Role, Scope
from backoffice.web import guard
from tests.factories import make_client, make_office, make_officer
from tests.signin.browser import FORM_COOKIE, form_token, let_in, session_of

SAFE = {"GET"}


@dataclass(frozen=True)
class Door:
    """One route and method, with an address that fits it and what the route declares."""

    endpoint: str
    method: str
    path: str
    rule: guard.Rule
    arguments: frozenset[str] = frozenset()
    """Names of what stands in the address."""

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def doors_of(app: Flask) -> list[Door]:
    """Return every door of `app`; arguments in the address are filled with a word that names nothing."""
    return [
        Door(url.endpoint, method, _address(app, url), rule, frozenset(url.arguments))
        for url in app.url_map.iter_rules()
        for method in sorted((url.methods or set()) - {"HEAD", "OPTIONS"})
        if (rule := guard.rule_of(app, url.endpoint)) is not None
    ]


def address_of(app: Flask, door: Door, values: Mapping[str, str]) -> str:
    """Return the door's address with these arguments in it."""
    return app.url_map.bind("localhost").build(door.endpoint, dict(values), method=door.method)


def signed_in(app: Flask, officer_id: int) -> FlaskClient:
    """Return a browser in which the officer is signed in, whatever was open before."""
    return let_in(app.test_client(), officer_id)


def _address(app: Flask, url: UrlRule) -> str:
    adapter = app.url_map.bind("localhost")
    return adapter.build(url.endpoint, dict.fromkeys(url.arguments, "x"), method=next(iter(url.methods or {"GET"})))


def is_session_over(response: TestResponse) -> bool:
    """Tell whether the answer is that the officer's session has ended or is locked."""
    return "X-Session" in response.headers or response.headers.get("Location", "").startswith("/login")


class Askers:
    """Makes browsers and machines that ask at doors, each time afresh; an officer's session is kept until it ends."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        page = app.test_client()
        self.token = form_token(page)
        cookie = page.get_cookie(FORM_COOKIE, domain="localhost")
        assert cookie is not None
        self._form_cookie = cookie.value
        with transaction() as session:
            make_office(session)
            self._officers = {role: make_officer(session, f"can-bo-{role.value}", role=role).id for role in Role}
            self._keys = {scope: make_client(session, scope)[1] for scope in Scope}
        self._sessions: dict[Role, str] = {}

    def anonymous(self) -> FlaskClient:
        client = self.app.test_client()
        client.set_cookie(FORM_COOKIE, self._form_cookie, domain="localhost")
        return client

    def officer(self, role: Role) -> FlaskClient:
        """A browser in which the officer is signed in, in a session of this moment."""
        return let_in(self.anonymous(), self._officers[role])

    def ask_as(self, role: Role, door: Door, headers: dict[str, str] | None = None) -> TestResponse:
        """Ask as that officer, in the session that the last door left, or a new one where that was ended or locked."""
        response = self.ask(door, self._browser(role), headers)
        if is_session_over(response):
            del self._sessions[role]
            response = self.ask(door, self._browser(role), headers)
        return response

    def _browser(self, role: Role) -> FlaskClient:
        client = self.anonymous()
        if role not in self._sessions:
            self._sessions[role] = session_of(self._officers[role])
        client.set_cookie("officer", self._sessions[role], domain="localhost")
        return client

    def machine(self, scope: Scope) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._keys[scope]}"}

    def ask(
        self, door: Door, client: FlaskClient, headers: dict[str, str] | None = None, *, with_token: bool = True
    ) -> TestResponse:
        data = {"csrf_token": self.token} if with_token and door.method not in SAFE else None
        return client.open(door.path, method=door.method, data=data, headers=headers or {})
