"""Reads: the worklist by key, one message, all messages about somebody; always within the officer's scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from backoffice.identity.text import row_number
from backoffice.models import (
    Account,
    AccountStatus,
    CallBack,
    Declaration,
    Handling,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Office,
    Officer,
    Role,
    Status,
)
from backoffice.notices.undelivered import still_wanted, urgency
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

PAGE = 50
MOST_FOUND = 100
_CALLS_SHOWN = 3


class Line(NamedTuple):
    """A message as a list shows it, with whom and what it is about; `wanted`: it waits for somebody to see to it."""

    id: int
    kind: NoticeKind
    channel: NoticeChannel
    recipient: str
    subject: str | None
    body: str
    status: NoticeStatus
    tries: int
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    seen_at: datetime | None
    gateway: str | None
    failure: str | None
    handling: Handling | None
    handled_at: datetime | None
    handled_note: str | None
    declaration_id: int | None
    account_id: int | None
    credential_issue_id: int | None
    handled_by: str | None
    urgency: int
    wanted: bool
    receipt_code: str | None
    declaration_status: Status | None
    declared_name: str | None
    declared_code: str | None
    account_status: AccountStatus | None
    account_name: str | None
    account_code: str | None
    office_code: str
    office_name: str


class Call(NamedTuple):
    """A note on a call-back."""

    notice_id: int
    at: datetime
    who: str
    note: str


@dataclass(frozen=True)
class Page:
    """Lines of one page, and where the next begins (None: this was the last)."""

    lines: Sequence[Line]
    next: str | None


@dataclass(frozen=True)
class Person:
    """By what messages are looked for: ids of declarations and accounts, and a phone in normal form, or None."""

    declarations: Sequence[int]
    accounts: Sequence[int]
    phone: str | None

    @property
    def is_nobody(self) -> bool:
        """Tell whether nothing can be found by it."""
        return not (self.declarations or self.accounts or self.phone)


def count(session: Session, officer: Actor) -> int:
    """Return how many messages the officer's worklist holds; the queue's tab counts the same (desk.queries)."""
    return session.scalars(_count(officer.role), scope_values(officer)).one()


def page(session: Session, officer: Actor, after: str | None) -> Page:
    """Return a page of the worklist: what a citizen waits for first, then the oldest; after the key of a Page."""
    start = _read_key(after)
    values = scope_values(officer)
    if start is not None:
        values |= {"after_rank": start[0], "after_id": start[1]}
    lines = [Line(*row) for row in session.execute(_page(officer.role, start is not None), values)]
    shown = lines[:PAGE]
    return Page(shown, f"{shown[-1].urgency}_{shown[-1].id}" if len(lines) > PAGE else None)


def one(session: Session, notice_id: int, officer: Actor) -> Line | None:
    """Return a message of the officer's scope, whether it waits or not; None for any other."""
    query = _lines(_is_wanted()).where(Notice.id == notice_id, _mine(officer.role))
    row = session.execute(query, scope_values(officer)).one_or_none()
    return Line(*row) if row else None


def about(session: Session, officer: Actor, person: Person) -> list[Line]:
    """Return the latest messages about `person` within the officer's scope, the newest first; one more than shown."""
    if person.is_nobody:
        return []
    which = or_(
        Notice.declaration_id.in_(person.declarations) if person.declarations else false(),
        Notice.account_id.in_(person.accounts) if person.accounts else false(),
        Notice.recipient == person.phone if person.phone else false(),
    )
    ids = select(Notice.id).where(which, _mine(officer.role)).order_by(Notice.id.desc()).limit(MOST_FOUND + 1)
    query = _lines(_is_wanted()).where(Notice.id.in_(ids)).order_by(Notice.id.desc())
    return [Line(*row) for row in session.execute(query, scope_values(officer))]


def person_known_by(
    session: Session, *, receipt_code: str | None, codes: Sequence[str], id_numbers: Sequence[str], phone: str | None
) -> Person:
    """Return the declarations and accounts that bear one of these numbers anywhere: the scope comes later."""
    declared: list[ColumnElement[bool]] = []
    held: list[ColumnElement[bool]] = []
    if receipt_code:
        declared.append(Declaration.receipt_code == receipt_code)
    if codes:
        declared.append(Declaration.bhxh_code.in_(codes))
        held.append(Account.bhxh_code.in_(codes))
    if id_numbers:
        declared.append(Declaration.id_number.in_(id_numbers))
        held.append(Account.id_number.in_(id_numbers))
    if phone:
        declared.append(Declaration.phone == phone)
        held.append(Account.phone == phone)
    found = session.scalars(select(Declaration.id).where(or_(*declared)).limit(MOST_FOUND)).all() if declared else []
    accounts = session.scalars(select(Account.id).where(or_(*held)).limit(MOST_FOUND)).all() if held else []
    return Person(found, accounts, phone)


def calls(session: Session, notice_ids: Iterable[int]) -> dict[int, list[Call]]:
    """Return the last notes on call-backs about each of these messages, the latest first."""
    ids = list(notice_ids)
    if not ids:
        return {}
    place = func.row_number().over(partition_by=CallBack.notice_id, order_by=CallBack.id.desc()).label("place")
    latest = select(CallBack.id, place).where(CallBack.notice_id.in_(ids)).subquery()
    query = (
        select(CallBack.notice_id, CallBack.at, Officer.full_name, CallBack.note)
        .join(latest, latest.c.id == CallBack.id)
        .join(Officer, Officer.id == CallBack.officer_id)
        .where(latest.c.place <= _CALLS_SHOWN)
        .order_by(CallBack.id.desc())
    )
    found: dict[int, list[Call]] = {}
    for row in session.execute(query):
        found.setdefault(row.notice_id, []).append(Call(*row))
    return found


def _mine(role: Role | None) -> ColumnElement[bool]:
    return in_scope(role, Do.SEE_NOTICES, Notice.office_id)


def _is_wanted() -> ColumnElement[bool]:
    return func.coalesce(still_wanted(), false()).label("wanted")


def _lines(wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    own = [getattr(Notice, name) for name in Line._fields[:21]]
    handler = aliased(Officer)
    return (
        select(
            *own,
            handler.full_name,
            urgency().label("rank"),
            wanted,
            Declaration.receipt_code,
            Declaration.status,
            Declaration.full_name,
            Declaration.bhxh_code,
            Account.status,
            Account.full_name,
            Account.bhxh_code,
            Office.code,
            Office.name,
        )
        .select_from(Notice)
        .join(Office, Office.id == Notice.office_id)
        .outerjoin(Declaration, Declaration.id == Notice.declaration_id)
        .outerjoin(Account, Account.id == Notice.account_id)
        .outerjoin(handler, handler.id == Notice.handled_by_id)
    )


@cache
def _count(role: Role | None) -> Select[int]:
    return select(func.count()).select_from(Notice).where(_mine(role), still_wanted())


@cache
def _page(role: Role | None, is_later: bool) -> Select[*tuple[Any, ...]]:
    query = _lines(literal(True)).where(_mine(role), still_wanted())
    if is_later:
        after = tuple_(bindparam("after_rank", type_=BigInteger()), bindparam("after_id", type_=BigInteger()))
        query = query.where(tuple_(urgency(), Notice.id) > after)
    return query.order_by(urgency(), Notice.id).limit(PAGE + 1)


def _read_key(text: str | None) -> tuple[int, int] | None:
    """Return what `page` wrote; None for anything else, so that a mangled address shows the first page."""
    rank, _, number = (text or "").partition("_")
    last = row_number(number)
    return (int(rank), last) if rank in ("0", "1") and last is not None else None
