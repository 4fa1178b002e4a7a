"""A row looked at by itself: are code, name, phone and day of birth sound, or what did the spreadsheet do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from backoffice.batches.faults import Found, fault
from backoffice.identity.bhxh_code import group_code, normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import normalize_name
from backoffice.identity.phone import group_phone, mobile_prefixes, normalize_phone
from backoffice.identity.text import compact, is_digits

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d{1,3}", re.IGNORECASE | re.ASCII)
_SHORTENED = {8: 10, 9: 10, 11: 12}
"""Digits that are left of a code whose zeros were lost, and how many it had."""
_DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y")
_DAY = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})", re.ASCII)
_YEAR = re.compile(r"(?:19|20)\d\d", re.ASCII)


@dataclass
class Checked:
    """What a row says, in normal form where it is sound, and what is wrong with it."""

    bhxh_code: str | None = None
    full_name: str = ""
    phone: str | None = None
    birth: date | None = None
    birth_year: int | None = None
    faults: list[Found] = field(default_factory=list)


def check(values: Mapping[str, str], marks: Mapping[str, Any]) -> Checked:
    """Return what the row says. `marks` are those of the reader: a cell with a formula or an error is not read."""
    checked = Checked()
    if marks.get("hidden"):
        checked.faults.append(fault("hidden_row"))
    for key, read in _READERS.items():
        mark = marks.get(key)
        if mark in ("formula", "error"):
            checked.faults.append(fault("formula" if mark == "formula" else "cell_error", key))
        else:
            read(checked, values.get(key, ""))
    return checked


def _code(checked: Checked, text: str) -> None:
    code = compact(text)
    meant = _SHORTENED.get(len(code)) if is_digits(code) and code[0] != "0" else None
    if not code:
        checked.faults.append(fault("code_missing"))
    elif _SCIENTIFIC.fullmatch(text.replace(" ", "")):
        checked.faults.append(fault("code_scientific"))
    elif meant:
        checked.faults.append(fault("code_zero_lost", digits=len(code), meant=group_code(code.zfill(meant))))
    else:
        checked.bhxh_code = _sound(checked, "code_invalid", normalize_bhxh_code, text)


def _name(checked: Checked, text: str) -> None:
    if not text:
        checked.faults.append(fault("name_missing"))
        return
    try:
        checked.full_name = normalize_name(text)
    except Malformed:
        checked.faults.append(fault("name_missing"))


def _phone(checked: Checked, text: str) -> None:
    if not text:
        return
    number = compact(text)
    if is_digits(number) and len(number) == 9 and f"0{number}"[:3] in mobile_prefixes():
        checked.faults.append(fault("phone_zero_lost", meant=group_phone(f"0{number}")))
        return
    checked.phone = _sound(checked, "phone_invalid", normalize_phone, text)


def _birth(checked: Checked, text: str) -> None:
    if not text:
        return
    if _YEAR.fullmatch(text):
        checked.birth_year = int(text)
        return
    if named := _DAY.fullmatch(text):
        with suppress(ValueError):
            checked.birth = date(int(named[3]), int(named[2]), int(named[1]))
            return
    for shape in _DAYS:
        try:
            checked.birth = datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        return
    checked.faults.append(fault("birth_invalid"))


def _sound(checked: Checked, code: str, read: Callable[[str], str], text: str) -> str | None:
    try:
        return read(text)
    except Malformed as error:
        checked.faults.append(fault(code, why=error.message))
        return None


_READERS: dict[str, Callable[[Checked, str], None]] = {
    "bhxh_code": _code,
    "full_name": _name,
    "phone": _phone,
    "date_of_birth": _birth,
}
