"""Counting what happens to declarations, in the transaction in which it happens (dashboards read the sums).

There is no counter to be locked: a transaction adds rows of small signed steps, all of its own by one statement right
before it commits, and a job adds them up (dashboards.folding). So what is rolled back is not counted either.

A standing figure (how many wait, are at the desk, …) is the sum of its steps; its day is the day of the deadline. Thus
what is overdue and not yet deleted drops out of the count at midnight by itself, as it does of the queue's tabs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import BigInteger, Date, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.type_api import TypeEngine

from backoffice.kernel import clock, db
from backoffice.kernel.direct import Direct
from backoffice.models import Declaration, Figure, FigureDelta, Status, table_of

STANDING = frozenset({Figure.WAITING, Figure.PRESENTED, Figure.SUPPLEMENT, Figure.ESCALATED})
"""Figures that say how things are now; of all others the sum of a day says what happened on it."""
NO_DEADLINE = date.max
NOWHERE = 0
"""The office of what belongs to none: the hotline serves the country."""
MINUTES = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45, 60, 120, 240, 480, 1440)
"""Upper bounds, inclusive, of the classes into which times at the desk are put; the key is the bound."""
LONGER, UNKNOWN = "longer", "unknown"
"""Keys of a time above the last bound, and of what was decided without having been handed in before."""
MATCHED, MISSED = "matched", "missed"
"""Keys of a call: whether the caller's number and code fitted an account."""

_NOTED = (
    (Figure.ARRIVED, "presented_at", "presented_to_id"),
    (Figure.ASKED, "supplement_at", "supplement_by_id"),
)
"""What happens when it is noted: the column with the instant, and that of who noted it."""
_WHAT = tuple[date, int, int, Figure, str]
_STEP = tuple[_WHAT, int, int]
"""What, how many, and the seconds they took."""


class Staged(Protocol):
    """What refines the status of an undecided declaration."""

    @property
    def status(self) -> Status:
        """Return its status."""

    @property
    def expires_at(self) -> datetime | None:
        """Return its deadline."""

    @property
    def presented_at(self) -> datetime | None:
        """Return when it was handed in."""

    @property
    def supplement_at(self) -> datetime | None:
        """Return since when something is missing."""

    @property
    def escalated_at(self) -> datetime | None:
        """Return when it was left to a supervisor."""


class Counted(Staged, Protocol):
    """What of a declaration says where it is counted."""

    @property
    def office_id(self) -> int:
        """Return its office."""


class Stand(NamedTuple):
    """Where an undecided declaration is counted."""

    office_id: int
    figure: Figure
    due: date
    escalated: bool


def stand(declaration: Counted) -> Stand | None:
    """Return where the declaration is counted now; None once it is decided. Keep it before anything is changed."""
    if declaration.status is not Status.SUBMITTED:
        return None
    figure = Figure.WAITING
    if declaration.supplement_at is not None:
        figure = Figure.SUPPLEMENT
    elif declaration.presented_at is not None:
        figure = Figure.PRESENTED
    due = day_of(declaration.expires_at) if declaration.expires_at is not None else NO_DEADLINE
    return Stand(declaration.office_id, figure, due, declaration.escalated_at is not None)


def shift(session: Session, before: Stand | None, after: Stand | None, number: int = 1) -> None:
    """Count `number` declarations where they are now, `after`, and no longer where they were, `before` (None: nowhere).

    `before` is None of a new one, `after` of one that is decided or deleted.
    """
    if before == after:
        return
    for place, sign in ((before, -number), (after, number)):
        if place is not None:
            _add(session, (place.due, place.office_id, 0, place.figure, ""), sign)
            if place.escalated:
                _add(session, (NO_DEADLINE, place.office_id, 0, Figure.ESCALATED, ""), sign)


def count(
    session: Session,
    figure: Figure,
    office_id: int,
    at: datetime,
    *,
    officer_id: int | None = None,
    key: str = "",
    number: int = 1,
    seconds: int = 0,
) -> None:
    """Count what happened at the aware instant `at`, the very one that is written with it, in this transaction."""
    _add(session, (day_of(at), office_id, officer_id or 0, figure, key), number, seconds)


