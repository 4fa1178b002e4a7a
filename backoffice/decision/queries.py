"""Finding the one declaration to act on, within the officer's scope."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Text, bindparam, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, IdType, Office, Officer, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require

_FOUND = (
    select(Declaration)
    .where(Declaration.receipt_code == bindparam("receipt_code", type_=Text()))
    .options(joinedload(Declaration.office))
)
_FOUND_LOCKED = _FOUND.with_for_update(of=Declaration).execution_options(populate_existing=True)


def declaration_for(session: Session, receipt_code: str, actor: Actor, do: Do, *, locked: bool = False) -> Declaration:
    """Return the declaration of `receipt_code` (11 characters, no hyphens) with its office, on which `actor` may `do`.

    `locked` holds its row until the transaction ends. Raises NotFound when it does not exist or is out of scope.
    """
    query = _FOUND_LOCKED if locked else _FOUND
    declaration = session.scalars(query, {"receipt_code": receipt_code}).one_or_none()
    if declaration is None:
        require(actor, do)
        raise NotFound
    if declaration.office is None:
        # Taken over by another office (K8) while its lock was waited for: the join still looked for the former office.
        set_committed_value(declaration, "office", session.get_one(Office, declaration.office_id))
    require(actor, do, declaration)
    return declaration


class PersonCodes(NamedTuple):
    """By which numbers a person is known."""

    bhxh_code: str
    id_type: IdType
    id_number: str


_D = columns_of(Declaration)
_PERSON = Direct(
    select(_D.bhxh_code, _D.id_type, _D.id_number).where(_D.receipt_code == bindparam("receipt_code", type_=Text()))
)


def person_of(session: Session, receipt_code: str) -> PersonCodes | None:
    """Return whose declaration it is, for locks alone: nothing is checked yet; None when there is none."""
    row = _PERSON.first(session, {"receipt_code": receipt_code})
    return PersonCodes(*row) if row else None


def officer_name(session: Session, officer_id: int | None) -> str:
    """Return the full name of an officer for a sentence; "Hệ thống" for nobody."""
    if officer_id is None:
        return "Hệ thống"
    return session.scalars(select(Officer.full_name).where(Officer.id == officer_id)).one_or_none() or "Cán bộ khác"
