"""Changing the user on a shared computer: what the one who leaves has in hand (issue 4, point 7)."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backoffice.decision import actions as decide
from backoffice.kernel.db import transaction
from backoffice.models import Claim, Declaration, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from tests.factories import make_declaration
from tests.signin.browser import come_in, form_token, post
from tests.signin.helpers import an_officer, ends, trail


@pytest.fixture
def lan() -> Actor:
    return officer_actor(an_officer("lan"))


@pytest.fixture
def inside(client: FlaskClient, lan: Actor) -> FlaskClient:
    """A browser in which lan is signed in."""
    return come_in(client)


@pytest.fixture
def held(lan: Actor) -> Declaration:
    """What lan has in hand."""
    with transaction() as session:
        made = make_declaration(session, full_name="Nguyễn Thử Mẫu")
    decide.claim(made.receipt_code, lan)
    return made


@pytest.fixture
def minh(app: Flask, client: FlaskClient) -> Actor:
    """A colleague of the same office, signed in at another computer."""
    made = officer_actor(an_officer("minh", full_name="Phạm Văn Minh"))
    come_in(app.test_client(), "minh")
    return made


def holder_of(declaration: Declaration) -> int | None:
    with transaction() as session:
        claim = session.get(Claim, declaration.id)
    return claim.officer_id if claim else None


def choose(client: FlaskClient, declaration: Declaration, choice: str):
    return post(client, "/switch", {f"held-{declaration.receipt_code}": choice})


def test_who_holds_nothing_leaves_at_once(inside: FlaskClient):
    assert post(inside, "/logout", {"next": "switch"}).location == "/login"
    assert ends() == ["switch"]


def test_who_holds_something_is_asked_first(inside: FlaskClient, held: Declaration, minh: Actor):
    assert post(inside, "/logout", {"next": "switch"}).location == "/switch"
    page = inside.get("/switch").text
    assert "Nguyễn Thử Mẫu" in page
    assert f'name="held-{held.receipt_code}"' in page
    assert re.findall(r'<option value="(\w+)"', page) == ["keep", "release", str(minh.id)]
    assert ends() == [None, None]


def test_kept_it_stays_mine_until_its_time_is_over(inside: FlaskClient, held: Declaration, lan: Actor):
    assert choose(inside, held, "keep").location == "/login"
    assert holder_of(held) == lan.id
    assert ends() == ["switch"]


def test_given_back_it_is_free(inside: FlaskClient, held: Declaration):
    assert choose(inside, held, "release").location == "/login"
    assert holder_of(held) is None


def test_handed_over_it_is_the_colleagues(inside: FlaskClient, held: Declaration, minh: Actor):
    assert choose(inside, held, str(minh.id)).location == "/login"
    assert holder_of(held) == minh.id
    assert [row.facts["to"] for row in trail(TrailEvent.HANDOVER)] == [minh.id]


def test_a_colleague_who_has_gone_meanwhile_is_told_and_the_choice_kept(
    inside: FlaskClient, held: Declaration, lan: Actor
):
    absent = an_officer("absent")
    answer = choose(inside, held, str(absent.id))
    assert answer.status_code == 422
    assert "hiện không đăng nhập" in answer.text
    assert holder_of(held) == lan.id
    assert ends() == [None]


@pytest.mark.parametrize("choice", ["", "steal", "-1", "x" * 5000])
def test_a_choice_that_is_none_changes_nothing(inside: FlaskClient, held: Declaration, lan: Actor, choice: str):
    assert choose(inside, held, choice).status_code == 422
    assert holder_of(held) == lan.id


def test_whoever_stands_before_a_locked_screen_moves_nothing_of_its_officer(
    inside: FlaskClient, held: Declaration, lan: Actor
):
    token = form_token(inside)
    post(inside, "/lock", token=token)
    assert inside.get("/switch").location.startswith("/lock")
    given_back = post(inside, "/switch", {f"held-{held.receipt_code}": "release"}, token=token)
    assert given_back.location.startswith("/lock")
    assert holder_of(held) == lan.id


def test_from_a_locked_screen_another_officer_comes_in_and_sees_nothing_of_the_former(
    inside: FlaskClient, held: Declaration, lan: Actor
):
    an_officer("minh")
    post(inside, "/lock")
    assert post(inside, "/logout", {"next": "switch"}).location == "/login"
    come_in(inside, "minh")
    assert "Nguyễn Thử Mẫu" not in inside.get("/switch").text
    assert holder_of(held) == lan.id


def test_plain_signing_out_asks_nothing(inside: FlaskClient, held: Declaration):
    assert post(inside, "/logout").location == "/login"
