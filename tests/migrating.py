"""A database of its own for tests of migrations: without tables, to be moved from one shape to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import NullPool, create_engine, make_url

from backoffice.kernel import migrate
from tests.conftest import _of, _plain


class Elsewhere:
    """The other database, as its owner."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, poolclass=NullPool)

    def moved(self, to: str, act: str = "upgrade") -> None:
        """Upgrade (or downgrade) to the revision."""
        with self._engine.begin() as connection:
            getattr(command, act)(migrate._config(connection), to)

    def asked(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run the statements; return the rows of the last."""
        with self._engine.begin() as connection:
            found = [connection.exec_driver_sql(statement) for statement in statements][-1]
            return [tuple(row) for row in found] if found.returns_rows else []


@contextmanager
def a_database(addresses: dict[str, str]) -> Iterator[Elsewhere]:
    """Give a database without tables; it is gone afterwards."""
    name = f"{make_url(addresses['owner']).database}_moved"
    with psycopg.connect(_plain(addresses["super"]), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER backoffice_owner')
        try:
            yield Elsewhere(_of(addresses["owner"], name))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def elsewhere(addresses: dict[str, str], settings: object) -> Iterator[Elsewhere]:
    """The other database."""
    with a_database(addresses) as one:
        yield one
