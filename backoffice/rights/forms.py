"""A request as it is typed at the counter, and what it must be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import normalize_text
from backoffice.kernel import clock
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Asker, WithdrawnReason
from backoffice.rights.finding import Paper, read_paper

LONGEST_NUMBER = 40
MOST_DAYS = 60
"""How long ago a request may have come in that is entered now."""
_NUMBER = re.compile(r"[^\W_]+(?:[ ./-]{1,2}[^\W_]+)*")


@dataclass(frozen=True)
class Typed:
    """A request understood, but for whom it is about (`q`, as typed)."""

    number: str
    received_on: date
    asker: Asker
    q: str
    paper: Paper


def read_request(form: Mapping[str, str]) -> Typed:
    """Return what the form says; raises InvalidInput (number, received_on, asker, q, paper), every fault at once."""
    faults: list[Fault] = []
    typed: dict[str, object] = {"q": form.get("q", "")}
    readers = {"number": _number, "received_on": _day, "asker": _asker, "paper": read_paper}
    for field, read in readers.items():
        try:
            typed[field] = read(form.get(field, ""))
        except InvalidInput as refused:
            faults += [Fault(field, fault.message) for fault in refused.faults]
    if not form.get("q", "").strip():
        faults.append(Fault("q", "Xin nhập mã số BHXH hoặc mã hồ sơ.", "missing"))
    if faults:
        raise InvalidInput(faults)
    return Typed(**typed)  # type: ignore[arg-type]


def read_reason(text: str) -> WithdrawnReason:
    """Return why a request is closed without an answer; raises InvalidInput (why)."""
    if text not in set(WithdrawnReason):
        raise _refused("why", "Xin chọn vì sao đóng yêu cầu.")
    return WithdrawnReason(text)


def _number(text: str) -> str:
    try:
        number = normalize_text(text, limit=LONGEST_NUMBER)
    except Malformed as fault:
        raise _refused("number", fault.message) from None
    if not _NUMBER.fullmatch(number):
        raise _refused("number", "Xin nhập số trong sổ tiếp nhận, ví dụ 15/YC-2026: chữ, số và các dấu . / -")
    return number


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise _refused("received_on", "Ngày không đúng. Xin chọn lại ngày nhận yêu cầu.") from None
    if not clock.today() - timedelta(days=MOST_DAYS) <= day <= clock.today():
        raise _refused("received_on", f"Ngày nhận yêu cầu phải trong {MOST_DAYS} ngày qua, không sau hôm nay.")
    return day


def _asker(text: str) -> Asker:
    if text not in set(Asker):
        raise _refused("asker", "Xin chọn ai yêu cầu.")
    return Asker(text)


def _refused(field: str, sentence: str) -> InvalidInput:
    return InvalidInput([Fault(field, sentence)], sentence)
