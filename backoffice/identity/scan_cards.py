"""A scanned card read as far as it goes: what the scan did not bring, or damaged, is named instead of refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from backoffice.identity import scan_kinds as part
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.card_parts import (
    CitizenParts,
    HealthParts,
    citizen_number,
    citizen_parts,
    health_number,
    health_parts,
    is_health_card,
    read_address,
    read_health_sex,
    read_old_number,
)
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import normalize_name
from backoffice.identity.papers import Sex
from backoffice.identity.qr_fields import is_date, is_whole_date, read_date, read_hex, read_sex, without_end
from backoffice.identity.scan_kinds import CitizenScan, HealthScan, Letters

_LOST = ("?", "\ufffd")
_DIGITS = re.compile(r"[0-9/]*")
_HEX_NAME = re.compile(r"(?:[45]|[ce][0-9a-f])[0-9a-f]*", re.I)  # names begin with a capital: A to Z, Đ, Á, Ễ …


class _Birth(NamedTuple):
    day: date | None
    year: int | None
    is_unread: bool


def read_card(fields: Sequence[str]) -> CitizenScan | HealthScan | None:
    """Return the card of which `fields` (qr_fields.split_line) are the parts; None when they are no card's.

    A card is recognised by its number together with one more part that fits, or, its number being damaged, by name and
    date of birth in their places.
    """
    if len(fields) < 2:
        return None
    kept = without_end(fields)
    return _health_card(health_parts(kept)) if is_health_card(kept) else _citizen_card(citizen_parts(kept))


def _citizen_card(parts: CitizenParts) -> CitizenScan | None:
    number, old_number = citizen_number(parts.number), read_old_number(parts.old_number or "")
    name = _name(parts.full_name, is_cut=parts.birth is None)
    birth = _birth(parts.birth, is_cut=parts.sex is None)
    sex, issued = _sex(parts), read_date(parts.issued or "")[0]
    has_birth_and_sex = birth.year is not None and sex is not None
    fits = has_birth_and_sex or (number and name and (birth.year or sex)) or _is_half(parts, name)
    if not fits or not (number or old_number or name):
        return None
    return CitizenScan(
        number=number,
        old_number=old_number,
        full_name=name,
        date_of_birth=birth.day,
        birth_year=birth.year,
        sex=sex,
        address=parts.address or None,
        issued=issued,
        unread=_named(
            (part.NUMBER, number is None),
            (part.OLD_NUMBER, old_number is None and (parts.old_number is None or parts.old_number != "")),
            (part.NAME, name is None),
            (part.BIRTH, birth.is_unread),
            (part.SEX, sex is None),
            (part.ADDRESS, not parts.address),
            (part.ISSUED, issued is None and (parts.issued is None or parts.issued != "")),
        ),
        letters=_letters(name, parts.sex, parts.address),
    )


def _is_half(parts: CitizenParts, name: str | None) -> bool:
    """Tell whether a scan that ended before the sex is a CCCD's: number, old number, letters of a name, digits."""
    if citizen_number(parts.number) is None or parts.sex is not None:
        return False
    old, birth = parts.old_number or "", parts.birth or ""
    letters = parts.full_name or "" if parts.birth is None else name or "1"
    return bool(_DIGITS.fullmatch(old) and _DIGITS.fullmatch(birth)) and not any(char.isdigit() for char in letters)


def _health_card(parts: HealthParts) -> HealthScan | None:
    number = health_number(parts.number)
    name = _name(read_hex(parts.full_name or ""), is_cut=parts.birth is None)
    birth = _birth(parts.birth, is_cut=parts.sex is None)
    sex, address = read_health_sex(parts.sex or ""), read_address(parts) if parts.clinic is not None else ""
    is_half = number is not None and parts.sex is None and _is_half_name(parts)
    if not (is_half or (name and (birth.year or sex)) or (birth.year and sex)):
        return None
    return HealthScan(
        code=normalize_bhxh_code(number) if number else None,
        card_number=number if number and len(number) == 15 else None,
        full_name=name,
        date_of_birth=birth.day,
        birth_year=birth.year,
        sex=sex,
        address=address or None,
        valid_from=read_date(parts.valid_from or "")[0],
        valid_to=read_date(parts.valid_to or "")[0],
        unread=_named(
            (part.CODE, number is None),
            (part.NAME, name is None),
            (part.BIRTH, birth.is_unread),
            (part.SEX, sex is None),
            (part.ADDRESS, not address and parts.address not in ("-", "")),
            (part.VALIDITY, not is_date(parts.valid_from or "")),
        ),
        letters=_health_letters(parts, name, address),
    )


def _is_half_name(parts: HealthParts) -> bool:
    """Tell whether the second field of a scan that ended before the sex is a BHYT card's name, whole or begun."""
    text = parts.full_name or ""
    return bool(_HEX_NAME.fullmatch(text)) or (not text and parts.birth is None) or text.replace(" ", "").isalpha()


def _named(*parts: tuple[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, is_unread in parts if is_unread)


def _name(text: str | None, *, is_cut: bool) -> str | None:
    """Return the name; None when it is none, or when the scan ended within it or right behind it."""
    if text is None or is_cut:
        return None
    try:
        return normalize_name(text)
    except Malformed:
        return None


def _birth(text: str | None, *, is_cut: bool) -> _Birth:
    """Return the birth; month or year alone are all that some cards say, unless the scan ended there."""
    if text is None or (is_cut and not is_whole_date(text)):
        return _Birth(None, None, True)
    day, year = read_date(text)
    says_a_day = is_whole_date(text) and not text.replace(" ", "").startswith("00")
    return _Birth(day, year, year is None or (day is None and says_a_day))


def _sex(parts: CitizenParts) -> Sex | None:
    """Return the sex; "N" before an address is "Nữ" of a scanner which loses letters with diacritics."""
    text = parts.sex or ""
    is_what_is_left = parts.address is not None and text.upper() in ("N", "N?", "N\ufffd")
    return "female" if is_what_is_left else read_sex(text)


def _letters(name: str | None, sex: str | None, address: str | None) -> Letters:
    names = f"{name or ''}{sex or ''}"
    if any(sign in names for sign in _LOST) or _LOST[1] in (address or "") or (sex or "").upper() == "N":
        return Letters.LOST
    return _completeness((name, sex, address))


def _health_letters(parts: HealthParts, name: str | None, address: str) -> Letters:
    """Hexadecimal text arrives whole or not at all."""
    if name != parts.full_name:
        return Letters.COMPLETE
    return _letters(name, None, address)


def _completeness(texts: Iterable[str | None]) -> Letters:
    letters = [char for text in texts for char in text or "" if char.isalpha()]
    return Letters.BARE if letters and all(char.isascii() for char in letters) else Letters.COMPLETE
