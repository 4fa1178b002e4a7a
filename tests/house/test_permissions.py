"""Every route × every asker: the doors are as PERMITS and the routes' own rules say (design 5).

Nothing here names a route: all of it is read from the application's url_map, so a new route is held to it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backoffice.app import create_app
from backoffice.config import Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import OfficerSession, Role, Scope
from backoffice.rules.actors import CITIZEN, SYSTEM
from backoffice.rules.permissions import PERMITS, Do, may
from backoffice.web import guard
from tests.house.askers import SAFE, Askers, Door, doors_of
from tests.signin.browser import HTMX


@pytest.fixture
def askers(app: Flask, database: None) -> Askers:
    return Askers(app)


@pytest.fixture
def doors(app: Flask) -> list[Door]:
    found = doors_of(app)
    assert len(found) > 20
    return found


def is_sent_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 303 and answer.location.split("?")[0] == "/login"


def is_let_in(answer: TestResponse) -> bool:
    """Tell whether the guard let in; that no owner of an account is signed in is said behind it."""
    if answer.headers.get("X-Session") == "session_none":
        return True
    return answer.status_code < 500 and answer.status_code not in (401, 403)


def is_refused_csrf(answer: TestResponse) -> bool:
    return answer.status_code in (400, 403)


def wrong(cases: Iterator[tuple[str, TestResponse]], right: Callable[[TestResponse], bool]) -> list[str]:
    """Return the cases whose answer is not right, readable."""
    return [f"{case}: {answer.status_code} {answer.location or ''}" for case, answer in cases if not right(answer)]


def test_every_route_declares_who_may_come_in(app):
    assert [name for name in app.view_functions if guard.rule_of(app, name) is None] == []


def test_a_route_that_declares_nothing_stops_the_start():
    app = Flask("bare")
    app.add_url_rule("/bare", "bare", lambda: "open")
    with pytest.raises(RuntimeError, match="bare"):
        guard.complete(app)


def test_a_route_that_slipped_in_later_is_open_to_nobody(settings, database):
    app = create_app(settings)
    app.add_url_rule("/late", "late", lambda: "open")
    assert app.test_client().get("/late").status_code == 403


def test_the_table_says_for_every_act_who_may():
    assert set(PERMITS) == set(Do)
    assert all(PERMITS[do] for do in Do)


def test_only_the_desks_roles_touch_what_citizens_declared():
    """Hotline never sees photos, administrators and auditors no citizen data by default (design 5)."""
    of_the_telephone = {Do.USE_HOTLINE, Do.HOTLINE_ACT}
    harmless = of_the_telephone | {
        Do.OWN_SESSION,
        Do.OWN_ACCOUNT,
        Do.SEE_CATALOGUE,
        Do.SEE_SANDBOX,
        Do.USE_NOTICES,
        Do.SEE_GATEWAYS,
        Do.WATCH_GATEWAYS,
        Do.SEE_OFFICES,
        Do.EDIT_OFFICES,
        Do.SEE_OFFICERS,
        Do.EDIT_OFFICERS,
        Do.SEE_CLIENTS,
        Do.EDIT_CLIENTS,
        Do.SEE_PERMITS,
        Do.SEE_RETENTION,
        Do.USE_TRAIL,
        Do.SEE_TRAIL,
        Do.SEE_OWN_FIGURES,
    }
    assert {role for do in Do if do not in harmless for role in PERMITS[do]} == {Role.RECEPTION, Role.SUPERVISOR}


def test_nobody_without_a_role_may_anything():
    assert not [do for do in Do if may(SYSTEM, do) or may(CITIZEN, do)]


def test_public_doors_let_anybody_in(askers, doors):
    public = [door for door in doors if door.rule.anybody]
    assert public
    answers = ((str(door), askers.ask(door, askers.anonymous())) for door in public)
    assert wrong(answers, lambda answer: answer.status_code < 500 and answer.status_code != 403) == []


def test_an_anonymous_browser_is_sent_to_sign_in(askers, doors):
    answers = ((str(door), askers.ask(door, askers.anonymous())) for door in doors if door.rule.do)
    assert wrong(answers, is_sent_to_sign_in) == []


def test_an_anonymous_fragment_is_answered_401(askers, doors):
    answers = ((str(door), askers.ask(door, askers.anonymous(), HTMX)) for door in doors if door.rule.do)
    assert wrong(answers, lambda answer: answer.status_code == 401) == []


@pytest.mark.parametrize("role", Role)
def test_officers_come_in_where_their_role_may_and_nowhere_else(askers, doors, role):
    def answers(permitted: bool) -> Iterator[tuple[str, TestResponse]]:
        for door in doors:
            if door.rule.do and (role in PERMITS[door.rule.do]) is permitted:
                yield str(door), askers.ask_as(role, door, HTMX)

    assert wrong(answers(permitted=True), is_let_in) == []
    assert wrong(answers(permitted=False), lambda answer: answer.status_code == 403) == []


@pytest.mark.parametrize("role", Role)
def test_a_locked_screen_opens_only_what_concerns_the_session_itself(askers, doors, role):
    cookie = askers.officer(role).get_cookie("officer", domain="localhost")
    assert cookie is not None
    with transaction() as session:
        session.query(OfficerSession).update({"locked_at": clock.now()})

    def answers() -> Iterator[tuple[str, TestResponse]]:
        for door in doors:
            if door.rule.do and door.rule.do is not Do.OWN_SESSION:
                client = askers.anonymous()
                client.set_cookie("officer", cookie.value, domain="localhost")
                yield str(door), askers.ask(door, client, HTMX)

    assert wrong(answers(), lambda answer: answer.headers.get("X-Session") == "locked") == []


def test_no_form_is_taken_without_its_token(askers, doors):
    def answers() -> Iterator[tuple[str, TestResponse]]:
        for door in doors:
            if door.method in SAFE or door.rule.machine or door.rule.proven:
                continue
            role = next(iter(PERMITS[door.rule.do])) if door.rule.do else Role.RECEPTION
            yield str(door), askers.ask(door, askers.officer(role), with_token=False)

    assert wrong(answers(), is_refused_csrf) == []


def test_a_machine_comes_in_by_its_scope_alone(askers, doors):
    machine_doors = [door for door in doors if door.rule.machine]
    assert machine_doors

    def answers(permitted: bool) -> Iterator[tuple[str, TestResponse]]:
        for door in machine_doors:
            for scope in Scope:
                if (door.rule.scope in (None, scope)) is permitted:
                    yield f"{door} by {scope}", askers.ask(door, askers.anonymous(), askers.machine(scope))

    assert wrong(answers(permitted=True), is_let_in) == []
    assert wrong(answers(permitted=False), lambda answer: answer.status_code == 403) == []


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer invented"}])
def test_without_a_valid_key_machine_doors_answer_401_as_a_problem(askers, doors, headers):
    def is_problem(answer: TestResponse) -> bool:
        return answer.status_code == 401 and answer.mimetype == "application/problem+json"

    answers = ((str(door), askers.ask(door, askers.anonymous(), headers)) for door in doors if door.rule.machine)
    assert wrong(answers, is_problem) == []


def test_an_officers_cookie_opens_no_door_for_machines(askers, doors):
    answers = ((str(door), askers.ask(door, askers.officer(Role.SUPERVISOR))) for door in doors if door.rule.machine)
    assert wrong(answers, lambda answer: answer.status_code == 401) == []


@pytest.mark.parametrize("scope", Scope)
def test_a_machines_key_opens_no_door_for_officers(askers, doors, scope):
    key = askers.machine(scope)
    answers = ((str(door), askers.ask(door, askers.anonymous(), key)) for door in doors if door.rule.do)
    assert wrong(answers, is_sent_to_sign_in) == []


@pytest.mark.parametrize("surfaces", [("portal",), ("api",), ("portal", "api")])
def test_a_public_server_has_no_officer_route_at_all(settings: Settings, database, surfaces):
    app = create_app(replace(settings, surfaces=surfaces))
    assert [door for door in doors_of(app) if door.rule.do] == []
    assert app.test_client().get("/login").status_code == 404


def test_citizen_data_is_never_kept_by_browsers(askers, doors):
    answers = (
        (str(door), askers.ask_as(Role.RECEPTION, door)) for door in doors if door.rule.do and door.method in SAFE
    )
    assert wrong(answers, lambda answer: answer.headers["Cache-Control"] == "no-store") == []
