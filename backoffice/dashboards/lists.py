"""A page of what a figure counts. Whoever is listed was looked at: it stands in the trail (design 5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from backoffice.dashboards import list_rows, list_statements, unit_lists
from backoffice.dashboards.asked import Asked, in_words, instants
from backoffice.dashboards.list_parts import PAGE
from backoffice.dashboards.listed import CHANNELS, NAMES, NOW, TOOK, WAYS, Listed
from backoffice.dashboards.scope import Scope, scope_of
from backoffice.dashboards.tallies import SOON
from backoffice.identity.text import row_number
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.reasons import WORDING

Values = dict[str, Any]
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC)


@clock.held()
def show_own_list(asked: Asked, officer: Actor, after: str = "") -> Values:
    """Return a page of what the officer decided, at whichever office, as the own figures count it.

    What the officer may not open now (decided at another office, before a move or standing in) is told without a name.
    """
    require(officer, Do.SEE_OWN_FIGURES)
    require(officer, Do.REVIEW)
    scope = Scope(officer.office_id or 0, officer.office_code, officer.office_name, officer.office_path, True)
    mine = replace(asked, officer_id=officer.id)
    start = read_key(after)
    with transaction() as session:
        query = list_statements.mine(mine, is_later=start is not None)
        rows = query.rows(session, _known(mine, scope, start))
        seen = list_rows.seen(session, [row[0] for row in rows[:PAGE]], officer)
        shown = _declarations(session, mine, rows[:PAGE], officer, scope, seen=seen)
    return _values(asked, scope, rows, shown, start) | {"narrowed": narrowed_in_words(asked, ""), "mine": True}


@clock.held()
def show_list(asked: Asked, office_code: str, officer: Actor, after: str = "") -> Values:
    """Return what templates/dashboards/list.html shows: a page of the list, after the key of another.

    Narrowed to one officer it is of that very office, and of somebody who decided there: else NotFound, as it is for an
    office out of scope.
    """
    start = read_key(after)
    with transaction() as session:
        scope = scope_of(session, office_code, officer)
        rows = _page(session, asked, scope, start, is_alone=asked.officer_id is not None)
        name = _name(session, asked, is_there=bool(rows) or start is not None)
        shown = _shown(session, asked, rows[:PAGE], officer, scope)
    return _values(asked, scope, rows, shown, start) | {"narrowed": narrowed_in_words(asked, name), "mine": False}


def _values(asked: Asked, scope: Scope, rows: Sequence[tuple[Any, ...]], shown: list[Values], start: Any) -> Values:
    more = f"{rows[PAGE - 1][1].timestamp():.6f}_{rows[PAGE - 1][0]}" if len(rows) > PAGE else None
    return {
        "scope": scope,
        "rows": shown,
        "after": more,
        "heading": NAMES[asked.what],
        "kind": kind_of(asked.what),
        "when": days_in_words(asked),
        "is_later": start is not None,
    }


def kind_of(what: Listed) -> str:
    """Return which columns the list has: "now", "days", "gone", "messages" or "lists"."""
    others = {Listed.EXPIRED: "gone", Listed.FAILED: "messages", Listed.LISTS: "lists"}
    return others.get(what, "now" if what in NOW else "days")


def days_in_words(asked: Asked) -> str:
    """Return "hiện nay", "ngày 30/11/2026" or "từ 24/11/2026 đến 30/11/2026"."""
    return "hiện nay" if asked.what in NOW else in_words(asked.since, asked.until)


def narrowed_in_words(asked: Asked, officer: str) -> list[str]:
    """Return to what the list is narrowed: channel, reason, time at the desk, officer."""
    ways = WAYS if asked.what is Listed.FAILED else CHANNELS
    return [
        *([ways[asked.key]] if asked.key else []),
        *([WORDING[asked.reason].screen] if asked.reason else []),
        *([f"{TOOK[asked.took]} từ khi nộp"] if asked.took else []),
        *([f"do {officer} giải quyết"] if officer else []),
    ]


def read_key(text: str) -> tuple[datetime, int] | None:
    """Return the key of a page; None for anything else, so that a mangled address shows the first page."""
    moment, _, number = text.partition("_")
    last = row_number(number)
    try:
        at = datetime.fromtimestamp(float(moment), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return (at, last) if last is not None else None


def _page(
    session: Session, asked: Asked, scope: Scope, start: tuple[datetime, int] | None, *, is_alone: bool
) -> list[tuple[Any, ...]]:
    query = list_statements.statement(asked, is_alone=is_alone, is_later=start is not None, is_root=scope.is_root)
    return query.rows(session, _known(asked, scope, start))


def _known(asked: Asked, scope: Scope, start: tuple[datetime, int] | None) -> Values:
    today = clock.today()
    begins, ends = instants(asked.since, asked.until) if asked.what not in NOW else (None, None)
    last = {Listed.DUE_TODAY: today, Listed.DUE_SOON: today + SOON}.get(asked.what)
    known = list_statements.values(asked) | {
        "path": scope.path,
        "office": scope.office_id,
        "begins": begins,
        "ends": ends,
        "midnight": datetime.combine(today, time.min, tzinfo=clock.VIETNAM),
        "last": clock.end_of_day(last) if last else _LAST_MOMENT,
    }
    return known if start is None else known | {"after_moment": start[0], "after_id": start[1]}


def _name(session: Session, asked: Asked, *, is_there: bool) -> str:
    """Return the name of the officer whose list it is, "" when it is nobody's; raises NotFound for who did nothing."""
    if asked.officer_id is None:
        return ""
    found = session.get(Officer, asked.officer_id) if is_there else None
    if found is None:
        raise NotFound
    return found.full_name


