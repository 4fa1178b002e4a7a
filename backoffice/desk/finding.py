"""Finding what a text in the one search box means, within the officer's scope (design 5, K9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from backoffice.desk.queries import QueueRow, queue_rows
from backoffice.identity.search import Query, Sought
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, Declaration, Office, Status, Tombstone
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope

MOST = 50
_DECLARATION_COLUMNS = {
    Sought.receipt_code: Declaration.receipt_code,
    Sought.bhxh_code: Declaration.bhxh_code,
    Sought.citizen_id: Declaration.id_number,
    Sought.old_id: Declaration.id_number,
    Sought.passport: Declaration.id_number,
    Sought.phone: Declaration.phone,
}
_EXACT_NATIONAL = (Sought.receipt_code, Sought.bhxh_code, Sought.citizen_id)
"""What a person can only know of themself: looked up in the whole country, answered with office and deadline."""


@dataclass(frozen=True)
class Found:
    """What a search came to: rows of the own scope, and what is known elsewhere (no personal data of it)."""

    rows: Sequence[QueueRow]
    elsewhere: Sequence[Declaration] = field(default=())
    tombstones: Sequence[Tombstone] = field(default=())
    accounts: Sequence[Account] = field(default=())


def find(session: Session, query: Query, officer: Actor) -> Found:
    """Return what `query` finds for `officer`: undecided declarations first, then the latest."""
    scope = in_scope(officer, Do.SEARCH, Declaration.office_id)
    undecided_first = case((Declaration.status == Status.SUBMITTED, 0), else_=1)
    rows = session.execute(
        queue_rows()
        .where(scope, matches(query))
        .order_by(undecided_first, Declaration.declared_at.desc(), Declaration.id.desc())
        .limit(MOST)
    ).all()
    return Found(rows, _elsewhere(session, query, officer), _tombstones(session, query), _accounts(session, query))


def matches(query: Query) -> ColumnElement[bool]:
    """Return the condition on declarations for `query`; names by the beginnings of all their words."""
    conditions = [column == query.values[kind] for kind, column in _DECLARATION_COLUMNS.items() if kind in query.values]
    if query.words:
        text = " & ".join(f"{word}:*" for word in query.words)
        conditions.append(Declaration.name_words.op("@@")(func.to_tsquery("simple", text)))
    return or_(*conditions)


def _elsewhere(session: Session, query: Query, officer: Actor) -> Sequence[Declaration]:
    """Return undecided declarations out of scope, for an exact code alone (K8): with their office."""
    conditions = [_DECLARATION_COLUMNS[kind] == query.values[kind] for kind in _EXACT_NATIONAL if kind in query.values]
    if not conditions:
        return ()
    return session.scalars(
        select(Declaration)
        .where(
            or_(*conditions),
            Declaration.status == Status.SUBMITTED,
            ~in_scope(officer, Do.SEARCH, Declaration.office_id),
        )
        .options(joinedload(Declaration.office))
        .order_by(Declaration.declared_at.desc())
        .limit(MOST)
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
    """Return accounts of the code or ID number looked for: who has one is helped, not rejected (K9)."""
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
    return session.scalars(select(Account).where(or_(*conditions)).limit(3)).all()


def offices_by_id(session: Session, ids: set[int]) -> dict[int, Office]:
    """Return the offices with these ids."""
    return {office.id: office for office in session.scalars(select(Office).where(Office.id.in_(ids)))}
