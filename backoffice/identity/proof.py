"""What a scan proves of what was declared: which items of the verification ledger it fills (design 4; D5, K6)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

from backoffice.identity.likeness import Likeness, likeness
from backoffice.identity.said import Said, said_by_scan
from backoffice.identity.scan_kinds import CitizenScan, HealthScan, NumberKind, NumberScan, Scan


class Proof(StrEnum):
    """What a scan says of an item: EQUAL and FORM_ONLY fill it, DIFFERENT never does."""

    EQUAL = "equal"
    FORM_ONLY = "form_only"
    DIFFERENT = "different"

    @property
    def fills(self) -> bool:
        """Tell whether the item counts as scanned and equal."""
        return self is not Proof.DIFFERENT


class Declared(Protocol):
    """What was declared of a person: a models.Declaration, or anything with these values in normal form."""

    @property
    def id_type(self) -> str:
        """Return "citizen_id", "old_id" or "passport"."""

    @property
    def id_number(self) -> str:
        """Return the number of that paper."""

    @property
    def full_name(self) -> str:
        """Return the name."""

    @property
    def date_of_birth(self) -> date | None:
        """Return the date of birth, None when it was not declared."""

    @property
    def bhxh_code(self) -> str:
        """Return the BHXH code, 10 or 12 digits."""

    @property
    def guardian_bhxh_code(self) -> str | None:
        """Return the guardian's BHXH code when this is a child's declaration (D11)."""


_NAMES: dict[Likeness, Proof | None] = {
    Likeness.SAME: Proof.EQUAL,
    Likeness.CASE: Proof.EQUAL,
    Likeness.SPACING: Proof.EQUAL,
    Likeness.TONE_PLACE: Proof.FORM_ONLY,
    Likeness.READ_BARE: Proof.FORM_ONLY,
    Likeness.DECLARED_BARE: Proof.FORM_ONLY,
    Likeness.INPUT_METHOD: Proof.FORM_ONLY,
    Likeness.MARKS: None,
    Likeness.LOST_LETTERS: None,
    Likeness.DIFFERENT: Proof.DIFFERENT,
}
"""None: the scan says neither yes nor no, and the officer looks."""


def proves(scan: Scan, declared: Declared) -> dict[str, Proof]:
    """Return the ledger items (name, id_number, date_of_birth, bhxh_code) of which `scan` says something, and what.

    - An ID's QR: its number or, for a declared CMND, its old number; name; date of birth, unless none was declared
      (then there is no such item to prove). A number alone proves the number.
    - Names equal but for capitals, blanks or hyphens are EQUAL (domain 3), without diacritics FORM_ONLY. Where both
      have diacritics and other ones ("Hòa", "Hoa"), or letters were lost, the name is left out: the officer must look.
    - The BHXH code is proven by the health card's QR, if its name and birth are not another person's, or by being the
      12 digits of the ID. A 10-digit and a 12-digit code say nothing of each other; 10 digits typed prove nothing.
    - A child's declaration has no item id_number, and the guardian's ID proves nothing of the child (D11).
    """
    match scan:
        case CitizenScan():
            found = _citizen(scan, declared)
        case HealthScan():
            found = {"bhxh_code": _health_code(scan, declared)}
        case NumberScan():
            found = {"id_number": _number(scan, declared), "bhxh_code": _own_code(_twelve(scan), declared)}
        case _:
            found = {}
    if declared.guardian_bhxh_code is not None:
        found.pop("id_number", None)
    return {item: proof for item, proof in found.items() if proof is not None}


def is_guardians(said: Said, declared: Declared) -> bool:
    """Tell whether a card shown on a child's declaration is not the child's: the guardian presents their own (D11)."""
    if declared.guardian_bhxh_code is None or declared.bhxh_code in (said.number, said.bhxh_code):
        return False
    if said.name is None:
        return said.number is not None
    return likeness(declared.full_name, said.name) is Likeness.DIFFERENT


def is_of(scan: Scan, declared: Declared) -> bool | None:
    """Tell by the digits whether the card or number scanned is of the person declared (K6).

    True when one number is equal, False when those that can be compared all differ, None when none can. A form 01's
    code is the caller's to compare.
    """
    pairs = [(ours, theirs) for ours, theirs in _number_pairs(scan, declared) if ours and theirs]
    return any(ours == theirs for ours, theirs in pairs) if pairs else None


def birth_proof(declared: date | None, day: date | None, year: int | None) -> Proof | None:
    """Return what a card's birth (`day`, or its `year` alone) says of the one declared; None without one of them."""
    if declared is None or year is None:
        return None
    if day is None:
        return Proof.FORM_ONLY if year == declared.year else Proof.DIFFERENT
    return _equal(day == declared)


