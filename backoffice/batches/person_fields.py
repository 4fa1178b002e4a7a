"""The cells of a row of people to be declared as intake takes them (D3), and what the spreadsheet did to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.batches.checking import Checked
from backoffice.batches.faults import Found, fault
from backoffice.identity.names import fold
from backoffice.identity.text import compact, is_digits
from backoffice.models import IdType, Purpose
from backoffice.rules.place_text import read_place

_PAPERS = {
    IdType.CITIZEN_ID: ("can cuoc", "cccd", "can cuoc/cccd", "the can cuoc", "can cuoc cong dan", "cc"),
    IdType.OLD_ID: ("cmnd", "chung minh nhan dan", "cmt", "chung minh thu"),
    IdType.PASSPORT: ("ho chieu", "passport", "hc"),
}
_YES = ("co", "da dong y", "dong y", "x", "v", "da ky", "yes", "1")
_SHORTENED = {11: 12, 10: 12, 8: 9}
"""Digits left of an ID number whose zeros were lost (that of Hà Nội, 001, has two), and how many it had."""
_BESIDE = ("id_type", "id_number", "address", "ward", "district", "province", "email", "guardian_bhxh_code", "consent")
"""Columns that no list of people who have declared has."""


@dataclass
class Person:
    """The row as intake takes it, and what is wrong with its cells."""

    sent: dict[str, Any]
    faults: list[Found]


def read_person(values: Mapping[str, str], marks: Mapping[str, Any], checked: Checked) -> Person:
    """Return the row as intake takes it; `checked` is what its code, name, phone and birth came to.

    A child's row names its guardian's code (D11): what is the guardian's is then left to the guardian's account.
    """
    found = list(checked.faults)
    clean = dict(values)
    for key in _BESIDE:
        if (mark := marks.get(key)) in ("formula", "error"):
            found.append(fault("formula" if mark == "formula" else "cell_error", key))
            clean[key] = ""
    guardian = clean.get("guardian_bhxh_code", "")
    is_agreed = fold(clean.get("consent", "")) in _YES
    sent: dict[str, Any] = {
        "purpose": Purpose.REGISTER.value,
        "bhxh_code": checked.bhxh_code or "",
        "full_name": checked.full_name,
        "date_of_birth": checked.birth.isoformat() if checked.birth else None,
        "phone": values.get("phone") or None,
        "email": clean.get("email") or None,
        "guardian_bhxh_code": guardian or None,
        "consent": is_agreed,
        "undertaking": is_agreed,
        **_paper(clean, guardian, found),
    }
    if not guardian:
        sent["phone"] = checked.phone or ""
        sent["address"] = _address(clean, found)
    return Person(sent, found)


def _paper(values: Mapping[str, str], guardian: str, found: list[Found]) -> dict[str, Any]:
    number, said = compact(values.get("id_number", "")), fold(values.get("id_type", ""))
    if guardian and not number:
        return {}
    kind = next((kind for kind, words in _PAPERS.items() if said in words), None)
    if kind is None and said:
        found.append(fault("id_wrong", "id_type", why="Loại giấy tờ phải là Căn cước/CCCD, CMND hoặc Hộ chiếu."))
    meant = _SHORTENED.get(len(number)) if is_digits(number) and number[0] != "0" else None
    if meant and kind is not IdType.PASSPORT:
        found.append(fault("id_zero_lost", digits=len(number), meant=number.zfill(meant)))
    if kind is None:
        kind = IdType.OLD_ID if len(number) == 9 and is_digits(number) else None
        kind = kind or (IdType.PASSPORT if number[:1].isalpha() else IdType.CITIZEN_ID)
    return {"id_type": kind.value, "id_number": number}


def _address(values: Mapping[str, str], found: list[Found]) -> dict[str, Any]:
    """Return the address by codes: one cell holds it all, or ward, district and province have cells of their own."""
    parts = [values.get(key, "").strip(" ,") for key in ("address", "ward", "district", "province")]
    whole = ", ".join(part for part in parts if part)
    if not whole:
        found.append(fault("address_missing"))
        return {}
    lies = read_place(whole)
    if lies.place is None:
        found.append(fault("address_unknown"))
        return {}
    place = lies.place
    return {
        "province": place.province.code,
        "district": place.district.code if place.district else None,
        "ward": place.ward.code if place.ward else None,
        "line": lies.line,
    }
