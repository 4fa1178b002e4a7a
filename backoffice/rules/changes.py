"""What an adjustment changes in an account (D2): old against new, whether it is one person still, what is to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from backoffice.identity.names import fold
from backoffice.kernel.errors import Fault
from backoffice.models import IdType, Item

ADDRESS = ("province_code", "district_code", "ward_code", "address_line")
COLUMNS = ("full_name", "date_of_birth", "id_type", "id_number", *ADDRESS, "phone", "email")
"""The columns that declarations and accounts share and an adjustment may change."""
ANOTHER_PERSON = (
    "Tờ khai đổi nhiều thông tin nhân thân cùng lúc nên không còn rõ là cùng một người: phải giữ nguyên số giấy tờ, "
    "hoặc giữ nguyên cả họ tên và ngày sinh. Xin xem lại; nếu đúng là đã đổi cả hai, xin điều chỉnh từng mục một."
)
NOTHING = "Chưa có mục nào khác với tài khoản đang dùng. Xin ghi mục cần điều chỉnh."


class Part(StrEnum):
    """A part of an account that an adjustment may change, as people speak of it."""

    NAME = "full_name"
    BIRTH = "date_of_birth"
    PAPER = "id_number"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"


NAMES: dict[Part, str] = {
    Part.NAME: "Họ và tên",
    Part.BIRTH: "Ngày sinh",
    Part.PAPER: "Giấy tờ",
    Part.ADDRESS: "Địa chỉ liên hệ",
    Part.PHONE: "Số điện thoại",
    Part.EMAIL: "Thư điện tử",
}
_COLUMNS_OF: dict[Part, tuple[str, ...]] = {
    Part.NAME: ("full_name",),
    Part.BIRTH: ("date_of_birth",),
    Part.PAPER: ("id_type", "id_number"),
    Part.ADDRESS: ADDRESS,
    Part.PHONE: ("phone",),
    Part.EMAIL: ("email",),
}
_ALWAYS = frozenset({Item.NAME, Item.ID_NUMBER, Item.BHXH_CODE, Item.ID_DOCUMENT, Item.FORM01_SIGNED})
"""Whoever adjusts shows who they are, and which account it is."""


class HasColumns(Protocol):
    """A declaration or an account."""

    full_name: str
    id_type: IdType
    id_number: str
    date_of_birth: date | None


def snapshot(thing: HasColumns) -> dict[str, Any]:
    """Return COLUMNS of a declaration or an account as JSON keeps them: days in ISO 8601."""
    return {name: _plain(getattr(thing, name)) for name in COLUMNS}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Part]:
    """Return in which parts two snapshots differ; a name's spelling in letters, not in capitals, is part of it."""
    return [part for part, columns in _COLUMNS_OF.items() if any(before.get(one) != after.get(one) for one in columns)]


def columns_of_part(part: Part) -> tuple[str, ...]:
    """Return the columns that make up a part."""
    return _COLUMNS_OF[part]


def is_same_person(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether an adjustment leaves who it is: the paper's number, or name and birth both.

    Else whoever has a stranger's telephone for a minute could declare the account over to another person, and come to
    the desk with that person's own, perfectly good ID. A birth the account did not know may be added.
    """
    if before.get("id_number") == after.get("id_number"):
        return True
    born = before.get("date_of_birth")
    is_born = born is None or born == after.get("date_of_birth")
    return is_born and fold(str(before.get("full_name"))) == fold(str(after.get("full_name")))


def faults_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Fault]:
    """Return why an adjustment from `before` to `after` cannot be taken: it changes nothing, or the person (D2)."""
    if not changed(before, after):
        return [Fault("purpose", NOTHING, "nothing_changed")]
    if not is_same_person(before, after):
        return [Fault("id_number", ANOTHER_PERSON, "another_person")]
    return []


def touched_items(parts: Collection[Part], *, is_phone_proven: bool) -> frozenset[Item]:
    """Return what is to be verified of an adjustment of `parts`: who it is, and what it touches (design 2).

    A new number on which the citizen read a code needs no call any more (K10).
    """
    items = set(_ALWAYS)
    if Part.BIRTH in parts:
        items.add(Item.DATE_OF_BIRTH)
    if Part.PHONE in parts and not is_phone_proven:
        items.add(Item.PHONE)
    return frozenset(items)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
