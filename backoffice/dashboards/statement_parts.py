"""The parts of which the statements of figures are made: lines of the same columns, from sums or from steps."""

from __future__ import annotations

from dataclasses import dataclass
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
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from backoffice.models import (
    Batch,
    Figure,
    FigureBranch,
    FigureDay,
    FigureDelta,
    FigureMorning,
    Office,
    Officer,
    Role,
    columns_of,
    table_of,
)
from backoffice.models.batch import OPEN_STAGES
from backoffice.rules.figures import NOWHERE, STANDING
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope

BRANCH, OFFICERS, OFFICES, HOTLINE = "branch", "officers", "offices", "hotline"
OFFICERS_BEFORE = "officers_before"
"""Whose figures a line is of; a number says of which officer or office, 0 where there is only one."""
BELOW = "below"
"""Of which offices right under one: their names stand in a line of their own."""
SCOPE, MORNINGS, LISTS = "scope", "mornings", "lists"
"""What else a dashboard reads: which office it is of; of its branch how things stood in the mornings, lists in work."""

_Columns = ReadOnlyColumnCollection[str, Any]
STEPS, SUMS, BRANCHES = columns_of(FigureDelta), columns_of(FigureDay), columns_of(FigureBranch)
OF_OFFICES, _F = columns_of(Office), columns_of(Officer)
SINCE, UNTIL, TODAY = (bindparam(name, type_=Date()) for name in ("since", "until", "today"))
BEFORE, SOON = (bindparam(name, type_=Date()) for name in ("before", "soon"))
PATH = bindparam("path", type_=Text())
_NO = literal_column("0", BigInteger())
_WAITING, NO_KEY = (literal_column(f"'{word}'", Text()) for word in (Figure.WAITING.value, ""))
"""What stands in a line that counts nothing of its own."""
NAMES = (OF_OFFICES.code, OF_OFFICES.name, OF_OFFICES.path, cast(OF_OFFICES.kind, Text), OF_OFFICES.closed_at)
NAMELESS: tuple[ColumnElement[Any], ...] = (
    *(cast(null(), Text()) for _ in range(4)),
    cast(null(), DateTime(timezone=True)),
)


@dataclass(frozen=True)
class Place:
    """The office a statement is of: its id, and its path, under which its branch hangs."""

    id: Any
    path: Any


BY_PATH = Place(select(OF_OFFICES.id).where(OF_OFFICES.path == PATH).scalar_subquery(), PATH)


def seen_by(role: Role | None) -> tuple[Any, ColumnElement[bool]]:
    """Return the office of parameter `code` as a table, and the condition that officers of `role` may see it."""
    here = aliased(Office)
    return here, and_(here.code == bindparam("code", type_=Text()), in_scope(role, Do.SEE_DASHBOARD, here.id))


def of_branch(place: Place) -> list[Select[Any]]:
    """Return the figures of a branch: sums of its own, and steps."""
    return [_branch_sums(place), _branch_steps(place)]


def scope_line(here: Any, seen: ColumnElement[bool]) -> Select[Any]:
    """Return the line that says which office it is; none when it is not `seen`."""
    of_office = (here.code, here.name, here.path, cast(here.kind, Text), here.closed_at)
    return nothing(SCOPE, here.id, of_office).where(seen)


def morning_lines(place: Place) -> Select[Any]:
    """Return how things stood in the mornings of the span, by the word of models.Stood as the key."""
    kept = columns_of(FigureMorning)
    of = (kept.day, _WAITING, cast(kept.figure, Text), kept.number, _NO)
    line: Select[*tuple[Any, ...]] = select(literal_column(f"'{MORNINGS}'"), _NO, *of, *NAMELESS)
    return line.where(kept.office_id == place.id, kept.day.between(SINCE, UNTIL))


def list_lines(place: Place) -> Select[Any]:
    """Return how many lists of units are in work in a branch; few are, and an index holds those alone."""
    of = (TODAY, _WAITING, NO_KEY, func.count(Batch.id), _NO)
    line: Select[*tuple[Any, ...]] = select(literal_column(f"'{LISTS}'"), _NO, *of, *NAMELESS)
    return line.where(lists_in_work(Batch.stage), Batch.office_id.in_(under(place.path)))


def lists_in_work(stage: Any) -> ColumnElement[bool]:
    """Return the condition that a list is in work, in the words of the index of those."""
    return cast(stage, Text()).in_([literal_column(f"'{one.value}'") for one in OPEN_STAGES])


def under(path: Any) -> Select[Any]:
    """Return the ids of an office's branch."""
    return select(OF_OFFICES.id).where(func.starts_with(OF_OFFICES.path, path))


def _branch_sums(place: Place) -> Select[Any]:
    """Return the sums of a branch as they are: no need to group."""
    kept = BRANCHES
    return _line(BRANCH, _NO, kept, kept.day, (kept.number, kept.seconds), NAMELESS).where(
        kept.office_id == place.id, during(kept, SINCE, UNTIL)
    )


