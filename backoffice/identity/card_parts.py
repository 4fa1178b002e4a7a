"""Which field of a scanned card is which, before it is read: CCCD `cccd|cmnd|name|birth|sex|address|issued`, and BHYT.

A part the scan did not reach is None, an empty one "": so that a damaged scan can say what it lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.papers import Sex
from backoffice.identity.qr_fields import is_date, like_hex, read_hex, read_sex
from backoffice.identity.text import compact, is_digits

_CITIZEN_NUMBER = re.compile(r"\D{0,4}(\d{12})")
_HEALTH_NUMBER = re.compile(r"[\W_]{0,4}([A-Z]{2}\d{13}|\d{12}|\d{10})")
_HEALTH_SEXES = ("0", "1", "2")


class CitizenParts(NamedTuple):
    """Parts of a CCCD's QR as text."""

    number: str
    old_number: str | None
    full_name: str | None
    birth: str | None
    sex: str | None
    address: str | None
    issued: str | None


class HealthParts(NamedTuple):
    """Parts of a BHYT card's QR as text; `rest` is what follows the date of five years."""

    number: str
    full_name: str | None
    birth: str | None
    sex: str | None
    address: str | None
    clinic: str | None
    valid_from: str | None
    valid_to: str | None
    issued: str | None
    parent_name: str | None
    five_years_from: str | None
    rest: tuple[str, ...]


def citizen_parts(fields: Sequence[str]) -> CitizenParts:
    """Return the parts of a CCCD in `fields`; further ones (cards since 2024) are left out.

    A scan whose beginning is lost may start within the name, which is then "".
    """
    if len(fields) > 2 and _has_letter(fields[0]) and is_date(fields[1]) and read_sex(fields[2]):
        fields = ["", "", "", *fields[1:]]
    number, rest = fields[0], list(fields[1:])
    old_number: str | None = rest.pop(0) if rest and _begins_with_old_number(rest) else None
    if old_number is None and rest:
        old_number = ""
    name, birth, sex, address, issued = (*rest, None, None, None, None, None)[:5]
    return CitizenParts(number, old_number, name, birth, sex, address, issued)


def _begins_with_old_number(rest: Sequence[str]) -> bool:
    """Tell whether the CMND's field is there, which older cards leave out: the name then comes first."""
    return not _has_letter(rest[0]) or (len(rest) > 1 and _has_letter(rest[1]) and not is_date(rest[1]))


def health_parts(fields: Sequence[str]) -> HealthParts:
    """Return the parts of a BHYT card in `fields`."""
    padded = (*fields[1:], *[None] * 12)[:12]
    name, birth, sex, address, clinic, start, end, issued, _manager, parent, _area, five_years = padded
    rest = tuple(fields[13:])
    return HealthParts(fields[0], name, birth, sex, address, clinic, start, end, issued, parent, five_years, rest)


def citizen_number(field: str) -> str | None:
    """Return the 12 digits of a CCCD's first field, before which a scanner's prefix may stand; else None."""
    found = _CITIZEN_NUMBER.fullmatch(compact(field))
    return found[1] if found else None


def health_number(field: str) -> str | None:
    """Return the card number (15 characters) or code (10 or 12 digits) of a BHYT card's first field; else None.

    Letters which an input method changed ("TÉ01…" for "TE101…") are restored. A prefix may stand before it, but no
    letters: those of a card number that lost a digit would leave 12 digits of another person.
    """
    text = compact(field).upper()
    found = _HEALTH_NUMBER.fullmatch(text)
    try:
        code = normalize_bhxh_code(found[1] if found else text)
    except Malformed:
        return None
    return found[1] if found else code


def is_health_card(fields: Sequence[str]) -> bool:
    """Tell a BHYT card from a CCCD: a birth and a sex of one digit in the third and fourth field, or its number."""
    number, is_citizens = health_number(fields[0]), citizen_number(fields[0]) is not None
    if len(fields) > 3 and is_date(fields[2]) and fields[3] in _HEALTH_SEXES:
        return True
    if is_citizens:
        return len(fields) > 1 and like_hex(fields[1]) and _has_letter(fields[1])
    return number is not None


def read_old_number(field: str) -> str | None:
    """Return the CMND's number of 9 digits (or an older ID number of 12); None when it is neither."""
    number = compact(field)
    return number if is_digits(number) and len(number) in (9, 12) else None


def read_health_sex(field: str) -> Sex | None:
    """Return the sex a BHYT card tells: 1 is male, 0 or 2 female; a word is read too."""
    if field == "1":
        return "male"
    return "female" if field in ("0", "2") else read_sex(field)


def read_address(parts: HealthParts) -> str:
    """Return a BHYT card's address; newer cards repeat it in hex at the end: that is taken where there is none."""
    address = read_hex(parts.address or "")
    if address:
        return address
    return next((text for field in parts.rest if (text := read_hex(field)) != field and len(text) > 3), "")


def _has_letter(text: str) -> bool:
    return any(char.isalpha() for char in text)
