"""What a list of officers would change: each row read, compared with who is there, every fault with its row."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.gateways.sheets import Line
from backoffice.identity.text import visible
from backoffice.kernel import clock
from backoffice.models import Office, OfficeKind, Officer, Role
from backoffice.officers import editing, sheet, values
from backoffice.officers.editing import Values
from backoffice.officers.forms import Faults
from backoffice.officers.marks import mark_of
from backoffice.officers.standing import NOT_ONESELF, is_oneself, may_place
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may

_MOVES = frozenset({"role", "office", "second_office", "second_until"})
_OUTSIDE = "Tên đăng nhập này đã có ở đơn vị ngoài phạm vi của bạn. Xin chọn tên khác."
_TWICE = "Tên đăng nhập “{name}” có ở các dòng {rows}. Xin chỉ giữ một dòng."
_NO_OFFICE = "Không có cơ quan BHXH nào đang hoạt động mang mã “{code}” trong phạm vi của bạn."
_LET_IN = "Người này đã ngừng sử dụng; tệp không cho dùng lại được. Xin mở trang của người này, bấm “Cho dùng lại”."
_NEW_DISABLED = "Người này chưa có, nên không thể ghi “đã ngừng sử dụng”. Xin bỏ dòng này."
_HALF_SECOND = "Cơ quan thứ hai và ngày cuối cùng làm thay phải ghi cùng nhau."
_LAST = "Dòng này làm cơ quan 000 (BHXH Việt Nam) không còn quản trị nào. Xin giữ ít nhất một người."


class RowFault(NamedTuple):
    """What is wrong with a row, by the number a spreadsheet program shows."""

    number: int
    message: str


@dataclass(frozen=True)
class Entry:
    """What a row does: to whom (None: a new officer), how they are to stand, what changes, whether it disables."""

    number: int
    username: str
    officer: Officer | None
    values: Values
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    disables: bool = False


@dataclass(frozen=True)
class Plan:
    """What all rows do, or what is wrong with them."""

    entries: Sequence[Entry]
    unchanged: int
    faults: Sequence[RowFault]

    @property
    def new(self) -> list[Entry]:
        """Return those who are added."""
        return [one for one in self.entries if one.officer is None]

    @property
    def changed(self) -> list[Entry]:
        """Return those who are changed."""
        return [one for one in self.entries if one.officer is not None and one.changed]

    @property
    def disabled(self) -> list[Entry]:
        """Return those who are disabled."""
        return [one for one in self.entries if one.disables]

    @property
    def mark(self) -> str:
        """Return the mark of all this, by which a plan is known again."""
        told = [
            (one.number, one.username, mark_of(one.officer) if one.officer else "", sorted(one.changed.items()))
            for one in self.entries
        ]
        return hashlib.sha256(repr((told, self.unchanged, self.faults)).encode()).hexdigest()


class _Read(NamedTuple):
    """A row as it was read; None where the file has no such column."""

    number: int
    username: str
    name: str
    role: Role
    office: str
    email: str | None
    has_email: bool
    second: str | None
    until: date | None
    disabled: bool | None


def plan(session: Session, actor: Actor, lines: Sequence[Line]) -> Plan:
    """Return what the rows would do within the actor's branch, as things stand now."""
    faults: list[RowFault] = []
    read = [row for line in lines if (row := _read(line, faults)) is not None]
    faults += _twice(read)
    planner = _Planner(session, actor, read)
    entries = [entry for row in read if (entry := planner.entry(row, faults)) is not None]
    doing = [one for one in entries if one.officer is None or one.changed or one.disables]
    faults += planner.without_administrator(doing)
    return Plan(doing, len(entries) - len(doing), sorted(set(faults)))


def named(lines: Iterable[Line]) -> set[str]:
    """Return the user names that the rows name."""
    found = Faults()
    read = [found.read("username", values.read_username, line.values.get("username", "")) for line in lines]
    return {name for name in read if name is not None}


def offices_named(lines: Iterable[Line]) -> set[str]:
    """Return the codes of offices that the rows name."""
    fields = ("office", "second_office")
    return {values.read_office_code(line.values.get(one, "")) for line in lines for one in fields} - {""}


def _read(line: Line, faults: list[RowFault]) -> _Read | None:
    found, given = Faults(), line.values
    username = found.read("username", values.read_username, given["username"])
    name = found.read("name", values.read_name, given["name"])
    role = found.read("role", values.read_role, given["role"])
    office = values.read_office_code(given["office"])
    email = found.read("email", values.read_email, given.get("email", ""))
    until = found.read("second_until", values.read_day, given.get("second_until", ""))
    disabled = found.read("state", sheet.read_state, given.get("state", ""))
    second = _second(given, found)
    if second is not None and not found.found and bool(second) != (until is not None):
        found.add("second_until", _HALF_SECOND)
    if not office:
        found.add("office", _NO_OFFICE.format(code=given["office"][:20]))
    faults += [RowFault(line.number, one.message) for one in found.found]
    if found.found or username is None or name is None or role is None:
        return None
    return _Read(line.number, username, name, role, office, email, "email" in given, second, until, disabled)


