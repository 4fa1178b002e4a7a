"""What is typed about a machine client, and what it must be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import is_digits, normalize_text, visible
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import MachineClient, Office, Scope

LONGEST_NAME = 100
LONGEST_CONTACT = 300
MOST_OFFICES = 200
LONGEST_OFFICES = 5000
USUAL_RATE = 6000
HIGHEST_RATE = 100_000
_BETWEEN = re.compile(r"[\s,;]+")
_COUNTED = re.compile(r"(?<=\d)[.\s](?=\d{3}\b)")


@dataclass(frozen=True)
class Typed:
    """The form as it was typed; `seen` is the mark of what it was filled from."""

    name: str = ""
    contact: str = ""
    scopes: tuple[str, ...] = ()
    offices: str = ""
    rate: str = str(USUAL_RATE)
    seen: str = ""


def typed_of(form: Mapping[str, str], scopes: Sequence[str]) -> Typed:
    """Return what a form says; `scopes` are the boxes ticked."""
    return Typed(
        name=form.get("name", ""),
        contact=form.get("contact", ""),
        scopes=tuple(scopes),
        offices=form.get("offices", ""),
        rate=form.get("rate", ""),
        seen=form.get("seen", ""),
    )


def filled(client: MachineClient) -> Typed:
    """Return the form as it is filled from what is known."""
    return Typed(
        name=client.name,
        contact=client.contact or "",
        scopes=tuple(client.scopes),
        offices=" ".join(client.office_codes),
        rate=str(client.rate),
        seen=mark_of(client),
    )


def mark_of(client: MachineClient) -> str:
    """Return a short mark of what a form shows: another one when anything in it was changed since."""
    shown = [client.name, client.contact, client.scopes, client.office_codes, client.rate]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def columns_of(session: Session, typed: Typed) -> dict[str, Any]:
    """Return the columns that a form gives, tidied; raises InvalidInput with every fault at once."""
    faults: list[Fault] = []
    columns = {
        "name": _text(faults, "name", typed.name, LONGEST_NAME),
        "contact": _text(faults, "contact", typed.contact, LONGEST_CONTACT) or None,
        "scopes": scopes_of(faults, typed.scopes),
        "office_codes": _offices(faults, session, typed.offices),
        "rate": _rate(faults, typed.rate),
    }
    if not columns["name"] and "name" not in {fault.field for fault in faults}:
        faults.insert(0, Fault("name", "Chưa có tên phần mềm. Xin đặt tên để người khác nhận ra.", "missing"))
    if faults:
        raise InvalidInput(faults)
    return columns


def scopes_of(faults: list[Fault], scopes: Sequence[str]) -> list[str]:
    """Return the scopes, each once and in order; a fault is noted when there is none, or one that is unknown."""
    known = {scope.value for scope in Scope}
    if not scopes or not known.issuperset(scopes):
        faults.append(Fault("scopes", "Xin chọn ít nhất một quyền trong danh sách.", "missing"))
    return sorted(known.intersection(scopes))


def _text(faults: list[Fault], name: str, value: str, limit: int) -> str:
    try:
        return normalize_text(value[: 4 * limit], limit=limit)
    except Malformed as error:
        faults.append(Fault(name, error.message, error.code))
        return ""


def _offices(faults: list[Fault], session: Session, text: str) -> list[str]:
    if len(text) > LONGEST_OFFICES:
        faults.append(Fault("offices", "Danh sách cơ quan dài quá. Xin ghi mã của cơ quan cấp trên.", "too_long"))
        return []
    asked = list(dict.fromkeys(filter(None, _BETWEEN.split(visible(text)))))
    known = set(session.scalars(select(Office.code).where(Office.code.in_(asked)))) if asked else set()
    unknown = [code for code in asked if code not in known]
    if unknown:
        named = ", ".join(code[:20] for code in unknown[:5])
        faults.append(Fault("offices", f"Không có cơ quan BHXH mang mã: {named}. Xin sửa hoặc xóa.", "unknown"))
    elif len(asked) > MOST_OFFICES:
        faults.append(Fault("offices", f"Xin ghi nhiều nhất {MOST_OFFICES} mã, hoặc mã của cơ quan cấp trên.", "many"))
    return sorted(known)


def _rate(faults: list[Fault], text: str) -> int:
    digits = _COUNTED.sub("", text[:40].strip())
    if is_digits(digits) and len(digits) < 10 and 1 <= int(digits) <= HIGHEST_RATE:
        return int(digits)
    faults.append(Fault("rate", "Xin ghi một số từ 1 đến 100.000 yêu cầu trong một phút.", "out_of_range"))
    return 0
