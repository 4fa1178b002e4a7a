"""Alembic's environment: one connection as the owner of the tables, given by backoffice.kernel.migrate."""

from alembic import context

from backoffice.models import Base


def run() -> None:
    """Run the migrations (or the comparison) on the connection in the configuration's attributes."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


run()
