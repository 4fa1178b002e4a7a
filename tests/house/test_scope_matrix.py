"""Every address that names something × every role × where the thing is (issue 7, design 5).

What is out of an officer's scope answers byte for byte like what never was, and like what has expired; what PERMITS
lets the officer reach does not. Nothing here names a route: all are read from url_map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.kernel.db import transaction
from backoffice.models import Role, Scope, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import PERMITS, Do, may
from tests.factories import make_client, make_office, make_officer
from tests.house.askers import FORM_COOKIE, Askers, Door, address_of, doors_of, signed_in
from tests.house.world import OF_THEIR_MAKER, PROOFS, Place, World, made, names_of
from tests.intake.sending import jpeg
from tests.signin.browser import HTMX

_TOKEN = re.compile(rb'(name="csrf[-_]token" (?:content|value)=)"[^"]*"')
ALIKE = {
    "claims.what_became": "no press of a button bears the name that is asked for",
    "claims.what_became_of_account": "no press of a button bears the name that is asked for",
}
"""Endpoints at which what an officer may reach answers like nothing in this world, and why."""
FIELDS = {
    "note": "Xem xét thử",
    "reasons": "id_number_differs",
    "identity": "on",
    "phone_own": "on",
    "value": "0981112223",
    "consent": "on",
    "text": "0123456789",
    "item": "name",
    "how": "seen",
    "field": "full_name",
    "reason": "check",
    "at": "2026-11-09T08:00",
    "degrees": "90",
    "overlap": "24h",
}
"""Enough for any form: nobody is refused for a missing field before it is asked whether the thing may be reached."""


@dataclass(frozen=True)
class Answer:
    """What an asker can tell one answer from another by."""

    status: int
    kind: str
    location: str
    body: bytes

    @property
    def is_unlooked(self) -> bool:
        """It leads to the thing's own page, which will ask: whether there is such a thing was not looked at."""
        return 300 <= self.status < 400 and "<" in self.location

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip()


def answer_of(response: TestResponse, values: Mapping[str, str]) -> Answer:
    location = response.headers.get("Location", "")
    for name, value in values.items():
        location = location.replace(f"/{value}", f"/<{name}>")
    body = b"" if location else _TOKEN.sub(rb"\1", response.data)
    return Answer(response.status_code, response.mimetype, location, body)


class Officers:
    """An officer of every role at one office, each in a browser that is new for every question."""

    def __init__(self, app: Flask, office: str) -> None:
        self._app = app
        self._askers = Askers(app)
        self.actors: dict[Role, Actor] = {}
        with transaction() as session:
            for role in Role:
                self.actors[role] = officer_actor(
                    make_officer(session, f"{role.value}.{office}", role=role, office=make_office(session, office))
                )
        self._cookies = {role: self._signed_in(role) for role in Role}

    def ask(self, role: Role, door: Door, values: Mapping[str, str], *, htmx: bool, filled: bool = False) -> Answer:
        """Ask at the door for the thing of `values`; its form is empty, or `filled` with whatever may be wanted."""
        response = self._ask(role, door, values, htmx, filled)
        if response.headers.get("X-Session") or response.headers.get("Location", "").startswith("/login"):
            self._cookies[role] = self._signed_in(role)  # what was asked before has ended the session
            response = self._ask(role, door, values, htmx, filled)
        return answer_of(response, values)

    def find_accounts(self, world: World) -> None:
        """Let everybody have found all accounts by their codes just now (K9)."""
        with transaction() as session:
            accounts = [int(world.values[place]["account_id"]) for place in Place]
            for actor in self.actors.values():
                record(session, TrailEvent.SEARCH, actor, accounts=accounts)

    def _ask(self, role: Role, door: Door, values: Mapping[str, str], htmx: bool, filled: bool) -> TestResponse:
        client = self._askers.anonymous()
        client.set_cookie("officer", self._cookies[role], domain="localhost")
        data: dict[str, Any] | None = None
        if not door.is_safe:
            data = {"csrf_token": self._askers.token} | (_filled() if filled else {})
        headers = HTMX if htmx else {}
        return client.open(address_of(self._app, door, values), method=door.method, data=data, headers=headers)

    def _signed_in(self, role: Role) -> str:
        number = self.actors[role].id
        assert number is not None
        cookie = signed_in(self._app, number).get_cookie("officer", domain="localhost")
        assert cookie is not None
        return cookie.value


@pytest.fixture
def doors(app: Flask) -> list[Door]:
    found = [door for door in doors_of(app) if door.arguments]
    assert len(found) > 40
    return found


@pytest.fixture
def world(database: None) -> World:
    return made()


