"""Reading what an administrator typed about an officer: all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from backoffice.identity.malformed import Malformed
from backoffice.kernel.errors import Fault, InvalidInput
from backoffice.models import Role
from backoffice.officers import values
from backoffice.officers.queries import State, Wanted, read_words

T = TypeVar("T")
NO_SECOND_OFFICE = "Xin nhập mã cơ quan nơi người này làm thay."
NO_DAY = "Xin chọn ngày cuối cùng làm thay."


@dataclass(frozen=True)
class Profile:
    """Name, role, office code and e-mail, each in normal form."""

    name: str
    role: Role
    office: str
    email: str | None


class Faults:
    """Collects the faults of a form, so that all are told together."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def read(self, field: str, reader: Callable[[str], T], text: str) -> T | None:
        """Return what `reader` makes of the text; None and a fault of the field when it cannot."""
        try:
            return reader(text)
        except Malformed as fault:
            self.add(field, fault.message, fault.code)
            return None

    def add(self, field: str, message: str, code: str = "invalid") -> None:
        """Add a fault."""
        self.found.append(Fault(field, message, code))


def read_new(form: Mapping[str, str]) -> tuple[str, Profile]:
    """Return user name and profile of the form; raises InvalidInput (username, name, role, office, email)."""
    faults = Faults()
    username = faults.read("username", values.read_username, form.get("username", ""))
    profile = _profile(form, faults)
    if username is None or profile is None:
        raise InvalidInput(faults.found)
    return username, profile


def read_profile(form: Mapping[str, str]) -> Profile:
    """Return the profile of the form; raises InvalidInput (name, role, office, email)."""
    faults = Faults()
    profile = _profile(form, faults)
    if profile is None:
        raise InvalidInput(faults.found)
    return profile


def read_second(form: Mapping[str, str]) -> tuple[str, date]:
    """Return code and last day of a second office; raises InvalidInput (second_office, second_until)."""
    faults = Faults()
    code = values.read_office_code(form.get("second_office", ""))
    if not code:
        faults.add("second_office", NO_SECOND_OFFICE, "missing")
    until = faults.read("second_until", values.read_day, form.get("second_until", ""))
    if until is None and not any(one.field == "second_until" for one in faults.found):
        faults.add("second_until", NO_DAY, "missing")
    if faults.found or until is None:
        raise InvalidInput(faults.found)
    return code, until


def read_wanted(form: Mapping[str, str]) -> Wanted:
    """Return what is looked for; what is no role or state narrows nothing."""
    role, state = form.get("role", ""), form.get("state", "")
    return Wanted(
        read_words(form.get("q", "")),
        Role(role) if role in set(Role) else None,
        State(state) if state in set(State) else None,
    )


def _profile(form: Mapping[str, str], faults: Faults) -> Profile | None:
    name = faults.read("name", values.read_name, form.get("name", ""))
    role = faults.read("role", values.read_role, form.get("role", ""))
    office = values.read_office_code(form.get("office", ""))
    if not office:
        faults.add("office", "Chưa có mã cơ quan. Xin nhập mã, ví dụ 00114.", "missing")
    email = faults.read("email", values.read_email, form.get("email", ""))
    if faults.found or name is None or role is None:
        return None
    return Profile(name, role, office, email)
