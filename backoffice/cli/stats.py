"""`backoffice stats …`: proving the figures of the dashboards."""

from __future__ import annotations

import click
from sqlalchemy import select

from backoffice.cli import common
from backoffice.dashboards import folding
from backoffice.dashboards import verify as comparing
from backoffice.dashboards.verify import Difference, Found
from backoffice.kernel.db import transaction
from backoffice.models import Office

MOST_SHOWN = 1000


@click.group()
def stats() -> None:
    """Prove the figures of the dashboards."""


@stats.command()
@click.option("--heal", is_flag=True, help="Put right what is wrong; decisions may go on meanwhile.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=comparing.DAYS, show_default=True, help="So many days back."
)
@click.option(
    "--everything", is_flag=True, help="With --heal: make all figures anew; what was deleted by its term stays counted."
)
def verify(heal: bool, days: int, everything: bool) -> None:
    """Compare the figures with declarations, tombstones, trail and calls; name each that differs, and end with 1 then.

    With --heal it ends with 0. Days of which something was deleted by its term are not compared.
    """
    if everything and not heal:
        raise click.UsageError("--everything goes with --heal")
    common.connected()
    found = comparing.make_all(seconds=0) if everything else comparing.verify(days, heal=heal, seconds=0)
    codes = _codes({one.office_id for one in found.differences})
    for one in found.differences[:MOST_SHOWN]:
        click.echo(_told(one, codes))
    _summed_up(found)
    if found.differences and not heal:
        raise SystemExit(1)


@stats.command()
def fold() -> None:
    """Add up what was counted since, as the scheduler does each minute, and say how many steps there were."""
    common.connected()
    click.echo(f"Steps added up: {folding.fold()}")


def _codes(ids: set[int]) -> dict[int, str]:
    with transaction() as session:
        return {one.id: one.code for one in session.execute(select(Office.id, Office.code).where(Office.id.in_(ids)))}


def _told(one: Difference, codes: dict[int, str]) -> str:
    where = f"office {codes[one.office_id]}" if one.office_id in codes else "no office"
    who = "with all under it" if one.officer_id is None else f"officer {one.officer_id or '-'}"
    what = f"{one.figure}:{one.key}" if one.key else one.figure
    return (
        f"DIFFERS {one.day} {where} {what} ({who}): kept {one.kept}, true {one.true}; "
        f"seconds {one.kept_seconds}, {one.true_seconds}"
    )


def _summed_up(found: Found) -> None:
    hidden = len(found.differences) - MOST_SHOWN
    if hidden > 0:
        click.echo(f"… and {hidden} more")
    click.echo(f"Compared from {found.since} on, and how things are now. Differences: {len(found.differences)}.")
    if found.differences:
        click.echo("They were put right." if found.healed else "Run it with --heal to put them right.")