def _shown(session: Session, asked: Asked, rows: list[tuple[Any, ...]], officer: Actor, scope: Scope) -> list[Values]:
    if asked.what is Listed.FAILED:
        return _messages(session, asked, [row[0] for row in rows], officer, scope)
    if asked.what is Listed.LISTS:
        return unit_lists.lines(session, [row[0] for row in rows])
    return _declarations(session, asked, rows, officer, scope)


def _declarations(
    session: Session,
    asked: Asked,
    rows: list[tuple[Any, ...]],
    officer: Actor,
    scope: Scope,
    *,
    seen: Collection[int] | None = None,
) -> list[Values]:
    """Return declarations, there or deleted; those not among the `seen` (None: all are) without whom they are of."""
    here = list_rows.lines(session, [id_ for id_, _, is_gone in rows if not is_gone])
    gone = list_rows.gone(session, [id_ for id_, _, is_gone in rows if is_gone])
    listed = [id_ for id_, _, is_gone in rows if not is_gone and id_ in here and (seen is None or id_ in seen)]
    if asked.what is not Listed.EXPIRED:
        # What waits is what the queue shows all day; who looks into the past looks for somebody.
        event = TrailEvent.QUEUE if asked.what in NOW else TrailEvent.SEARCH
        record(session, event, officer, figure=asked.what.value, office=scope.office_id, listed=listed)
    named = frozenset(listed)
    return [
        list_rows.shown_gone(gone[id_]) if is_gone else list_rows.shown(here[id_], is_named=id_ in named)
        for id_, _, is_gone in rows
        if id_ in (gone if is_gone else here)
    ]


def _messages(session: Session, asked: Asked, ids: list[int], officer: Actor, scope: Scope) -> list[Values]:
    found = list_rows.messages(session, ids, *instants(asked.since, asked.until), scope.path)
    those = [found[id_] for id_ in ids if id_ in found]
    named = [one for one in those if one.is_here]
    record(
        session,
        TrailEvent.NOTICES,
        officer,
        listed=sorted({one.notice_id for one in named if one.notice_id}),
        declarations=sorted({one.declaration_id for one in named if one.declaration_id}),
        accounts=sorted({one.account_id for one in named if one.account_id}),
    )
    return [list_rows.shown_message(one) for one in those]
