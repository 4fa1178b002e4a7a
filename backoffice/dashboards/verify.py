"""Comparing the figures with what they count, and putting them right (`backoffice stats verify`, and each night)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.dashboards.folding import fold_some
from backoffice.dashboards.truth import DIFFERING, STANDS
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import FigureCheck, KeptData
from backoffice.rules import figure_branches, retention
from backoffice.rules.figure_branches import ANCESTORS

DAYS = 31
"""So many days back unless told; how things are now is compared in any case."""
NIGHT = time(1, 30)
"""When the nightly comparison is due, in Vietnam."""
_SOURCES = (KeptData.REJECTED, KeptData.TOMBSTONES, KeptData.HOTLINE_CALLS)
"""What is counted and deleted some time without anything left to count it by."""
PART = timedelta(days=31)
"""So much is made anew in one transaction: what was done stays when a job is broken off."""
_FIRST = text("""
    SELECT least((SELECT min(declared_at) FROM declarations), (SELECT min(declared_at) FROM tombstones),
                 (SELECT min(declared_at) FROM past_approvals), (SELECT min(at) FROM trail),
                 (SELECT min(at) FROM hotline_calls))
""")
_ALL = 2**62
JOB_SECONDS = 100
"""So long a job takes at most; 0: as long as it takes."""

_BRANCHES_DIFFERING = f"""
    SELECT office_id, day, figure, key, sum(kept)::bigint AS kept, sum(number)::bigint AS number,
           sum(kept_seconds)::bigint AS kept_seconds, sum(seconds)::bigint AS seconds
    FROM (
        SELECT a.id AS office_id, s.day, s.figure, s.key, 0 AS kept, s.number, 0 AS kept_seconds, s.seconds
        FROM figure_days AS s JOIN offices AS o ON o.id = s.office_id {ANCESTORS}
        UNION ALL
        SELECT office_id, day, figure, key, number, 0, seconds, 0 FROM figure_branches
    ) AS both_sides
    WHERE figure IN ({STANDS}) OR day BETWEEN :since AND :until
    GROUP BY office_id, day, figure, key
    HAVING sum(kept) <> sum(number) OR sum(kept_seconds) <> sum(seconds)
"""  # noqa: S608 - nothing of it comes from outside
_COMPARE_BRANCHES = text(f"{_BRANCHES_DIFFERING} ORDER BY office_id, day, figure, key")
_HEAL_BRANCHES = text(f"""
    INSERT INTO figure_branches AS b (office_id, day, figure, key, number, seconds)
    SELECT office_id, day, figure, key, number - kept, seconds - kept_seconds FROM ({_BRANCHES_DIFFERING}) AS differing
    ON CONFLICT (office_id, day, figure, key)
    DO UPDATE SET number = b.number + excluded.number, seconds = b.seconds + excluded.seconds
""")  # noqa: S608


class Difference(NamedTuple):
    """A sum that is not what it counts; `officer_id` is None of the sum of an office with all under it."""

    office_id: int
    day: date
    figure: str
    key: str
    officer_id: int | None
    kept: int
    true: int
    kept_seconds: int
    true_seconds: int


@dataclass(frozen=True)
class Found:
    """What a comparison found."""

    since: date
    """From which day on; what happened before cannot be counted any more, or was not asked for."""
    differences: Sequence[Difference]
    healed: bool


def verify(days: int = DAYS, *, heal: bool = False, seconds: int = JOB_SECONDS) -> Found:
    """Compare the figures of the last `days` days, and how things are now, with what they count; note that it was done.

    Never further back than the retention left everything to be counted (`whole_since`). On `heal` they are put right,
    while decisions go on: what is written meanwhile counts as well. The database breaks off what takes longer than
    `seconds` (0: nothing).
    """
    since = max(clock.today() - timedelta(days=days - 1), whole_since())
    return _noted(since, _part(since, clock.today(), heal, seconds), heal)


def make_all(seconds: int = JOB_SECONDS) -> Found:
    """Make the figures anew from all there is to be counted: after a load past the doors, and when they first exist.

    Month by month, the newest first; `seconds` is for each. What the retention has deleted by then is not counted any
    more, but where it was counted it stays so: no figure of days long ago becomes less.
    """
    with transaction() as session:
        first = session.execute(_FIRST).scalar_one()
    ever = clock.local(first).date() if first is not None else clock.today()
    found: list[Difference] = []
    until = clock.today()
    while until >= ever:
        since = until - PART
        found += _part(since, until, True, seconds)
        until = since - timedelta(days=1)
    return _noted(ever, found, heal=True)


def is_first() -> bool:
    """Tell whether the figures were never compared: they are as old as the last migration."""
    with transaction() as session:
        return session.scalar(select(FigureCheck.id).limit(1)) is None


def is_due() -> bool:
    """Tell whether tonight's comparison is still to be done."""
    tonight = datetime.combine(clock.today(), NIGHT, tzinfo=clock.VIETNAM)
    due = tonight if tonight <= clock.now() else tonight - timedelta(days=1)
    with transaction() as session:
        last = session.scalar(select(func.max(FigureCheck.at)))
        return last is None or last < due


def whole_since() -> date:
    """Return the first day of which nothing that is counted has been deleted by its term."""
    gone = max(retention.cutoff(data) for data in _SOURCES)
    months = config.current().trail_months
    first = clock.today().replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return max(clock.local(gone).date() + timedelta(days=1), first)


def _part(since: date, until: date, heal: bool, seconds: int) -> list[Difference]:
    """Compare the days from `since` to `until`, and how things are now; heal in the same transaction."""
    given = {
        "since": since,
        "until": until,
        "since_at": datetime.combine(since, time.min, tzinfo=clock.VIETNAM),
        "until_at": datetime.combine(until + timedelta(days=1), time.min, tzinfo=clock.VIETNAM),
        "whole": whole_since(),
    }
    with transaction() as session:
        session.execute(text(f"SET LOCAL statement_timeout = {seconds * 1000}"))
        session.execute(text(f"SET LOCAL lock_timeout = {seconds * 1000}"))
        figure_branches.hold(session)
        found = [Difference(*row) for row in session.execute(text(DIFFERING), {**given, "heal": heal})]
        if heal and found:
            fold_some(session, _ALL)
        return found + _compare_branches(session, given, heal)


def _noted(since: date, found: list[Difference], heal: bool) -> Found:
    with transaction() as session:
        session.add(FigureCheck(at=clock.now(), since=since, differences=len(found), healed=heal))
    return Found(since, found, heal)


def _compare_branches(session: Session, given: Mapping[str, Any], heal: bool) -> list[Difference]:
    rows = session.execute(_COMPARE_BRANCHES, given).all()
    if heal and rows:
        session.execute(_HEAL_BRANCHES, given)
    return [Difference(*(*row[:4], None, *row[4:])) for row in rows]
