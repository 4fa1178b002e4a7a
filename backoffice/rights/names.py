"""Offices, and officers by role and office: the law names bodies that process data, not their people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.redaction import redact
from backoffice.models import MachineClient, Office, Officer
from backoffice.rights.document import Handled
from backoffice.rules.role_words import ROLES

_HIDDEN = re.compile(r"\[[a-z-]+\]")


def hidden_numbers(note: str | None) -> str | None:
    """Return an officer's note without numbers and addresses: they may be another person's."""
    return _HIDDEN.sub("[…]", redact(note)) if note else None


@dataclass
class Names:
    """What is known of offices, officers and machines by their ids; each is asked for once."""

    session: Session
    _offices: dict[int, str] = field(default_factory=dict)
    _officers: dict[int, tuple[str, int]] = field(default_factory=dict)
    _clients: dict[int, str] = field(default_factory=dict)

    def office(self, office_id: int | None) -> str:
        """Return code and name of an office, "" for none."""
        return self.offices({office_id}).get(office_id or 0, "") if office_id else ""

    def offices(self, ids: Iterable[int | None]) -> dict[int, str]:
        """Return codes and names of the offices with these ids, and of all asked for before."""
        if missing := {one for one in ids if one} - self._offices.keys():
            rows = self.session.execute(select(Office.id, Office.code, Office.name).where(Office.id.in_(missing)))
            self._offices |= {number: f"{code} {name}" for number, code, name in rows}
        return self._offices

    def role(self, officer_id: int | None) -> str:
        """Return what an officer is; "Cán bộ" for one that is not known."""
        return self._officer(officer_id)[0]

    def officer(self, officer_id: int | None) -> str:
        """Return an officer's role and office; "Hệ thống" for none."""
        if officer_id is None:
            return "Hệ thống"
        role, office_id = self._officer(officer_id)
        return ", ".join(filter(None, (role, self.office(office_id))))

    def client(self, client_id: int | None) -> str | None:
        """Return the name of a machine client, None for none."""
        if client_id and client_id not in self._clients:
            found = self.session.scalar(select(MachineClient.name).where(MachineClient.id == client_id))
            self._clients[client_id] = found or "phần mềm kết nối"
        return self._clients[client_id] if client_id else None

    def handled(self, at: datetime, officer_id: int | None, what: str, note: str | None = None) -> Handled:
        """Return what an officer did, the numbers in the note hidden."""
        return Handled(at=at, by=self.officer(officer_id), what=what, note=hidden_numbers(note))

    def _officer(self, officer_id: int | None) -> tuple[str, int]:
        if officer_id and officer_id not in self._officers:
            row = self.session.execute(select(Officer.role, Officer.office_id).where(Officer.id == officer_id)).first()
            self._officers[officer_id] = (ROLES[row.role], row.office_id) if row else ("Cán bộ", 0)
        return self._officers.get(officer_id or 0, ("Cán bộ", 0))
