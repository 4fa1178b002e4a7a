"""A part of a declaration as it is read beside what it was before (issue 10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backoffice.identity.bhxh_code import group_code
from backoffice.identity.phone import group_phone
from backoffice.models import IdType, PhotoKind, RegisteredAt
from backoffice.notices.messages import ID_LABELS
from backoffice.rules.declared import NAMES, Part
from backoffice.rules.places import find_place
from backoffice.rules.reasons import PHOTOS

REGISTERED: dict[RegisteredAt, str] = {
    RegisteredAt.PORTAL: "Cổng thông tin BHXH",
    RegisteredAt.IVAN: "Tổ chức I-VAN",
}


def resubmitted(facts: Mapping[str, Any]) -> str:
    """Return what the history says of a new version, by the trail's facts of it."""
    parts = [NAMES[part].lower() for part in Part if part in facts["parts"]]
    photos = [f"ảnh {PHOTOS[kind]}" for kind in PhotoKind if kind in facts["photos"]]
    return f"Công dân sửa tờ khai thành bản {facts['version']}: {', '.join([*parts, *photos])}"


def said_part(part: Part, values: Mapping[str, Any], office: str) -> str:
    """Return what a snapshot (rules.declared.snapshot) says of a part, in words; "" for nothing.

    `office`: the name of the office in it.
    """
    value = values.get(part.value)
    match part:
        case Part.PAPER:
            return f"{ID_LABELS[IdType(values['id_type'])]} {group_code(values['id_number'])}"
        case Part.ADDRESS:
            place = find_place(values["province_code"], values["district_code"], values["ward_code"])
            return place.one_line(values["address_line"])
        case Part.OFFICE:
            return office
        case Part.PHONE:
            return group_phone(value or "")
        case Part.CODE:
            return group_code(value or "")
        case Part.BIRTH | Part.START:
            return f"{date.fromisoformat(value):%d/%m/%Y}" if value else ""
        case Part.FORM01_BY_EMAIL | Part.POPULATION_DB:
            return "có" if value else "không"
        case Part.REGISTERED_AT:
            return REGISTERED[RegisteredAt(value)] if value else ""
    return str(value or "")
