"""Migrations as the owner role, then the application role's grants (design 5: the application owns nothing)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url, text

from backoffice.config import ROOT


class Databases(Protocol):
    """The two addresses of one database that migrations need (config.Settings has them)."""

    @property
    def database_url(self) -> str:
        """Return the application role's URL."""

    @property
    def database_owner_url(self) -> str:
        """Return the URL of the role that owns the tables."""


APPEND_ONLY = ("trail", "trail_seals", "tombstones", "office_changes", "past_approvals")
"""Tables whose rows the application adds and reads, and neither changes nor deletes."""
NEVER_DELETED = (
    "accounts",
    "client_keys",
    "machine_clients",
    "officers",
    "office_merges",
    "offices",
    "retention_runs",
    "trail_checks",
)
"""Tables whose rows end by a mark (closed, disabled), not by deletion."""
FORGETTING = ("retention_forget_tombstones(bigint[])", "retention_forget_accounts(bigint[])")
"""By these alone, which look at the age themselves, rows of the above go when their term is over (rules.retention)."""
_COLUMNS_OF_TRAIL = "at, event, actor_kind, actor_id, office_id, declaration_id, account_id, subject_hash, facts"
"""All but the id: the sequence alone gives those, for rows are sealed in its order (trail.sealing)."""
_LOCK = 7_310_026  # any number: two upgrades at once wait for each other


def upgrade(settings: Databases) -> None:
    """Bring the database to the newest shape, and the application role to its grants; quick when all is done."""
    with _owner(settings) as connection:
        if _heads(connection) == _newest():
            return
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        command.upgrade(_config(connection), "head")
        _grant(connection, make_url(settings.database_url).username)


def check(settings: Databases) -> None:
    """Raise alembic's CommandError when models and migrations differ."""
    with _owner(settings) as connection:
        command.check(_config(connection))


def revision(settings: Databases, message: str) -> None:
    """Write a new migration from the difference between models and database."""
    with _owner(settings) as connection:
        command.revision(_config(connection), message, autogenerate=True)


@contextmanager
def _owner(settings: Databases) -> Iterator[Connection]:
    engine = create_engine(settings.database_owner_url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _heads(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _newest() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return set(ScriptDirectory.from_config(config).get_heads())


def _grant(connection: Connection, role: str | None) -> None:
    """Let `role` read and write rows, only add to the append-only tables, and delete none that is merely ended."""
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    if role is None or role == owner:
        return
    name = connection.dialect.identifier_preparer.quote(role)
    parts = connection.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'trail'::regclass")
    )
    for statement in (
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name}" for table in APPEND_ONLY),
        *(f"REVOKE DELETE, TRUNCATE ON {table} FROM {name}" for table in NEVER_DELETED),
        f"REVOKE INSERT ON trail FROM {name}",
        f"GRANT INSERT ({_COLUMNS_OF_TRAIL}) ON trail TO {name}",
        *(f"GRANT EXECUTE ON FUNCTION {function} TO {name}" for function in FORGETTING),
        *(f"REVOKE ALL ON {part} FROM {name}" for part in parts.scalars()),  # through the trail itself alone
    ):
        connection.execute(text(statement))
