"""What a list of offices would change: a plan made of the file's rows and of the offices as they stand (D8).

Nothing is written here. The same rows over the same offices give the same plan, and its `mark`: so whoever applies it
applies what was shown.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from backoffice.identity.names import fold
from backoffice.models import Office, OfficeKind
from backoffice.offices import history
from backoffice.offices.history import Facts
from backoffice.offices.sheet import wards_by_office
from backoffice.rules.actors import Actor


@dataclass(frozen=True)
class RowFault:
    """Why a row cannot be taken: its number in the file, and sentences."""

    number: int
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """What a row changes of one office. `before` is empty for a new one; `after` holds every field."""

    number: int
    code: str
    name: str
    parent_code: str | None
    before: Facts
    after: Facts
    provisional: bool = False
    """The code was made up by us, for the list gives none."""

    @property
    def is_new(self) -> bool:
        """Tell whether the office does not exist yet."""
        return not self.before

    @property
    def fields(self) -> list[tuple[str, str | None, str | None]]:
        """Return name, old and new value of each field that differs."""
        those = ((name, self.before.get(name), value) for name, value in self.after.items())
        return [(name, old, new) for name, old, new in those if old != new]


@dataclass(frozen=True)
class Plan:
    """What the file would do as a whole; with a fault in any row it does nothing."""

    changes: tuple[Change, ...]
    unchanged: int
    faults: tuple[RowFault, ...]
    warnings: tuple[RowFault, ...]

    @property
    def new(self) -> int:
        """Return how many offices are new."""
        return sum(change.is_new for change in self.changes)

    @property
    def mark(self) -> str:
        """Return a digest of what would be written and what would not."""
        said = [
            [[change.number, change.code, change.before, change.after, change.provisional] for change in self.changes],
            [[fault.number, fault.sentences] for fault in self.faults],
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass
class Standing:
    """The offices as they stand, and what rows read so far would add to them."""

    offices: dict[str, Office]
    facts: dict[str, Facts]
    actor: Actor
    rows: dict[str, int] = field(default_factory=dict)
    """Which row of the file speaks of an office, by code."""
    reserved: frozenset[str] = frozenset()
    """Codes that rows of the file give."""

    @property
    def root(self) -> Office:
        """Return the office that is above all."""
        return next(one for one in self.offices.values() if one.kind is OfficeKind.ROOT)

    def parent_of(self, code: str) -> Office | None:
        """Return the office above the one with this code."""
        return self.offices.get(self.facts[code]["parent"] or "")

    def add(self, code: str, name: str, kind: OfficeKind, parent: Office) -> Office:
        """Add an office that a row makes, so that later rows know of it; it is in no session."""
        made = Office(
            code=code,
            name=name,
            folded_name=fold(name),
            kind=kind,
            path=f"{parent.path}{code}.",
            province_code=parent.province_code,
        )
        self.offices[code] = made
        self.facts[code] = {"parent": parent.code}
        return made

    def free_code(self, parent: Office) -> str | None:
        """Return a code under `parent` that no office and no row has, the last one first; None when all are taken."""
        codes = (f"{parent.code}{number:02d}" for number in range(99, 0, -1))
        return next((code for code in codes if code not in self.offices and code not in self.reserved), None)


def standing(session: Session, actor: Actor) -> Standing:
    """Read all offices with their fields."""
    successor, parent = aliased(Office), aliased(Office)
    found = session.execute(
        select(Office, parent.code, successor.code)
        .outerjoin(parent, parent.id == Office.parent_id)
        .outerjoin(successor, successor.id == Office.successor_id)
        .order_by(Office.code)
        .execution_options(populate_existing=True)
    ).all()
    served = wards_by_office(session)
    facts = {
        office.code: history.facts_of(office, above, served.get(office.id, ()), into) for office, above, into in found
    }
    return Standing({office.code: office for office, _, _ in found}, facts, actor)
