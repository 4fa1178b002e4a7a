"""`backoffice expire [--at TIME]`: how many went; --at in demo and test alone (the contract)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from backoffice.cli.expire import expire
from backoffice.config import Settings
from backoffice.kernel import clock
from tests.embedded.test_cli import FIT
from tests.expiry.helpers import Known, declared, is_kept

pytestmark = pytest.mark.usefixtures("database")

VARIABLES = (
    "APP_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "LOOKUP_KEY", "TRAIL_KEY",
    "PHOTO_STORE_URL", "PHOTO_KEYS", "SMS_URL", "SMTP_URL", "PUBLIC_URL",
)  # fmt: skip


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    """The environment of a second terminal on this desk."""
    return {name: getattr(settings, name.lower()) for name in VARIABLES} | {"VAR_DIR": str(settings.var)}


@pytest.fixture
def waiting() -> Known:
    """Can be handed in until the end of Thursday, 19 November 2026, in Vietnam."""
    return declared()


def run(environ: dict[str, str], *words: str) -> Result:
    return CliRunner(env=environ).invoke(expire, list(words))


def test_k4_a_time_without_zone_is_vietnams(environ: dict[str, str], waiting: Known):
    assert run(environ, "--at", "2026-11-19T23:59:59").stdout == "Declarations expired: 0\n"
    assert is_kept(waiting)
    assert run(environ, "--at", "2026-11-20T00:00").stdout == "Declarations expired: 1\n"
    assert not is_kept(waiting)


def test_k4_a_time_with_zone_is_that_instant(environ: dict[str, str], waiting: Known):
    assert run(environ, "--at", "2026-11-19T16:59:59Z").stdout == "Declarations expired: 0\n"
    assert run(environ, "--at", "2026-11-19T17:00:00Z").stdout == "Declarations expired: 1\n"


def test_without_a_time_it_is_now(environ: dict[str, str]):
    now = clock.now()
    due, kept = declared(now - timedelta(days=60)), declared(now)
    assert run(environ).stdout == "Declarations expired: 1\n"
    assert (is_kept(due), is_kept(kept)) == (False, True)


def test_a_day_is_its_first_instant(environ: dict[str, str], waiting: Known):
    assert run(environ, "--at", "2026-11-19").stdout == "Declarations expired: 0\n"
    assert run(environ, "--at", "2026-11-20").stdout == "Declarations expired: 1\n"


def test_what_is_no_time_is_refused(environ: dict[str, str], waiting: Known):
    result = run(environ, "--at", "tomorrow")
    assert result.exit_code == 2
    assert "ISO 8601" in result.output


def test_production_takes_no_time(waiting: Known):
    result = CliRunner(env=FIT | {"APP_ENV": "production"}).invoke(expire, ["--at", "2030-01-01"])
    assert result.exit_code == 1
    assert "demo and test only" in result.output
    assert is_kept(waiting)
