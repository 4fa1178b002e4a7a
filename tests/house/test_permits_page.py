"""The page of who may do what says in words what the predicates decide (issue 7, point 6)."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from backoffice.kernel.db import transaction
from backoffice.models import Office, Role
from backoffice.officers.permits import GROUPS, NEVER, SCOPES, show_permits
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import PERMITS, Do, may
from backoffice.web.menu import ROLES
from tests.factories import make_actor, make_office
from tests.house.askers import signed_in
from tests.house.world import Thing

OWN, CHILD, MERGED, SIBLING, PARENT = "001", "00114", "00115", "079", "000"
"""MERGED went into OWN, under which it hangs."""
REACHES = {
    frozenset[str](): NEVER,
    frozenset({OWN}): "đơn vị mình",
    frozenset({OWN, MERGED}): "đơn vị mình và đơn vị đã hợp nhất vào",
    frozenset({OWN, CHILD, MERGED}): "đơn vị mình và cấp dưới",
    frozenset({OWN, CHILD, MERGED, SIBLING, PARENT}): "mọi nơi",
}


@pytest.fixture
def offices(database: None) -> list[Office]:
    with transaction() as session:
        made = [make_office(session, code) for code in (OWN, CHILD, MERGED, SIBLING, PARENT)]
        made[2].successor_id = made[0].id
        return made


@pytest.fixture
def actors(offices: list[Office]) -> dict[Role, Actor]:
    """Somebody of each role at the office 001."""
    with transaction() as session:
        return {role: make_actor(session, role, office=session.merge(offices[0])) for role in Role}


def test_every_act_has_words_in_one_group() -> None:
    named = [do for acts in GROUPS.values() for do in acts]
    assert sorted(named) == sorted(Do)
    said = [words for acts in GROUPS.values() for words in acts.values()]
    assert all(said)
    assert len(set(said)) == len(said)


def test_every_predicate_has_words() -> None:
    assert {predicate for row in PERMITS.values() for predicate in row.values()} <= SCOPES.keys()


def test_every_cell_says_what_the_predicate_decides(offices: list[Office], actors: dict[Role, Actor]) -> None:
    """Each cell is compared with what `may` answers about something at the own office, below, beside and above."""
    cells = {
        (line.do, role): cell
        for group in show_permits(actors[Role.ADMINISTRATOR], tuple(ROLES))
        for line in group.lines
        for role, cell in zip(ROLES, line.cells, strict=True)
    }
    decided = {
        (do, role): REACHES[frozenset(one.code for one in offices if may(actors[role], do, Thing(one.id, one)))]
        for do in Do
        for role in Role
    }
    assert cells == decided


def test_the_page_shows_every_act_to_administrators(app: Flask, actors: dict[Role, Actor]) -> None:
    number = actors[Role.ADMINISTRATOR].id
    assert number is not None
    page = signed_in(app, number).get("/permits")
    assert page.status_code == 200
    shown = html.unescape(page.text)
    assert set(re.findall(r'<tr id="(\w+)">', shown)) == set(Do)
    assert all(words in shown for acts in GROUPS.values() for words in acts.values())


def test_nobody_else_sees_it(app: Flask, actors: dict[Role, Actor]) -> None:
    for role, actor in actors.items():
        if role is not Role.ADMINISTRATOR:
            assert actor.id is not None
            assert signed_in(app, actor.id).get("/permits").status_code == 403
