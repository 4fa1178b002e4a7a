"""`backoffice scheduler`."""

from __future__ import annotations

import click

from backoffice import scheduler as process
from backoffice.cli import common


@click.command()
def scheduler() -> None:
    """Ask for the periodic jobs when they are due; several may run, they do not double."""
    common.connected()
    process.run()
