"""`backoffice up`."""

from __future__ import annotations

import sys

import click

from backoffice.embedded import up as embedded


@click.command()
@click.option("--port", envvar="PORT", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--reset", is_flag=True, help="Delete data, photos and sandbox messages first.")
def up(port: int, reset: bool) -> None:
    """Run the whole demo on this machine: engines, pages, workers, scheduler."""
    try:
        sys.exit(embedded.up(port, reset=reset))
    except embedded.CannotStart as error:
        raise click.ClickException(str(error)) from error
