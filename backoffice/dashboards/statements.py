"""The statements by which figures are read: sums and steps not yet added up, in one snapshot each.

All have the same columns: whose figures they are, of which one, the day, what, how many, and the names of whom. Each is
built once and takes the parameters its docstring names, besides since, until and today (days).
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import BigInteger, Date, bindparam, func, select, union_all

from backoffice.dashboards.below import below_lines, below_steps, below_sums
from backoffice.dashboards.statement_parts import (
    BEFORE,
    BY_PATH,
    OF_OFFICES,
    OFFICERS,
    OFFICERS_BEFORE,
    PATH,
    SINCE,
    STEPS,
    SUMS,
    TODAY,
    UNTIL,
    Place,
    day_lines,
    hotline_lines,
    list_lines,
    morning_lines,
    of_branch,
    office_lines,
    officer_lines,
    own_sums,
    scope_line,
    seen_by,
)
from backoffice.kernel.direct import Direct
from backoffice.models import FigureDay, FigureDelta, Role
from backoffice.rules.figures import NOWHERE


@cache
def branch() -> Direct:
    """Return the statement of a branch alone (path); its columns are the day, what, and how many."""
    parts = of_branch(BY_PATH)
    return Direct(union_all(*(part.with_only_columns(*list(part.selected_columns)[2:7]) for part in parts)))


@cache
def board(role: Role | None, hotline: bool) -> Direct:
    """Return the statement of the dashboard of the office `code` that an officer of `role` may see (my_branch).

    `before` is the day with which that of its officers is compared, `soon` the last day of what is due soon.

    The office stands in a line of its own (SCOPE); none of it means that there is none, or none to be seen.
    """
    here, seen = seen_by(role)
    place = Place(*(select(one).where(seen).scalar_subquery() for one in (here.id, here.path)))
    parts = [scope_line(here, seen), *of_branch(place), morning_lines(place), list_lines(place)]
    parts += officer_lines(lambda kept: kept.office_id == place.id, TODAY, TODAY)
    parts += officer_lines(lambda kept: kept.office_id == place.id, BEFORE, BEFORE, OFFICERS_BEFORE)
    parts += [below_lines(place), below_sums(place), below_steps(place)]
    if hotline:
        parts += hotline_lines()
    return Direct(union_all(*parts))


@cache
def by_office(is_country: bool) -> Direct:
    """Return the statement of the own figures of each office of a branch (path), which may be all there are."""
    here = func.starts_with(OF_OFFICES.path, PATH)
    only = None if is_country else here
    return Direct(union_all(own_sums(FigureDay, only), own_sums(FigureDelta, only), office_lines(here)))


@cache
def by_officer() -> Direct:
    """Return the statement of what each officer did at one office (office: its id)."""
    office = bindparam("office", type_=BigInteger())
    return Direct(union_all(*officer_lines(lambda kept: kept.office_id == office, SINCE, UNTIL)))


@cache
def own() -> Direct:
    """Return the statement of what one officer did anywhere, by day (officer: the id)."""
    me = bindparam("officer", type_=BigInteger())
    return Direct(union_all(*(day_lines(OFFICERS, kept, kept.officer_id == me) for kept in (SUMS, STEPS))))


@cache
def hotline() -> Direct:
    """Return the statement of the hotline by day, and of its agents from agents_since on."""
    since = bindparam("agents_since", type_=Date())
    return Direct(union_all(*hotline_lines(), *officer_lines(lambda kept: kept.office_id == NOWHERE, since, UNTIL)))
