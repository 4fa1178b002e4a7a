"""Reads of the room: the list by key, one officer, offices one may give; always within the asker's branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from backoffice.identity.names import fold
from backoffice.kernel import clock
from backoffice.kernel.errors import NotFound
from backoffice.models import DisabledReason, Office, Officer, OfficerSession, Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may, require
from backoffice.rules.scopes import in_scope, scope_values

PAGE = 50
MOST_WORDS = 8
UNUSED_SHOWN = timedelta(days=30)
_Second = aliased(Office, name="second")


class State(StrEnum):
    """By what the list can be narrowed."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    NEVER = "never"
    UNUSED = "unused"
    """Not seen for more than 30 days."""
    STAND_IN = "stand_in"
    NO_AUTHENTICATOR = "no_authenticator"


@dataclass(frozen=True)
class Wanted:
    """What is looked for: words (folded) of name, user name, office; a role; a state."""

    words: tuple[str, ...] = field(default=())
    role: Role | None = None
    state: State | None = None


class Line(NamedTuple):
    """An officer as the list shows one."""

    id: int
    username: str
    full_name: str
    role: Role
    office_code: str
    office_name: str
    email: str | None
    second_code: str | None
    second_until: date | None
    created_at: datetime
    last_seen_at: datetime | None
    active_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    has_authenticator: bool


@dataclass(frozen=True)
class Page:
    """Lines of one page, how many there are in all (None on a later page), and after whom the next begins."""

    lines: Sequence[Line]
    count: int | None
    next: int | None


def read_words(text: str) -> tuple[str, ...]:
    """Return the folded words of a search, at most eight."""
    return tuple(fold(text[:400]).split()[:MOST_WORDS])


def page(session: Session, actor: Actor, wanted: Wanted, after: int | None = None) -> Page:
    """Return a page of the officers in the actor's branch: by office, then by name; after the officer with that id."""
    values, conditions = scope_values(actor), _conditions(actor, wanted)
    place = _place_of(session, actor, after)
    query = _lines().where(*conditions).order_by(Office.path, Officer.folded_name, Officer.id).limit(PAGE + 1)
    if place is not None:
        query = query.where(tuple_(Office.path, Officer.folded_name, Officer.id) > tuple_(*place))
    lines = [Line(*row) for row in session.execute(query, values)]
    count = None
    if place is None:
        counted = select(func.count()).select_from(Officer).join(Office, Officer.office_id == Office.id)
        count = session.scalars(counted.where(*conditions), values).one()
    return Page(lines[:PAGE], count, lines[PAGE - 1].id if len(lines) > PAGE else None)


def everybody(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """Return all officers wanted in the actor's branch, in the list's order (for a spreadsheet)."""
    query = _lines().where(*_conditions(actor, wanted)).order_by(Office.path, Officer.folded_name, Officer.id)
    return [Line(*row) for row in session.execute(query, scope_values(actor))]


def officer_for(session: Session, officer_id: int, actor: Actor, do: Do) -> Officer:
    """Return the officer where `actor` may `do`; raises Forbidden, NotFound alike for out of scope and for nobody."""
    require(actor, do)
    officer = session.get(Officer, officer_id)
    if officer is None or not may(actor, do, officer):
        raise NotFound
    return officer


def line_of(session: Session, officer_id: int) -> Line:
    """Return an officer, who is there, as the list shows one."""
    return Line(*session.execute(_lines().where(Officer.id == officer_id)).one())


def offices_to_give(session: Session, actor: Actor) -> Sequence[Any]:
    """Return code, name and kind of the open offices to which `actor` may put officers, from the top down."""
    given = in_scope(actor.role, Do.EDIT_OFFICERS, Office.id)
    query = select(Office.code, Office.name, Office.kind).where(given, Office.closed_at.is_(None)).order_by(Office.path)
    return session.execute(query, scope_values(actor)).all()


def _place_of(session: Session, actor: Actor, officer_id: int | None) -> tuple[str, str, int] | None:
    if officer_id is None:
        return None
    query = select(Office.path, Officer.folded_name, Officer.id).join(Office, Officer.office_id == Office.id)
    mine = in_scope(actor.role, Do.SEE_OFFICERS, Officer.office_id)
    row = session.execute(query.where(Officer.id == officer_id, mine), scope_values(actor)).one_or_none()
    return (row[0], row[1], row[2]) if row else None


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Officer.id,
            Officer.username,
            Officer.full_name,
            Officer.role,
            Office.code,
            Office.name,
            Officer.email,
            _Second.code,
            Officer.second_until,
            Officer.created_at,
            Officer.last_seen_at,
            OfficerSession.active_at,
            Officer.disabled_at,
            Officer.disabled_reason,
            Officer.totp_secret.is_not(None),
        )
        .select_from(Officer)
        .join(Office, Officer.office_id == Office.id)
        .outerjoin(_Second, Officer.second_office_id == _Second.id)
        .outerjoin(OfficerSession, and_(OfficerSession.officer_id == Officer.id, OfficerSession.ended_at.is_(None)))
    )


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [in_scope(actor.role, Do.SEE_OFFICERS, Officer.office_id)]
    conditions += [_speaks_of(word) for word in wanted.words]
    if wanted.role is not None:
        conditions.append(Officer.role == wanted.role)
    if wanted.state is not None:
        conditions.append(_is_in(wanted.state))
    return conditions


def _speaks_of(word: str) -> ColumnElement[bool]:
    return or_(
        Officer.folded_name.contains(word, autoescape=True),
        Officer.username.contains(word, autoescape=True),
        Office.code.startswith(word, autoescape=True),
        Office.folded_name.contains(word, autoescape=True),
    )


def _is_in(state: State) -> ColumnElement[bool]:
    enabled, now = Officer.disabled_at.is_(None), clock.now()
    return {
        State.ENABLED: enabled,
        State.DISABLED: Officer.disabled_at.is_not(None),
        State.NEVER: and_(enabled, Officer.last_seen_at.is_(None)),
        State.UNUSED: and_(enabled, Officer.last_seen_at < now - UNUSED_SHOWN),
        State.STAND_IN: Officer.second_until >= clock.today(),
        State.NO_AUTHENTICATOR: and_(enabled, Officer.totp_secret.is_(None)),
    }[state]
