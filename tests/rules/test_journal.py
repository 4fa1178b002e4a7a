"""The trail is append-only: by grants for the application, by trigger for the owner (design 5)."""

from __future__ import annotations

import psycopg
import pytest

from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import TrailEvent, TrailRow
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record
from tests.factories import make_declaration

pytestmark = pytest.mark.usefixtures("database")

CHANGES = ["UPDATE trail SET event = 'queue'", "DELETE FROM trail", "TRUNCATE trail"]


@pytest.fixture
def row() -> TrailRow:
    with transaction() as session:
        declaration = make_declaration(session)
        record(session, TrailEvent.REVIEW, SYSTEM, declaration=declaration)
    with transaction() as session:
        return session.query(TrailRow).one()


@pytest.mark.parametrize("role", ["app", "owner"])
@pytest.mark.parametrize("statement", CHANGES)
def test_nobody_changes_or_removes_a_row(row: TrailRow, addresses: dict[str, str], role: str, statement: str):
    url = addresses[role].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
    with transaction() as session:
        assert session.query(TrailRow).one().event is TrailEvent.REVIEW


def test_the_application_neither_owns_nor_makes_tables(addresses: dict[str, str], row: TrailRow):
    url = addresses["app"].replace("postgresql+psycopg://", "postgresql://")
    for statement in ("CREATE TABLE mine (n int)", "DROP TABLE notices", "ALTER TABLE trail DISABLE TRIGGER ALL"):
        with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tombstones SET deleted_at = now()",
        *(f"DELETE FROM {table}" for table in ("tombstones", "accounts", "machine_clients", "officers", "offices")),
    ],
)
def test_the_application_deletes_nothing_that_it_only_ends(addresses: dict[str, str], statement: str):
    """Design 5: it may what it needs. A tombstone stays as it is; an account is closed, an officer disabled."""
    url = addresses["app"].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_who_looked_at_a_person_is_one_keyed_hash_away(row: TrailRow):
    with transaction() as session:
        code = make_declaration(session, bhxh_code="0123456789").bhxh_code
        record(session, TrailEvent.SEARCH, SYSTEM, subject_hash=lookup_hash("bhxh_code", code))
    with transaction() as session:
        found = session.query(TrailRow).filter_by(subject_hash=lookup_hash("bhxh_code", "0123456789")).one()
    assert found.event is TrailEvent.SEARCH
