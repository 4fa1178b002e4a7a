"""One of everything that stands in an address, at an office of its own, above, below, and beside it.

A name that a new route puts in its address needs a value here (or in PROOFS): a test fails until it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from backoffice.expiry import actions as expiry
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.models import (
    Alarm,
    AlarmKind,
    BatchRow,
    ClientKey,
    Declaration,
    ImportDraft,
    Office,
    Officer,
    PhotoKind,
    ReportState,
    RowState,
    Tombstone,
    TrailAlarm,
    TrailAlarmKind,
    Unit,
)
from backoffice.rules.permissions import MACHINES, InOffice
from tests.batches.files import make_batch, make_unit
from tests.dashboards.reports import make_report
from tests.desk.pictures import add_photos
from tests.factories import make_account, make_client, make_declaration, make_office, make_officer
from tests.followup.undelivered import make_notice
from tests.house.askers import Door
from tests.rights.people import make_request


class Place(StrEnum):
    """Where something is, as seen from the office 001."""

    OWN = "001"
    CHILD = "00114"
    SIBLING = "079"
    PARENT = "000"


PROOFS = {
    "token": "whoever has it was given it",
    "mark": "a keyed mark that a gateway was given",
    "gateway": "the mark beside it is the gateway's",
    "step": "a page's name",
    "act": "a page's name",
    "rest": "whatever is no page",
    "filename": "a file of the look",
}
"""What stands in addresses but belongs to no office, and why it needs none."""
OF_THE_ROOT = ("client_id", "key_id")
"""Names of what is the root office's, wherever it is looked at from."""
OF_THEIR_MAKER = ("token", "report_token")
"""Names of what only the officer who made it may reach; those of this world were made by others."""
_NO_NUMBER = "987654321"


@dataclass(frozen=True)
class Thing:
    """What is asked for, as the predicates look at it."""

    office_id: int
    office: Office


@dataclass
class World:
    """For each place and name the value that stands in an address; and values that name nothing."""

    offices: dict[Place, Office] = field(default_factory=dict)
    values: dict[Place, dict[str, str]] = field(default_factory=dict)
    expired: dict[str, str] = field(default_factory=dict)
    nothing: dict[str, str] = field(default_factory=dict)

    def at(self, door: Door, place: Place) -> dict[str, str]:
        """What to put in the door's address for the one at `place`."""
        return {name: self.values[place][_name(door, name)] for name in door.arguments}

    def gone(self, door: Door) -> dict[str, str]:
        """The same for what has expired and was deleted."""
        return {name: self.expired[_name(door, name)] for name in door.arguments}

    def never(self, door: Door) -> dict[str, str]:
        """The same for what never was."""
        return {name: self.nothing[_name(door, name)] for name in door.arguments}

    def thing(self, door: Door, place: Place) -> InOffice:
        """Return what the door's predicate is asked about."""
        if door.arguments & set(OF_THE_ROOT):
            return MACHINES
        return Thing(self.offices[place].id, self.offices[place])


def names_of(door: Door) -> set[str]:
    """Return the names of the values that the door's address wants."""
    return {_name(door, name) for name in door.arguments}


def made() -> World:
    """Make all of it."""
    world = World()
    with transaction() as session:
        for place in Place:
            world.offices[place] = make_office(session, place.value)
        for place, office in world.offices.items():
            world.values[place] = _everything(session, office)
    with transaction() as session:
        declarations = session.query(Declaration).all()
    for declaration in declarations:
        add_photos(declaration, PhotoKind.PORTRAIT)
    known = world.values[Place.OWN]
    world.nothing = dict.fromkeys(known, _NO_NUMBER) | {
        "receipt_code": "7K4M92QX3A0",
        "code": "98765",
        "batch_token": hashing.new_token(),
        "unit_code": "KHONGCO",
        "token": hashing.new_token(),
        "report_token": hashing.new_token(),
        "kind": PhotoKind.PORTRAIT.value,
    }
    world.expired = world.nothing | {"receipt_code": _expired(world.offices[Place.OWN])}
    return world


def _everything(session: Session, office: Office) -> dict[str, str]:
    account = make_account(session, office=office)
    declaration = make_declaration(session, office=office, phone=account.phone)
    officer = make_officer(session, office=office)
    now = clock.now()
    alarm = Alarm(kind=AlarmKind.MANY_RESETS, account_id=account.id, at=now)
    strange = TrailAlarm(
        kind=TrailAlarmKind.MASS_LOOKUP,
        officer_id=officer.id,
        office_id=office.id,
        day=clock.today(),
        first_at=now,
        last_at=now,
        number=99,
    )
    client, _ = make_client(session)
    unit = make_unit(session, office=office)
    session.add_all([alarm, strange])
    session.flush()
    return {
        "receipt_code": declaration.receipt_code,
        "kind": PhotoKind.PORTRAIT.value,
        "token": _draft(session, officer),
        "report_token": _report(session, officer),
        "account_id": str(account.id),
        "notice_id": str(make_notice(session, about=declaration).id),
        "alarm_id": str(alarm.id),
        "trail_alarm_id": str(strange.id),
        "code": office.code,
        "unit_code": unit.code,
        "batch_token": _list(session, unit, officer),
        "row": "2",
        "officer_id": str(officer.id),
        "request_id": str(make_request(session, account, officer).id),
        "client_id": str(client.id),
        "key_id": str(session.query(ClientKey).filter_by(client_id=client.id).one().id),
    }


def _list(session: Session, unit: Unit, officer: Officer) -> str:
    batch = make_batch(session, unit=unit, officer=officer, rows=1)
    session.add(BatchRow(batch_id=batch.id, number=2, values={}, marks={}, faults=[], state=RowState.FAULT))
    return batch.token


def _draft(session: Session, officer: Officer) -> str:
    token = hashing.new_token()
    draft = ImportDraft(
        token_hash=hashing.token_hash(token),
        officer_id=officer.id,
        kind="offices",
        file_name="co-quan.xlsx",
        rows=[],
        created_at=clock.now(),
    )
    session.add(draft)
    session.flush()
    return token


def _report(session: Session, officer: Officer) -> str:
    report = make_report(session, officer, state=ReportState.DONE, ended_at=clock.now(), file=b"PK", size=2, lines=1)
    return report.token


def _expired(office: Office) -> str:
    long_ago = clock.now() - timedelta(days=60)
    with transaction() as session:
        declaration = make_declaration(session, office=session.merge(office), declared_at=long_ago)
    expiry.sweep()
    with transaction() as session:
        assert session.query(Tombstone).count() == 1
    return declaration.receipt_code


def _name(door: Door, name: str) -> str:
    """The trail has alarms of its own."""
    return f"trail_{name}" if name == "alarm_id" and door.endpoint.startswith("trail") else name
