"""What PostgreSQL itself still holds of deleted rows, cleared away soon after: as the owner of the tables.

A deleted row stays in its page, and in every index, until its table is vacuumed; the values that stood out in a sample
stay among the planner's statistics until it is analysed again. By itself the server does either after a fifth of a
table has changed, which may take weeks.
"""

from __future__ import annotations

import structlog
from sqlalchemy import NullPool, create_engine, text

from backoffice import config
from backoffice.models import Base, Declaration, table_of

log = structlog.get_logger()

_NO_SAMPLE = text(
    "SELECT pg_clear_attribute_stats('public', :name, attname::text, inherited) "
    "FROM pg_stats WHERE schemaname = 'public' AND tablename = :name"
)
"""Of an empty table ANALYZE leaves the sample as it was."""


def tables() -> list[str]:
    """Return the tables whose rows go with a declaration, itself first: those that a foreign key deletes with it."""
    found = [table_of(Declaration).name]
    for name in found:
        for table in Base.metadata.sorted_tables:
            goes = any(key.ondelete == "CASCADE" and key.column.table.name == name for key in table.foreign_keys)
            if goes and table.name not in found:
                found.append(table.name)
    return found


def clear(name: str) -> None:
    """Vacuum and analyse the table, unless somebody else is vacuuming it.

    Nobody who reads or writes rows waits for it. It may be ended at any time: what is left is done the next time.
    """
    engine = create_engine(config.current().database_owner_url, poolclass=NullPool, hide_parameters=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        quoted = connection.dialect.identifier_preparer.quote(name)
        connection.execute(text(f"VACUUM (ANALYZE, SKIP_LOCKED) {quoted}"))
        if not connection.execute(text(f"SELECT EXISTS (SELECT FROM {quoted})")).scalar_one():  # noqa: S608 (quoted)
            connection.execute(_NO_SAMPLE, {"name": name})
    log.info("deleted rows cleared from pages, indexes and statistics", table=name)
