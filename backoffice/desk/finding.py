"""Finding what a text in the one search box means, within the officer's scope (design 5, K9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, any_, bindparam, case, cast, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session, joinedload

from backoffice.desk.queries import QueueLine, as_lines, queue_lines
from backoffice.identity.search import Query, Sought
from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Declaration, Office, Role, Status, Tombstone
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, is_own_office_alone, scope_values

MOST = 50
_ID_NUMBERS = (Sought.citizen_id, Sought.old_id, Sought.passport)
_EXACT_NATIONAL = {
    Sought.receipt_code: Declaration.receipt_code,
    Sought.bhxh_code: Declaration.bhxh_code,
    Sought.citizen_id: Declaration.id_number,
}
"""What a person can only know of themself: looked up in the whole country, answered with office and deadline."""


@dataclass(frozen=True)
class Found:
    """What a search came to: rows of the own scope, and what is known elsewhere (no personal data of it)."""

    rows: Sequence[QueueLine]
    elsewhere: Sequence[Declaration] = field(default=())
    tombstones: Sequence[Tombstone] = field(default=())
    accounts: Sequence[Account] = field(default=())


def find(session: Session, query: Query, officer: Actor) -> Found:
    """Return what `query` finds for `officer`: undecided declarations first, then the latest."""
    if not query.words and (only := _only_undecided(session, query, officer)):
        return Found([only])
    values = _sought(query, officer) | {"now": clock.now()} | scope_values(officer)
    rows = as_lines(_listed(officer.role, bool(query.words)).rows(session, values))
    return Found(rows, _elsewhere(session, query, officer), _tombstones(session, query), _accounts(session, query))


def _only_undecided(session: Session, query: Query, officer: Actor) -> QueueLine | None:
    """Return the one undecided declaration of the scope that an exact search means: the usual case, one statement."""
    values = _sought(query, officer) | {"now": clock.now()} | scope_values(officer)
    rows = as_lines(_undecided_exactly(officer.role).rows(session, values))
    return rows[0] if len(rows) == 1 else None


def _sought(query: Query, officer: Actor) -> dict[str, Any]:
    """Return the parameters of `_exact` and `_NAMED` for `query`.

    Who searches one office asks for its words alone: the time does not grow with the country.
    """
    own = f"{officer.office_id}_" if is_own_office_alone(officer.role, Do.SEARCH) else ""
    return {
        "receipt_code": query.values.get(Sought.receipt_code),
        "bhxh_code": query.values.get(Sought.bhxh_code),
        "phone": query.values.get(Sought.phone),
        "id_numbers": [query.values[kind] for kind in _ID_NUMBERS if kind in query.values],
        "words": " & ".join(f"'{own}{word}':*" for word in query.words),
    }


def _exact() -> ColumnElement[bool]:
    return or_(
        Declaration.receipt_code == bindparam("receipt_code", type_=Text()),
        Declaration.bhxh_code == bindparam("bhxh_code", type_=Text()),
        Declaration.phone == bindparam("phone", type_=Text()),
        Declaration.id_number == any_(bindparam("id_numbers", type_=ARRAY(Text))),
    )


_NAMED = Declaration.name_words.op("@@")(cast(bindparam("words", type_=Text()), TSQUERY))


@cache
def _undecided_exactly(role: Role | None) -> Direct:
    scope = in_scope(role, Do.SEARCH, Declaration.office_id)
    return Direct(queue_lines().where(scope, _exact(), Declaration.status == Status.SUBMITTED).limit(2))


@cache
def _listed(role: Role | None, with_words: bool) -> Direct:
    """Build the statement of a list: undecided first, then the latest; names by the beginnings of all their words."""
    undecided_first = case((Declaration.status == Status.SUBMITTED, 0), else_=1)
    return Direct(
        queue_lines()
        .where(in_scope(role, Do.SEARCH, Declaration.office_id), or_(_exact(), _NAMED) if with_words else _exact())
        .order_by(undecided_first, Declaration.declared_at.desc(), Declaration.id.desc())
        .limit(MOST)
    )


def _elsewhere(session: Session, query: Query, officer: Actor) -> Sequence[Declaration]:
    """Return undecided declarations out of scope, for an exact code alone (K8): with their office."""
    conditions = [column == query.values[kind] for kind, column in _EXACT_NATIONAL.items() if kind in query.values]
    if not conditions:
        return ()
    return session.scalars(
        select(Declaration)
        .where(
            or_(*conditions),
            Declaration.status == Status.SUBMITTED,
            ~in_scope(officer.role, Do.SEARCH, Declaration.office_id),
        )
        .options(joinedload(Declaration.office))
        .order_by(Declaration.declared_at.desc())
        .limit(MOST),
        scope_values(officer),
    ).all()


def _tombstones(session: Session, query: Query) -> Sequence[Tombstone]:
    """Return what is left of expired declarations under the keyed hashes of what was looked for (K4)."""
    conditions = []
    for kind, value in query.values.items():
        if kind is Sought.bhxh_code:
            conditions.append(Tombstone.bhxh_code_hash == lookup_hash("bhxh_code", value))
        elif kind is Sought.receipt_code:
            conditions.append(Tombstone.receipt_code_hash == lookup_hash("receipt_code", value))
        elif kind in (Sought.citizen_id, Sought.old_id, Sought.passport):
            conditions.append(Tombstone.id_number_hash == lookup_hash("id_number", value))
    if not conditions:
        return ()
    return session.scalars(
        select(Tombstone).where(or_(*conditions)).order_by(Tombstone.declared_at.desc()).limit(3)
    ).all()


def _accounts(session: Session, query: Query) -> Sequence[Account]:
    """Return accounts of the code or ID number looked for: who has one is helped, not rejected (K9).

    The owner of the paper before the children whose guardian they are: those bear its number too (D11).
    """
    conditions = [
        column == query.values[kind]
        for kind, column in (
            (Sought.bhxh_code, Account.bhxh_code),
            (Sought.citizen_id, Account.id_number),
            (Sought.old_id, Account.id_number),
            (Sought.passport, Account.id_number),
        )
        if kind in query.values
    ]
    if not conditions:
        return ()
    own_first = select(Account).where(or_(*conditions)).order_by(Account.guardian_id.is_not(None), Account.id)
    return session.scalars(own_first.limit(3)).all()


def offices_by_id(session: Session, ids: set[int]) -> dict[int, Office]:
    """Return the offices with these ids."""
    return {office.id: office for office in session.scalars(select(Office).where(Office.id.in_(ids)))}
