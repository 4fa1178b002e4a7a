"""`backoffice worker`."""

from __future__ import annotations

import click

from backoffice.cli import common
from backoffice.kernel import queue


@click.command()
@click.option("--lane", "lanes", multiple=True, type=click.Choice(queue.LANES), help="Repeat; default: all, in order.")
def worker(lanes: tuple[str, ...]) -> None:
    """Work off background jobs of the given lanes, the first named first."""
    from backoffice import worker as process
    from backoffice.notices import jobs

    common.demand_keys(common.started())
    with jobs.attending():
        process.run(lanes or queue.LANES)
