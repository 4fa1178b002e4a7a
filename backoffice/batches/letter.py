"""The unit and the official letter that a list came with, as an officer types them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import normalize_text
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Batch

FIELDS = ("unit", "letter_number", "letter_date", "signatory")
LIMITS = {"unit": 40, "letter_number": 60, "signatory": 120}

_UNSAID = {
    "unit": "Xin ghi mã đơn vị gửi danh sách.",
    "letter_number": "Xin ghi số công văn của đơn vị.",
    "letter_date": "Xin ghi ngày công văn.",
    "signatory": "Xin ghi người ký công văn.",
}
_NO_LETTER = "Chưa duyệt ai: cần đơn vị, số công văn, ngày và người ký trước khi duyệt. Xin ghi đủ rồi bấm duyệt lại."
_LACKS = {
    "unit": "mã đơn vị",
    "letter_number": "số công văn",
    "letter_date": "ngày công văn",
    "signatory": "người ký",
}


@dataclass(frozen=True)
class Letter:
    """Code of the unit, number and date of its letter, who signed it; "" and None for what is not known yet."""

    unit: str
    letter_number: str
    letter_date: date | None
    signatory: str

    def columns(self) -> dict[str, Any]:
        """Return what a list keeps of the letter."""
        return {
            "letter_number": self.letter_number or None,
            "letter_date": self.letter_date,
            "signatory": self.signatory or None,
        }


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """Return the fields as they were typed."""
    return {name: form.get(name, "") for name in FIELDS}


def read_letter(form: Mapping[str, str]) -> Letter:
    """Return what the form says; raises InvalidInput with all its faults."""
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    for name, limit in LIMITS.items():
        try:
            texts[name] = normalize_text(form.get(name, ""), limit=limit)
        except Malformed as error:
            faults.append(Fault(name, error.message, error.code))
    day = _day(form.get("letter_date", ""), faults)
    if faults:
        raise InvalidInput(faults)
    return Letter(texts["unit"], texts["letter_number"], day, texts["signatory"])


def lacking(batch: Batch) -> str:
    """Return in words what of unit and letter has to be noted before anybody is let through; "" for nothing."""
    return ", ".join(_LACKS[name] for name in _unsaid(batch))


def _unsaid(batch: Batch) -> list[str]:
    """Return what of unit and letter has to be noted before anybody is let through: unit, letter_number, …"""
    said = {"unit": batch.unit_id} | {name: getattr(batch, name) for name in _UNSAID if name != "unit"}
    return [name for name in _UNSAID if not said[name]]


def require_letter(batch: Batch) -> None:
    """Raise InvalidInput, each at its field, while unit or letter are not noted: nobody is let through before."""
    if faults := [Fault(name, _UNSAID[name], "missing") for name in _unsaid(batch)]:
        raise InvalidInput(faults, _NO_LETTER)


def _day(text: str, faults: list[Fault]) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        faults.append(Fault("letter_date", "Chưa đọc được ngày của công văn. Xin chọn lại ngày.", "invalid"))
        return None
    if day > clock.today() or day.year < 2000:
        faults.append(Fault("letter_date", "Ngày của công văn phải từ năm 2000 đến hôm nay. Xin xem lại.", "range"))
        return None
    return day
