"""What stands in a draft, as typed: its names, how it rests, and how it becomes the fields of a declaration."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backoffice import config
from backoffice.intake.fields import NewDeclaration, read_fields
from backoffice.kernel.errors import Fault
from backoffice.models import DraftKind, Purpose

PLACE = ("province", "district", "ward", "line")
SWITCHES = ("send_form01_by_email", "consent", "undertaking")
"""Boxes to be ticked: "1" or ""."""
NAMES = (
    "bhxh_code", "full_name", "id_type", "id_number", "date_of_birth", *PLACE, "phone", "email", "office_code",
    "guardian_bhxh_code", "contact_person", "start_date", "registered_at", "submission_method", *SWITCHES,
)  # fmt: skip
"""What a draft may hold of a declaration. Names that begin with "_" are a page's own notes and are never declared."""
LONGEST = 2_000
"""Of what is longer the beginning is kept: far beyond what any field takes, so that the page can say so."""
_NONCE = 12
_PURPOSES = {DraftKind.CHILD: Purpose.REGISTER, DraftKind.ADJUST: Purpose.ADJUST, DraftKind.STOP: Purpose.STOP}
_DAY = re.compile(r"(\d{1,2})[\s/.-]+(\d{1,2})[\s/.-]+(\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)
_DAYS = {
    "date_of_birth": "Ngày sinh phải có thật và ghi theo mẫu ngày/tháng/năm, ví dụ 20/01/1985.",
    "start_date": "Ngày bắt đầu phải có thật và ghi theo mẫu ngày/tháng/năm, ví dụ 01/12/2026.",
}
_AGREED = {
    "consent": "Cần đánh dấu đồng ý cho xử lý dữ liệu cá nhân thì tờ khai mới gửi được.",
    "undertaking": "Cần đánh dấu cam kết thì tờ khai mới gửi được.",
}


class Unreadable(Exception):
    """The bytes were not sealed with this token, or SECRET_KEY is another one by now."""


def cleaned(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values that a draft may hold, each cut to LONGEST characters."""
    return {name: text[:LONGEST] for name, text in values.items() if name in NAMES or name.startswith("_")}


def seal(token: str, values: Mapping[str, str]) -> bytes:
    """Return the values encrypted (AES-256-GCM) under a key made of the token and SECRET_KEY: it takes both to open."""
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(token).encrypt(nonce, json.dumps(dict(values)).encode(), None)


def unseal(token: str, sealed: bytes) -> dict[str, str]:
    """Return what `seal` was given; raises Unreadable."""
    try:
        known: dict[str, str] = json.loads(_cipher(token).decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error
    return known


def fields_of(kind: DraftKind, values: Mapping[str, str]) -> tuple[NewDeclaration, tuple[Fault, ...]]:
    """Return the declaration that the values describe, and a fault for each of a wrong shape (intake.fields)."""
    sent: dict[str, Any] = {name: values[name] for name in NAMES if values.get(name) and name not in PLACE}
    sent["purpose"] = _PURPOSES.get(kind, Purpose.REGISTER).value
    sent["address"] = {name: values[name] for name in PLACE if values.get(name)}
    for name in SWITCHES:
        sent[name] = values.get(name) == "1"
    if kind is DraftKind.ADJUST and values.get("email") == "":
        sent["email"] = ""  # it was there and is to go; what is not sent stays
    for name in _DAYS:
        if name in sent:
            sent[name] = iso_day(sent[name])
    return read_fields(sent)


def named(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults as a page tells them: the address by its parts, days as people write them."""
    return [Fault(_name(fault), _sentence(fault), fault.code) for fault in faults]


def iso_day(text: str) -> str:
    """Return a day written 20/01/1985, 20-1-1985, 20.01.1985 or 20011985 as 1985-01-20; another text as it is."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return text.strip()
    day, month, year = (part for part in found.groups() if part is not None)
    return f"{year}-{month:0>2}-{day:0>2}"


def written_day(text: str) -> str:
    """Return an ISO day as people write it, 20/01/1985; another text as it is."""
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    return f"{day}/{month}/{year}" if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else text


def _name(fault: Fault) -> str:
    return fault.field.removeprefix("address.")


def _sentence(fault: Fault) -> str:
    if fault.code == "day":
        return _DAYS.get(fault.field, fault.message)
    return _AGREED.get(fault.field, fault.message) if fault.code == "not_agreed" else fault.message


def _cipher(token: str) -> AESGCM:
    salt = config.current().secret_key.encode()
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"backoffice declaration draft")
    return AESGCM(derive.derive(token.encode()))
