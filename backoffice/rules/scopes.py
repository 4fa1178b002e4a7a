"""The permissions' predicates as SQL, so that a list shows exactly what its rows may be opened for (design 5).

The conditions hold parameters, so that a statement is built once for a role and given `scope_values` at each use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from backoffice.models import Office, Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import PERMITS, Do, Predicate, anywhere, own_branch, own_office, own_office_and_merged

OfficeId = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
Where = Callable[[OfficeId], ColumnElement[bool]]


def in_scope(role: Role | None, do: Do, office_id: OfficeId) -> ColumnElement[bool]:
    """Return the condition that the thing whose office is `office_id` is one to which an officer of `role` may `do`."""
    predicate = PERMITS[do].get(role) if role else None
    return _WHERE[predicate](office_id) if predicate else false()


def is_own_office_alone(role: Role | None, do: Do) -> bool:
    """Tell whether officers of `role` may `do` to things of their very office, and of no other that is in work."""
    return role is not None and PERMITS[do].get(role) in (own_office, own_office_and_merged)


def is_everywhere(role: Role | None, do: Do) -> bool:
    """Tell whether officers of `role` may `do` to things of any office, and of none."""
    return role is not None and PERMITS[do].get(role) is anywhere


def scope_values(actor: Actor) -> dict[str, Any]:
    """Return the parameters of `in_scope` for `actor`."""
    return {"my_office": actor.office_id, "my_branch": actor.office_path}


def _own_office(office_id: OfficeId) -> ColumnElement[bool]:
    return office_id == bindparam("my_office", type_=BigInteger())


def _own_office_and_merged(office_id: OfficeId) -> ColumnElement[bool]:
    mine = bindparam("my_office", type_=BigInteger())
    return or_(office_id == mine, office_id.in_(select(Office.id).where(Office.successor_id == mine)))


def _own_branch(office_id: OfficeId) -> ColumnElement[bool]:
    branch = bindparam("my_branch", type_=Text())
    return office_id.in_(select(Office.id).where(func.starts_with(Office.path, branch)))


def _anywhere(_office_id: OfficeId) -> ColumnElement[bool]:
    return true()


_WHERE: dict[Predicate, Where] = {
    own_office: _own_office,
    own_office_and_merged: _own_office_and_merged,
    own_branch: _own_branch,
    anywhere: _anywhere,
}
