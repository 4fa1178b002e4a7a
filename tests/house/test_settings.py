"""The settings: production refuses to start on a missing or weak one and on sandboxes, naming each fault."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from backoffice import config, dossier
from backoffice.app import create_app
from backoffice.cli.check import check
from backoffice.notices import doors

CHECKS = (dossier.faults, doors.faults)
"""What every process adds to the settings' own checks at its start (app.create_app, cli.common)."""
SOUND = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://app@db/desk",
    "DATABASE_OWNER_URL": "postgresql://owner@db/desk",
    "REDIS_URL": "redis://queue",
    "SECRET_KEY": sha256(b"secret").hexdigest(),
    "LOOKUP_KEY": sha256(b"lookup").hexdigest(),
    "TRAIL_KEY": sha256(b"trail").hexdigest(),
    "PHOTO_STORE_URL": "file:///srv/photos",
    "PHOTO_KEYS": "k1:" + base64.b64encode(sha256(b"photos").digest()).decode(),
    "SMS_URL": "smpp://user:pass@gateway:2775",
    "SMTP_URL": "smtp://mail",
    "PUBLIC_URL": "https://desk.example.vn/",
    "MAIL_FROM": "VssID <vssid@example.vn>",
}


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    return SOUND | {"VAR_DIR": str(tmp_path)}


def faults_of(given: dict[str, str]) -> str:
    with pytest.raises(config.Misconfigured) as refusal:
        config.load(given, CHECKS)
    return "\n".join(refusal.value.faults)


def test_sound_settings_start(elsewhere: dict[str, str]):
    settings = config.load(elsewhere)
    assert settings.is_production
    assert settings.database_url == "postgresql+psycopg://app@db/desk"
    assert settings.public_url == "https://desk.example.vn"
    assert (settings.expiry_days, settings.password_days, settings.surfaces) == (10, 7, ("desk", "portal", "api"))


@pytest.mark.parametrize("name", [name for name in SOUND if name != "APP_ENV"])
def test_production_names_a_missing_setting(elsewhere: dict[str, str], name: str):
    assert name in faults_of({key: value for key, value in elsewhere.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("LOOKUP_KEY", "a" * 64),
        ("TRAIL_KEY", SOUND["SECRET_KEY"]),
        ("PHOTO_KEYS", "k1:c2hvcnQ="),
        ("PHOTO_KEYS", "no-name"),
        ("PHOTO_KEYS", SOUND["PHOTO_KEYS"].replace("k1:", "K 1:")),
        ("PHOTO_KEYS", SOUND["PHOTO_KEYS"] + "," + SOUND["PHOTO_KEYS"].replace("k1:", "k2:")),
        ("PHOTO_KEYS", "k1:" + base64.b64encode(b"thirty-two letters are no key...").decode()),
        ("PHOTO_KEYS", ","),
        ("PHOTO_STORE_URL", "s3://id:secret@bucket/prefix"),
        ("PHOTO_STORE_URL", "/srv/photos"),
        ("PHOTO_STORE_URL", "file://[/srv"),
        ("SMS_URL", "sandbox:"),
        ("SMS_URL", "smpp://gateway,sandbox:"),
        ("SMS_URL", "smpp://user:pass@gateway:2775?window=0"),
        ("SMS_URL", "carrier-pigeon:"),
        ("SMTP_URL", "sandbox:"),
        ("SMTP_URL", "mail.example.vn"),
        ("SMTP_URL", "smtp://user:secret@mail:port"),
        ("SMTP_URL", "smtp://user:secret@mail"),
        ("MAIL_FROM", "VssID"),
        ("DATABASE_OWNER_URL", SOUND["DATABASE_URL"]),
        ("DATABASE_OWNER_URL", "postgres://app:other@db:5432/desk?sslmode=require"),
        ("DATABASE_OWNER_URL", "postgresql:///desk?host=db&user=app"),
        ("DATABASE_URL", "postgresql://[bad"),
        ("DATABASE_URL", "sqlite:///desk.db"),
        ("REDIS_URL", "queue:6379"),
        ("PUBLIC_URL", "http://desk.example.vn"),
        ("EXPIRY_DAYS", "0"),
        ("EXPIRY_DAYS", "ten"),
        ("EXPIRY_DAYS", "²"),
        ("EXPIRY_DAYS", "9" * 5000),
        ("PASSWORD_DAYS", "-1"),
        ("TRAIL_MONTHS", "11"),
        ("TRAIL_KEY", SOUND["TRAIL_KEY"] + ",short"),
        ("TRAIL_KEY", SOUND["TRAIL_KEY"] + ","),
        ("SURFACES", "desk,moon"),
        ("PROXIES", "many"),
        ("APP_ENV", "staging"),
    ],
)
def test_production_names_a_weak_setting(elsewhere: dict[str, str], name: str, value: str):
    assert name in faults_of(elsewhere | {name: value})


def test_all_faults_are_named_at_once(tmp_path: Path):
    found = faults_of({"VAR_DIR": str(tmp_path)})
    for name in SOUND:
        assert name == "APP_ENV" or name in found


def test_a_fault_never_quotes_a_password(elsewhere: dict[str, str]):
    found = faults_of(elsewhere | {"SMTP_URL": "smtp://user:secret@mail:por/t", "SMS_URL": "smpp://user:secret@gw"})
    assert "secret" not in found


def test_check_names_what_would_fail_only_at_the_first_message(elsewhere: dict[str, str], monkeypatch):
    """A gateway that does not exist is said at the start, and by `backoffice check` before it."""
    for name, value in (elsewhere | {"SMS_URL": "smpp://user:pass@gateway:2775?rate=fast"}).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(check)
    assert outcome.exit_code == 1
    assert "SMS_URL" in outcome.output
    with pytest.raises(config.Misconfigured, match="SMS_URL"):
        create_app()


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://user:pass@kannel.example.vn/cgi-bin/sendsms", True),
        ("smpp://user:pass@gateway:2775,brandname+http://user:pass@10.0.0.9/send", True),
        ("http://user:pass@127.0.0.1:13013/cgi-bin/sendsms", False),
        ("https://user:pass@kannel.example.vn/cgi-bin/sendsms", False),
    ],
)
def test_production_sends_no_password_in_clear_over_a_network(elsewhere, monkeypatch, url: str, refused: bool):
    for name, value in (elsewhere | {"SMS_URL": url}).items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(check)
    assert ("SMS_URL would send passwords in clear" in outcome.output) == refused


def test_a_fit_production_is_told_so(elsewhere: dict[str, str], monkeypatch):
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    outcome = CliRunner().invoke(check)
    assert (outcome.exit_code, outcome.exception) == (0, None), outcome.output


def test_without_app_env_it_is_production(elsewhere: dict[str, str]):
    del elsewhere["APP_ENV"]
    assert config.load(elsewhere).is_production


def test_what_make_run_kept_serves_the_demo_and_never_production(tmp_path: Path):
    kept = SOUND | {"APP_ENV": "demo", "SMS_URL": "sandbox:"}
    (tmp_path / "settings.json").write_text(json.dumps(kept))
    assert config.load({"VAR_DIR": str(tmp_path)}).sms_url == "sandbox:"
    assert config.load({"VAR_DIR": str(tmp_path), "EXPIRY_DAYS": "5"}).expiry_days == 5
    assert "DATABASE_URL" in faults_of({"VAR_DIR": str(tmp_path), "APP_ENV": "production"})
