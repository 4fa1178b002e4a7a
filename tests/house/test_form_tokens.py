"""No form is taken but from the page this very browser was given since it signed in (CSRF): every unsafe route."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backoffice.kernel.db import transaction
from backoffice.models import Role
from backoffice.rules.permissions import PERMITS, Do
from tests.factories import make_office, make_officer
from tests.house.askers import Askers, Door, doors_of
from tests.signin.browser import come_in, form_token

REFUSALS = ("Trang hết hiệu lực", "Ảnh chưa được gửi vì trang đã mở quá lâu")
"""What the page says then; the second on a citizen's phone."""


@pytest.fixture
def forms(app: Flask) -> list[Door]:
    """Every door that takes a form from a browser: neither a machine's, nor one whose address is the proof."""
    found = [door for door in doors_of(app) if not door.is_safe and not door.rule.machine and not door.rule.proven]
    assert len(found) > 60
    return found


@pytest.fixture
def browsers(app: Flask, database: None) -> dict[Role, tuple[FlaskClient, str]]:
    """A browser for every role, signed in by the form, with the token it had before."""
    with transaction() as session:
        make_office(session)
        for role in Role:
            make_officer(session, f"can.bo.{role.value}", role=role)
    made = {}
    for role in Role:
        client = app.test_client()
        before = form_token(client)
        made[role] = (come_in(client, f"can.bo.{role.value}"), before)
    return made


def who_may(door: Door) -> Role:
    return next(iter(PERMITS[door.rule.do])) if door.rule.do else Role.RECEPTION


def send(client: FlaskClient, door: Door, token: str | None) -> TestResponse:
    return client.open(door.path, method=door.method, data={} if token is None else {"csrf_token": token})


def is_refused(answer: TestResponse) -> bool:
    return answer.status_code == 400 and any(said in answer.text for said in REFUSALS)


def taken(cases: Iterator[tuple[Door, TestResponse]]) -> str:
    return "\n".join(f"{door}: {answer.status_code}" for door, answer in cases if not is_refused(answer))


@pytest.mark.parametrize("token", [None, "", "x", "\0", "IjEyMyI.invented.token"])
def test_a_form_without_a_token_is_refused(
    forms: list[Door], browsers: dict[Role, tuple[FlaskClient, str]], token: str | None
) -> None:
    assert not taken((door, send(browsers[who_may(door)][0], door, token)) for door in forms)


def test_a_form_with_another_browsers_token_is_refused(
    app: Flask, forms: list[Door], browsers: dict[Role, tuple[FlaskClient, str]]
) -> None:
    foreign = form_token(browsers[Role.AUDITOR][0])
    strange = form_token(app.test_client())
    for token in (foreign, strange):
        others = (door for door in forms if who_may(door) is not Role.AUDITOR)
        assert not taken((door, send(browsers[who_may(door)][0], door, token)) for door in others)


def test_a_form_with_a_token_from_before_signing_in_is_refused(
    forms: list[Door], browsers: dict[Role, tuple[FlaskClient, str]]
) -> None:
    assert not taken((door, send(browsers[who_may(door)][0], door, browsers[who_may(door)][1])) for door in forms)


def test_the_token_of_a_page_opened_since_is_taken(browsers: dict[Role, tuple[FlaskClient, str]]) -> None:
    """So what is refused above is refused for its token."""
    for client, _ in browsers.values():
        answer = client.post("/lock", data={"csrf_token": form_token(client)})
        assert not is_refused(answer)
        assert answer.status_code < 400


def test_what_needs_no_token_needs_a_key_or_a_proof(app: Flask, database: None) -> None:
    """Machines' doors take no cookie: an officer's browser that is made to call them is nobody there."""
    askers = Askers(app)
    free = [door for door in doors_of(app) if not door.is_safe and (door.rule.machine or door.rule.proven)]
    assert free
    for door in free:
        answer = askers.ask(door, askers.officer(Role.SUPERVISOR), with_token=False)
        assert answer.status_code in ({401} if door.rule.machine else {400, 403, 404, 422}), str(door)


def test_only_the_apis_routes_are_free_of_tokens(app: Flask) -> None:
    """A rule that excuses from tokens is of the API alone."""
    free = [door for door in doors_of(app) if not door.is_safe and (door.rule.machine or door.rule.proven)]
    assert [door for door in free if not door.path.startswith("/api/v1/")] == []
    assert [door for door in doors_of(app) if door.path.startswith("/api/") and door.rule.do in set(Do)] == []
