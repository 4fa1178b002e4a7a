"""`backoffice db …`."""

from __future__ import annotations

import click

from backoffice.cli import common
from backoffice.embedded.scratch import scratch
from backoffice.kernel import migrate


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest shape (as DATABASE_OWNER_URL); quick when it is there."""
    migrate.upgrade(common.settings())
    click.echo("The database is up to date.")


@db.command()
def check() -> None:
    """Fail when the models and the migrations differ (on a throw-away PostgreSQL of its own)."""
    with scratch() as databases:
        migrate.upgrade(databases)
        migrate.check(databases)
    click.echo("Models and migrations agree.")


@db.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration from the difference between models and migrations; read it before you commit it."""
    with scratch() as databases:
        migrate.upgrade(databases)
        migrate.revision(databases, message)
