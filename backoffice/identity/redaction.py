"""Nothing personal in logs and tracebacks: masking of codes, phones, paper numbers, e-mails, cards and passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

_EMAIL = r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"
_HIDDEN_WORDS = (
    r"passwords?|passwd|pwd|secrets?|token|api[_-]?key|secret[_-]?key|authorization|bearer|otp|totp"
    r"|m[aậ]t[ _-]?kh[aẩ]u"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # a scanned CCCD or BHYT card: all of its line, for name and address follow the number
    (re.compile(r"(?<!\w)(?:\d{9,12}|[A-Z]{2}\d{13})\s*\|[^\n]*", re.I), "[card]"),
    # scheme://user:password@host
    (re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+(?=@)"), r"\1:[secret]"),
    (re.compile(r"(\bbearer\s+)\S+", re.I), r"\1[secret]"),
    # password=…, "token": "…", mật khẩu: …
    (
        re.compile(rf"(\b\w*(?:{_HIDDEN_WORDS})[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}}\])]+)", re.I),
        r"\1[secret]",
    ),
    # the messages' own wording: "mat khau abc…", "Mat khau moi … la abc…", "OTP 123456"
    (re.compile(r"(\bm[aậ]t kh[aẩ]u (?:m[oớ]i [^\n]{0,80}?\bl[aà] )?)[^\s.,;()]{8,}", re.I), r"\1[secret]"),
    (re.compile(r"(\botp )\d{4,8}\b", re.I), r"\1[secret]"),
    (re.compile(_EMAIL), "[email]"),
    (re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}(?:[\s.-]?\d){13}(?!\d)", re.I), "[number]"),
    (re.compile(r"(?<![0-9A-Za-z])[A-Z]\d{7}(?![0-9A-Za-z])"), "[number]"),
)
_KEPT = (
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # UUID
    r"|(?<![0-9A-Za-z])[0-9a-f]{32,}(?![0-9A-Za-z])"  # digest
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?"  # day, instant
)
_NUMBER = r"\+?(?<!\d)\d(?:[ .\-()]{0,2}\d){8,14}(?!\d)"
_NUMBER_OR_KEPT = re.compile(rf"(?P<kept>{_KEPT})|{_NUMBER}", re.I)
_SENSITIVE_KEY = re.compile(
    rf"(?:{_HIDDEN_WORDS}|phone|bhxh|full_?name|email|e_mail|address|id_number|citizen|old_number|birth|msisdn|cookie)",
    re.I,
)
_HARMLESS_KEY = re.compile(r"(?:_id|_ids|_count|_hash|_at)$")
_PLAIN = (bool, int, float, date, datetime, time, timedelta, UUID, type(None))


def mask_code(code: str) -> str:
    """Return a code or number with all but its last four characters hidden: "····6789"."""
    return "····" + code[-4:] if len(code) > 4 else "····"


def mask_email(email: str) -> str:
    """Return an address with all but its first letter and its domain hidden: "n…@example.vn"."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else "…"


def redact(text: str) -> str:
    """Return free text with what looks like a phone, code, paper number, card, e-mail or password replaced.

    Days, instants, UUIDs and hexadecimal digests are kept: they are needed to read a log and name nobody.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _NUMBER_OR_KEPT.sub(lambda match: match["kept"] or "[number]", text)


def redact_event(logger: Any, method: str, event_dict: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact every string of a structlog event, nested ones too (a structlog processor; put it after exc_info).

    Values under a key that names personal data or a secret are hidden whole. Keys beginning with "_" and exc_info,
    which other processors own, stay as they are.
    """
    for key, value in event_dict.items():
        if not key.startswith("_") and key != "exc_info":
            event_dict[key] = _redacted(key, value)
    return event_dict


def _redacted(key: str, value: Any) -> Any:
    if _SENSITIVE_KEY.search(key) and not _HARMLESS_KEY.search(key) and value is not None:
        return "[hidden]"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {name: _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", inner) for inner in value]
    return redact(repr(value))
