"""The statements by which figures are read: sums and steps not yet added up, in one snapshot each.

All have the same columns: whose figures they are, of which one, the day, what, how many, and the names of whom. Each is
built once and takes the parameters its docstring names, besides since, until and today (days).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from backoffice.kernel.direct import Direct
from backoffice.models import Figure, FigureBranch, FigureDay, FigureDelta, Office, Officer, columns_of, table_of
from backoffice.rules.figures import NOWHERE, STANDING

BRANCH, OFFICERS, OFFICES, HOTLINE = "branch", "officers", "offices", "hotline"
"""Whose figures a line is of; a number says of which officer or office, 0 where there is only one."""

_Columns = ReadOnlyColumnCollection[str, Any]
_STEPS, _DAYS, _BRANCHES = columns_of(FigureDelta), columns_of(FigureDay), columns_of(FigureBranch)
_O, _F = columns_of(Office), columns_of(Officer)
_SINCE, _UNTIL, _TODAY = (bindparam(name, type_=Date()) for name in ("since", "until", "today"))
_PATH = bindparam("path", type_=Text())
_HERE = select(_O.id).where(_O.path == _PATH).scalar_subquery()
_NO = literal_column("0", BigInteger())
_OF_OFFICE = (_O.code, _O.name, _O.path, cast(_O.kind, Text), _O.closed_at)
_NAMELESS = (*(cast(null(), Text()) for _ in range(4)), cast(null(), DateTime(timezone=True)))


@cache
def branch() -> Direct:
    """Return the statement of a branch alone (path); its columns are the day, what, and how many."""
    return Direct(union_all(*(part.with_only_columns(*list(part.selected_columns)[2:7]) for part in _of_branch())))


def _of_branch() -> list[Select[Any]]:
    return [_branch_sums(), _branch_steps()]


@cache
def board(officers: bool, below: bool, hotline: bool) -> Direct:
    """Return the statement of a dashboard (path)."""
    parts = _of_branch()
    if officers:
        parts += _officers(lambda kept: kept.office_id == _HERE, _TODAY, _TODAY)
    if below:
        parts += [_below_sums(), _below_steps(), _offices(_O.parent_id == _HERE)]
    if hotline:
        parts += _hotline()
    return Direct(union_all(*parts))


@cache
def by_office(is_country: bool) -> Direct:
    """Return the statement of the own figures of each office of a branch (path), which may be all there are."""
    here = func.starts_with(_O.path, _PATH)
    only = None if is_country else here
    return Direct(union_all(_own(FigureDay, only), _own(FigureDelta, only), _offices(here)))


@cache
def by_officer() -> Direct:
    """Return the statement of what each officer did at one office (office: its id)."""
    office = bindparam("office", type_=BigInteger())
    return Direct(union_all(*_officers(lambda kept: kept.office_id == office, _SINCE, _UNTIL)))


@cache
def own() -> Direct:
    """Return the statement of what one officer did anywhere, by day (officer: the id)."""
    me = bindparam("officer", type_=BigInteger())
    return Direct(union_all(*(_by_day(OFFICERS, kept, kept.officer_id == me) for kept in (_DAYS, _STEPS))))


@cache
def hotline() -> Direct:
    """Return the statement of the hotline by day, and of its agents."""
    return Direct(union_all(*_hotline(), *_officers(lambda kept: kept.office_id == NOWHERE, _SINCE, _UNTIL)))


def _branch_sums() -> Select[Any]:
    """Return the sums of a branch as they are: no need to group."""
    kept = _BRANCHES
    return _line(BRANCH, _NO, kept, kept.day, (kept.number, kept.seconds), _NAMELESS).where(
        kept.office_id == _HERE, _during(kept, _SINCE, _UNTIL)
    )


def _branch_steps() -> Select[Any]:
    """Return the steps of a branch, its offices looked up in a hash of their ids.

    Not as a join (hence IS TRUE): planned while there were no steps, it would go through all of them for each office.
    """
    is_here = _STEPS.office_id.in_(select(_O.id).where(func.starts_with(_O.path, _PATH))).is_(true())
    return (
        _line(BRANCH, _NO, _STEPS, _STEPS.day, _sums(_STEPS), _NAMELESS)
        .where(is_here, _during(_STEPS, _SINCE, _UNTIL))
        .group_by(_STEPS.day, _STEPS.figure, _STEPS.key)
    )


def _below_sums() -> Select[Any]:
    """Return the figures of today of each office right under one, with all under that."""
    kept = _BRANCHES
    return (
        _line(OFFICES, _O.id, kept, kept.day, (kept.number, kept.seconds), _OF_OFFICE)
        .join_from(table_of(Office), table_of(FigureBranch), kept.office_id == _O.id)
        .where(_O.parent_id == _HERE, _during(kept, _TODAY, _TODAY))
    )


def _below_steps() -> Select[Any]:
    of = table_of(Office).alias("of")
    joined = (
        table_of(FigureDelta)
        .join(of, of.c.id == _STEPS.office_id)
        .join(table_of(Office), and_(_O.parent_id == _HERE, func.starts_with(of.c.path, _O.path)))
    )
    return (
        _line(OFFICES, _O.id, _STEPS, _STEPS.day, _sums(_STEPS), _OF_OFFICE)
        .select_from(joined)
        .where(_during(_STEPS, _TODAY, _TODAY))
        .group_by(_O.id, _STEPS.day, _STEPS.figure, _STEPS.key)
    )


def _offices(which: ColumnElement[bool]) -> Select[Any]:
    """Return a line that counts nothing for each office in work, so that those with nothing are there."""
    figure, no_key = (literal_column(f"'{word}'", Text()) for word in (Figure.WAITING.value, ""))
    nothing = select(literal_column(f"'{OFFICES}'"), _O.id, _TODAY, figure, no_key, _NO, _NO, *_OF_OFFICE)
    return nothing.where(which, _O.closed_at.is_(None))


def _own(model: type[FigureDay] | type[FigureDelta], which: ColumnElement[bool] | None) -> Select[Any]:
    """Return the own figures of offices; what happened, of the whole span on its first day.

    Added up before it is joined with the names: a quarter of a country has a million rows, its sums some thousands. Of
    all offices (`which` None) without asking which they are, for the planner takes them for few.
    """
    kept = columns_of(model)
    day = case((_stands(kept), kept.day), else_=_SINCE).label("of_day")
    sums = (
        select(kept.office_id, day, kept.figure, kept.key)
        .add_columns(*(one.label(name) for one, name in zip(_sums(kept), ("number", "seconds"), strict=True)))
        .where(
            _during(kept, _SINCE, _UNTIL), *([] if which is None else [kept.office_id.in_(select(_O.id).where(which))])
        )
        .group_by(kept.office_id, day, kept.figure, kept.key)
        .subquery()
        .c
    )
    line = _line(OFFICES, _O.id, sums, sums.of_day, (sums.number, sums.seconds), _OF_OFFICE)
    return line.join_from(sums.office_id.table, table_of(Office), _O.id == sums.office_id)


def _officers(which: Any, since: ColumnElement[Any], until: ColumnElement[Any]) -> list[Select[Any]]:
    """Return what officers did, of the whole span on its first day."""
    names = (_F.username, _F.full_name, *_NAMELESS[2:])
    found = []
    for model in (FigureDay, FigureDelta):
        kept = columns_of(model)
        line = _line(OFFICERS, _F.id, kept, since, _sums(kept), names)
        joined = line.join_from(table_of(model), table_of(Officer), _F.id == kept.officer_id)
        of_them = joined.where(which(kept), kept.officer_id != 0, kept.day.between(since, until), ~_stands(kept))
        found.append(of_them.group_by(_F.id, kept.figure, kept.key))
    return found


def _hotline() -> list[Select[Any]]:
    return [_by_day(HOTLINE, kept, kept.office_id == NOWHERE) for kept in (_DAYS, _STEPS)]


def _by_day(whose: str, kept: _Columns, which: ColumnElement[bool]) -> Select[Any]:
    line = _line(whose, _NO, kept, kept.day, _sums(kept), _NAMELESS)
    return line.where(which, kept.day.between(_SINCE, _UNTIL)).group_by(kept.day, kept.figure, kept.key)


def _line(
    whose: str, who: ColumnElement[Any], kept: _Columns, day: ColumnElement[Any], sums: tuple[Any, ...], names: Any
) -> Select[Any]:
    return select(literal_column(f"'{whose}'"), who, day, cast(kept.figure, Text()), kept.key, *sums, *names)


def _sums(kept: _Columns) -> tuple[ColumnElement[Any], ...]:
    # A sum of bigint is numeric: nothing here is so large.
    return tuple(cast(func.sum(column), BigInteger()) for column in (kept.number, kept.seconds))


def _during(kept: _Columns, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that it happened in the span, or is how things are now."""
    return and_(
        kept.day >= func.least(since, _TODAY, type_=Date()),
        or_(kept.day.between(since, until), and_(_stands(kept), kept.day >= _TODAY)),
    )


def _stands(kept: _Columns) -> ColumnElement[bool]:
    # Words and not parameters: the statement is built once, and an IN of parameters is built anew each time.
    return cast(kept.figure, Text()).in_([literal_column(f"'{one.value}'") for one in sorted(STANDING)])
