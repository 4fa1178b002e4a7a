"""What one source says of a person, ready to be compared: a declaration, the QR on a photo, a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from backoffice.identity.papers import Sex
from backoffice.identity.qr import CitizenCard
from backoffice.identity.scan_kinds import CitizenScan, HealthScan, NumberKind, NumberScan, Scan

Birth = tuple[date | None, int]
"""Day of birth, or None where only the year is known, and the year."""


@dataclass(frozen=True)
class Said:
    """What one source says of a person; None where it says nothing. Numbers in normal form."""

    number: str | None = None
    old_number: str | None = None
    passport: str | None = None
    bhxh_code: str | None = None
    name: str | None = None
    date_of_birth: Birth | None = None
    sex: Sex | None = None
    address: str | None = None


def said_by_card(card: CitizenCard | None) -> Said:
    """Return what the QR on the photo says; nothing when there is none."""
    if card is None:
        return Said()
    birth = _birth(card.date_of_birth, card.birth_year)
    return Said(
        card.number,
        card.old_number,
        name=card.full_name,
        date_of_birth=birth,
        sex=card.sex,
        address=card.address or None,
    )


def said_by_scan(scan: Scan | None) -> Said:
    """Return what a scan says of a person; a form 01, or what could not be read, says nothing."""
    match scan:
        case CitizenScan():
            birth = _birth(scan.date_of_birth, scan.birth_year)
            said = Said(scan.number, scan.old_number, name=scan.full_name, date_of_birth=birth)
        case HealthScan():
            birth = _birth(scan.date_of_birth, scan.birth_year)
            said = Said(bhxh_code=scan.code, name=scan.full_name, date_of_birth=birth)
        case NumberScan():
            return _NUMBERS[scan.kind](scan.number)
        case _:
            return Said()
    return replace(said, sex=scan.sex, address=scan.address)


_NUMBERS: dict[NumberKind, Callable[[str], Said]] = {
    NumberKind.CITIZEN_ID: lambda number: Said(number=number),
    NumberKind.OLD_ID: lambda number: Said(old_number=number),
    NumberKind.PASSPORT: lambda number: Said(passport=number),
    NumberKind.BHXH_CODE: lambda number: Said(bhxh_code=number),
}


def _birth(day: date | None, year: int | None) -> Birth | None:
    return None if year is None else (day, year)
