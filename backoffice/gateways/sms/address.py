"""One gateway of SMS_URL, read: scheme://user:password@host:port/path?name=…&rate=…; no error quotes the password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_BETWEEN = re.compile(r",\s*(?=[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
MOST_WINDOW = 1000


@dataclass(frozen=True)
class Address:
    """Where a gateway is, as whom we come, and how it wants to be treated."""

    scheme: str
    host: str
    port: int | None
    user: str
    password: str
    path: str
    name: str
    """By this health and receipts speak of it."""
    rate: float
    """Messages a second, 0 for as many as can be."""
    window: int
    options: Mapping[str, str]


def split_urls(text: str) -> list[str]:
    """Return the addresses of a comma-separated list; a comma within one must be written %2C."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def read_address(url: str) -> Address:
    """Return what `url` says; raises ValueError, in words that quote neither user nor password."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.hostname:
        raise ValueError("SMS_URL: a gateway's host is missing")
    name = options.pop("name", "") or f"{parts.scheme}-{parts.hostname}-{parts.port or 'std'}".replace("+", "-")
    if not _NAME.fullmatch(name):
        raise ValueError("SMS_URL: a gateway's name= may have letters, digits, dots and dashes, at most 40")
    return Address(
        scheme=parts.scheme,
        host=parts.hostname,
        port=_port(parts.port),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        path=parts.path,
        name=name,
        rate=_rate(options.pop("rate", "0"), name),
        window=_window(options.pop("window", "1"), name),
        options=options,
    )


def goes_in_clear(url: str) -> bool:
    """Tell whether passwords would leave this machine unencrypted by HTTP. SMPP has no encryption: it is tunnelled."""
    parts = urlsplit(url)
    return parts.scheme.endswith("http") and parts.hostname not in ("localhost", "127.0.0.1", "::1")


def _port(port: int | None) -> int | None:
    if port == 0:
        raise ValueError("SMS_URL: a gateway's port must be from 1 to 65535")
    return port


def _rate(text: str, name: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 100_000:
        raise ValueError(f"SMS_URL: rate= of {name} must be messages a second, as in rate=50")
    return rate


def _window(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= MOST_WINDOW):
        raise ValueError(f"SMS_URL: window= of {name} must be a whole number from 1 to {MOST_WINDOW}")
    return int(text)
