"""What a scanned card or number says, as the fields of a draft; and what of it may be filled in. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from backoffice.identity.scan import (
    CitizenScan,
    HealthScan,
    Letters,
    NumberKind,
    NumberScan,
    ReceiptScan,
    Scan,
    UnreadableScan,
)
from backoffice.intake import from_card
from backoffice.models import DraftKind, IdType

_FORM = "Đây là mã của mẫu số 01 đã khai. Xin quét mã này vào ô tìm kiếm ở đầu trang để mở hồ sơ."
_NUMBERS = {
    NumberKind.CITIZEN_ID: IdType.CITIZEN_ID,
    NumberKind.OLD_ID: IdType.OLD_ID,
    NumberKind.PASSPORT: IdType.PASSPORT,
}


@dataclass(frozen=True)
class Said:
    """What a scan says: `values` by the names of a draft, `kind` of the card ("" for none), `notes` as sentences."""

    values: Mapping[str, str]
    kind: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class Merged:
    """A draft's values after a scan: `filled` were empty, `offered` were typed otherwise and stay until confirmed."""

    filled: dict[str, str] = field(default_factory=dict)
    offered: dict[str, str] = field(default_factory=dict)


def said_by(scan: Scan, kind: DraftKind) -> Said:
    """Return what `scan` says for a declaration of `kind`; of what is no card nothing but a note."""
    match scan:
        case CitizenScan():
            return _citizen(scan, kind)
        case HealthScan():
            known = {"bhxh_code": scan.code or "", "date_of_birth": _day(scan.date_of_birth), **_name(scan)}
            return Said(_there(known), "health", scan.notes)
        case NumberScan(kind=NumberKind.BHXH_CODE):
            return Said({"bhxh_code": scan.number}, "number")
        case NumberScan():
            if kind is DraftKind.CHILD:
                return Said({"bhxh_code": scan.number} if scan.kind is NumberKind.CITIZEN_ID else {}, "number")
            return Said({"id_type": _NUMBERS[scan.kind].value, "id_number": scan.number}, "number")
        case ReceiptScan():
            return Said({}, notes=(_FORM,))
        case UnreadableScan():
            return Said({}, notes=(scan.sentence,))


def merged(typed: Mapping[str, str], said: Mapping[str, str]) -> Merged:
    """Return what of `said` fills empty fields of `typed`, and what stands there otherwise."""
    found = Merged()
    for name, value in said.items():
        stands = typed.get(name, "").strip()
        if not stands:
            found.filled[name] = value
        elif not is_same(name, stands, value):
            found.offered[name] = value
    return found


def is_same(name: str, one: str, other: str) -> bool:
    """Tell whether two spellings of a field are one value; a name's diacritics count: the form follows the card."""
    return _plain(one) == _plain(other) if name == "full_name" else from_card.is_same(name, one, other)


def _citizen(scan: CitizenScan, kind: DraftKind) -> Said:
    birth = _day(scan.date_of_birth)
    if kind is DraftKind.CHILD:
        known = {"bhxh_code": scan.number or "", "date_of_birth": birth, **_name(scan)}
        return Said(_there(known), "citizen", scan.notes)
    number, paper = scan.number, IdType.CITIZEN_ID
    if number is None:
        number, paper = scan.old_number, IdType.OLD_ID
    known = {"id_number": number or "", "date_of_birth": birth, **_name(scan)}
    if number:
        known["id_type"] = paper.value
    return Said(_there(known), "citizen", scan.notes)


def _name(scan: CitizenScan | HealthScan) -> dict[str, str]:
    """Return the name, unless the scanner lost letters of it: then it is typed from the card."""
    return {"full_name": scan.full_name} if scan.full_name and scan.letters is not Letters.LOST else {}


def _there(known: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in known.items() if value}


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
