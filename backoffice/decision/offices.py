"""Finding the one office to act on, within the officer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.text import visible
from backoffice.kernel.errors import NotFound
from backoffice.models import Office
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may, require
from backoffice.rules.scopes import in_scope, scope_values


@dataclass
class OfOffice:
    """Whatever belongs to an office as a whole, for the question who may."""

    office_id: int
    office: Office


def office_for(session: Session, code: str, actor: Actor, do: Do) -> Office:
    """Return the office with this code, the own one for "", where `actor` may `do`; raises NotFound for any other."""
    require(actor, do)
    sought = visible(code).strip() or actor.office_code
    office = session.scalars(select(Office).where(Office.code == sought)).one_or_none()
    if office is None or not may(actor, do, OfOffice(office.id, office)):
        raise NotFound
    return office


def offices_for(session: Session, actor: Actor, do: Do) -> Sequence[Office]:
    """Return the offices, by code, where `actor` may `do`."""
    query = select(Office).where(in_scope(actor.role, do, Office.id)).order_by(Office.code)
    return session.scalars(query, scope_values(actor)).all()
