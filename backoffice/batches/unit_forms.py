"""What was typed into the form of a unit, and what it means: every fault at once, each at its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.text import compact, is_digits, normalize_text
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Unit, UnitKind

FIELDS = ("code", "name", "kind", "contact", "phone", "email", "office")
LABELS = {
    "code": "Mã đơn vị",
    "name": "Tên đơn vị",
    "kind": "Loại",
    "contact": "Người liên hệ",
    "phone": "Điện thoại",
    "email": "E-mail",
    "office": "Cơ quan phụ trách",
    "closed": "Ngừng nhận danh sách",
}
KINDS = {UnitKind.SCHOOL: "Trường học", UnitKind.EMPLOYER: "Doanh nghiệp, cơ quan"}
_CODE = re.compile(r"[A-Z0-9]{2,20}")
Typed = dict[str, str]


@dataclass(frozen=True)
class Values:
    """What a unit is to be; `office` is a code."""

    code: str
    name: str
    kind: UnitKind
    contact: str | None
    phone: str | None
    email: str | None
    office: str

    def put_into(self, unit: Unit) -> None:
        """Give `unit` all of it but code and office."""
        unit.name, unit.folded_name, unit.kind = self.name, fold(self.name), self.kind
        unit.contact, unit.phone, unit.email = self.contact, self.phone, self.email


def typed(form: Mapping[str, str]) -> Typed:
    """Return the fields of the form as they were typed."""
    return {name: form.get(name, "") for name in FIELDS}


def filled(unit: Unit) -> Typed:
    """Return the form of a unit as it stands."""
    return {name: value or "" for name, value in facts_of(unit).items() if name in FIELDS}


def facts_of(unit: Unit) -> dict[str, str | None]:
    """Return the fields of a unit as its history keeps them."""
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": unit.kind.value,
        "contact": unit.contact,
        "phone": unit.phone,
        "email": unit.email,
        "office": unit.office.code,
        "closed": "1" if unit.closed_at else None,
    }


def read(form: Typed) -> Values:
    """Return what the form says; raises InvalidInput with all its faults."""
    faults: list[Fault] = []

    def one(name: str, reader: Callable[[str], str | None]) -> str | None:
        try:
            return reader(form[name])
        except Malformed as error:
            faults.append(Fault(name, error.message, error.code))
            return None

    texts = {name: one(name, reader) for name, reader in _READERS.items()}
    kind = form["kind"] if form["kind"] in set(UnitKind) else ""
    if not kind:
        faults.append(Fault("kind", "Xin chọn trường học hay doanh nghiệp, cơ quan.", "missing"))
    if faults:
        raise InvalidInput(faults)
    return Values(
        code=texts["code"] or "",
        name=texts["name"] or "",
        kind=UnitKind(kind),
        contact=texts["contact"],
        phone=texts["phone"],
        email=texts["email"],
        office=normalize_text(form["office"], limit=20),
    )


def _code(text: str) -> str:
    code = compact(text).upper()
    if not _CODE.fullmatch(code):
        raise Malformed("Mã đơn vị gồm 2 đến 20 chữ cái không dấu và chữ số, ví dụ TA0123B. Xin xem lại.", code="code")
    return code


def _name(text: str) -> str:
    name = normalize_text(text, limit=200)
    if not any(char.isalpha() for char in name):
        raise Malformed("Chưa có tên đơn vị. Xin nhập tên, ví dụ Trường THPT Mẫu.", code="missing")
    return name


def _phone(text: str) -> str | None:
    number = compact(text.replace("(", "").replace(")", ""))
    if not number:
        return None
    if number.startswith("+84"):
        number = "0" + number[3:]
    if not is_digits(number) or not 8 <= len(number) <= 12:
        raise Malformed("Số điện thoại của đơn vị gồm 8 đến 12 chữ số. Xin xem lại.", code="phone")
    return number


_READERS: dict[str, Callable[[str], str | None]] = {
    "code": _code,
    "name": _name,
    "contact": lambda text: normalize_text(text, limit=120) or None,
    "phone": _phone,
    "email": normalize_email,
}
