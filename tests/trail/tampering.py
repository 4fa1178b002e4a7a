"""What a test needs to tamper with the trail: the owner of the tables, who may switch off what guards them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import ActorKind, TrailEvent, TrailRow
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.trail import proof
from backoffice.trail.findings import Finding
from tests.conftest import _plain

OFFICER = Actor(ActorKind.OFFICER, 7, office_id=3)


def write(count: int = 1, *, at: datetime | None = None) -> list[int]:
    """Write so many rows as the application does, at the instant; return their ids."""
    with clock.at(at or clock.now()), transaction() as session:
        last = session.execute(select(func.max(TrailRow.id))).scalar_one() or 0
        for number in range(count):
            record(session, TrailEvent.SEARCH, OFFICER, subject_hash=bytes(range(16)), number=number)
        return list(session.scalars(select(TrailRow.id).where(TrailRow.id > last).order_by(TrailRow.id)))


class Owner:
    """The role that owns the tables, at work on them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def run(self, *statements: str) -> None:
        """Run the statements with the triggers of the trail and its seals switched off."""
        for guard in ("DISABLE", "ENABLE"):
            for table in (*self.parts(), "trail", "trail_seals"):
                self._connection.execute(f"ALTER TABLE {table} {guard} TRIGGER append_only")
            if guard == "DISABLE":
                for statement in statements:
                    self._connection.execute(statement)
        self._connection.commit()

    def bare(self, *statements: str) -> None:
        """Run the statements as they are."""
        for statement in statements:
            self._connection.execute(statement)
        self._connection.commit()

    def all(self, question: str) -> list[Any]:
        """Return the first column of what is asked."""
        found = [row[0] for row in self._connection.execute(question)]
        self._connection.commit()
        return found

    def parts(self) -> list[str]:
        """Return the names of the partitions."""
        return self.all("SELECT relid::text FROM pg_partition_tree('trail') WHERE isleaf ORDER BY 1")


@contextmanager
def owning(addresses: dict[str, str]) -> Iterator[Owner]:
    """Give the owner; partitions made meanwhile are gone afterwards, those dropped are made again."""
    with psycopg.connect(_plain(addresses["owner"])) as connection:
        owner = Owner(connection)
        before = owner.parts()
        try:
            yield owner
        finally:
            connection.rollback()
            owner.bare(*(f"DROP TABLE {part}" for part in owner.parts() if part not in before))
            missing = (part.removeprefix("trail_").replace("_", "-") for part in before if part not in owner.parts())
            owner.bare(*(f"SELECT trail_make_month('{month}-01')" for month in missing))


def findings(**asked: Any) -> list[Finding]:
    """Verify, and return what was found."""
    found: list[Finding] = []
    outcome = proof.verify(tell=found.append, **asked)
    assert outcome.findings == sum(one.count for one in found)
    return found


@pytest.fixture
def owner(addresses: dict[str, str], database: None) -> Iterator[Owner]:
    """The owner of the tables."""
    with owning(addresses) as one:
        yield one


@pytest.fixture
def late(addresses: dict[str, str], database: None) -> Iterator[psycopg.Connection]:
    """Another connection of the application's role, for a transaction that takes its time."""
    with psycopg.connect(_plain(addresses["app"])) as connection:
        yield connection
        connection.rollback()
