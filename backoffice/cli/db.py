"""`backoffice db …`."""

from __future__ import annotations

import click

from backoffice.cli import common
from backoffice.kernel import migrate


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the newest shape (as DATABASE_OWNER_URL); quick when it is there."""
    migrate.upgrade(common.settings())
    click.echo("The database is up to date.")
