"""Reads for the queue: counts of all tabs in one statement, pages by key (no offset, no total)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from backoffice.desk.tabs import DECIDED_TABS, Tab, condition, start_of_today
from backoffice.kernel import clock
from backoffice.models import Claim, Declaration, Office, Officer, Status
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope

PAGE = 50
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ID = 2**63 - 1

QueueRow = Row[Declaration, str, str, datetime]
QueueQuery = Select[Declaration, str, str, datetime]


@dataclass(frozen=True)
class Page:
    """Rows of one page, and where the next begins (None: this was the last)."""

    rows: Sequence[QueueRow]
    next: str | None


def counts(session: Session, officer: Actor) -> dict[Tab, int]:
    """Return how many declarations of the officer's scope each tab holds."""
    scope = in_scope(officer, Do.USE_DESK, Declaration.office_id)
    undecided = [tab for tab in Tab if tab not in DECIDED_TABS]
    open_row = session.execute(
        select(*(func.count().filter(condition(tab, officer)).label(tab.value) for tab in undecided)).where(
            scope, Declaration.status == Status.SUBMITTED
        )
    ).one()
    decided_row = session.execute(
        select(*(func.count().filter(condition(tab, officer)).label(tab.value) for tab in sorted(DECIDED_TABS))).where(
            scope,
            Declaration.status.in_([Status.APPROVED, Status.REJECTED]),
            Declaration.decided_at >= start_of_today(),
        )
    ).one()
    found = dict(zip(undecided, open_row, strict=True)) | dict(zip(sorted(DECIDED_TABS), decided_row, strict=True))
    return {tab: found[tab] for tab in Tab}


def page(session: Session, officer: Actor, tab: Tab, after: str | None = None) -> Page:
    """Return a page of `tab`, most urgent first (decided ones: latest first), after the key `after` of a Page."""
    query = queue_rows().where(in_scope(officer, Do.USE_DESK, Declaration.office_id), condition(tab, officer))
    query = _latest_first(query, after) if tab in DECIDED_TABS else _urgent_first(query, after)
    rows = session.execute(query.limit(PAGE + 1)).all()
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return Page(rows[:PAGE], _key(more[0], tab) if more is not None else None)


def queue_rows() -> QueueQuery:
    """Return the query of a list's rows: declaration, office code, and who examines it since when."""
    live = (Claim.declaration_id == Declaration.id) & (Claim.until >= clock.now())
    return (
        select(Declaration, Office.code, Officer.full_name, Claim.since)
        .join(Office, Office.id == Declaration.office_id)
        .outerjoin(Claim, live)
        .outerjoin(Officer, Officer.id == Claim.officer_id)
    )


def _urgent_first(query: QueueQuery, after: str | None) -> QueueQuery:
    """Order by deadline, those without one last; the index on (office_id, expires_at, id) serves it."""
    start = _read_key(after)
    if start is not None:
        moment, number = start
        key = tuple_(Declaration.expires_at, Declaration.id)
        later = key > tuple_(literal(moment), literal(number))
        if moment == _NEVER:
            query = query.where(Declaration.expires_at.is_(None), Declaration.id > number)
        else:
            query = query.where(later | Declaration.expires_at.is_(None))
    return query.order_by(Declaration.expires_at.asc(), Declaration.id.asc())


def _latest_first(query: QueueQuery, after: str | None) -> QueueQuery:
    start = _read_key(after)
    if start is not None:
        query = query.where(tuple_(Declaration.decided_at, Declaration.id) < tuple_(*map(literal, start)))
    return query.order_by(Declaration.decided_at.desc(), Declaration.id.desc())


def _key(last: Declaration, tab: Tab) -> str:
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