def _second(given: Mapping[str, str], found: Faults) -> str | None:
    """Return the code of the second office, "" for none, None where there is no such column; words are a fault."""
    if "second_office" not in given:
        return None
    said = visible(given["second_office"][:400])
    code = values.read_office_code(said)
    if said and not code:
        found.add("second_office", f"{values.LABELS['second_office']}: {_NO_OFFICE.format(code=said[:20])}")
    return code


def _twice(read: Sequence[_Read]) -> list[RowFault]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row in read:
        rows[row.username].append(row.number)
    return [
        RowFault(number, _TWICE.format(name=name, rows=", ".join(map(str, numbers))))
        for name, numbers in rows.items()
        if len(numbers) > 1
        for number in numbers
    ]


class _Planner:
    """Compares rows with who is there; officers and offices are fetched once."""

    def __init__(self, session: Session, actor: Actor, read: Sequence[_Read]) -> None:
        self._session, self._actor = session, actor
        names = [row.username for row in read]
        there = session.scalars(select(Officer).where(Officer.username.in_(names)))
        self._officers = {one.username: one for one in there}
        codes = {code for row in read for code in (row.office, row.second) if code}
        self._offices = {one.code: one for one in session.scalars(select(Office).where(Office.code.in_(codes)))}

    def entry(self, row: _Read, faults: list[RowFault]) -> Entry | None:
        """Return what the row does; None, and its faults, when it cannot."""
        officer = self._officers.get(row.username)
        if officer is not None and not may(self._actor, Do.EDIT_OFFICERS, officer):
            faults.append(RowFault(row.number, _OUTSIDE))
            return None
        now = editing.values_of(self._session, officer) if officer else None
        then = self._values(row, now, faults)
        if then is None:
            return None
        changed = editing.differences(now, then) if now else {}
        disables = row.disabled is True and officer is not None and officer.disabled_at is None
        if fault := self._refused(row, officer, {*changed, *(["state"] if disables else [])}):
            faults.append(RowFault(row.number, fault))
            return None
        return Entry(row.number, row.username, officer, then, changed, disables)

    def without_administrator(self, entries: Sequence[Entry]) -> list[RowFault]:
        """Return the faults of the rows that together would leave the root without an administrator."""
        root = select(Office.id).where(Office.kind == OfficeKind.ROOT)
        asked = select(Officer.id).where(
            Officer.role == Role.ADMINISTRATOR, Officer.disabled_at.is_(None), Officer.office_id.in_(root)
        )
        before = set(self._session.scalars(asked))
        taken = [one for one in entries if one.officer and one.officer.id in before and not _is_root_administrator(one)]
        added = any(_is_root_administrator(one) for one in entries)
        stay = before - {one.officer.id for one in taken if one.officer}
        return [] if stay or added or not before else [RowFault(one.number, _LAST) for one in taken]

    def _values(self, row: _Read, now: Values | None, faults: list[RowFault]) -> Values | None:
        office = self._office(row, row.office, now.office if now else None, "office", faults)
        if office is None:
            return None
        email = row.email if row.has_email or now is None else now.email
        second, until = (now.second, now.until) if now and row.second is None else (None, None)
        if row.second:
            second, until = (
                self._office(row, row.second, now.second if now else None, "second_office", faults),
                row.until,
            )
            if second is None:
                return None
        return self._fitting(row, Values(row.name, row.role, office, email, second, until), now, faults)

    def _fitting(self, row: _Read, then: Values, now: Values | None, faults: list[RowFault]) -> Values | None:
        fault = values.role_fault(then.role, then.office)
        is_as_before = now is not None and (now.second, now.until) == (then.second, then.until)
        if fault is None and then.second and then.until and not is_as_before:
            unfit = values.second_fault(then.role, then.office, then.second, then.until, clock.today())
            fault = unfit[1] if unfit else None
        if fault is not None:
            faults.append(RowFault(row.number, fault))
            return None
        return editing.without_lost_second(then)

    def _office(
        self, row: _Read, code: str, present: Office | None, label: str, faults: list[RowFault]
    ) -> Office | None:
        """Return an open office one may put officers into; the present one stays whatever became of it."""
        if present is not None and present.code == code:
            return present
        office = self._offices.get(code)
        if office is None or office.closed_at is not None or not may_place(self._actor, office):
            faults.append(RowFault(row.number, f"{values.LABELS[label]}: {_NO_OFFICE.format(code=code)}"))
            return None
        return office

    def _refused(self, row: _Read, officer: Officer | None, touched: set[str]) -> str | None:
        if officer is None:
            return _NEW_DISABLED if row.disabled else None
        if is_oneself(self._actor, officer) and touched & (_MOVES | {"state"}):
            return NOT_ONESELF
        return _LET_IN if row.disabled is False and officer.disabled_at is not None else None


def _is_root_administrator(entry: Entry) -> bool:
    at_root = entry.values.office.kind is OfficeKind.ROOT
    is_out = entry.disables or (entry.officer is not None and entry.officer.disabled_at is not None)
    return entry.values.role is Role.ADMINISTRATOR and at_root and not is_out


def counts(made: Plan) -> dict[str, int]:
    """Return how many rows do what, for the page and the trail."""
    return dict(
        Counter(new=len(made.new), changed=len(made.changed), disabled=len(made.disabled), unchanged=made.unchanged)
    )
