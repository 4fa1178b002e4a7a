"""The permissions' predicates as SQL, so that a list shows exactly what its rows may be opened for (design 5)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.models import Office
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import PERMITS, Do, Predicate, anywhere, own_branch, own_office

Where = Callable[[Actor, InstrumentedAttribute[int]], ColumnElement[bool]]


def in_scope(actor: Actor, do: Do, office_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return the condition that the thing whose office is `office_id` is one to which `actor` may `do`."""
    predicate = PERMITS[do].get(actor.role) if actor.role else None
    return _WHERE[predicate](actor, office_id) if predicate else false()


def _own_office(actor: Actor, office_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return office_id == actor.office_id


def _own_branch(actor: Actor, office_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return office_id.in_(select(Office.id).where(Office.path.startswith(actor.office_path, autoescape=True)))


def _anywhere(_actor: Actor, office_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return office_id.is_not(None)


_WHERE: dict[Predicate, Where] = {own_office: _own_office, own_branch: _own_branch, anywhere: _anywhere}
