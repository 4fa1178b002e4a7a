"""Reads of the trail, by key and never counted as a whole: it has tens of millions of rows, in months.

Every read has a period, so that only its months are touched (but for which files a person has, of which lists tell, and
for all that is held on one person): a person's rows come by their keyed hash, an officer's by their id, those of an
office by walking back from the end of the period. Counts are of the latest WINDOW rows: a page does not wait for more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backoffice.kernel.direct import Direct
from backoffice.models import ActorKind
from backoffice.rules.actors import Actor
from backoffice.rules.scopes import scope_values
from backoffice.trail import statements
from backoffice.trail.forms import Asked, What
from backoffice.trail.statements import Found

PAGE = 50
CHUNK = 2000
WINDOW = 20_000
"""Rows that a page counts: some weeks of a busy officer."""
ACTORS, DAYS = 100, 31
"""Lines of what is counted by actor, and by day."""
_LEAST_ID = -(2**63)
Count = TypeVar("Count")


class Place(NamedTuple):
    """Where a page ended: the next one begins after it."""

    at: datetime
    id: int


class ActorCount(NamedTuple):
    """What one actor did or saw at one office."""

    actor_kind: ActorKind
    actor_id: int | None
    office_id: int | None
    number: int
    looks: int
    decisions: int
    last: datetime


class DayCount(NamedTuple):
    """What an officer did on a day; `people` were looked at."""

    day: str
    """"YYYY-MM-DD" in Vietnam."""
    number: int
    people: int
    decisions: int
    first: datetime
    last: datetime


class Counts(NamedTuple, Generic[Count]):
    """Counts by actor or day; `is_cut`: of the latest rows alone, for there are more than a page counts.

    `is_more`: there are more actors or days than are returned.
    """

    rows: list[Count]
    is_cut: bool
    is_more: bool


def page(session: Session, asked: Asked, viewer: Actor, after: Place | None, size: int = PAGE) -> list[Found]:
    """Return up to `size` + 1 rows after `after`, the latest first."""
    if asked.what is What.ACTS:
        return _walked(session, asked, viewer, after, size + 1)
    values = _values(asked, viewer, size + 1, after)
    return [Found(*row) for row in _direct(_rows(asked, viewer)).rows(session, values)]


def every(session: Session, asked: Asked, viewer: Actor, most: int) -> Iterator[list[Found]]:
    """Yield all rows, at most `most`, the latest first, some thousands at a time as they stream from the database."""
    query = _rows(asked, viewer).execution_options(yield_per=CHUNK)
    for rows in session.execute(query, _values(asked, viewer, most)).partitions():
        yield [Found(*row) for row in rows]


def whole_of_person(session: Session, subjects: Sequence[bytes], files: Sequence[int]) -> list[Found]:
    """Return every row about the person known under the keyed hashes `subjects`, oldest first.

    With those about `files`, the ids of their declarations, and the lists that showed one. All the time the trail has.
    """
    values = {"subjects": list(subjects), "files": list(files)}
    return [Found(*row) for row in session.execute(statements.whole_of_person(), values)]


def by_actor(session: Session, asked: Asked, viewer: Actor) -> Counts[ActorCount]:
    """Return the ACTORS who did or saw most among the latest WINDOW rows; officers before others, most first."""
    values = _values(asked, viewer, WINDOW) | {"shown": ACTORS + 1}
    found = _direct(statements.by_actor(asked.group)).rows(session, values)
    return Counts([ActorCount(*row) for *row, _ in found[:ACTORS]], _is_cut(found), len(found) > ACTORS)


def by_day(session: Session, asked: Asked, viewer: Actor) -> Counts[DayCount]:
    """Return an officer's latest DAYS among the latest WINDOW rows, the latest first.

    The day the window cuts through is left out, unless it is the only one.
    """
    values = _values(asked, viewer, WINDOW) | {"shown": DAYS + 1}
    found = _direct(statements.by_day(asked.group, viewer.role)).rows(session, values)
    is_cut = _is_cut(found)
    whole = found[:-1] if is_cut and len(found) > 1 else found
    return Counts([DayCount(*row) for *row, _ in whole[:DAYS]], is_cut, len(whole) > DAYS)


def _is_cut(counted: list[tuple[Any, ...]]) -> bool:
    """Tell whether the window was full; the last column of each row is how many rows were counted in all."""
    return bool(counted) and counted[0][-1] == WINDOW


@cache
def _direct(statement: Select[*tuple[Any, ...]]) -> Direct:
    return Direct(statement)


def _rows(asked: Asked, viewer: Actor) -> Select[*tuple[Any, ...]]:
    if asked.what is What.OFFICER:
        return statements.of_officer(asked.group, viewer.role)
    if asked.what is What.PERSON:
        return statements.of_person(asked.group)
    return statements.of_offices(asked.group, viewer.role, is_chosen=bool(asked.office_path))


def _values(asked: Asked, viewer: Actor, most: int, after: Place | None = None) -> dict[str, Any]:
    end = Place(asked.ends, _LEAST_ID)
    last = min(after, end) if after else end
    return scope_values(viewer) | {
        "begins": asked.begins,
        "last_at": last.at,
        "last_id": last.id,
        "most": most,
        "subjects": [bytes.fromhex(one) for one in asked.subjects],
        "files": list(asked.files),
        "officer": asked.officer_id,
        "chosen": asked.office_path,
    }


def _walked(session: Session, asked: Asked, viewer: Actor, after: Place | None, limit: int) -> list[Found]:
    """Return an office's rows, walking back from the end by ever longer spans: time has an index, offices have none."""
    found: list[Found] = []
    statement = _direct(_rows(asked, viewer))
    last, span = (after or Place(asked.ends, _LEAST_ID)), timedelta(days=1)
    while len(found) < limit and last.at > asked.begins:
        begins = max(asked.begins, last.at - span)
        values = _values(asked, viewer, limit - len(found), last) | {"begins": begins}
        found += [Found(*row) for row in statement.rows(session, values)]
        last, span = Place(begins, _LEAST_ID), span * 2
    return found
