"""Settings: from the environment alone, read once, checked before anything starts.

`make run` keeps what it generated (keys, socket paths) in var/settings.json; in demo that file stands in for
variables the environment does not set, so that `backoffice client add …` in a second terminal finds the same desk.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SURFACES = ("desk", "portal", "api")
ENVIRONMENTS = ("demo", "test", "production")
RETENTION_DAYS: dict[str, tuple[int, int, int]] = {
    "RETENTION_REJECTED_DAYS": (120, 30, 3650),
    "RETENTION_APPROVED_PHOTOS_DAYS": (30, 1, 1825),
    "RETENTION_CORRECTIONS_DAYS": (180, 30, 3650),
    "RETENTION_APPROVED_DAYS": (1825, 365, 7300),
    "RETENTION_CLOSED_ACCOUNTS_DAYS": (1825, 30, 7300),
    "RETENTION_TOMBSTONES_DAYS": (365, 30, 3650),
    "RETENTION_NOTICES_DAYS": (120, 30, 3650),
    "RETENTION_ONE_TIME_CODES_DAYS": (30, 1, 365),
    "RETENTION_TEMPORARY_PASSWORDS_DAYS": (90, 61, 730),
    "RETENTION_ACCOUNT_SESSIONS_DAYS": (90, 1, 730),
    "RETENTION_ACCOUNT_NOTES_DAYS": (730, 30, 3650),
    "RETENTION_HOTLINE_CALLS_DAYS": (365, 30, 3650),
    "RETENTION_ALARMS_DAYS": (365, 30, 3650),
    "RETENTION_OPENED_FILES_DAYS": (365, 1, 3650),
    "RETENTION_OFFICER_SESSIONS_DAYS": (90, 1, 730),
    "RETENTION_IDEMPOTENCY_KEYS_DAYS": (30, 2, 365),
}
"""How many days each kind of data is kept: default, fewest, most. What they mean: rules.retention."""


class Misconfigured(Exception):
    """The settings are not fit to start with; `faults` names each one (English: administrators read it)."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("These settings stop the start:\n" + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True)
