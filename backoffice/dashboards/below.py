"""The figures of the offices right under one, each with all under that: parts of the statement of a dashboard."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Text, case, cast, func, literal_column, select

from backoffice.dashboards.statement_parts import (
    BELOW,
    BRANCHES,
    NAMELESS,
    NAMES,
    NO_KEY,
    OF_OFFICES,
    SOON,
    STEPS,
    TODAY,
    Place,
    during,
    nothing,
    sums_of,
)
from backoffice.models import Figure, FigureBranch, Office, table_of

_BELOW: list[ColumnElement[Any]] = [
    literal_column(f"'{one.value}'")
    for one in (Figure.WAITING, Figure.SUPPLEMENT, Figure.ESCALATED, Figure.APPROVED, Figure.EXPIRED)
]
"""What a dashboard shows of each office right under its own."""


def below_sums(place: Place) -> Select[Any]:
    """Return the figures of today of each office right under one, with all under that: those the dashboard shows.

    Without names and keys, and deadlines beyond `soon` as one: a country has 63 such offices, each with many of them.
    """
    day = _near(BRANCHES.day)
    # Not as a condition an index can serve: it would be sought in for each day and figure.
    shown = (cast(BRANCHES.figure, Text()) + NO_KEY).in_(_BELOW)
    return (
        select(literal_column(f"'{BELOW}'"), BRANCHES.office_id, day, cast(BRANCHES.figure, Text()), NO_KEY)
        .add_columns(*sums_of(BRANCHES))
        .add_columns(*NAMELESS)
        .join_from(table_of(Office), table_of(FigureBranch), BRANCHES.office_id == OF_OFFICES.id)
        .where(OF_OFFICES.parent_id == place.id, shown, during(BRANCHES, TODAY, TODAY))
        .group_by(BRANCHES.office_id, day, BRANCHES.figure)
    )


def below_steps(place: Place) -> Select[Any]:
    """Return the steps of today of the same, joined by the code that stands in a path behind that of the office.

    Added up by office first, and joined by one equality: the planner takes any branch for four offices, and would try
    each step with each of them.
    """
    day: ColumnElement[Any] = _near(STEPS.day)
    shown = cast(STEPS.figure, Text()).in_(_BELOW)
    sums = select(STEPS.office_id, day.label("day"), STEPS.figure).where(shown, during(STEPS, TODAY, TODAY))
    sums = sums.add_columns(*(one.label(name) for one, name in zip(sums_of(STEPS), ("number", "seconds"), strict=True)))
    step = sums.group_by(STEPS.office_id, day, STEPS.figure).subquery().c
    of = table_of(Office).alias("of")
    behind = func.split_part(func.substr(of.c.path, func.length(place.path) + 1), ".", 1)
    return (
        select(literal_column(f"'{BELOW}'"), OF_OFFICES.id, step.day, cast(step.figure, Text()), NO_KEY)
        .add_columns(*sums_of(step))
        .add_columns(*NAMELESS)
        .join_from(step.office_id.table, of, of.c.id == step.office_id)
        .join(table_of(Office), OF_OFFICES.code == case((func.starts_with(of.c.path, place.path), behind)))
        .where(OF_OFFICES.parent_id == place.id)
        .group_by(OF_OFFICES.id, step.day, step.figure)
    )


def below_lines(place: Place) -> Select[Any]:
    """Return a line that names each office right under one, those closed too."""
    return nothing(BELOW, OF_OFFICES.id, NAMES).where(OF_OFFICES.parent_id == place.id)


def _near(day: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((day > SOON, literal_column("'9999-12-31'", Date())), else_=day)
