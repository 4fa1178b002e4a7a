"""Who only looks changes nothing: every GET route by every role, all tables counted and summed before and after."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from backoffice.kernel.db import transaction
from backoffice.models import Role, Scope
from backoffice.rules.permissions import PERMITS
from tests.factories import make_client, make_office, make_officer
from tests.house.askers import Askers, Door, address_of, doors_of, signed_in
from tests.house.world import PROOFS, Place, World, made, names_of
from tests.signin.browser import HTMX

LOOKS = {"trail"}
"""What a look does write: that somebody looked. No business row."""
APART = {
    "officer_sessions": ("active_at",),
    "officers": ("last_seen_at",),
    "client_keys": ("used_at",),
}
"""Columns that say when somebody was last there."""
Sums = dict[str, tuple[int, str]]


@pytest.fixture
def owner(addresses: dict[str, str], database: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    url = addresses["super"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


class Books:
    """Counts and sums of all tables but those of looks; asked again only where a row was written since."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND relname <> ALL (%s) ORDER BY relname",
            [list(LOOKS)],
        ).fetchall()
        names = [str(name) for (name,) in found]
        assert len(names) > 30
        self._rows = sql.SQL(" UNION ALL ").join(map(_rows, names))
        self._known, self._kept = self._sums(names), self._asked(self._rows)

    def changed(self) -> list[str]:
        """Return the tables that are not as they were at the last look."""
        before, self._kept = self._kept, self._asked(self._rows)
        sums = self._sums([name for name in self._kept if self._kept[name] != before[name]])
        found = [name for name in sums if sums[name] != self._known[name]]
        self._known |= sums
        return found

    def _sums(self, names: list[str]) -> Sums:
        return self._asked(sql.SQL(" UNION ALL ").join(map(_sum, names))) if names else {}

    def _asked(self, statement: sql.Composed) -> Sums:
        return {str(name): (int(str(count)), str(total)) for name, count, total in self._connection.execute(statement)}


def _rows(name: str) -> sql.Composed:
    """Where the rows are and who wrote them: another row or another version of one is never the same."""
    return sql.SQL(
        "SELECT {name}, count(*), coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0)::text FROM {table}"
    ).format(name=name, table=sql.Identifier(name))


def _sum(name: str) -> sql.Composed:
    return sql.SQL(
        "SELECT {name}, count(*), md5(coalesce(string_agg(row, '' ORDER BY row), ''))"
        " FROM (SELECT md5((to_jsonb(t) - {apart}::text[])::text) AS row FROM {table} t) AS rows"
    ).format(name=name, apart=list(APART.get(name, ())), table=sql.Identifier(name))


def addresses_of(app: Flask, world: World, door: Door) -> list[str]:
    """The door's address for something at the own office, and for nothing."""
    if names_of(door) <= world.nothing.keys():
        return sorted({address_of(app, door, world.at(door, Place.OWN)), address_of(app, door, world.never(door))})
    assert door.arguments <= PROOFS.keys()
    return [door.path]


@pytest.mark.parametrize("role", Role)
def test_what_officers_look_at_stays_as_it_was(
    app: Flask, owner: psycopg.Connection[tuple[object, ...]], role: Role
) -> None:
    world = made()
    with transaction() as session:
        number = make_officer(session, role=role, office=make_office(session, Place.OWN.value)).id
    browser = signed_in(app, number)
    browser.get("/")
    doors = [door for door in doors_of(app) if door.is_safe and not door.rule.machine]
    asked = [
        (address, headers)
        for door in doors
        if door.rule.do is None or role in PERMITS[door.rule.do]
        for address in addresses_of(app, world, door)
        for headers in ({}, HTMX)
    ]
    assert wrong(Books(owner), browser, asked) == []
    assert not browser.get("/").headers.get("Location", "").startswith("/login")  # nothing ended the session


def test_what_machines_and_strangers_look_at_stays_as_it_was(
    app: Flask, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    world = made()
    with transaction() as session:
        keys = {scope: make_client(session, scope)[1] for scope in Scope}
    asked = [
        (address, {"Authorization": f"Bearer {keys[door.rule.scope or Scope.APP]}"} if door.rule.machine else {})
        for door in doors_of(app)
        if door.is_safe
        for address in addresses_of(app, world, door)
    ]
    stranger = Askers(app).anonymous()
    assert wrong(Books(owner), stranger, asked) == []


def wrong(books: Books, browser: FlaskClient, asked: list[tuple[str, dict[str, str]]]) -> list[str]:
    """Ask for each address; return those that failed, and those that changed a table."""
    found = []
    for address, headers in asked:
        status = browser.get(address, headers=headers).status_code
        if status >= 500:
            found.append(f"GET {address} {'part' if headers == HTMX else ''}: {status}")
        found += [f"GET {address} changed {name}" for name in books.changed()]
    return found


def test_the_books_notice_a_change(app: Flask, owner: psycopg.Connection[tuple[object, ...]]) -> None:
    with transaction() as session:
        office = make_office(session, "001")
    books = Books(owner)
    with transaction() as session:
        session.merge(office).name = "BHXH Khác"
    assert books.changed() == ["offices"]
    with transaction() as session:
        make_office(session, "002")
    assert books.changed() == ["offices"]
    assert books.changed() == []
