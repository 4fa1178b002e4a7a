"""What the tests of this room say in one word."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from backoffice.kernel.db import transaction
from backoffice.models import Claim, Officer, OfficerSession, Role, TrailEvent, TrailRow
from backoffice.officers.forms import Profile
from backoffice.officers.marks import mark_of
from tests.factories import make_declaration, make_office, make_officer


def an_officer(username: str = "lan", *, office: str = "00114", **values: Any) -> int:
    with transaction() as session:
        return make_officer(session, username, office=make_office(session, office), **values).id


def the(officer_id: int) -> Officer:
    with transaction() as session:
        return session.get_one(Officer, officer_id)


def id_of(username: str) -> int:
    with transaction() as session:
        return session.scalars(select(Officer.id).where(Officer.username == username)).one()


def mark(officer_id: int) -> str:
    return mark_of(the(officer_id))


def profile(
    name: str = "Lê Thị Lan", role: Role = Role.RECEPTION, office: str = "00114", email: str | None = None
) -> Profile:
    return Profile(name, role, office, email)


def trail(*events: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return list(session.scalars(select(TrailRow).where(TrailRow.event.in_(events)).order_by(TrailRow.id)))


def ends(officer_id: int) -> list[str | None]:
    """Why the officer's sessions ended, None for open ones."""
    with transaction() as session:
        return list(session.scalars(select(OfficerSession.end_reason).where(OfficerSession.officer_id == officer_id)))


def a_declaration(office: str = "00114") -> str:
    with transaction() as session:
        return make_declaration(session, office=make_office(session, office)).receipt_code


def claims() -> int:
    with transaction() as session:
        return len(session.scalars(select(Claim)).all())
