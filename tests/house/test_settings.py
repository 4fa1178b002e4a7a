"""The settings: production refuses to start on a missing or weak one and on sandboxes, naming each fault."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest

from backoffice import config

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
        config.load(given)
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
        ("SMS_URL", "sandbox:"),
        ("SMS_URL", "smpp://gateway,sandbox:"),
        ("SMTP_URL", "sandbox:"),
        ("DATABASE_OWNER_URL", SOUND["DATABASE_URL"]),
        ("PUBLIC_URL", "http://desk.example.vn"),
        ("EXPIRY_DAYS", "0"),
        ("EXPIRY_DAYS", "ten"),
        ("PASSWORD_DAYS", "-1"),
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


def test_without_app_env_it_is_production(elsewhere: dict[str, str]):
    del elsewhere["APP_ENV"]
    assert config.load(elsewhere).is_production


def test_what_make_run_kept_serves_the_demo_and_never_production(tmp_path: Path):
    kept = SOUND | {"APP_ENV": "demo", "SMS_URL": "sandbox:"}
    (tmp_path / "settings.json").write_text(json.dumps(kept))
    assert config.load({"VAR_DIR": str(tmp_path)}).sms_url == "sandbox:"
    assert config.load({"VAR_DIR": str(tmp_path), "EXPIRY_DAYS": "5"}).expiry_days == 5
    assert "DATABASE_URL" in faults_of({"VAR_DIR": str(tmp_path), "APP_ENV": "production"})
