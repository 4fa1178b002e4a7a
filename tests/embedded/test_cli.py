"""The command line: quick to list, plain when the settings are wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from backoffice.cli import COMMANDS, main

FIT = {
    "DATABASE_URL": "postgresql://app@db/desk",
    "DATABASE_OWNER_URL": "postgresql://owner@db/desk",
    "REDIS_URL": "redis://queue/0",
    "SECRET_KEY": "x7Kq2LmN9pRtVwYz3BcDfGhJ4sUaEi6o",
    "LOOKUP_KEY": "Qp8Zr5TyXw2VnMb7Lk4JhGf9DsAeUi3o",
    "TRAIL_KEY": "Wd6Gm3HtRf8YvBx5NcKz2LqJpSa9Eu7i",
    "PHOTO_STORE_URL": "file:///srv/photos",
    "PHOTO_KEYS": "a:Mr8Fg/lOty8VsxBij9CjLYJx5zyNnoAflx7Xne+FqjQ=",
    "SMS_URL": "smpp://user:secret@gateway:2775",
    "SMTP_URL": "smtp://mail:25",
    "PUBLIC_URL": "https://dichvu.example.vn",
    "MAIL_FROM": "BHXH <khong-tra-loi@example.vn>",
    "APP_ENV": "",
    "EXPIRY_DAYS": "",
    "SURFACES": "",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_listed_command_can_be_asked_for_help(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_the_list_of_commands_is_shown_without_importing_them() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from backoffice.cli import main;"
        "print(CliRunner().invoke(main, ['--help']).output);"
        "print('heavy:', sorted({'flask', 'sqlalchemy', 'rq', 'gunicorn'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "heavy: []" in output
    assert all(name in output for name in COMMANDS)


def test_check_names_every_fault_at_once_and_ends_with_1() -> None:
    wrong = {"SECRET_KEY": "short", "SMS_URL": "sandbox:", "PUBLIC_URL": "http://desk.example.vn", "TRAIL_KEY": ""}
    result = CliRunner(env=FIT | wrong).invoke(main, ["check"])
    assert result.exit_code == 1
    for fault in ("SECRET_KEY is weak", "SMS_URL is a sandbox", "PUBLIC_URL must begin", "TRAIL_KEY is missing"):
        assert fault in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", [["check"], ["web"], ["worker"]], ids=" ".join)
def test_a_gateway_that_is_none_is_said_at_the_start_and_not_at_the_first_message(command: list[str]) -> None:
    wrong = {"APP_ENV": "production", "SMS_URL": "smpp://desk:secret@gateway:2775?name=first&window=0"}
    result = CliRunner(env=FIT | wrong).invoke(main, command)
    assert result.exit_code == 1
    assert result.output == (
        "Error: These settings stop the start:\n  - SMS_URL: window= of first must be a whole number from 1 to 1000\n"
    )


@pytest.mark.parametrize("command", [["web"], ["worker"], ["scheduler"], ["db", "upgrade"]], ids=" ".join)
def test_production_refuses_to_start_on_a_sandbox(command: list[str]) -> None:
    result = CliRunner(env=FIT | {"APP_ENV": "production", "SMTP_URL": "sandbox:"}).invoke(main, command)
    assert result.exit_code == 1
    assert "SMTP_URL is a sandbox: no citizen would receive anything" in result.output
