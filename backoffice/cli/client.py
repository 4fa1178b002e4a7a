"""`backoffice client …`: the machines that may call the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from backoffice.cli import common
from backoffice.clients import command
from backoffice.clients.keys import Overlap
from backoffice.kernel.errors import DomainError, InvalidInput
from backoffice.models import Scope


@click.group()
def client() -> None:
    """Look after the machines that call the API."""


@client.command()
@click.argument("name")
@click.option("--scope", required=True, help="Comma-separated: " + ", ".join(scope.value for scope in Scope))
def add(name: str, scope: str) -> None:
    """Let machine NAME in; print its key, alone and only this once."""
    with _plainly():
        click.echo(command.add_client(name, _scopes(scope)))


@client.command()
@click.argument("name")
@click.option(
    "--overlap",
    type=click.Choice([one.value for one in Overlap]),
    default=Overlap.DAY.value,
    show_default=True,
    help="How long the keys before it still open.",
)
def rotate(name: str, overlap: str) -> None:
    """Give machine NAME a new key; print it, alone and only this once."""
    with _plainly():
        click.echo(command.rotate_client(name, Overlap(overlap)))


@client.command("list")
def list_() -> None:
    """Print every machine: name, scopes, offices, requests a minute, keys in force, last used, stopped."""
    with _plainly():
        found = command.list_clients()
    for one in found:
        offices = ",".join(one["office_codes"]) or "all offices"
        state = "stopped" if one["disabled_at"] else "on"
        used = _instant(one["used_at"])
        scopes, number = ",".join(one["scope_names"]), f"{one['good_keys']} keys"
        parts = (one["name"], scopes, offices, one["rate"], number, used, state)
        click.echo("\t".join(map(str, parts)))


@contextmanager
def _plainly() -> Iterator[None]:
    """Start, and end the command with the sentence of any refusal."""
    common.started()
    try:
        yield
    except InvalidInput as refusal:
        raise click.ClickException(" ".join(fault.message for fault in refusal.faults)) from refusal
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal


def _instant(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes") if at else "never used"


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        known = ", ".join(scope.value for scope in Scope)
        raise click.BadParameter(f"{error}; known are {known}", param_hint="--scope") from error