class Settings:
    """Everything that can be set. Names are those of the contract, in lower case."""

    app_env: str
    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str
    lookup_key: str
    trail_key: str
    photo_store_url: str
    photo_keys: str
    sms_url: str
    smtp_url: str
    public_url: str
    mail_from: str
    expiry_days: int
    password_days: int
    trail_months: int
    retention_days: Mapping[str, int]
    """By the name of the setting, all of RETENTION_DAYS."""
    surfaces: tuple[str, ...]
    proxies: int
    var: Path

    @property
    def is_production(self) -> bool:
        """Tell whether real citizens are behind this."""
        return self.app_env == "production"

    @property
    def sandbox(self) -> Path:
        """Return the folder of the sandbox gateways (demo and test only)."""
        return self.var / "sandbox"


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Make `settings` those of this process (kernel.start.start does)."""
    global _current
    _current = settings


def current() -> Settings:
    """Return the settings this process was started with; raises RuntimeError before the start."""
    if _current is None:
        raise RuntimeError("the process was not started: kernel.start.start was not called")
    return _current


def load(environ: Mapping[str, str] | None = None, checks: Iterable[Callable[[Settings], list[str]]] = ()) -> Settings:
    """Return the settings of `environ` (default: the process's), checked.

    `checks` are those of the rooms above, which know what their settings mean (dossier.faults, notices.doors.faults);
    each returns its faults. Raises Misconfigured naming every fault at once.
    """
    given = dict(os.environ if environ is None else environ)
    var = Path(given.get("VAR_DIR") or ROOT / "var").resolve()
    given = _kept(given, var) | {name: value for name, value in given.items() if value}
    settings = _build(given, var)
    faults = _faults(settings, given) + [fault for check in checks for fault in check(settings)]
    if faults:
        raise Misconfigured(faults)
    return settings


def _kept(given: Mapping[str, str], var: Path) -> dict[str, str]:
    """Return what `make run` left in var/settings.json, unless the environment says this is not the demo."""
    if given.get("APP_ENV", "demo") != "demo" or not (var / "settings.json").is_file():
        return {}
    kept: dict[str, str] = json.loads((var / "settings.json").read_text())
    return kept


def _build(given: Mapping[str, str], var: Path) -> Settings:
    def text(name: str, default: str = "") -> str:
        return given.get(name, default)

    return Settings(
        app_env=text("APP_ENV", "production"),
        database_url=_psycopg(text("DATABASE_URL")),
        database_owner_url=_psycopg(text("DATABASE_OWNER_URL") or text("DATABASE_URL")),
        redis_url=text("REDIS_URL"),
        secret_key=text("SECRET_KEY"),
        lookup_key=text("LOOKUP_KEY"),
        trail_key=text("TRAIL_KEY"),
        photo_store_url=text("PHOTO_STORE_URL"),
        photo_keys=text("PHOTO_KEYS"),
        sms_url=text("SMS_URL"),
        smtp_url=text("SMTP_URL"),
        public_url=text("PUBLIC_URL").rstrip("/"),
        mail_from=text("MAIL_FROM", "VssID <khong-tra-loi@vssid.invalid>"),
        expiry_days=_whole(text("EXPIRY_DAYS", "10")),
        password_days=_whole(text("PASSWORD_DAYS", "7")),
        trail_months=_whole(text("TRAIL_MONTHS", "60")),
        retention_days={name: _whole(text(name, str(default))) for name, (default, _, _) in RETENTION_DAYS.items()},
        surfaces=tuple(part.strip() for part in text("SURFACES", ",".join(SURFACES)).split(",") if part.strip()),
        proxies=_whole(text("PROXIES", "0")),
        var=var,
    )


def _psycopg(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _faults(settings: Settings, given: Mapping[str, str]) -> list[str]:
    faults = []
    if settings.app_env not in ENVIRONMENTS:
        faults.append(f"APP_ENV is {settings.app_env!r}; it must be one of {', '.join(ENVIRONMENTS)}")
    for name in _OBLIGATORY:
        if not getattr(settings, name.lower()):
            faults.append(f"{name} is missing")
    for name, schemes in _SCHEMES.items():
        url = getattr(settings, name.lower())
        if url and _scheme(url) not in schemes:
            faults.append(f"{name} must be an address that begins with {schemes[0]}://")
    if not 1 <= settings.expiry_days <= 60:
        faults.append("EXPIRY_DAYS must be a whole number from 1 to 60")
    if not 1 <= settings.password_days <= 60:
        faults.append("PASSWORD_DAYS must be a whole number from 1 to 60")
    if not 12 <= settings.trail_months <= 240:
        faults.append("TRAIL_MONTHS must be a whole number from 12 to 240")
    faults += _retention_faults(settings.retention_days, given)
    if settings.proxies < 0:
        faults.append("PROXIES must be the number of trusted proxies in front (0 or more)")
    faults += [
        f"SURFACES names {name!r}; known are {', '.join(SURFACES)}"
        for name in settings.surfaces
        if name not in SURFACES
    ]
    if settings.is_production:
        faults += _production_faults(settings, given)
    return faults


def _retention_faults(days: Mapping[str, int], given: Mapping[str, str]) -> list[str]:
    """Name each term that is no number within its bounds, and each that is misspelt: it would silently not hold."""
    faults = [
        f"{name} must be a whole number from {fewest} to {most}"
        for name, (_, fewest, most) in RETENTION_DAYS.items()
        if not fewest <= days[name] <= most
    ]
    unknown = [name for name in given if name.startswith("RETENTION_") and name not in RETENTION_DAYS]
    faults += [f"{name} is no setting; known are {', '.join(RETENTION_DAYS)}" for name in sorted(unknown)]
    if days["RETENTION_APPROVED_PHOTOS_DAYS"] > days["RETENTION_APPROVED_DAYS"]:
        faults.append("RETENTION_APPROVED_PHOTOS_DAYS must not be longer than RETENTION_APPROVED_DAYS")
    return faults


_OBLIGATORY = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LOOKUP_KEY", "TRAIL_KEY",
    "PHOTO_STORE_URL", "PHOTO_KEYS", "SMS_URL", "SMTP_URL", "PUBLIC_URL",
)  # fmt: skip
_SCHEMES = {
    "DATABASE_URL": ("postgresql", "postgresql+psycopg"),
    "DATABASE_OWNER_URL": ("postgresql", "postgresql+psycopg"),
    "REDIS_URL": ("redis", "rediss", "unix"),
}


def _production_faults(settings: Settings, given: Mapping[str, str]) -> list[str]:
    faults = []
    trail_keys = [("TRAIL_KEY", key.strip()) for key in settings.trail_key.split(",")]
    keys = [("SECRET_KEY", settings.secret_key), ("LOOKUP_KEY", settings.lookup_key), *trail_keys]
    weak = {name: None for name, key in keys if key and (len(key) < 32 or len(set(key)) < 10)}
    faults += [f"{name} is weak: give at least 32 random characters" for name in weak]
    if settings.trail_key and not all(key for _, key in trail_keys):
        faults.append("TRAIL_KEY names an empty key: give the current one, then older ones, by commas")
    if len({key for _, key in keys if key}) < len([key for _, key in keys if key]):
        faults.append("SECRET_KEY, LOOKUP_KEY and TRAIL_KEY must differ from each other")
    for name in ("SMS_URL", "SMTP_URL"):
        if "sandbox:" in given.get(name, ""):
            faults.append(f"{name} is a sandbox: no citizen would receive anything")
    if settings.smtp_url.startswith("smtp://") and "@" in settings.smtp_url and "starttls=1" not in settings.smtp_url:
        faults.append("SMTP_URL would send its password in clear: use smtps:// or add ?starttls=1")
    if not given.get("DATABASE_OWNER_URL"):
        faults.append("DATABASE_OWNER_URL is missing: tables must belong to another role than the application")
    elif _role(settings.database_owner_url) == _role(settings.database_url):
        faults.append("DATABASE_OWNER_URL has the role of DATABASE_URL: the application must not own its tables")
    if settings.public_url and not settings.public_url.startswith("https://"):
        faults.append("PUBLIC_URL must begin with https://")
    if not given.get("MAIL_FROM"):
        faults.append("MAIL_FROM is missing: the sender's address of all e-mail")
    return faults


def _role(url: str) -> str:
    """Return the role a database URL signs in as; "" when it leaves that to the surroundings or cannot be read."""
    if not _scheme(url):
        return ""
    parts = urlsplit(url)
    return unquote(parts.username or "") or parse_qs(parts.query).get("user", [""])[0]


def _scheme(url: str) -> str:
    """Return the scheme of `url`, "" when that is no URL."""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
