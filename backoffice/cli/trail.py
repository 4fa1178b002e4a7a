"""`backoffice trail …`: proving who did and saw what."""

from __future__ import annotations

import re
from datetime import date

import click

from backoffice.cli import common
from backoffice.kernel.errors import DomainError
from backoffice.trail import acknowledging, calendar, proof, sealing

YEARS = (2000, 2200)


@click.group()
def trail() -> None:
    """Prove the trail."""


@trail.command()
@click.option("--month", metavar="YYYY-MM", help="Compare the rows of this month (in Vietnam) alone.")
@click.option("--head", metavar="HEX", help='A head noted from the log ("trail sealed"): it must be in the chain.')
def verify(month: str | None, head: str | None) -> None:
    """Walk the chain of seals and the rows; name what was changed, removed or inserted, and end with 1 then."""
    chosen, noted = _month(month), _head(head)
    common.connected()
    found = proof.verify(chosen, noted, lambda finding: click.echo(f"TAMPERED {finding.sentence()}"))
    of_month = f" of {month}" if month else ""
    click.echo(f"Seals in the chain: {found.seal_id}; head {found.head}")
    click.echo(f"Sealed rows{of_month} compared: {found.rows}; gone by the retention: {found.dropped}")
    since = f"; the oldest is of {found.oldest_unsealed_at:%Y-%m-%d %H:%M:%S} UTC" if found.oldest_unsealed_at else ""
    click.echo(f"Rows not sealed yet: {found.unsealed}{since}")
    if found.findings:
        click.echo(f"Findings: {found.findings}. The trail is not what was written.")
        raise SystemExit(1)
    click.echo("Nothing was changed, removed or inserted.")


@trail.command()
def seal() -> None:
    """Seal every row that can change no more, as the scheduler does each minute, and say how many there were."""
    common.connected()
    total = 0
    while sealed := sealing.seal():
        total += sealed
    click.echo(f"Rows sealed: {total}")


@trail.command()
@click.option("--check", "number", required=True, type=int, metavar="ID", help="The last check, by its number.")
@click.option("--note", required=True, help="Who looked into it, what came out; no personal data: it stays for good.")
def acknowledge(number: int, note: str) -> None:
    """Say in the chain that what the last check found was looked into: the retention goes on, new ones stand out."""
    common.connected()
    try:
        head = acknowledging.acknowledge(number, note)
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"Acknowledged by seal {head.id}; head {head.digest.hex()}")


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        month = calendar.read_month(text)
    except ValueError as error:
        raise click.BadParameter("give a month as in 2026-12", param_hint="--month") from error
    if not YEARS[0] <= month.year <= YEARS[1]:
        raise click.BadParameter(f"give a month of the years {YEARS[0]} to {YEARS[1]}", param_hint="--month")
    return month


def _head(text: str | None) -> str | None:
    if text is not None and not re.fullmatch("[0-9a-f]{64}", text.strip().lower()):
        raise click.BadParameter("give the 64 hexadecimal characters of the log's head", param_hint="--head")
    return text.strip().lower() if text is not None else None
