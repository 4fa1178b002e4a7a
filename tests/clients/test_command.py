"""Machines are let in from the command line; their key is shown once and kept as a hash."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from backoffice.cli.client import client as command
from backoffice.clients.command import add_client
from backoffice.config import Settings
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.kernel.hashing import token_hash
from backoffice.models import ClientKey, MachineClient, Scope


@pytest.fixture
def environ(settings: Settings, addresses: dict[str, str]) -> dict[str, str]:
    """The environment of a second terminal on this desk."""
    return {
        "APP_ENV": "test",
        "VAR_DIR": str(settings.var),
        "DATABASE_URL": addresses["app"],
        "DATABASE_OWNER_URL": addresses["owner"],
        "REDIS_URL": addresses["redis"],
        "SECRET_KEY": settings.secret_key,
        "LOOKUP_KEY": settings.lookup_key,
        "TRAIL_KEY": settings.trail_key,
        "PHOTO_STORE_URL": settings.photo_store_url,
        "PHOTO_KEYS": settings.photo_keys,
        "SMS_URL": "sandbox:",
        "SMTP_URL": "sandbox:",
        "PUBLIC_URL": "http://localhost",
    }


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), env=environ)


def test_the_command_prints_the_key_alone_and_the_desk_keeps_its_hash(database: None, environ: dict[str, str]) -> None:
    result = run(environ, "add", "Cổng dịch vụ công", "--scope", "intake,hotline")
    key = result.stdout.strip()
    assert (result.exit_code, result.stdout) == (0, f"{key}\n")
    assert key.startswith("vk_")
    with transaction() as session:
        kept, kept_key = session.execute(select(MachineClient, ClientKey).join(ClientKey)).one()
    assert (kept.name, kept.scopes, kept_key.key_hash) == ("Cổng dịch vụ công", ["hotline", "intake"], token_hash(key))


def test_an_unknown_scope_is_named_with_the_known_ones(database: None, environ: dict[str, str]) -> None:
    result = run(environ, "add", "Cổng", "--scope", "intake,all")
    assert result.exit_code == 2
    assert "'all'" in result.output
    assert "intake, hotline, app" in result.output


def test_a_name_is_given_once(database: None, environ: dict[str, str]) -> None:
    assert run(environ, "add", "Cổng", "--scope", "app").exit_code == 0
    second = run(environ, "add", "Cổng", "--scope", "app")
    assert (second.exit_code, "Xin chọn tên khác" in second.output) == (1, True)


def test_a_machine_needs_a_name_and_a_scope(database: None) -> None:
    with pytest.raises(InvalidInput):
        add_client(" \u200b", [Scope.INTAKE])
    with pytest.raises(InvalidInput):
        add_client("Cổng", [])
    add_client("Cổng", [Scope.INTAKE])
    with pytest.raises(InvalidInput):
        add_client("Cổng", [Scope.APP])


def test_a_new_key_is_printed_alone_and_the_old_one_has_its_time(database: None, environ: dict[str, str]) -> None:
    first = run(environ, "add", "Cổng", "--scope", "intake").stdout.strip()
    result = run(environ, "rotate", "Cổng", "--overlap", "1h")
    second = result.stdout.strip()
    assert (result.exit_code, result.stdout) == (0, f"{second}\n")
    with transaction() as session:
        ends = {key.key_hash: key.ends_at for key in session.scalars(select(ClientKey))}
    assert ends[token_hash(second)] is None
    assert ends[token_hash(first)] is not None


def test_a_name_that_is_none_has_no_key(database: None, environ: dict[str, str]) -> None:
    result = run(environ, "rotate", "Không có")
    assert (result.exit_code, "Không có phần mềm tên" in result.output) == (1, True)


def test_the_list_tells_a_line_for_each_and_no_key(database: None, environ: dict[str, str]) -> None:
    key = run(environ, "add", "Cổng", "--scope", "intake,app").stdout.strip()
    result = run(environ, "list")
    assert result.stdout == "Cổng\tapp,intake\tall offices\t6000\t1 keys\tnever used\ton\n"
    assert key not in result.stdout
