"""Corrections as the review page shows them: what can be corrected, what was, and whether to sign form 01 anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from backoffice.decision.correct import Field
from backoffice.desk import compare
from backoffice.desk.compare import UNDECLARED
from backoffice.identity.bhxh_code import group_code
from backoffice.identity.phone import group_phone
from backoffice.models import Declaration, IdType
from backoffice.rules.form01 import NAMES
from backoffice.rules.places import find_place

ID_TYPES: dict[IdType, str] = {IdType.CITIZEN_ID: "Căn cước/CCCD", IdType.OLD_ID: "CMND", IdType.PASSPORT: "Hộ chiếu"}
LABELS: dict[Field, str] = {
    Field.FULL_NAME: "Họ tên",
    Field.ID_NUMBER: "Số giấy tờ",
    Field.ID_TYPE: "Loại giấy tờ",
    Field.DATE_OF_BIRTH: "Ngày sinh",
    Field.BHXH_CODE: "Mã số BHXH",
    Field.PHONE: "Điện thoại",
    Field.EMAIL: "Thư điện tử",
    Field.ADDRESS_LINE: "Số nhà, đường, thôn, tổ",
    Field.WARD: "Xã, phường; tỉnh, thành phố",
    Field.START_DATE: "Ngày bắt đầu",
    Field.CONTACT_PERSON: "Người liên hệ",
}
CORRECTED_BY: dict[str, str] = {
    compare.LABELS[line]: field.value
    for line, field in {
        compare.Field.NUMBER: Field.ID_NUMBER,
        compare.Field.OLD_NUMBER: Field.ID_NUMBER,
        compare.Field.PASSPORT: Field.ID_NUMBER,
        compare.Field.BHXH_CODE: Field.BHXH_CODE,
        compare.Field.NAME: Field.FULL_NAME,
        compare.Field.DATE_OF_BIRTH: Field.DATE_OF_BIRTH,
    }.items()
}
"""By the label of a line in the table of differences, which field puts it right."""


class Corrected(NamedTuple):
    """One correction as the history reads it; every value None where a line of the history is none."""

    field: str | None
    old_value: str | None
    new_value: str | None
    note: str | None


def corrected(correction: Corrected) -> str:
    """Return what the history says of it: which field, old and new, and the note."""
    field = correction.field or ""
    if field == "population_db_verified":
        return f"Bỏ {NAMES[field]}, vì nội dung đã sửa"
    if not correction.note:
        return f"Sửa {NAMES.get(field, field)} (giá trị cũ, mới và lý do đã xóa theo thời hạn lưu trữ)"
    old, new = (_words(field, value) for value in (correction.old_value, correction.new_value))
    return f"Sửa {NAMES.get(field, field)}: {old} → {new}. Lý do: {correction.note}"


def reasoned(what: str, reason: Corrected) -> str:
    """Return what was done (K8, D6, a wrong approval) with the reason that was kept, and from where to where."""
    way = " → ".join(value for value in (reason.old_value, reason.new_value) if value) if reason.new_value else ""
    way = f" ({way})" if way else ""
    return f"{what}{way}. Lý do: {reason.note}" if reason.note else what


def correctable(declaration: Declaration) -> list[dict[str, str]]:
    """Return what can be corrected: value (the field), label, now (as shown), typed (as it would be typed anew)."""
    return [
        {"value": field.value, "label": label, "now": typed or UNDECLARED, "typed": typed}
        for field, label in LABELS.items()
        for typed in [_TYPED[field](declaration)]
    ]


def must_sign_anew(values: dict[str, Any]) -> bool:
    """Tell from the review page's values whether a correction made the signature on form 01 lapse."""
    ledger = values["ledger"]
    unsigned = ledger and any(one["item"] == "form01_signed" and one["state"] != "done" for one in ledger["items"])
    return bool(unsigned) and any(event.get("correction") for event in values["history"])


def _words(field: str, value: str | None) -> str:
    if value is None:
        return UNDECLARED
    shown = _SHOWN.get(field)
    return shown(value) if shown else f"“{value}”"


def _day(value: str) -> str:
    return f"{date.fromisoformat(value):%d/%m/%Y}"


_SHOWN: dict[str, Callable[[str], str]] = {
    "id_type": lambda value: ID_TYPES[IdType(value)],
    "id_number": group_code,
    "bhxh_code": group_code,
    "phone": group_phone,
    "date_of_birth": _day,
    "start_date": _day,
}


def _place(declaration: Declaration) -> str:
    return find_place(declaration.province_code, declaration.district_code, declaration.ward_code).one_line()


def _typed_day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


_TYPED: dict[Field, Callable[[Declaration], str]] = {
    Field.FULL_NAME: lambda one: one.full_name,
    Field.ID_NUMBER: lambda one: one.id_number,
    Field.ID_TYPE: lambda one: ID_TYPES[one.id_type],
    Field.DATE_OF_BIRTH: lambda one: _typed_day(one.date_of_birth),
    Field.BHXH_CODE: lambda one: one.bhxh_code,
    Field.PHONE: lambda one: one.phone,
    Field.EMAIL: lambda one: one.email or "",
    Field.ADDRESS_LINE: lambda one: one.address_line,
    Field.WARD: _place,
    Field.START_DATE: lambda one: _typed_day(one.start_date),
    Field.CONTACT_PERSON: lambda one: one.contact_person or "",
}