def _citizen(scan: CitizenScan, declared: Declared) -> dict[str, Proof | None]:
    if is_guardians(said_by_scan(scan), declared):
        return {}
    return {
        "name": _NAMES[likeness(declared.full_name, scan.full_name)] if scan.full_name else None,
        "id_number": _paper(scan.number, scan.old_number, declared),
        "date_of_birth": birth_proof(declared.date_of_birth, scan.date_of_birth, scan.birth_year),
        "bhxh_code": _own_code(scan.number, declared),
    }


def _paper(number: str | None, old_number: str | None, declared: Declared) -> Proof | None:
    said = {"citizen_id": number, "old_id": old_number}.get(declared.id_type)
    return _equal(said == declared.id_number) if said else None


def _number(scan: NumberScan, declared: Declared) -> Proof | None:
    is_same_kind = scan.kind == declared.id_type and scan.kind is not NumberKind.BHXH_CODE
    return _equal(scan.number == declared.id_number) if is_same_kind else None


def _twelve(scan: NumberScan) -> str | None:
    return scan.number if scan.kind is NumberKind.CITIZEN_ID else None


def _own_code(number: str | None, declared: Declared) -> Proof | None:
    """Return what an ID number says of a code of 12 digits, which is the number itself."""
    return _equal(number == declared.bhxh_code) if number and len(declared.bhxh_code) == 12 else None


def _health_code(scan: HealthScan, declared: Declared) -> Proof | None:
    """Return what a health card says of the code, which is wrong also when it is that of another name or birth."""
    if scan.code is None or len(scan.code) != len(declared.bhxh_code):
        return None
    name = _NAMES[likeness(declared.full_name, scan.full_name)] if scan.full_name else None
    birth = birth_proof(declared.date_of_birth, scan.date_of_birth, scan.birth_year)
    return _equal(scan.code == declared.bhxh_code and Proof.DIFFERENT not in (name, birth))


def _number_pairs(scan: Scan, declared: Declared) -> list[tuple[str | None, str]]:
    twelve = [text for text in (declared.bhxh_code,) if len(text) == 12]
    if declared.id_type == "citizen_id":
        twelve.append(declared.id_number)
    old = declared.id_number if declared.id_type == "old_id" else ""
    match scan:
        case CitizenScan():
            return [*((scan.number, text) for text in twelve), (scan.old_number, old)]
        case HealthScan() if scan.code:
            same = [declared.bhxh_code] if len(scan.code) == len(declared.bhxh_code) else []
            return [(scan.code, text) for text in (*same, *(twelve if len(scan.code) == 12 else ()))]
        case NumberScan(kind=NumberKind.CITIZEN_ID):
            return [(scan.number, text) for text in twelve]
        case NumberScan(kind=NumberKind.BHXH_CODE):
            return [(scan.number, declared.bhxh_code)] if len(declared.bhxh_code) == 10 else []
        case NumberScan():
            return [(scan.number, declared.id_number)] if scan.kind == declared.id_type else []
    return []


def _equal(is_equal: bool) -> Proof:
    return Proof.EQUAL if is_equal else Proof.DIFFERENT
