"""What a text in the desk's one search box may be (screens: queue and search)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold, normalize_name
from backoffice.identity.papers import normalize_id_number
from backoffice.identity.phone import normalize_phone
from backoffice.identity.receipt_code import LENGTH, is_receipt_code, normalize_receipt_code
from backoffice.identity.scan import CitizenScan, Fault, HealthScan, UnreadableScan, read_scan
from backoffice.identity.scan_shapes import SENTENCES
from backoffice.identity.scan_text import scanned_once
from backoffice.identity.text import compact, is_digits

LONGEST_QUERY = 1000

_PASSPORT = re.compile(r"[A-Z]{1,3}\d{5,8}")
_WORD = re.compile(r"[^\W_]+")
_NOT_OURS = frozenset({Fault.PARTIAL, Fault.TWO_CODES, Fault.WEB, Fault.PAYMENT, Fault.OTHER_QR})


class Sought(StrEnum):
    """What is looked for; the value is the key of `Query.values`."""

    receipt_code = "receipt_code"
    bhxh_code = "bhxh_code"
    citizen_id = "citizen_id"
    old_id = "old_id"
    passport = "passport"
    phone = "phone"
    citizen_card = "citizen_card"
    health_card = "health_card"
    name = "name"


@dataclass(frozen=True)
class Query:
    """A search understood: `kinds` most likely first, `values` normal form per kind, `words` folded for a name.

    A scanned card has its own kind first (value: its number), then the kinds of what it carries, and is in `card`; one
    whose numbers could not be read is sought by its name.
    """

    text: str
    kinds: tuple[Sought, ...]
    values: dict[Sought, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    card: CitizenScan | HealthScan | None = None


def understand(text: str) -> Query:
    """Return all that `text`, typed, pasted or scanned, may be.

    Raises Malformed, with a sentence that helps, when it is empty, over 1000 characters or nothing that can be sought.
    """
    seen = scanned_once(text[: LONGEST_QUERY + 1])
    if not seen:
        raise Malformed(
            "Chưa nhập gì để tìm. Xin nhập mã số, số điện thoại, họ tên, hoặc quét thẻ.", code="query_empty"
        )
    if len(text) > LONGEST_QUERY:
        raise Malformed(
            "Nội dung tìm quá dài. Xin nhập một mã số, một số điện thoại hoặc một họ tên.", code="query_long"
        )
    scan = read_scan(text)
    if isinstance(scan, CitizenScan | HealthScan):
        return _card(scan, seen)
    if isinstance(scan, UnreadableScan) and scan.fault in _NOT_OURS:
        raise Malformed(scan.sentence, code="card_unreadable")
    token = compact(seen).upper()
    if is_digits(token.removeprefix("+")):
        return _number(token, seen)
    return _receipt(token, seen) or _lettered(token, seen) or _name(seen)


def _card(scan: CitizenScan | HealthScan, seen: str) -> Query:
    values = _card_numbers(scan)
    if values:
        return Query(seen, tuple(values), values, card=scan)
    if scan.full_name is None:
        raise Malformed(SENTENCES[Fault.PARTIAL], code="card_unreadable")
    return replace(_name(scan.full_name), text=seen, card=scan)


def _card_numbers(scan: CitizenScan | HealthScan) -> dict[Sought, str]:
    """Return the numbers that could be read on a card; what is looked for by name alone has none."""
    if isinstance(scan, HealthScan):
        if scan.code is None:
            return {}
        values = {Sought.health_card: scan.code, Sought.bhxh_code: scan.code}
        return values | ({Sought.citizen_id: scan.code} if len(scan.code) == 12 else {})
    values = {}
    if scan.number:
        values = {Sought.citizen_card: scan.number, Sought.citizen_id: scan.number, Sought.bhxh_code: scan.number}
    if scan.old_number and len(scan.old_number) == 9:
        values[Sought.old_id] = scan.old_number
    return values


def _number(token: str, seen: str) -> Query:
    values: dict[Sought, str] = {}
    if is_digits(token):
        if len(token) in (10, 12):
            values[Sought.bhxh_code] = token
        if len(token) == 12:
            values[Sought.citizen_id] = token
        if len(token) == 9:
            values[Sought.old_id] = token
    try:
        values[Sought.phone] = normalize_phone(token)
    except Malformed:
        if not values:
            raise _no_such_number(len(token.removeprefix("+"))) from None
    return Query(seen, tuple(values), values)


def _no_such_number(count: int) -> Malformed:
    return Malformed(
        f"Nội dung tìm có {count} chữ số; mã số BHXH có 10 hoặc 12 chữ số, CCCD 12, CMND 9, điện thoại di động 10. "
        "Xin xem lại và nhập đủ.",
        code="query_number_length",
    )


def _receipt(token: str, seen: str) -> Query | None:
    """Read a receipt code; one that holds no digit may as well be a name."""
    if is_receipt_code(token):
        values = {Sought.receipt_code: normalize_receipt_code(token)}
        if _digits(token):
            return Query(seen, tuple(values), values)
        named = _name(seen)
        return Query(seen, (*values, *named.kinds), values | named.values, named.words)
    return None


def _lettered(token: str, seen: str) -> Query | None:
    """Read a BHYT card number or a passport number; raise where the letters and digits are those of no such thing."""
    if _digits(token) >= 12:
        values = {Sought.bhxh_code: normalize_bhxh_code(token)}
    elif _PASSPORT.fullmatch(token) and 6 <= len(token) <= 9:
        values = {Sought.passport: normalize_id_number("passport", token)}
    elif " " not in seen and _digits(token) >= 2 and abs(len(token) - LENGTH) <= 3:
        values = {Sought.receipt_code: normalize_receipt_code(token)}
    else:
        return None
    return Query(seen, tuple(values), values)


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _name(seen: str) -> Query:
    words = tuple(_WORD.findall(fold(seen)))
    if not words or "@" in seen or _digits(seen) > 4 or not any(char.isalpha() for char in seen):
        raise Malformed(
            "Không nhận ra nội dung tìm. Xin nhập mã số BHXH, số giấy tờ, số điện thoại, mã hồ sơ hoặc họ tên.",
            code="query_not_understood",
        )
    return Query(seen, (Sought.name,), {Sought.name: normalize_name(seen)}, words)
