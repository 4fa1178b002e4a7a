"""Comparing the figures with what they count, and putting them right (`backoffice stats verify`, and each night)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

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
_EVER = date(1970, 1, 1)
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
    WHERE figure IN ({STANDS}) OR day >= :since
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
    return _verify(max(clock.today() - timedelta(days=days - 1), whole_since()), heal, seconds)


def make_all(seconds: int = JOB_SECONDS) -> Found:
    """Make the figures anew from all there is to be counted: after a load past the doors, and when they first exist.

    What the retention has deleted by then is not in the figures of days long ago.
    """
    return _verify(_EVER, True, seconds)


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


def _verify(since: date, heal: bool, seconds: int) -> Found:
    with transaction() as session:
        session.execute(text(f"SET LOCAL statement_timeout = {seconds * 1000}"))
        session.execute(text(f"SET LOCAL lock_timeout = {seconds * 1000}"))
        figure_branches.hold(session)
        found = _compare(session, since, heal)
        if heal and found:
            fold_some(session, _ALL)
        found += _compare_branches(session, since, heal)
        session.add(FigureCheck(at=clock.now(), since=since, differences=len(found), healed=heal))
    return Found(since, found, heal)


def _compare(session: Session, since: date, heal: bool) -> list[Difference]:
    since_at = datetime.combine(since, time.min, tzinfo=clock.VIETNAM)
    rows = session.execute(text(DIFFERING), {"since": since, "since_at": since_at, "heal": heal})
    return [Difference(*row) for row in rows]


def _compare_branches(session: Session, since: date, heal: bool) -> list[Difference]:
    rows = session.execute(_COMPARE_BRANCHES, {"since": since}).all()
    if heal and rows:
        session.execute(_HEAL_BRANCHES, {"since": since})
    return [Difference(*(*row[:4], None, *row[4:])) for row in rows]
