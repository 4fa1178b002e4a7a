"""The QR codes of a CCCD and of a BHYT card, old and new layouts (domain 3, D5).

What a stranger's scanner sends is read generously: a date or an address that cannot be read is left empty, only the
number must be right.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import normalize_name
from backoffice.identity.papers import Sex
from backoffice.identity.qr_fields import is_date, read_date, read_hex, read_sex, split_fields
from backoffice.identity.text import compact, is_digits

LONGEST_QR = 2000

_CITIZEN_NUMBER = re.compile(r"\D{0,4}(\d{12})")
_HEALTH_NUMBER = re.compile(r"\D{0,4}?([A-Z]{2}\d{13}|\d{12}|\d{10})")


class _Card:
    """JSON-safe dictionaries of a card: dates as ISO text."""

    def to_dict(self) -> dict[str, Any]:
        """Return the card as a JSON-safe dictionary, dates as "yyyy-mm-dd"."""
        values = asdict(self)  # type: ignore[call-overload]
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the card of which `to_dict` made `values`; unknown keys are ignored."""
        known: dict[str, Any] = {}
        for field in fields(cls):  # type: ignore[arg-type]
            value: Any = values.get(field.name)
            is_day = field.type == "date | None" and value is not None
            known[field.name] = date.fromisoformat(value) if is_day else value
        return cls(**known)


@dataclass(frozen=True)
class CitizenCard(_Card):
    """What a CCCD's QR says. `old_number` is the CMND of 9 digits; `address` is "" when there is none.

    `date_of_birth` is None when the card gives month or year only; `birth_year` is then still known.
    """

    number: str
    old_number: str | None
    full_name: str
    date_of_birth: date | None
    birth_year: int | None
    sex: Sex | None
    address: str
    issued: date | None


@dataclass(frozen=True)
class HealthCard(_Card):
    """What a BHYT card's QR says. `code` is the BHXH code, `card_number` the 15 characters an old card carries.

    `full_name` and `address` are "" when they were not readable; `clinic` is the code of the first clinic ("01061").
    """

    code: str
    card_number: str | None
    full_name: str
    date_of_birth: date | None
    birth_year: int | None
    sex: Sex | None
    address: str
    clinic: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    issued: date | None = None
    parent_name: str | None = None
    five_years_from: date | None = None


def read_citizen_card(text: str) -> CitizenCard:
    """Return what the QR of a CCCD says: `cccd|cmnd|name|birth|sex|address|issued`, cmnd empty or left out.

    Further fields (cards since 2024) are ignored. Raises Malformed when it is not the QR of a CCCD.
    """
    parts = _fields(text)
    number = _CITIZEN_NUMBER.fullmatch(compact(parts[0]))
    if not number or len(parts) < 4 or _is_health_card(parts):
        raise _not_a_citizen_card()
    old_number, rest = _old_number(parts[1:])
    name, birth, sex, address, issued = (*rest, "", "", "", "", "")[:5]
    date_of_birth, birth_year = read_date(birth)
    return CitizenCard(
        number=number[1],
        old_number=old_number,
        full_name=_card_name(name),
        date_of_birth=date_of_birth,
        birth_year=birth_year,
        sex=read_sex(sex),
        address=address,
        issued=read_date(issued)[0],
    )


def _not_a_citizen_card() -> Malformed:
    return Malformed(
        "Đây không phải mã QR của Căn cước/CCCD hoặc quét chưa trọn. Xin quét lại, hoặc nhập số trên thẻ.",
        code="citizen_card_invalid",
    )


def _card_name(text: str) -> str:
    try:
        return normalize_name(text)
    except Malformed as fault:
        raise _not_a_citizen_card() from fault


def _old_number(rest: list[str]) -> tuple[str | None, list[str]]:
    """Split off the CMND's field, which older cards leave out: the name is followed by the date of birth."""
    if not is_date(rest[0]) and is_date(rest[1]) and any(char.isalpha() for char in rest[0]):
        return None, rest
    number = compact(rest[0])
    return (number if is_digits(number) and len(number) in (9, 12) else None), rest[1:]


def read_health_card(text: str) -> HealthCard:
    """Return what the QR of a BHYT card says; name, address and parent may be hex of UTF-8 or plain.

    Raises Malformed when it is not the QR of a BHYT card.
    """
    parts = _fields(text)
    number = _health_number(parts[0])
    if not number or not _is_health_card(parts):
        raise Malformed(
            "Đây không phải mã QR của thẻ BHYT hoặc quét chưa trọn. Xin quét lại, hoặc nhập mã số trên thẻ.",
            code="health_card_invalid",
        )
    name, birth, sex, address, clinic, start, end, issued, _manager, parent, _area, five = (*parts[1:], *[""] * 12)[:12]
    date_of_birth, birth_year = read_date(birth)
    return HealthCard(
        code=normalize_bhxh_code(number),
        card_number=number if len(number) == 15 else None,
        full_name=read_hex(name),
        date_of_birth=date_of_birth,
        birth_year=birth_year,
        sex=_health_sex(sex),
        address=read_hex(address) or _address_again(parts),
        clinic=compact(clinic) or None,
        valid_from=read_date(start)[0],
        valid_to=read_date(end)[0],
        issued=read_date(issued)[0],
        parent_name=read_hex(parent) or None,
        five_years_from=read_date(five)[0],
    )


def _health_number(text: str) -> str:
    """Return the card number or code in a card's first field, "" when it is neither."""
    found = _HEALTH_NUMBER.fullmatch(compact(text).upper())
    if not found:
        return ""
    try:
        normalize_bhxh_code(found[1])
    except Malformed:
        return ""
    return found[1]


def _is_health_card(parts: list[str]) -> bool:
    """A BHYT card has birth and a sex of one digit in its third and fourth field; a CCCD writes the sex as a word."""
    if len(parts) < 4 or not (is_date(parts[2]) or _health_number(parts[0])):
        return False
    return parts[3] in ("0", "1", "2") or not _CITIZEN_NUMBER.fullmatch(compact(parts[0]))


def _health_sex(text: str) -> Sex | None:
    if text == "1":
        return "male"
    return "female" if text in ("0", "2") else read_sex(text)


def _address_again(parts: list[str]) -> str:
    """Newer cards repeat the address in hex after the check string; take it when the fifth field has none."""
    for field in parts[14:]:
        text = read_hex(field)
        if text != field and len(text) > 3:
            return text
    return ""


def _fields(text: str) -> list[str]:
    if len(text) > LONGEST_QR:
        raise Malformed("Nội dung quét quá dài, không phải mã QR của thẻ. Xin quét lại.", code="qr_too_long")
    parts = split_fields(text.rstrip().rstrip("$"))
    return [part.removesuffix("$").strip() for part in parts]
