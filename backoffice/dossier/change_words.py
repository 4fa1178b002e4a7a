"""A part of an account as it is read beside its new value: on form 01, at the desk, by the person (D2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backoffice.gateways.pdf.form01 import ID_TYPES
from backoffice.identity.phone import group_phone
from backoffice.rules.changes import Part
from backoffice.rules.places import find_place


def said_part(part: Part, values: Mapping[str, Any]) -> str:
    """Return what a snapshot (rules.changes.snapshot) says of a part, in words; "" for nothing."""
    match part:
        case Part.BIRTH:
            born = values.get("date_of_birth")
            return f"{date.fromisoformat(born):%d/%m/%Y}" if born else ""
        case Part.PAPER:
            return f"{ID_TYPES[values['id_type']]} {values['id_number']}"
        case Part.ADDRESS:
            place = find_place(values["province_code"], values["district_code"], values["ward_code"])
            return place.one_line(values["address_line"])
        case Part.PHONE:
            return group_phone(values["phone"])
        case _:
            return str(values.get(part.value) or "")