def _branch_steps(place: Place) -> Select[Any]:
    """Return the steps of a branch, its offices looked up in a hash of their ids.

    Not as a join (hence IS TRUE): planned while there were no steps, it would go through all of them for each office.
    """
    is_here = STEPS.office_id.in_(under(place.path)).is_(true())
    return (
        _line(BRANCH, _NO, STEPS, STEPS.day, sums_of(STEPS), NAMELESS)
        .where(is_here, during(STEPS, SINCE, UNTIL))
        .group_by(STEPS.day, STEPS.figure, STEPS.key)
    )


def office_lines(which: ColumnElement[bool]) -> Select[Any]:
    """Return a line that counts nothing for each office in work, so that those with nothing are there."""
    return nothing(OFFICES, OF_OFFICES.id, NAMES).where(which, OF_OFFICES.closed_at.is_(None))


def nothing(whose: str, who: ColumnElement[Any], names: tuple[Any, ...]) -> Select[Any]:
    """Return a line that counts nothing and names whose it is."""
    return select(literal_column(f"'{whose}'"), who, TODAY, _WAITING, NO_KEY, _NO, _NO, *names)


def own_sums(model: type[FigureDay] | type[FigureDelta], which: ColumnElement[bool] | None) -> Select[Any]:
    """Return the own figures of offices; what happened, of the whole span on its first day.

    Added up before it is joined with the names: a quarter of a country has a million rows, its sums some thousands. Of
    all offices (`which` None) without asking which they are, for the planner takes them for few.
    """
    kept = columns_of(model)
    day = case((_stands(kept), kept.day), else_=SINCE).label("of_day")
    sums = (
        select(kept.office_id, day, kept.figure, kept.key)
        .add_columns(*(one.label(name) for one, name in zip(sums_of(kept), ("number", "seconds"), strict=True)))
        .where(
            during(kept, SINCE, UNTIL),
            *([] if which is None else [kept.office_id.in_(select(OF_OFFICES.id).where(which))]),
        )
        .group_by(kept.office_id, day, kept.figure, kept.key)
        .subquery()
        .c
    )
    line = _line(OFFICES, OF_OFFICES.id, sums, sums.of_day, (sums.number, sums.seconds), NAMES)
    return line.join_from(sums.office_id.table, table_of(Office), OF_OFFICES.id == sums.office_id)


def officer_lines(
    which: Any, since: ColumnElement[Any], until: ColumnElement[Any], whose: str = OFFICERS
) -> list[Select[Any]]:
    """Return what officers did, of the whole span on its first day."""
    names = (_F.username, _F.full_name, *NAMELESS[2:])
    found = []
    for model in (FigureDay, FigureDelta):
        kept = columns_of(model)
        line = _line(whose, _F.id, kept, since, sums_of(kept), names)
        joined = line.join_from(table_of(model), table_of(Officer), _F.id == kept.officer_id)
        of_them = joined.where(which(kept), kept.officer_id != 0, kept.day.between(since, until), ~_stands(kept))
        found.append(of_them.group_by(_F.id, kept.figure, kept.key))
    return found


def hotline_lines() -> list[Select[Any]]:
    """Return the figures of the hotline by day."""
    return [day_lines(HOTLINE, kept, kept.office_id == NOWHERE) for kept in (SUMS, STEPS)]


def day_lines(whose: str, kept: _Columns, which: ColumnElement[bool]) -> Select[Any]:
    """Return what happened in the span, day by day."""
    line = _line(whose, _NO, kept, kept.day, sums_of(kept), NAMELESS)
    return line.where(which, kept.day.between(SINCE, UNTIL)).group_by(kept.day, kept.figure, kept.key)


def _line(
    whose: str, who: ColumnElement[Any], kept: _Columns, day: ColumnElement[Any], sums: tuple[Any, ...], names: Any
) -> Select[Any]:
    return select(literal_column(f"'{whose}'"), who, day, cast(kept.figure, Text()), kept.key, *sums, *names)


def sums_of(kept: _Columns) -> tuple[ColumnElement[Any], ...]:
    """Return how many, and the seconds they took, summed up."""
    # A sum of bigint is numeric: nothing here is so large.
    return tuple(cast(func.sum(column), BigInteger()) for column in (kept.number, kept.seconds))


def during(kept: _Columns, since: ColumnElement[Any], until: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that it happened in the span, or is how things are now."""
    return and_(
        kept.day >= func.least(since, TODAY, type_=Date()),
        or_(kept.day.between(since, until), and_(_stands(kept), kept.day >= TODAY)),
    )


def _stands(kept: _Columns) -> ColumnElement[bool]:
    # Words and not parameters: the statement is built once, and an IN of parameters is built anew each time.
    return cast(kept.figure, Text()).in_([literal_column(f"'{one.value}'") for one in sorted(STANDING)])
