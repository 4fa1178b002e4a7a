"""`backoffice prepare`: what `up` does before the desk opens."""

from __future__ import annotations

import click

from backoffice.cli import common
from backoffice.demo.load import load_demo
from backoffice.kernel import migrate


@click.command()
def prepare() -> None:
    """Migrate, then load the demo once; quick when both are done."""
    settings = common.started()
    migrate.upgrade(settings)
    load_demo(settings)
