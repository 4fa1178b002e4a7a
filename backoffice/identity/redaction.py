"""Nothing personal in logs and tracebacks: masking of codes, phones, paper numbers, e-mails, cards and passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

_SECRETS = r"password|passwd|pwd|secret|token|api_?key|authorization|m[aậ]t[ _]?kh[aẩ]u"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # a scanned CCCD or BHYT card: all of its line, for name and address follow the number
    (re.compile(r"(?:\d{9,12}|[A-Z]{2}\d{13})\s*\|[^\n]*", re.I), "[card]"),
    # scheme://user:password@host
    (re.compile(r"(?<=://)([^\s/:@]{0,200}):[^\s/]{1,200}(?=@)"), r"\1:[secret]"),
    # a one-time link by which an officer chooses a password (signin.links)
    (re.compile(r"(/link/)[\w%-]{8,}", re.I), r"\1[secret]"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.I), r"\1 [secret]"),
    # password=…, "token": "…", mật khẩu: …
    (
        re.compile(rf"((?:{_SECRETS})\w{{0,20}}[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&}}\])]+)", re.I),
        r"\1[secret]",
    ),
    # full_name='…' and the like in the repr of an object or in a statement's parameters
    (
        re.compile(r"((?:full_?name|address|contact_person|date_of_birth)[\"']?\s*[=:]\s*)(\"[^\"]*\"|'[^']*')", re.I),
        r"\1[hidden]",
    ),
    # what PostgreSQL quotes of a row that breaks a rule: "Failing row contains (…)", "Key (phone)=(…) already exists"
    (re.compile(r"(Failing row contains |\bKey \([^)\n]*\)=)\([^\n]*\)", re.I), r"\1([row])"),
    # the messages' own wording: "mat khau abc…", "Mat khau moi … la abc…", "OTP 123456"
    (re.compile(r"(\bm[aậ]t kh[aẩ]u (?:m[oớ]i [^\n]{0,80}?\bl[aà] )?)[^\s.,;()]{8,}", re.I), r"\1[secret]"),
    (re.compile(r"\b(otp|mã xác thực)[ :=]{1,3}\d{4,8}\b", re.I), r"\1 [secret]"),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), "[email]"),
    (re.compile(r"(?<![0-9A-Za-z])[A-Z]\d{7}(?![0-9A-Za-z])", re.I), "[number]"),
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_KEPT = (
    r"(?<![0-9A-Za-z])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9A-Za-z])"  # UUID
    r"|(?<![0-9A-Za-z])(?=\d*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9A-Za-z])"  # digest
    r"|(?<!\d)(?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?)?(?![\d-])"
    rf"|(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?![\d.])"  # IPv4
)
_NUMBER_OR_KEPT = re.compile(rf"(?P<kept>{_KEPT})|\+?\d(?:[ \u00a0.\-()]{{0,2}}\d){{8,}}", re.I)
_SECRET_KEY = re.compile(rf"(?:{_SECRETS}|cookie|(?:^|_)t?otp(?:$|_))", re.I)
_PERSONAL_KEY = re.compile(
    r"phone|msisdn|bhxh|full_?name|e_?mail|address|id_number|old_number|citizen|birth|contact_person", re.I
)
_HARMLESS_KEY = re.compile(r"(?<!citizen)(?<!old)_(?:ids?|count|hash|at)$")
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
    """Redact every string of a structlog event, nested ones too: a processor, to be put after the one for exc_info.

    Values under a key that names personal data or a secret are hidden whole. Keys beginning with "_" and exc_info,
    which other processors own, stay as they are.
    """
    for key, value in event_dict.items():
        if not key.startswith("_") and key != "exc_info":
            event_dict[key] = _redacted(key, value)
    return event_dict


def _redacted(key: str, value: Any) -> Any:
    if _hidden(key, value):
        return "[hidden]"
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {_redacted("", name): _redacted(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", inner) for inner in value]
    return redact(repr(value))


def _hidden(key: str, value: Any) -> bool:
    """A secret is always hidden, what is personal unless it is a flag or a count; ids, hashes and instants never."""
    if value is None or isinstance(value, bool) or _HARMLESS_KEY.search(key):
        return False
    if _SECRET_KEY.search(key):
        return True
    is_count = isinstance(value, int) and abs(value) < 1_000_000
    return bool(_PERSONAL_KEY.search(key)) and not is_count
