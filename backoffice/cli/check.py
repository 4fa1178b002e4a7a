"""`backoffice check`."""

from __future__ import annotations

import os

import click

from backoffice.cli import common


@click.command()
def check() -> None:
    """Tell whether the environment is fit for production; name every fault and end with 1 when it is not."""
    found = common.fit({**os.environ, "APP_ENV": "production"})
    if not common.demand_keys(found):
        click.echo("The photos were not asked whether PHOTO_KEYS opens them: the database does not answer.")
    click.echo("Fit for production.")
