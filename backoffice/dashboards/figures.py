"""Reading the figures: what is summed up and what is not yet, together by one statement, so folding changes no count.

All days are days in Vietnam, `since` and `until` inclusive; `path` is that of an office (Office.path), whose figures
are those of all its branch. Nobody but for `board` is asked here whether they may: actions do (Do.SEE_DASHBOARD).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.dashboards import statements
from backoffice.dashboards.statement_parts import (
    BELOW,
    BRANCH,
    HOTLINE,
    LISTS,
    MORNINGS,
    OFFICERS,
    OFFICERS_BEFORE,
    OFFICES,
    SCOPE,
)
from backoffice.dashboards.sums import Part
from backoffice.dashboards.tallies import SOON, Figures, gather
from backoffice.dashboards.whose import Board, HotlineFigures, OfficeFigures, OfficerFigures
from backoffice.kernel import clock
from backoffice.kernel.errors import NotFound
from backoffice.models import Figure, OfficeKind, Stood
from backoffice.rules.actors import Actor
from backoffice.rules.scopes import scope_values

WEEK = timedelta(days=7)
ROOT = "000."
"""The path of the country's office, under which all hang."""
_FIGURES = {figure.value: figure for figure in Figure}


def read(session: Session, path: str, since: date, until: date) -> Figures:
    """Return the figures of an office with all under it, by day, and how things are there now."""
    lines = statements.branch().rows(session, _given(since, until, path=path))
    parts = ((day, _FIGURES[figure], key, number, seconds) for day, figure, key, number, seconds in lines)
    return gather(parts, since, until, clock.today())


def board(session: Session, actor: Actor, code: str, since: date, until: date, *, hotline: bool = False) -> Board:
    """Return what the dashboard of the office with this code shows, all by one statement.

    With what each officer did today and a week ago at this very office (not under it), the figures of today of each
    office right under it, with all under that; and, if asked for, those of the hotline by day. Raises NotFound where
    there is no such office that `actor` may see (rules.scopes, in the very statement).
    """
    today = clock.today()
    before = today - WEEK
    known = _given(since, until, code=code, before=before, soon=today + SOON, **scope_values(actor))
    read = _Read(statements.board(actor.role, hotline).rows(session, known))
    here = read.offices(SCOPE, today, today)
    if not here:
        raise NotFound
    return Board(
        here[0],
        replace(read.figures((BRANCH, 0), since, until), mornings=read.mornings, lists=read.lists),
        read.officers(OFFICERS, today, today),
        read.officers(OFFICERS_BEFORE, before, before),
        [one for one in read.offices(BELOW, today, today) if not one.is_closed or one.figures.counts_anything],
        read.figures((HOTLINE, 0), since, until),
    )


def by_office(session: Session, path: str, since: date, until: date) -> list[OfficeFigures]:
    """Return the own figures of each office of a branch, in the order of the tree; they add up to those of `read`.

    Of the span as a whole: `by_day` has all on the first day. Closed offices are there if anything was counted.
    """
    read = _Read(statements.by_office(path == ROOT).rows(session, _given(since, until, path=path)))
    return sorted(read.offices(OFFICES, since, until), key=lambda one: one.path)


def by_officer(session: Session, office_id: int, since: date, until: date) -> list[OfficerFigures]:
    """Return what each officer did at this very office, by name; of the span as a whole, as `by_office`.

    For the supervisors of its branch alone. What nobody in particular did (expired, declared) is not in it.
    """
    read = _Read(statements.by_officer().rows(session, _given(since, until, office=office_id)))
    return read.officers(OFFICERS, since, until)


def own(session: Session, officer_id: int, since: date, until: date) -> Figures:
    """Return what one officer did, at whichever office or the hotline, by day; for that officer alone."""
    read = _Read(statements.own().rows(session, _given(since, until, officer=officer_id)))
    return read.figures((OFFICERS, 0), since, until)


def hotline(session: Session, since: date, until: date, *, agents_since: date | None = None) -> HotlineFigures:
    """Return the figures of the hotline by day, and of its agents; for the root's supervisors alone.

    Those of the agents are of the span as a whole, or of its part from `agents_since` on.
    """
    first = agents_since or since
    read = _Read(statements.hotline().rows(session, _given(since, until, agents_since=first)))
    return HotlineFigures(read.figures((HOTLINE, 0), since, until), read.officers(OFFICERS, first, until))


def _given(since: date, until: date, **more: Any) -> dict[str, Any]:
    return {"since": since, "until": until, "today": clock.today(), **more}


class _Read:
    """The lines of a statement, by whose they are."""

    def __init__(self, lines: Sequence[tuple[Any, ...]]) -> None:
        self._parts: dict[tuple[str, int], list[Part]] = defaultdict(list)
        self._names: dict[tuple[str, int], tuple[Any, ...]] = {}
        self.mornings: dict[date, dict[Stood, int]] = defaultdict(dict)
        self.lists = 0
        for whose, who, day, figure, key, number, seconds, *names in lines:
            if whose == MORNINGS:
                self.mornings[day][Stood(key)] = number
                continue
            if whose == LISTS:
                self.lists = number
                continue
            self._parts[whose, who].append(Part(day, _FIGURES[figure], key, number, seconds))
            if names[0] is not None or (whose, who) not in self._names:
                self._names[whose, who] = tuple(names)

    def figures(self, whose: tuple[str, int], since: date, until: date) -> Figures:
        return gather(self._parts.get(whose, ()), since, until, clock.today())

    def officers(self, whose: str, since: date, until: date) -> list[OfficerFigures]:
        found = [
            OfficerFigures(who, self._names[kind, who][1], self.figures((kind, who), since, until))
            for kind, who in self._parts
            if kind == whose
        ]
        return sorted(found, key=lambda one: (one.name, one.officer_id))

    def offices(self, whose: str, since: date, until: date) -> list[OfficeFigures]:
        found = [
            _office(who, self._names[kind, who], self.figures((kind, who), since, until))
            for kind, who in self._parts
            if kind == whose
        ]
        return sorted(found, key=lambda one: one.code)


def _office(office_id: int, names: Sequence[Any], figures: Figures) -> OfficeFigures:
    code, name, path, kind, closed_at = names
    return OfficeFigures(office_id, code, name, path, OfficeKind(kind), closed_at is not None, figures)
