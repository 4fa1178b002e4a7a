"""What a scan says: whatever arrived at the desk, read into a small closed set (screens: scanner truths).

`match read_scan(text)` on ReceiptScan, CitizenScan, HealthScan, NumberScan, UnreadableScan is exhaustive.
"""

from __future__ import annotations

import re

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.input_method import was_changed
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.qr_fields import split_line
from backoffice.identity.receipt_code import LENGTH, is_receipt_code, normalize_receipt_code
from backoffice.identity.scan_cards import read_card
from backoffice.identity.scan_kinds import (
    CitizenScan,
    Fault,
    HealthScan,
    Letters,
    NumberKind,
    NumberScan,
    ReceiptScan,
    Scan,
    UnreadableScan,
    scan_from_dict,
    scan_to_dict,
)
from backoffice.identity.scan_shapes import (
    LONGEST_SCAN,
    SCAN_SHAPES,
    foreign,
    looks_like_scan,
    unknown_digits,
    unreadable,
)
from backoffice.identity.scan_text import other_layouts, scanned_lines
from backoffice.identity.text import compact, is_digits, visible

__all__ = [
    "LONGEST_SCAN",
    "SCAN_SHAPES",
    "CitizenScan",
    "Fault",
    "HealthScan",
    "Letters",
    "NumberKind",
    "NumberScan",
    "ReceiptScan",
    "Scan",
    "UnreadableScan",
    "looks_like_scan",
    "read_scan",
    "scan_from_dict",
    "scan_to_dict",
]

_KINDS = {9: NumberKind.OLD_ID, 10: NumberKind.BHXH_CODE, 12: NumberKind.CITIZEN_ID}
_PASSPORT = re.compile(r"[A-Z]{1,3}\d{5,8}")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_LABEL = re.compile(
    r"so|ma|cccd|cmnd|cc|can|cuoc|cong|dan|dinh|danh|ca|nhan|bhxh|bhyt|the|ho|chieu|hs|id|la"  # without diacritics
)


def read_scan(text: str) -> Scan:
    """Return what `text`, scanned, typed or pasted, says. Pure; never raises, whatever the text.

    Mended on the way: prefix, CR, LF, Tab, a code sent twice or begun twice, NFD, upper case, letters of a wrong code
    page, another sign for the bar or none, letters changed by Unikey (Telex, VNI), the Vietnamese or French layout of
    keys. What is still missing is named in the scan (`unread`), or it is an UnreadableScan with a sentence.
    """
    if len(text) > LONGEST_SCAN:
        return unreadable(Fault.TOO_LONG)
    for meant in other_layouts(text):
        scan = _read(meant)
        if not isinstance(scan, UnreadableScan):
            return scan
    return _read(text)


def _read(text: str) -> Scan:
    lines = scanned_lines(text)
    if not lines:
        return unreadable(Fault.EMPTY)
    if len(lines) == 1:
        return _read_line(lines[0])
    return _read_lines(lines)


def _read_lines(lines: list[str]) -> Scan:
    """Read several lines: one code among others, or, where none is a code by itself, all of them as one."""
    codes: dict[str | None, Scan] = {}
    for scan in map(_read_line, lines):
        key = _key(scan)
        known = codes.get(key)
        if key is not None and (known is None or _unread(scan) < _unread(known)):
            codes[key] = scan
    if len(codes) > 1:
        return unreadable(Fault.TWO_CODES)
    return next(iter(codes.values()), None) or _read_line(" ".join(lines))


def _key(scan: Scan) -> str | None:
    """Return what tells one card or form from another; None for what is neither."""
    match scan:
        case ReceiptScan():
            return scan.code
        case CitizenScan():
            return scan.number or scan.old_number
        case HealthScan():
            return scan.code
    return None


def _unread(scan: Scan) -> int:
    return len(scan.unread) if isinstance(scan, CitizenScan | HealthScan) else 0


def _read_line(line: str) -> Scan:
    strange = foreign(line)
    if strange is not None:
        return strange
    fields = split_line(line)
    if len(fields) > 1:
        return read_card(fields) or unreadable(Fault.PARTIAL)
    token = compact(_EDGES.sub("", _unlabelled(line))).upper()
    return _number(token) or _receipt(token, line) or unreadable(Fault.UNKNOWN)


def _unlabelled(line: str) -> str:
    """Return a pasted line without the words before its number: "Số CCCD: 001…"."""
    words = visible(line.replace(":", " ")).split()
    while len(words) > 1 and _LABEL.fullmatch(_EDGES.sub("", fold(words[0]))):
        words.pop(0)
    return " ".join(words)


def _number(token: str) -> Scan | None:
    """Read digits, a BHYT card number or a passport number."""
    if is_digits(token):
        kind = _KINDS.get(len(token))
        return NumberScan(token, kind) if kind else unknown_digits(token)
    if _PASSPORT.fullmatch(token) and 6 <= len(token) <= 9:
        return NumberScan(token, NumberKind.PASSPORT)
    if was_changed(token) or _digits(token) > LENGTH:
        return _card_number(token)
    return None


def _card_number(token: str) -> Scan | None:
    try:
        return NumberScan(normalize_bhxh_code(token), NumberKind.BHXH_CODE)
    except Malformed as fault:
        return UnreadableScan(Fault.NUMBER_LENGTH, fault.message) if _digits(token) > LENGTH else None


def _receipt(token: str, line: str) -> Scan | None:
    """Read a receipt code; what may be one but does not fit is told so."""
    if is_receipt_code(token):
        return ReceiptScan(normalize_receipt_code(token))
    fewest = 1 if was_changed(token) else 2
    if " " in line or _digits(token) < fewest or abs(len(token) - LENGTH) > 3:
        return None
    try:
        return ReceiptScan(normalize_receipt_code(token))
    except Malformed as fault:
        return UnreadableScan(Fault.RECEIPT_CODE, fault.message)


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
