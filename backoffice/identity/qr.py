"""The QR codes of a CCCD and of a BHYT card, old and new layouts (domain 3, D5).

What a stranger's scanner sends is read generously: a date or an address that cannot be read is left empty, only the
number must be right.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.card_parts import (
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
from backoffice.identity.qr_fields import read_date, read_hex, read_sex, split_fields, without_end
from backoffice.identity.text import compact

LONGEST_QR = 2000


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
    fields = _fields(text)
    number = citizen_number(fields[0])
    if number is None or len(fields) < 4 or is_health_card(fields):
        raise _not_a_citizen_card()
    parts = citizen_parts(fields)
    date_of_birth, birth_year = read_date(parts.birth or "")
    return CitizenCard(
        number=number,
        old_number=read_old_number(parts.old_number or ""),
        full_name=_card_name(parts.full_name or ""),
        date_of_birth=date_of_birth,
        birth_year=birth_year,
        sex=read_sex(parts.sex or ""),
        address=parts.address or "",
        issued=read_date(parts.issued or "")[0],
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


def read_health_card(text: str) -> HealthCard:
    """Return what the QR of a BHYT card says; name, address and parent may be hex of UTF-8 or plain.

    Raises Malformed when it is not the QR of a BHYT card.
    """
    fields = _fields(text)
    number = health_number(fields[0])
    if number is None or len(fields) < 4 or not is_health_card(fields):
        raise Malformed(
            "Đây không phải mã QR của thẻ BHYT hoặc quét chưa trọn. Xin quét lại, hoặc nhập mã số trên thẻ.",
            code="health_card_invalid",
        )
    parts = health_parts(fields)
    date_of_birth, birth_year = read_date(parts.birth or "")
    return HealthCard(
        code=normalize_bhxh_code(number),
        card_number=number if len(number) == 15 else None,
        full_name=read_hex(parts.full_name or ""),
        date_of_birth=date_of_birth,
        birth_year=birth_year,
        sex=read_health_sex(parts.sex or ""),
        address=read_address(parts),
        clinic=compact(parts.clinic or "") or None,
        valid_from=read_date(parts.valid_from or "")[0],
        valid_to=read_date(parts.valid_to or "")[0],
        issued=read_date(parts.issued or "")[0],
        parent_name=read_hex(parts.parent_name or "") or None,
        five_years_from=read_date(parts.five_years_from or "")[0],
    )


def _fields(text: str) -> list[str]:
    if len(text) > LONGEST_QR:
        raise Malformed("Nội dung quét quá dài, không phải mã QR của thẻ. Xin quét lại.", code="qr_too_long")
    return without_end(split_fields(text))
