"""The verification ledger: what must be verified of a declaration before it is approved (design 2 and 4; D2, D11)."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from backoffice.identity.papers import ADULT_FROM, age_on
from backoffice.models import Item, Purpose

NOTE_LIMIT = 500
"""Characters of the reason for which an item is taken although it is not as it should be."""

_ADULT = (
    Item.NAME,
    Item.ID_NUMBER,
    Item.DATE_OF_BIRTH,
    Item.BHXH_CODE,
    Item.PORTRAIT,
    Item.ID_DOCUMENT,
    Item.FORM01_SIGNED,
    Item.PHONE,
)
_OF_CHILD = {Item.ID_NUMBER: Item.BIRTH_CERTIFICATE, Item.ID_DOCUMENT: Item.GUARDIAN}
_TOUCHED: dict[Purpose, frozenset[Item]] = {
    Purpose.REGISTER: frozenset(_ADULT),
    Purpose.ADJUST: frozenset(_ADULT) - {Item.PORTRAIT},
    Purpose.STOP: frozenset({Item.NAME, Item.ID_NUMBER, Item.BHXH_CODE, Item.ID_DOCUMENT, Item.FORM01_SIGNED}),
}
"""An adjustment leaves the portrait as it is; whoever stops shows who they are and which account it is (D2)."""

_SHORT: dict[Item, str] = {
    Item.NAME: "Họ tên",
    Item.ID_NUMBER: "Số giấy tờ",
    Item.BIRTH_CERTIFICATE: "Giấy khai sinh",
    Item.DATE_OF_BIRTH: "Ngày sinh",
    Item.BHXH_CODE: "Mã số BHXH",
    Item.PORTRAIT: "Ảnh chân dung",
    Item.ID_DOCUMENT: "Giấy tờ bản gốc",
    Item.GUARDIAN: "Người giám hộ",
    Item.FORM01_SIGNED: "Mẫu số 01 đã ký",
    Item.PHONE: "Số điện thoại",
}
_LABELS: dict[Item, str] = {
    Item.NAME: "Họ tên trùng giấy tờ",
    Item.ID_NUMBER: "Số giấy tờ trùng",
    Item.BIRTH_CERTIFICATE: "Giấy khai sinh trùng",
    Item.DATE_OF_BIRTH: "Ngày sinh trùng",
    Item.BHXH_CODE: "Mã số BHXH đúng của người này",
    Item.PORTRAIT: "Ảnh chân dung đúng người nộp",
    Item.ID_DOCUMENT: "Giấy tờ bản gốc, còn hạn, nguyên vẹn",
    Item.GUARDIAN: "Người nộp đúng là cha, mẹ hoặc người giám hộ",
    Item.FORM01_SIGNED: "Mẫu số 01 đã ký, ghi rõ họ tên",
    Item.PHONE: "Số điện thoại của chính người nộp (đã gọi thử hoặc xem tin nhắn)",
}
_CHILD_LABELS: dict[Item, str] = {
    Item.NAME: "Họ tên trùng giấy khai sinh",
    Item.BHXH_CODE: "Mã số BHXH đúng của trẻ",
    Item.PORTRAIT: "Đúng ảnh của trẻ",
    Item.PHONE: "Số của người giám hộ",
}


class Declared(Protocol):
    """What the items of a declaration hang on."""

    @property
    def purpose(self) -> Purpose:
        """Return what it asks for."""

    @property
    def date_of_birth(self) -> date | None:
        """Return the date of birth, None when it was not declared."""

    @property
    def guardian_bhxh_code(self) -> str | None:
        """Return the guardian's BHXH code when it was declared for a child."""


def is_for_child(declared: Declared, born: date | None, today: date) -> bool:
    """Tell whether the papers to show are a child's (D11): declared through a guardian, and not of age on `today`.

    `born` is the date of birth declared or, where none was, that of the ID scanned; None while neither is known.
    Whoever is under age and declares with an ID and a phone of their own is served like an adult.
    """
    return declared.guardian_bhxh_code is not None and (born is None or age_on(today, born) < ADULT_FROM)


def items_of(
    declared: Declared, born: date | None, today: date, touched: frozenset[Item] | None = None
) -> tuple[Item, ...]:
    """Return the items to verify, in the order of their keys.

    A date of birth that was not declared is filled from the ID and not asked for; `adjust` and `stop` ask only for what
    they touch: `touched`, where it is known (rules.changes). `born`, `today`: as in `is_for_child`.
    """
    touched = _TOUCHED[declared.purpose] if touched is None else touched
    items = [item for item in _ADULT if item in touched]
    if declared.date_of_birth is None and Item.DATE_OF_BIRTH in items:
        items.remove(Item.DATE_OF_BIRTH)
    if is_for_child(declared, born, today):
        items = [_OF_CHILD.get(item, item) for item in items]
    return tuple(items)


def label(item: Item, *, child: bool = False) -> str:
    """Return what is to be made sure of, in the words of the desk (wording.md); `child`: on a child's declaration."""
    return (_CHILD_LABELS.get(item) if child else None) or _LABELS[item]


def short_label(item: Item) -> str:
    """Return the item's name for a sentence: "Ngày sinh"."""
    return _SHORT[item]


def key(item: Item) -> str:
    """Return the key that says an item was seen: the same digit on every declaration."""
    adults = {child: adult for adult, child in _OF_CHILD.items()}
    return f"Alt+{_ADULT.index(adults.get(item, item)) + 1}"
