"""`backoffice prepare`: what `up` does before the desk opens."""

from __future__ import annotations

from importlib.util import find_spec

import click

from backoffice.cli import common
from backoffice.kernel import migrate


@click.command()
def prepare() -> None:
    """Migrate, then load the demo once; quick when both are done."""
    settings = common.started()
    migrate.upgrade(settings)
    if find_spec("backoffice.demo.load") is not None:
        from backoffice.demo.load import load_demo

        load_demo(settings)
