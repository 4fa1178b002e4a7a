"""`backoffice client …`: the machines that may call the API."""

from __future__ import annotations

import click

from backoffice.cli import common
from backoffice.intake import actions
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
    common.started()
    try:
        key = actions.add_client(name, _scopes(scope))
    except DomainError as error:
        faults = [fault.message for fault in error.faults] if isinstance(error, InvalidInput) else [error.message]
        raise click.ClickException(" ".join(faults)) from error
    click.echo(key)


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        known = ", ".join(scope.value for scope in Scope)
        raise click.BadParameter(f"{error}; known are {known}", param_hint="--scope") from error
