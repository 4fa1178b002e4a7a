"""Comparing what was declared with what the QR on the uploaded ID photo says, field by field (D5; domain 3, Names)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from backoffice.desk.photo_facts import PhotoFacts
from backoffice.identity.names import alike_name, same_name
from backoffice.identity.qr import CitizenCard
from backoffice.models import Declaration, IdType
from backoffice.rules.places import find_place

UNDECLARED = "không khai"
NUMBERS: dict[IdType, str] = {
    IdType.CITIZEN_ID: "Số CCCD",
    IdType.OLD_ID: "Số CMND",
    IdType.PASSPORT: "Số hộ chiếu",
}
SEXES = {"male": "Nam", "female": "Nữ"}

Line = dict[str, str]


def card_of(photos: Sequence[PhotoFacts]) -> CitizenCard | None:
    """Return what the CCCD's QR on one of the photos says, None when none was read."""
    cards = [photo.citizen_card for photo in photos if photo.citizen_card]
    return CitizenCard.from_dict(cards[0]) if cards else None


def compare(declaration: Declaration, card: CitizenCard | None) -> list[Line]:
    """Return one line a field: label, declared, read, and a verdict (kind good, near, bad or none; word)."""
    return [
        _line(NUMBERS[declaration.id_type], declaration.id_number, *_number(declaration, card)),
        _line("Họ tên", declaration.full_name, card.full_name if card else "", _name(declaration, card)),
        _line("Ngày sinh", _day(declaration.date_of_birth), _born(card), _birth(declaration, card)),
        _line("Giới tính", "–", SEXES.get(card.sex or "", "") if card else "", "none"),
        _line("Địa chỉ", address(declaration), card.address if card else "", "none"),
    ]


def address(declaration: Declaration) -> str:
    """Return the contact address in one line, with the names of its places."""
    place = find_place(declaration.province_code, declaration.district_code, declaration.ward_code)
    return place.one_line(declaration.address_line)


def _line(label: str, declared: str, read: str, kind: str) -> Line:
    word = {"good": "trùng", "near": "gần giống", "bad": "khác"}.get(kind, "")
    return {"label": label, "declared": declared or UNDECLARED, "read": read, "kind": kind, "word": word}


def _number(declaration: Declaration, card: CitizenCard | None) -> tuple[str, str]:
    if card is None:
        return "", "none"
    if declaration.id_type is IdType.OLD_ID:
        read = card.old_number or ""
        return read, _verdict(read, declaration.id_number)
    if declaration.id_type is IdType.PASSPORT:
        return card.number, "none"
    return card.number, _verdict(card.number, declaration.id_number)


def _verdict(read: str, declared: str) -> str:
    return "none" if not read else "good" if read == declared else "bad"


def _name(declaration: Declaration, card: CitizenCard | None) -> str:
    if card is None or not card.full_name:
        return "none"
    if same_name(card.full_name, declaration.full_name):
        return "good"
    return "near" if alike_name(card.full_name, declaration.full_name) else "bad"


def _birth(declaration: Declaration, card: CitizenCard | None) -> str:
    declared = declaration.date_of_birth
    if card is None or declared is None or card.birth_year is None:
        return "none"
    if card.date_of_birth is None:
        return "near" if card.birth_year == declared.year else "bad"
    return "good" if card.date_of_birth == declared else "bad"


def _born(card: CitizenCard | None) -> str:
    if card is None:
        return ""
    return _day(card.date_of_birth) or str(card.birth_year or "")


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""