def test_everything_that_stands_in_an_address_is_in_this_world(doors: list[Door], world: World) -> None:
    known = world.values[Place.OWN].keys()
    guarded = {name for door in doors if door.rule.do or door.rule.machine for name in names_of(door)}
    assert guarded - known == set(), "give them a value in tests/house/world.py"
    others = {name for door in doors for name in door.arguments} - guarded
    assert others - known - PROOFS.keys() == set(), "give them a value, or a reason in PROOFS"


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "part"])
@pytest.mark.parametrize("office", [Place.OWN.value, Place.PARENT.value])
def test_what_is_out_of_scope_answers_like_what_never_was(
    app: Flask, doors: list[Door], world: World, office: str, htmx: bool
) -> None:
    officers = Officers(app, office)
    wrong = [line for door, role in _asked(doors) for line in faults(officers, world, door, role, htmx)]
    assert not wrong, "\n".join(wrong)


def test_an_account_found_by_its_code_is_open_to_whom_the_table_says(
    app: Flask, doors: list[Door], world: World
) -> None:
    """K9: whoever stands at the counter, wherever the account was opened."""
    officers = Officers(app, Place.OWN.value)
    officers.find_accounts(world)
    of_accounts = [door for door in doors if "account_id" in door.arguments]
    wrong = [
        line
        for door, role in _asked(of_accounts)
        for line in faults(officers, world, door, role, htmx=True, is_found=True)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_role_that_never_may_learns_nothing_of_what_there_is(app: Flask, doors: list[Door], world: World) -> None:
    officers = Officers(app, Place.PARENT.value)
    wrong = []
    for door in doors:
        for role in Role:
            if door.rule.do and role not in PERMITS[door.rule.do]:
                own, never = (
                    officers.ask(role, door, values, htmx=False, filled=True)
                    for values in (world.at(door, Place.PARENT), world.never(door))
                )
                if own != never or never.status != 403:
                    wrong.append(f"{door} by {role}: {own}, nothing {never}")
    assert not wrong, "\n".join(wrong)


def faults(
    officers: Officers, world: World, door: Door, role: Role, htmx: bool, *, is_found: bool = False
) -> Iterator[str]:
    """Ask for what never was, for what has expired, and for one at every place; yield what answers wrongly.

    What may be reached is asked for with an empty form, so that nothing is done to it.
    """
    assert door.rule.do is not None
    actor, case = officers.actors[role], f"{door} by {role}"
    never = officers.ask(role, door, world.never(door), htmx=htmx, filled=True)
    if never.status != 404 and not never.is_unlooked:
        yield f"{case}: nothing answers {never}"
    if officers.ask(role, door, world.gone(door), htmx=htmx, filled=True) != never:
        yield f"{case}: what has expired is told from what never was"
    for place in Place:
        may_reach = may(actor, door.rule.do, world.thing(door, place)) and door.arguments.isdisjoint(OF_THEIR_MAKER)
        if "account_id" in door.arguments and not is_found:
            may_reach = may_reach and may(actor, Do.REVIEW, world.thing(door, place))
        answer = officers.ask(role, door, world.at(door, place), htmx=htmx, filled=not may_reach)
        if answer.status >= 500:
            yield f"{case}: {place.name} answers {answer}"
        elif not may_reach and answer != never:
            yield f"{case}: {place.name} is out of reach and answers {answer}, nothing {never}"
        elif may_reach and answer == never and not never.is_unlooked and door.endpoint not in ALIKE:
            yield f"{case}: {place.name} is in reach and answers like nothing, {answer}"


def _asked(doors: list[Door]) -> Iterator[tuple[Door, Role]]:
    """Every door with every role that may come in at it."""
    return ((door, role) for door in doors if door.rule.do for role in PERMITS[door.rule.do])


def _filled() -> dict[str, Any]:
    return FIELDS | {"photo": (BytesIO(jpeg(60, 40)), "anh.jpg")}


def test_a_machine_finds_what_is_at_its_offices_and_nothing_else(app: Flask, doors: list[Door], world: World) -> None:
    """The same for machines with limits; those without find all."""
    with transaction() as session:
        limited = {scope: make_client(session, scope, office_codes=[Place.OWN.value])[1] for scope in Scope}
        free = {scope: make_client(session, scope)[1] for scope in Scope}
    machine_doors = [door for door in doors if door.rule.machine]
    assert machine_doors
    for door in machine_doors:
        scope = door.rule.scope or Scope.INTAKE

        def ask(key: str, values: Mapping[str, str], door: Door = door) -> Answer:
            headers = {"Authorization": f"Bearer {key}"}
            client: FlaskClient = app.test_client()
            return answer_of(client.open(address_of(app, door, values), method=door.method, headers=headers), values)

        never = ask(limited[scope], world.never(door))
        found = {place for place in Place if ask(limited[scope], world.at(door, place)) != never}
        assert (never.status, found) == (404, {Place.OWN, Place.CHILD})
        assert all(ask(free[scope], world.at(door, place)) != never for place in Place)


def test_the_cookie_of_forms_alone_is_nobody(app: Flask, database: None) -> None:
    """What the browsers above have besides their session: it opens nothing."""
    client = Askers(app).anonymous()
    assert client.get_cookie(FORM_COOKIE, domain="localhost")
    assert client.get("/desk").headers["Location"].startswith("/login")
