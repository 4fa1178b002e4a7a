"""What a scan may say: a closed set of frozen dataclasses (issue 4, item 1). `scan.read_scan` makes them.

`match` on the five classes is exhaustive; `scan_to_dict` and `scan_from_dict` carry one through JSON.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any

from backoffice.identity.papers import Sex

NUMBER = "số Căn cước/CCCD"
OLD_NUMBER = "số CMND cũ"
CODE = "mã số BHXH"
NAME = "họ tên"
BIRTH = "ngày sinh"
SEX = "giới tính"
ADDRESS = "địa chỉ"
ISSUED = "ngày cấp"
VALIDITY = "thời hạn thẻ"


class Letters(StrEnum):
    """How the letters of a scanned card arrived."""

    COMPLETE = "complete"
    BARE = "bare"
    LOST = "lost"

    @property
    def note(self) -> str:
        """Return what the officer is told of it, "" when the letters are complete."""
        return _LETTERS[self]


_LETTERS = {
    Letters.COMPLETE: "",
    Letters.BARE: "Máy quét không gửi dấu.",
    Letters.LOST: "Máy quét làm mất chữ có dấu. Xin xem họ tên trên giấy tờ.",
}


class NumberKind(StrEnum):
    """What a bare number is, as far as its form tells; 12 digits are also a BHXH code since 1 August 2025."""

    CITIZEN_ID = "citizen_id"
    OLD_ID = "old_id"
    BHXH_CODE = "bhxh_code"
    PASSPORT = "passport"


class Fault(StrEnum):
    """Why a scan could not be read."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    PARTIAL = "partial"
    TWO_CODES = "two_codes"
    WEB = "web"
    PAYMENT = "payment"
    OTHER_QR = "other_qr"
    BARCODE = "barcode"
    NUMBER_LENGTH = "number_length"
    RECEIPT_CODE = "receipt_code"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ReceiptScan:
    """Form 01's QR, or its code typed: `code` is the 11 characters as stored."""

    code: str


@dataclass(frozen=True)
class CitizenScan:
    """The QR of a CCCD or căn cước, old or new layout; None where a part is not on it or could not be read.

    `unread` names in Vietnamese, for the officer, the parts that could not be read ("ngày sinh"). `date_of_birth` is
    None and `birth_year` known when the card gives month or year only. Never without number, old number and name at
    once; `number` is 12 digits, `old_number` 9 (rarely 12).
    """

    number: str | None
    old_number: str | None
    full_name: str | None
    date_of_birth: date | None
    birth_year: int | None
    sex: Sex | None
    address: str | None
    issued: date | None
    unread: tuple[str, ...] = ()
    letters: Letters = Letters.COMPLETE

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the officer must know of the reading, as Vietnamese sentences."""
        return _notes(self.unread, self.letters)


@dataclass(frozen=True)
class HealthScan:
    """The QR of a BHYT card. `code` is the BHXH code (10 or 12 digits), `card_number` the 15 characters of an old card.

    `unread`, `letters`, and None as in CitizenScan. `valid_from` and `valid_to` bound the card's time.
    """

    code: str | None
    card_number: str | None
    full_name: str | None
    date_of_birth: date | None
    birth_year: int | None
    sex: Sex | None
    address: str | None
    valid_from: date | None
    valid_to: date | None
    unread: tuple[str, ...] = ()
    letters: Letters = Letters.COMPLETE

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the officer must know of the reading, as Vietnamese sentences."""
        return _notes(self.unread, self.letters)


@dataclass(frozen=True)
class NumberScan:
    """A bare number: 12 digits (ID), 9 (old ID), 10 (BHXH code, also of a BHYT card number), or a passport's."""

    number: str
    kind: NumberKind


@dataclass(frozen=True)
class UnreadableScan:
    """Nothing we know: `sentence` says politely what was wrong and what to do, and repeats nothing of the text."""

    fault: Fault
    sentence: str


Scan = ReceiptScan | CitizenScan | HealthScan | NumberScan | UnreadableScan

_KINDS: dict[str, type[Scan]] = {
    "receipt": ReceiptScan,
    "citizen_card": CitizenScan,
    "health_card": HealthScan,
    "number": NumberScan,
    "unreadable": UnreadableScan,
}
_READERS: dict[str, Any] = {
    "date | None": lambda value: None if value is None else date.fromisoformat(value),
    "tuple[str, ...]": tuple,
    "Letters": Letters,
    "NumberKind": NumberKind,
    "Fault": Fault,
}


def scan_to_dict(scan: Scan) -> dict[str, Any]:
    """Return the scan as a JSON-safe dictionary: its "kind" and its values, dates as "yyyy-mm-dd".

    The kind of a bare number stands under "number_kind".
    """
    kind = next(name for name, cls in _KINDS.items() if isinstance(scan, cls))
    values = {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(scan).items()}
    number_kind = {"number_kind": values.pop("kind")} if "kind" in values else {}
    return {"kind": kind, **values, **number_kind}


def scan_from_dict(values: dict[str, Any]) -> Scan:
    """Return the scan of which `scan_to_dict` made `values`; unknown keys are ignored. Raises KeyError on no kind."""
    cls, values = _KINDS[values["kind"]], values | {"kind": values.get("number_kind")}
    known = {field.name: field.type for field in fields(cls) if field.name in values}
    return cls(**{name: _READERS.get(str(form), lambda value: value)(values[name]) for name, form in known.items()})


def _notes(unread: tuple[str, ...], letters: Letters) -> tuple[str, ...]:
    missing = f"Không đọc được {', '.join(unread)}. Xin xem trên giấy tờ hoặc quét lại." if unread else ""
    return tuple(filter(None, (missing, letters.note)))
