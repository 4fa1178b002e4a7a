"""Requests as they are listed: what waits, the most pressing first; what was closed lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from backoffice.models import Office, PersonRequest
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

MOST = 100
_IS_OPEN = PersonRequest.answered_at.is_(None) & PersonRequest.withdrawn_at.is_(None)


def waiting(session: Session, officer: Actor) -> Sequence[PersonRequest]:
    """Return open requests in scope, the first to be due first."""
    query = _in_scope(officer).where(_IS_OPEN).order_by(PersonRequest.due_on, PersonRequest.id)
    return session.scalars(query.limit(MOST), scope_values(officer)).all()


def closed(session: Session, officer: Actor) -> Sequence[PersonRequest]:
    """Return requests in scope that were answered or withdrawn, the latest first."""
    ended = func.coalesce(PersonRequest.answered_at, PersonRequest.withdrawn_at)
    query = _in_scope(officer).where(~_IS_OPEN).order_by(ended.desc(), PersonRequest.id.desc())
    return session.scalars(query.limit(MOST), scope_values(officer)).all()


def twin(session: Session, office_id: int, number: str, received_on: object) -> PersonRequest | None:
    """Return the request of that number and day in the office's register, if it was entered before."""
    query = select(PersonRequest).where(
        PersonRequest.office_id == office_id,
        PersonRequest.number == number,
        PersonRequest.received_on == received_on,
    )
    return session.scalars(query).one_or_none()


def by_id(session: Session, request_id: int, *, locked: bool) -> PersonRequest | None:
    """Return a request with its office."""
    query = select(PersonRequest).where(PersonRequest.id == request_id).options(joinedload(PersonRequest.office))
    return session.scalars(query.with_for_update(of=PersonRequest) if locked else query).one_or_none()


def _in_scope(officer: Actor) -> Select[PersonRequest]:
    return select(PersonRequest).where(_served_by(officer)).options(joinedload(PersonRequest.office))


def _served_by(officer: Actor) -> ColumnElement[bool]:
    """The office that serves now counts: what a merged one had received is its successor's to answer (D8)."""
    took = aliased(Office)
    serves: Any = func.coalesce(took.successor_id, took.id)
    return PersonRequest.office_id.in_(select(took.id).where(in_scope(officer.role, Do.ANSWER_PERSON, serves)))
