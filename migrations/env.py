"""Alembic's environment: one connection as the owner of the tables, given by backoffice.kernel.migrate."""

import re

from alembic import context

from backoffice.models import Base

_PARTITION = re.compile(r"trail_(\d{4}_\d{2}|default)$")


def _is_compared(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the trail's partitions out: they come and go by themselves (trail.months)."""
    return kind != "table" or not _PARTITION.match(name or "")


def run() -> None:
    """Run the migrations (or the comparison) on the connection in the configuration's attributes."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_server_default=True, include_name=_is_compared
    )
    with context.begin_transaction():
        context.run_migrations()


run()