def noted(session: Session, declaration: Declaration, values: Mapping[str, Any]) -> None:
    """Count what `values`, just written to the declaration, say that happened: it was handed in, or sent back."""
    for figure, at, by in _NOTED:
        if values.get(at) is not None:
            count(session, figure, declaration.office_id, values[at], officer_id=values[by])


def decided(session: Session, declaration: Declaration) -> None:
    """Count the decision just written to the declaration: which, why, and the time from the handing in."""
    at, status = declaration.decided_at, declaration.status
    if at is None:
        raise ValueError("an undecided declaration has no decision to count")
    where: dict[str, Any] = {"office_id": declaration.office_id, "at": at, "officer_id": declaration.decided_by_id}
    if status is Status.WITHDRAWN:
        return count(session, Figure.WITHDRAWN, **where)
    figure = Figure.APPROVED if status is Status.APPROVED else Figure.REJECTED
    seconds = seconds_at_desk(declaration.presented_at, at)
    count(session, figure, **where, key=time_key(seconds), seconds=seconds or 0)
    for reason in declaration.reasons if status is Status.REJECTED else ():
        count(session, Figure.REASON, **where, key=reason)
    return None


def approved_each(session: Session, declarations: Iterable[Counted], officer_id: int | None, at: datetime) -> None:
    """Count the approval of many at the instant `at`; who was not here until then has come now, too."""
    for one in declarations:
        presented_at = one.presented_at
        if presented_at is None or one.supplement_at is not None:
            presented_at = at
            count(session, Figure.ARRIVED, one.office_id, at, officer_id=officer_id)
        seconds = seconds_at_desk(presented_at, at)
        where: dict[str, Any] = {"at": at, "officer_id": officer_id, "key": time_key(seconds), "seconds": seconds or 0}
        count(session, Figure.APPROVED, one.office_id, **where)


def seconds_at_desk(presented_at: datetime | None, decided_at: datetime) -> int | None:
    """Return the whole seconds from the handing in to the decision; None when it was not handed in before.

    What the decision itself noted as handed in, at its very instant, was never at a desk: a row of a unit's list.
    """
    if presented_at is None or presented_at == decided_at:
        return None
    return max(0, int((decided_at - presented_at).total_seconds()))


def time_key(seconds: int | None) -> str:
    """Return the class of a time at the desk; None of what was never handed in."""
    if seconds is None:
        return UNKNOWN
    place = bisect_left(MINUTES, seconds / 60)
    return str(MINUTES[place]) if place < len(MINUTES) else LONGER


def day_of(instant: datetime) -> date:
    """Return the day of an aware instant in Vietnam."""
    return clock.local(instant).date()


def _add(session: Session, what: _WHAT, number: int, seconds: int = 0) -> None:
    """Note a step; at the end of a list, so that a savepoint that is rolled back takes back its own (db.savepoint)."""
    steps: list[_STEP] | None = session.info.get("figures")
    if steps is None:
        steps = session.info["figures"] = []
        db.before_commit(session, lambda: _write(session))
    steps.append((what, number, seconds))


def _write(session: Session) -> None:
    """Write the steps of this transaction summed up, those that cancel each other out left away."""
    sums: dict[_WHAT, list[int]] = {}
    for what, number, seconds in session.info.pop("figures", ()):
        of = sums.setdefault(what, [0, 0])
        of[0] += number
        of[1] += seconds
    rows = [(*what, number, seconds) for what, (number, seconds) in sums.items() if number or seconds]
    if rows:
        _INSERT.rows(session, dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True)))


_COLUMNS: dict[str, TypeEngine[Any]] = {
    "day": Date(),
    "office_id": BigInteger(),
    "officer_id": BigInteger(),
    "figure": Text(),
    "key": Text(),
    "number": BigInteger(),
    "seconds": BigInteger(),
}
_INSERT = Direct(
    table_of(FigureDelta)
    .insert()
    .inline()
    .from_select(
        list(_COLUMNS),
        select(*(func.unnest(bindparam(name, type_=ARRAY(kind)), type_=kind) for name, kind in _COLUMNS.items())),
    )
)
