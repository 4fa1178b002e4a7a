"""`backoffice seed`."""

from __future__ import annotations

from pathlib import Path

import click

from backoffice.cli import common
from backoffice.demo.offices import UnfitFile
from backoffice.demo.seed import seed as add_declarations


@click.command()
@click.option("--declarations", "count", required=True, type=click.IntRange(1, 10_000_000), help="How many to add.")
@click.option(
    "--offices",
    "offices_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file of offices, with the columns of backoffice/data/bhxh_offices_demo.csv.",
)
def seed(count: int, offices_file: Path) -> None:
    """Add plain synthetic declarations, spread over the offices of a file; offices that are missing are added.

    For demo and test: production refuses.
    """
    if common.settings().is_production:
        raise click.ClickException("Production takes no invented declarations.")
    common.started()
    try:
        click.echo(f"Declarations added: {add_declarations(count, offices_file)}")
    except UnfitFile as error:
        raise click.ClickException(str(error)) from error
