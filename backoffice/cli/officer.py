"""`backoffice officer …`: who may sign in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from backoffice.cli import common
from backoffice.kernel.errors import DomainError, InvalidInput
from backoffice.models import Role
from backoffice.officers import commands
from backoffice.officers.view import address_of

ROLES = click.Choice([role.value for role in Role])
OFFICE = "Code of the office, e.g. 00114; 000 is the whole country."
FROM_STDIN = "Read the password from standard input; else one is made and printed."
TOTP = "Give a new second step and print its otpauth URI (obligatory in production for all but reception)."


@click.group()
def officer() -> None:
    """Add, change and disable commands."""


@officer.command()
@click.argument("username")
@click.option("--role", required=True, type=ROLES)
@click.option("--office", required=True, help=OFFICE)
@click.option("--name", required=True, help="Full name, as colleagues see it.")
@click.option("--password-stdin", is_flag=True, help=FROM_STDIN)
@click.option("--totp", is_flag=True, help=TOTP)
def add(username: str, role: str, office: str, name: str, password_stdin: bool, totp: bool) -> None:
    """Add an officer; a password that was made is printed alone on a line, then the otpauth URI if asked."""
    with _plainly():
        given = _password(password_stdin)
        made = commands.add_officer(username, name, Role(role), office, password=given, with_totp=totp)
    _tell(made, given)


@officer.command()
@click.argument("username")
@click.option("--role", type=ROLES)
@click.option("--office", help=OFFICE)
def change(username: str, role: str | None, office: str | None) -> None:
    """Give another role or office; whoever is signed in under it must sign in again."""
    with _plainly():
        commands.change_officer(username, role=Role(role) if role else None, office_code=office)


@officer.command()
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help=FROM_STDIN)
@click.option("--totp", is_flag=True, help=TOTP)
def renew(username: str, password_stdin: bool, totp: bool) -> None:
    """Give a new password (who forgot it), and with --totp a new second step (who lost the telephone)."""
    with _plainly():
        given = _password(password_stdin)
        made = commands.renew_credentials(username, password=given, with_totp=totp)
    _tell(made, given)


@officer.command()
@click.argument("username")
def disable(username: str) -> None:
    """Let an officer sign in no more; what is open ends at once."""
    with _plainly():
        commands.disable_officer(username)


@officer.command()
@click.argument("username")
def link(username: str) -> None:
    """Print a one-time link, valid for 24 hours, by which the officer chooses a password."""
    with _plainly():
        made = commands.link_officer(username)
    click.echo(address_of(made))


@contextmanager
def _plainly() -> Iterator[None]:
    """Start, and end the command with the sentence of any refusal."""
    common.started()
    try:
        yield
    except InvalidInput as refusal:
        raise click.ClickException("\n".join(fault.message for fault in refusal.faults)) from refusal
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from refusal


def _password(from_stdin: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None


def _tell(made: commands.Credentials, given: str | None) -> None:
    if given is None:
        click.echo(made.password)
    if made.totp_uri is not None:
        click.echo(made.totp_uri)
