"""Rows of the trail as people read them: who, from where, what, about which file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.models import ActorKind, Declaration, MachineClient, Office, Officer, OpenedFile, TrailEvent
from backoffice.trail.statements import Found
from backoffice.trail.telling import clients_in, officers_in, offices_in, opened_in, told
from backoffice.trail.words import ACTORS

DAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


class Line(NamedTuple):
    """One row of the trail, as texts; `receipt_code` is "" once the declaration is deleted."""

    day: str
    time: str
    who: str
    username: str
    office: str
    what: str
    receipt_code: str
    account: str

    @property
    def receipt(self) -> str:
        """Return the receipt code grouped, "" for none."""
        return format_receipt_code(self.receipt_code) if self.receipt_code else ""


@dataclass
class Names:
    """Names of officers, machines, offices and files, and notes on why files were opened, each asked for once."""

    session: Session
    officers: dict[int, tuple[str, str]] = field(default_factory=dict)
    clients: dict[int, str] = field(default_factory=dict)
    offices: dict[int, str] = field(default_factory=dict)
    files: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    def learn(self, rows: Iterable[Any]) -> None:
        """Ask for what `rows` (actor_kind, actor_id, office_id) name: who acted, and where."""
        those = list(rows)
        self._learn_officers({row.actor_id for row in those if row.actor_kind == ActorKind.OFFICER})
        self._learn_clients({row.actor_id for row in those if row.actor_kind == ActorKind.CLIENT})
        self._learn_offices({row.office_id for row in those})

    def learn_lines(self, rows: Sequence[Found]) -> None:
        """Ask for all that whole rows name: also to what or whom something was done, and why a file was opened."""
        self.learn(rows)
        self._learn_officers({one for row in rows for one in officers_in(row.facts)})
        self._learn_clients({one for row in rows for one in clients_in(row.facts)})
        self._learn_offices({one for row in rows for one in offices_in(row.facts)})
        files = {row.declaration_id for row in rows}
        self._ask(self.files, files, select(Declaration.id, Declaration.receipt_code), Declaration.id)
        opened = {opened_in(row.facts) for row in rows if row.event == TrailEvent.OPEN}
        noted = select(OpenedFile.id, OpenedFile.note).where(OpenedFile.note.is_not(None))
        self._ask(self.notes, opened, noted, OpenedFile.id)

    def who(self, kind: ActorKind, number: int | None) -> tuple[str, str]:
        """Return name and user name of who acted."""
        if kind is ActorKind.OFFICER:
            return self.officers.get(number or 0, (ACTORS[kind], ""))
        if kind is ActorKind.CLIENT:
            return self.clients.get(number or 0, ACTORS[kind]), ""
        return ACTORS[kind], ""

    def office(self, number: int | None) -> str:
        """Return code and name of an office, "" for none."""
        return self.offices.get(number or 0, "")

    def done_to(self, row: Found) -> list[str]:
        """Return the names of the officers and machines to whom the row tells something was done, but for its own."""
        is_officer = row.actor_kind == ActorKind.OFFICER
        officers = [one for one in officers_in(row.facts) if not (is_officer and one == row.actor_id)]
        known = [self.officers[one] for one in officers if one in self.officers]
        machines = [self.clients[one] for one in clients_in(row.facts) if one in self.clients]
        return [f"{name} ({username})" for name, username in known] + machines

    def _learn_officers(self, ids: set[Any]) -> None:
        self._ask(self.officers, ids, select(Officer.id, Officer.full_name, Officer.username), Officer.id)

    def _learn_clients(self, ids: set[Any]) -> None:
        self._ask(self.clients, ids, select(MachineClient.id, MachineClient.name), MachineClient.id)

    def _learn_offices(self, ids: set[Any]) -> None:
        self._ask(self.offices, ids, select(Office.id, Office.code + " " + Office.name), Office.id)

    def _ask(self, known: dict[int, Any], wanted: set[Any], query: Any, column: Any) -> None:
        missing = [one for one in wanted if one is not None and one not in known]
        for row in self.session.execute(query.where(column.in_(missing))) if missing else ():
            known[row[0]] = row[1] if len(row) == 2 else tuple(row[1:])


def lines_of(names: Names, rows: Sequence[Found]) -> list[Line]:
    """Return the rows as lines."""
    names.learn_lines(rows)
    return [_line(names, row) for row in rows]


@lru_cache(maxsize=512)
def _day(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day:%d/%m/%Y}"


def _line(names: Names, row: Found) -> Line:
    who, username = names.who(row.actor_kind, row.actor_id)
    at = clock.local(row.at)
    return Line(
        day=_day(at.date()),
        time=f"{at:%H:%M:%S}",
        who=who,
        username=username,
        office=names.office(row.office_id),
        what=_what(names, row),
        receipt_code=names.files.get(row.declaration_id or 0, ""),
        account=str(row.account_id or ""),
    )


def _what(names: Names, row: Found) -> str:
    note = names.notes.get(opened_in(row.facts) or 0) if row.event == TrailEvent.OPEN else None
    what = told(row.event, row.facts, names.offices, *names.done_to(row))
    return f"{what} – {note}" if note else what
