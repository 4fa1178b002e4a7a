"""Reads for the queue: counts of all tabs, pages by key (no offset, no total).

Statements are built once and read columns, not entities: an officer opens the queue hundreds of times a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, DateTime, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from backoffice.desk.tabs import DECIDED_TABS, ELSEWHERE, NOW, Tab, condition, tab_values, tabs_of
from backoffice.kernel.direct import Direct, one_of
from backoffice.models import Claim, Declaration, IdType, Notice, Office, Officer, Purpose, Role, Status
from backoffice.models.declaration import DEADLINE
from backoffice.notices.undelivered import still_wanted
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

PAGE = 50
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ID = 2**63 - 1
_AFTER = tuple_(bindparam("after_moment", type_=DateTime(timezone=True)), bindparam("after_id", type_=BigInteger()))


class QueueLine(NamedTuple):
    """A declaration as a list shows it: what flags and labels are computed from, and who examines it since when."""

    id: int
    receipt_code: str
    purpose: Purpose
    status: Status
    bhxh_code: str
    full_name: str
    id_type: IdType
    id_number: str
    date_of_birth: date | None
    province_code: str
    district_code: str | None
    ward_code: str
    phone: str
    guardian_bhxh_code: str | None
    declared_at: datetime
    expires_at: datetime | None
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None
    decided_at: datetime | None
    office_code: str
    office_closed_at: datetime | None
    holder: str | None
    since: datetime | None


@dataclass(frozen=True)
class Page:
    """Lines of one page, and where the next begins (None: this was the last)."""

    rows: Sequence[QueueLine]
    next: str | None


def counts(session: Session, officer: Actor) -> dict[Tab, int]:
    """Return how many declarations, or messages, of the officer's scope each of the officer's tabs holds."""
    values = tab_values(officer) | scope_values(officer)
    undecided = session.execute(_undecided_counts(officer.role), values).one()
    decided = session.execute(_decided_counts(officer.role), values).one()
    found = dict(zip(_open_tabs(officer.role), undecided, strict=True))
    found |= dict(zip([*sorted(DECIDED_TABS), Tab.UNDELIVERED], decided, strict=True))
    return {tab: found[tab] for tab in tabs_of(officer.role)}


def page(session: Session, officer: Actor, tab: Tab, after: str | None = None) -> Page:
    """Return a page of `tab`, most urgent first (decided ones: latest first), after the key `after` of a Page."""
    start = _read_key(after)
    values = tab_values(officer) | scope_values(officer)
    if start is not None:
        values |= {"after_moment": start[0], "after_id": start[1]}
    rows = as_lines(_page(officer.role, tab, start is not None).rows(session, values))
    return Page(rows[:PAGE], _key(rows[PAGE - 1], tab) if len(rows) > PAGE else None)


def as_lines(rows: Iterable[Sequence[Any]]) -> list[QueueLine]:
    """Return the rows of a `queue_lines` statement as lines."""
    return [QueueLine(*row) for row in rows]


def queue_lines() -> Select[*tuple[Any, ...]]:
    """Return the statement of a list's lines; takes the parameter `now`."""
    own = [getattr(Declaration, name) for name in QueueLine._fields[:-4]]
    return (
        select(*own, Office.code, Office.closed_at, Officer.full_name, Claim.since)
        .select_from(Declaration)
        .join(Office, Office.id == Declaration.office_id)
        .outerjoin(Claim, (Claim.declaration_id == Declaration.id) & (Claim.until >= NOW))
        .outerjoin(Officer, Officer.id == Claim.officer_id)
    )


def _open_tabs(role: Role | None) -> list[Tab]:
    return [tab for tab in tabs_of(role) if tab not in DECIDED_TABS and tab not in ELSEWHERE]


@cache
def _undecided_counts(role: Role | None) -> Select[*tuple[Any, ...]]:
    counted = [func.count().filter(condition(tab)).label(tab.value) for tab in _open_tabs(role)]
    scope = in_scope(role, Do.USE_DESK, Declaration.office_id)
    return select(*counted).where(scope, Declaration.status == Status.SUBMITTED)


@cache
def _decided_counts(role: Role | None) -> Select[*tuple[Any, ...]]:
    counted = [func.count().filter(condition(tab)).label(tab.value) for tab in sorted(DECIDED_TABS)]
    scope = in_scope(role, Do.USE_DESK, Declaration.office_id)
    today = Declaration.decided_at >= bindparam("midnight", type_=DateTime(timezone=True))
    mine = in_scope(role, Do.SEE_NOTICES, Notice.office_id)
    undelivered = select(func.count()).select_from(Notice).where(mine, still_wanted()).scalar_subquery()
    return select(*counted, undelivered).where(
        scope, one_of(Declaration.status, [Status.APPROVED.value, Status.REJECTED.value]), today
    )


@cache
def _page(role: Role | None, tab: Tab, is_later: bool) -> Direct:
    """Build the statement of a page: by deadline, those without one last, or by the latest decision."""
    query = queue_lines().where(in_scope(role, Do.USE_DESK, Declaration.office_id), condition(tab)).limit(PAGE + 1)
    if tab in DECIDED_TABS:
        if is_later:
            query = query.where(tuple_(Declaration.decided_at, Declaration.id) < _AFTER)
        return Direct(query.order_by(Declaration.decided_at.desc(), Declaration.id.desc()))
    if is_later:
        query = query.where(tuple_(DEADLINE, Declaration.id) > _AFTER)
    return Direct(query.order_by(DEADLINE, Declaration.id))


def _key(last: QueueLine, tab: Tab) -> str:
    moment = last.decided_at if tab in DECIDED_TABS else last.expires_at
    return f"{(moment or _NEVER).timestamp():.6f}_{last.id}"


def _read_key(text: str | None) -> tuple[datetime, int] | None:
    """Return what `_key` wrote; None for anything else, so that a mangled address shows the first page."""
    moment, _, number = (text or "").partition("_")
    try:
        key = datetime.fromtimestamp(float(moment), UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return None
    return key if 0 <= key[1] <= _LAST_ID else None
