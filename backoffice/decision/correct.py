"""Putting a typing error right at the desk, before deciding, with the citizen's consent (issue 4, item 6; D3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision import ledger
from backoffice.decision.actions import for_decision
from backoffice.decision.reading import read_note
from backoffice.decision.scan import refill
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.papers import normalize_id_number
from backoffice.identity.phone import normalize_phone
from backoffice.identity.qr_fields import read_date
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Correction, Declaration, IdType, Item, TrailEvent
from backoffice.rules import form01
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do
from backoffice.rules.place_names import find_ward
from backoffice.rules.places import find_place

_Told = dict[str, str | None]


class Field(StrEnum):
    """What can be corrected; the purpose, the office and whose declaration it is cannot."""

    FULL_NAME = "full_name"
    ID_NUMBER = "id_number"
    ID_TYPE = "id_type"
    DATE_OF_BIRTH = "date_of_birth"
    BHXH_CODE = "bhxh_code"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS_LINE = "address_line"
    WARD = "ward"
    START_DATE = "start_date"
    CONTACT_PERSON = "contact_person"


_TOUCHED: dict[str, frozenset[Item]] = {
    "full_name": frozenset({Item.NAME, Item.BIRTH_CERTIFICATE}),
    "id_number": frozenset({Item.ID_NUMBER, Item.BHXH_CODE, Item.GUARDIAN}),
    "id_type": frozenset({Item.ID_NUMBER, Item.ID_DOCUMENT, Item.GUARDIAN}),
    "date_of_birth": frozenset({Item.DATE_OF_BIRTH, Item.BIRTH_CERTIFICATE}),
    "bhxh_code": frozenset({Item.BHXH_CODE}),
    "phone": frozenset({Item.PHONE}),
}
"""What rests on a field beside the signature on form 01: the BHXH code may have been proven by the number of the ID."""
_VERIFIED = frozenset({"full_name", "id_type", "id_number", "date_of_birth"})
"""What the population database had verified: once it reads otherwise, the mark says what is no longer true (D4)."""
_ID_TYPES = {
    "cccd": IdType.CITIZEN_ID,
    "can cuoc": IdType.CITIZEN_ID,
    "can cuoc cong dan": IdType.CITIZEN_ID,
    "can cuoc/cccd": IdType.CITIZEN_ID,
    "cmnd": IdType.OLD_ID,
    "chung minh nhan dan": IdType.OLD_ID,
    "ho chieu": IdType.PASSPORT,
} | {kind.value: kind for kind in IdType}


def correct(receipt_code: str, officer: Actor, field: str, value: str, note: str, *, consented: bool) -> list[str]:
    """Put what was declared in `field` right: `value` is read as intake reads it; return the fields that changed.

    Needs my live claim. Old and new are kept, the trail has their keyed hashes. What the ledger rests on them lapses,
    and so does the signature on form 01, which is to be printed and signed anew; what was scanned is compared again. A
    number that is one of another kind of paper changes the kind too. `note`: what the citizen said. Raises InvalidInput
    (field, value, note, consent), Conflict as every decision does.
    """
    chosen, note = _read_form(field, note, consented)
    with transaction() as session:
        declaration = for_decision(session, receipt_code, officer, Do.CORRECT, also=_codes_in(chosen, value))
        before = _told(declaration)
        rows.change(session, declaration, **_read_value(declaration, chosen, value))
        changed = _changed(before, _told(declaration))
        if declaration.population_db_verified and _VERIFIED & set(changed):
            rows.change(session, declaration, population_db_verified=False)
            changed = _changed(before, _told(declaration))
        for name, (old, new) in changed.items():
            _keep(session, declaration, officer, name, old, new, note)
        touched = {Item.FORM01_SIGNED}.union(*(_TOUCHED.get(name, frozenset()) for name in changed))
        ledger.lapse(session, declaration, touched, officer)
        refill(session, declaration, officer)
    return list(changed)


def _read_form(field: str, note: str, consented: bool) -> tuple[Field, str]:
    faults: list[Fault] = []
    chosen = next((one for one in Field if one.value == field), None)
    if chosen is None:
        faults.append(Fault("field", "Xin chọn mục cần sửa trong danh sách."))
    if not consented:
        faults.append(Fault("consent", "Chỉ sửa khi người khai đã đồng ý. Xin hỏi người khai rồi đánh dấu vào đây."))
    try:
        note = read_note(note, "Xin ghi vì sao sửa, người khai nói gì.")
    except InvalidInput as fault:
        faults.extend(fault.faults)
    if chosen is None or faults:
        raise InvalidInput(faults)
    return chosen, note


def _read_value(declaration: Declaration, field: Field, value: str) -> dict[str, Any]:
    """Return the columns as corrected; raises InvalidInput (value)."""
    try:
        return _READERS[field](declaration, value)
    except Malformed as fault:
        raise InvalidInput([Fault("value", fault.message, fault.code)]) from None


def _codes_in(field: Field, value: str) -> set[str]:
    """Return the numbers by which the person would be known once corrected: they are locked like the present ones."""
    with suppress(Malformed):
        if field is Field.BHXH_CODE:
            return {normalize_bhxh_code(value)}
        if field is Field.ID_NUMBER:
            return {normalize_id_number(IdType.CITIZEN_ID, value)}
    return set()


def _name(_declaration: Declaration, value: str) -> dict[str, Any]:
    name = form01.read_full_name(value)
    return {"full_name": name, "folded_name": fold(name)}


def _paper(declaration: Declaration, value: str) -> dict[str, Any]:
    """Read a number of the paper declared, else the 12 digits of a CCCD or, beginning with a letter, a passport's.

    Never that of a CMND instead of another: none is valid any more.
    """
    kinds = [declaration.id_type, IdType.CITIZEN_ID]
    if value.strip()[:1].isalpha():
        kinds.append(IdType.PASSPORT)
    for kind in kinds:
        with suppress(Malformed):
            return {"id_type": kind, "id_number": normalize_id_number(kind, value)}
    return {"id_number": normalize_id_number(declaration.id_type, value)}


def _paper_kind(declaration: Declaration, value: str) -> dict[str, Any]:
    kind = _ID_TYPES.get(fold(value))
    if kind is None:
        raise Malformed("Loại giấy tờ phải là Căn cước/CCCD, CMND hoặc Hộ chiếu. Xin chọn lại.", code="id_type_unknown")
    try:
        return {"id_type": kind, "id_number": normalize_id_number(kind, declaration.id_number)}
    except Malformed as fault:
        sentence = f"{fault.message} Muốn đổi cả loại và số, xin chọn mục “Số giấy tờ” và ghi số mới."
        raise Malformed(sentence, code=fault.code) from None


def _ward(declaration: Declaration, value: str) -> dict[str, Any]:
    place = find_ward(value, declaration.province_code)
    ward = place.ward.code if place.ward else ""
    return {"province_code": place.province.code, "district_code": None, "ward_code": ward}


def _day(value: str) -> date | None:
    if not value.strip():
        return None
    day, _ = read_date(value)
    if day is None:
        raise Malformed("Ngày phải có thật và ghi đủ ngày, tháng, năm, ví dụ 20/01/1985.", code="day")
    return day


_READERS: dict[Field, Callable[[Declaration, str], dict[str, Any]]] = {
    Field.FULL_NAME: _name,
    Field.ID_NUMBER: _paper,
    Field.ID_TYPE: _paper_kind,
    Field.DATE_OF_BIRTH: lambda _, value: {"date_of_birth": form01.read_birth(_day(value))},
    Field.BHXH_CODE: lambda _, value: {"bhxh_code": normalize_bhxh_code(value)},
    Field.PHONE: lambda _, value: {"phone": normalize_phone(value)},
    Field.EMAIL: lambda _, value: {"email": normalize_email(value)},
    Field.ADDRESS_LINE: lambda _, value: {"address_line": form01.read_address_line(value)},
    Field.WARD: _ward,
    Field.START_DATE: lambda _, value: {"start_date": form01.read_start(_day(value))},
    Field.CONTACT_PERSON: lambda _, value: {"contact_person": form01.read_free_text(value)},
}


def _told(declaration: Declaration) -> _Told:
    """Return what can change, in the words in which it is kept: the address in one line, days as ISO 8601."""
    place = find_place(declaration.province_code, declaration.district_code, declaration.ward_code)
    born, start = declaration.date_of_birth, declaration.start_date
    return {
        "full_name": declaration.full_name,
        "id_type": declaration.id_type.value,
        "id_number": declaration.id_number,
        "date_of_birth": born.isoformat() if born else None,
        "bhxh_code": declaration.bhxh_code,
        "phone": declaration.phone,
        "email": declaration.email,
        "address": place.one_line(declaration.address_line),
        "start_date": start.isoformat() if start else None,
        "contact_person": declaration.contact_person,
        "population_db_verified": "yes" if declaration.population_db_verified else None,
    }


def _changed(before: _Told, after: _Told) -> dict[str, tuple[str | None, str | None]]:
    """Return old and new of what differs; raises InvalidInput (value) when nothing does."""
    found = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    if not found:
        raise InvalidInput([Fault("value", "Nội dung mới giống nội dung đang có. Xin xem lại nội dung cần sửa.")])
    return found


def _keep(
    session: Session, declaration: Declaration, officer: Actor, name: str, old: str | None, new: str | None, note: str
) -> None:
    """Keep old and new, and write the trail row that points there and holds their keyed hashes."""
    kept = Correction(
        declaration_id=declaration.id, field=name, old_value=old, new_value=new, note=note,
        officer_id=officer.id, at=clock.now(),
    )  # fmt: skip
    rows.add(session, kept)
    facts: dict[str, Any] = {"field": name, "correction": kept.id}
    facts |= {when: lookup_hash(name, text).hex() for when, text in {"old": old, "new": new}.items() if text}
    record(session, TrailEvent.CORRECT, officer, declaration=declaration, **facts)
