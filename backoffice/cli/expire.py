"""`backoffice expire`."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

import click

from backoffice.cli import common
from backoffice.expiry import actions
from backoffice.kernel import clock


@click.command()
@click.option("--at", "moment", metavar="TIME", help="As if it were TIME (ISO 8601; without a zone: in Vietnam).")
def expire(moment: str | None) -> None:
    """Delete every declaration whose deadline has passed, and say how many there were.

    The scheduler does the same every five minutes. --at is for demo and test only.
    """
    if moment is not None and common.settings().is_production:
        raise click.ClickException("--at deletes before time: it is there in demo and test only.")
    instant = _instant(moment) if moment is not None else None
    common.started()
    with clock.at(instant) if instant else nullcontext():
        click.echo(f"Declarations expired: {_all()}")


def _all() -> int:
    total = 0
    while swept := actions.sweep():
        total += swept
    return total


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("give an ISO 8601 time, as in 2026-12-01T00:00", param_hint="--at") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.VIETNAM)
