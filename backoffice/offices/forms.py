"""What was typed into the form of an office, and what it means: every fault at once, each at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold
from backoffice.identity.text import compact, visible
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Office, OfficeKind
from backoffice.offices import values
from backoffice.rules.office_names import office_name, short_name
from backoffice.rules.place_names import find_ward
from backoffice.rules.places import province_now, ward_now

FIELDS = ("parent", "code", "name", "province_code", "address", "phone", "email", "position", "wards")
Typed = dict[str, str]
Value = TypeVar("Value")


@dataclass(frozen=True)
class Values:
    """What an office is to be; `wards` are codes."""

    name: str
    province_code: str | None
    address: str | None
    phone: str | None
    email: str | None
    position: tuple[float, float] | None
    wards: tuple[str, ...]

    def put_into(self, office: Office) -> None:
        """Give `office` all of it but the wards, which are rows of their own."""
        office.name, office.folded_name, office.short_name = self.name, fold(self.name), short_name(self.name)
        office.province_code, office.address = self.province_code, self.address
        office.phone, office.email = self.phone, self.email
        office.latitude, office.longitude = self.position or (None, None)


class Standing(NamedTuple):
    """Where an office that is changed hangs and lies so far, and how many wards it serves."""

    parent_id: int | None
    province_code: str | None
    wards: int


@dataclass
class Reader:
    """Reads fields and collects their faults."""

    faults: list[Fault] = field(default_factory=list)

    def add(self, name: str, message: str) -> None:
        """Note that field `name` is at fault."""
        self.faults.append(Fault(name, message))

    def read(self, name: str, reader: Callable[[], Value]) -> Value | None:
        """Return what `reader` makes of the field; None, with a fault noted, when it raises Malformed."""
        try:
            return reader()
        except Malformed as error:
            self.faults.append(Fault(name, error.message, error.code))
            return None

    def finish(self) -> None:
        """Raise InvalidInput when there were faults."""
        if self.faults:
            raise InvalidInput(self.faults)


def typed(form: Mapping[str, str]) -> Typed:
    """Return the fields of the form as they were typed."""
    return {name: form.get(name, "") for name in FIELDS}


def filled(office: Office, parent_code: str, wards: tuple[str, ...]) -> Typed:
    """Return the form of an office as it stands."""
    return {
        "parent": parent_code,
        "code": office.code,
        "name": office.name,
        "province_code": office.province_code or "",
        "address": office.address or "",
        "phone": office.phone or "",
        "email": office.email or "",
        "position": values.position_text(office.latitude, office.longitude),
        "wards": wards_lines(wards, office.province_code),
    }


def read(form: Typed, kind: OfficeKind, parent: Office | None, reader: Reader, now: Standing | None = None) -> Values:
    """Return what the form says of an office of `kind`; faults go to `reader`, then the values are not to be used.

    An office below a province lies in that province when it is added to it or moved there, and stays where it is when
    its parent stays: a merge may have hung it under another province's office. Only of a province itself is its number
    asked. Wards named without a province are of the one the form was filled from (`now`), as it lists them.
    """
    province = parent.province_code if kind is OfficeKind.DISTRICT and parent else None
    if kind is OfficeKind.DISTRICT and now is not None and parent is not None and parent.id == now.parent_id:
        province = now.province_code or province
    if kind is OfficeKind.PROVINCE:
        province = reader.read("province_code", lambda: _province(form["province_code"]))
    near = (now.province_code if now else None) or province
    return Values(
        name=reader.read("name", lambda: office_name(values.read_name(form["name"]))) or "",
        province_code=province,
        address=reader.read("address", lambda: values.read_address(form["address"])),
        phone=reader.read("phone", lambda: values.read_phone(form["phone"])),
        email=reader.read("email", lambda: values.read_email(form["email"])),
        position=reader.read("position", lambda: values.read_position(form["position"])),
        wards=reader.read("wards", lambda: values.read_wards(form["wards"], near, had=now.wards if now else 0)) or (),
    )


def with_ward(form: Typed, ward: str, province_code: str | None) -> Typed:
    """Return the form with one more ward in its list; raises InvalidInput (field ward) when it is not known."""
    reader = Reader()
    near = province_now(province_code) if province_code else None
    found = reader.read("ward", lambda: find_ward(visible(ward[:200]), near.code if near else None))
    reader.finish()
    if found is None or found.ward is None:
        return form
    line = _named(found.ward.code, near.code if near else None)
    lines = [one for one in form["wards"].splitlines() if one.strip()]
    return form | {"wards": "\n".join(lines if line in lines else [*lines, line])}


def elsewhere(wards: Iterable[str], province_code: str | None) -> int:
    """Return how many of the wards (codes) do not lie in the province of this code, of either shape."""
    province = province_now(province_code) if province_code else None
    found = [ward_now(code) for code in wards]
    return sum(ward is not None and province is not None and ward.parent != province.code for ward in found)


def wards_lines(codes: tuple[str, ...], province_code: str | None) -> str:
    """Return wards as the form lists them, one a line, by name; those of another province with its name."""
    near = province_now(province_code) if province_code else None
    return "\n".join(_named(code, near.code if near else None) for code in codes)


def _named(code: str, province: str | None) -> str:
    ward = ward_now(code)
    if ward is None:
        return code
    above = province_now(ward.parent)
    return ward.name if ward.parent == province or above is None else f"{ward.name}, {above.name}"


def _province(text: str) -> str:
    code = compact(text)
    if province_now(code) is None:
        raise Malformed("Mã tỉnh, thành phố gồm 2 chữ số theo Tổng cục Thống kê, ví dụ 01 là Hà Nội.", code="unknown")
    return code
