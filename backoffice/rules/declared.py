"""What a declaration says, as a snapshot to be compared: a former version, or one that was refused (issue 10).

Pure. A part is what people speak of as one thing: the address is one, whatever its codes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from backoffice.models import Declaration, Item, PhotoKind


class Part(StrEnum):
    """A part of a declaration that its person may send otherwise."""

    NAME = "full_name"
    CODE = "bhxh_code"
    PAPER = "id_number"
    BIRTH = "date_of_birth"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    FORM01_BY_EMAIL = "send_form01_by_email"
    OFFICE = "office"
    START = "start_date"
    REGISTERED_AT = "registered_at"
    METHOD = "submission_method"
    CONTACT = "contact_person"
    GUARDIAN = "guardian_bhxh_code"
    POPULATION_DB = "population_db_verified"


NAMES: dict[Part, str] = {
    Part.NAME: "Họ tên",
    Part.CODE: "Mã số BHXH",
    Part.PAPER: "Giấy tờ",
    Part.BIRTH: "Ngày sinh",
    Part.ADDRESS: "Địa chỉ",
    Part.PHONE: "Điện thoại",
    Part.EMAIL: "Thư điện tử",
    Part.FORM01_BY_EMAIL: "Gửi mẫu số 01 qua thư",
    Part.OFFICE: "Cơ quan nhận",
    Part.START: "Ngày bắt đầu",
    Part.REGISTERED_AT: "Nơi đăng ký",
    Part.METHOD: "Phương thức nộp hồ sơ",
    Part.CONTACT: "Người liên hệ",
    Part.GUARDIAN: "Mã số BHXH người giám hộ",
    Part.POPULATION_DB: "Dấu xác thực của Cơ sở dữ liệu quốc gia về dân cư",
}
_COLUMNS: dict[Part, tuple[str, ...]] = {
    **{part: (part.value,) for part in Part},
    Part.PAPER: ("id_type", "id_number"),
    Part.ADDRESS: ("province_code", "district_code", "ward_code", "address_line"),
    Part.OFFICE: ("office_id",),
}
COLUMNS = tuple(name for columns in _COLUMNS.values() for name in columns)
"""All columns of a snapshot."""
_RESTS_ON: dict[Part, frozenset[Item]] = {
    Part.NAME: frozenset({Item.NAME, Item.BIRTH_CERTIFICATE}),
    Part.CODE: frozenset({Item.BHXH_CODE}),
    Part.PAPER: frozenset({Item.ID_NUMBER, Item.ID_DOCUMENT, Item.BHXH_CODE, Item.GUARDIAN}),
    Part.BIRTH: frozenset({Item.DATE_OF_BIRTH, Item.BIRTH_CERTIFICATE}),
    Part.PHONE: frozenset({Item.PHONE}),
    Part.GUARDIAN: frozenset({Item.GUARDIAN}),
}
_RESTS_ON_PHOTO: dict[PhotoKind, frozenset[Item]] = {
    PhotoKind.PORTRAIT: frozenset({Item.PORTRAIT}),
    PhotoKind.ID_FRONT: frozenset({Item.ID_DOCUMENT, Item.GUARDIAN}),
    PhotoKind.ID_BACK: frozenset({Item.ID_DOCUMENT, Item.GUARDIAN}),
    PhotoKind.BIRTH_CERTIFICATE: frozenset({Item.BIRTH_CERTIFICATE}),
}
PROVEN = frozenset({Part.NAME, Part.PAPER, Part.BIRTH})
"""What the population database had verified: once it reads otherwise, its mark says what is no longer true (D4)."""


def snapshot(declaration: Declaration) -> dict[str, Any]:
    """Return COLUMNS of a declaration as JSON keeps them: days in ISO 8601."""
    return {name: _plain(getattr(declaration, name)) for name in COLUMNS}


def mark(declaration: Declaration) -> str:
    """Return a mark of what the declaration says, in which version: another one once anything of it was changed."""
    said = json.dumps(snapshot(declaration), sort_keys=True)
    return f"{declaration.version}-{sha256(said.encode()).hexdigest()[:16]}"


def plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `columns` that a snapshot has, as it has them."""
    return {name: _plain(value) for name, value in columns.items() if name in COLUMNS}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Part]:
    """Return in which parts two snapshots differ, in the order of form 01."""
    return [part for part, names in _COLUMNS.items() if any(before.get(name) != after.get(name) for name in names)]


def touched(parts: Collection[Part], photos: Collection[PhotoKind]) -> frozenset[Item]:
    """Return what was verified of these parts and photos, and the signature: form 01 reads otherwise now."""
    resting = [_RESTS_ON.get(part, frozenset()) for part in parts] + [_RESTS_ON_PHOTO[kind] for kind in photos]
    return frozenset({Item.FORM01_SIGNED}).union(*resting)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
