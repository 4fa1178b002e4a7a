"""`backoffice check`."""

from __future__ import annotations

import os

import click

from backoffice import config


@click.command()
def check() -> None:
    """Tell whether the environment is fit for production; name every fault and end with 1 when it is not."""
    try:
        config.load({**os.environ, "APP_ENV": "production"})
    except config.Misconfigured as error:
        raise click.ClickException(str(error)) from error
    click.echo("Fit for production.")
