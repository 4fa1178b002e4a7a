"""What `make run` keeps in var/: generated keys and addresses (settings.json), demo logins and clients (demo.json)."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

LOGINS = {
    "tieptan": "reception officer, office 00114",
    "giamsat": "supervisor, 001",
    "tongdai": "hotline",
    "quantri": "administrator",
}
CLIENTS = ("intake", "hotline", "app")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_OWN_CHOICE = (
    "SURFACES",
    "EXPIRY_DAYS",
    "PASSWORD_DAYS",
    "TRAIL_MONTHS",
    "MAIL_FROM",
    "SMS_URL",
    "SMTP_URL",
    "PHOTO_STORE_URL",
)


def write_settings(var: Path, environ: Mapping[str, str], addresses: Mapping[str, str]) -> None:
    """Write var/settings.json (0600): what `environ` sets, else what was kept, else new keys; and `addresses`.

    The names are those of the environment (config.load reads the file in demo, in every terminal).
    """
    path = var / "settings.json"
    kept: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    keys = {name: environ.get(name) or kept.get(name) or value for name, value in _new_keys().items()}
    fixed = {
        "APP_ENV": "demo",
        "PHOTO_STORE_URL": (var / "photos").as_uri(),
        "SMS_URL": "sandbox:",
        "SMTP_URL": "sandbox:",
    }
    chosen = {name: environ[name] for name in _OWN_CHOICE if environ.get(name)}
    write_private(path, {**keys, **fixed, **chosen, **addresses})


def write_demo(var: Path) -> dict[str, dict[str, str]]:
    """Return the demo's passwords and client keys, made once and kept in var/demo.json (0600)."""
    path = var / "demo.json"
    if path.is_file():
        kept: dict[str, dict[str, str]] = json.loads(path.read_text())
        return kept
    made = {
        "logins": {name: _password() for name in LOGINS},
        "clients": {name: secrets.token_urlsafe(32) for name in CLIENTS},
    }
    write_private(path, made)
    return made


def write_private(path: Path, content: object) -> None:
    """Write `content` as JSON that its owner alone can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half_made = path.with_name(path.name + ".new")
    half_made.unlink(missing_ok=True)
    with os.fdopen(os.open(half_made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    half_made.replace(path)


def _new_keys() -> dict[str, str]:
    return {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LOOKUP_KEY": secrets.token_urlsafe(48),
        "TRAIL_KEY": secrets.token_urlsafe(48),
        "PHOTO_KEYS": "demo:" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def _password() -> str:
    """Return 12 characters in groups of four, none of which looks like another."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
