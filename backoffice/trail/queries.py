"""Reads of the trail, by key and never counted as a whole: it has tens of millions of rows, in months.

Every read has a period, so that only its months are touched: a person's rows come by their keyed hash, an officer's by
their id, those of an office by walking back from the end of the period.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from backoffice.models import ActorKind, Office, Officer, TrailEvent, TrailRow, columns_of
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values
from backoffice.trail.forms import Asked, What
from backoffice.trail.words import EVENTS, Group

PAGE = 50
CHUNK = 2000
_T = columns_of(TrailRow)
_IS_SEARCH = _T.event == literal_column(f"'{TrailEvent.SEARCH}'")
"""Who is listed by a search counts as looked at (design 5); its rows have an index by whom they list."""
_LISTED: ColumnElement[Any] = _T.facts.op("->", return_type=JSONB())(literal_column("'listed'"))
"""As the index has it: facts['listed'] means the same and is found by none."""
_MOST_FILES = 50


class Place(NamedTuple):
    """Where a page ended: the next one begins after it."""

    at: datetime
    id: int


class Found(NamedTuple):
    """One row of the trail."""

    id: int
    at: datetime
    event: TrailEvent
    actor_kind: ActorKind
    actor_id: int | None
    office_id: int | None
    declaration_id: int | None
    account_id: int | None
    facts: dict[str, Any]


_ROW = [_T[name] for name in Found._fields]


def page(session: Session, asked: Asked, viewer: Actor, after: Place | None, size: int = PAGE) -> list[Found]:
    """Return up to `size` + 1 rows after `after`, the latest first."""
    if asked.what is What.ACTS:
        return _walked(session, asked, viewer, after, size + 1)
    query = _rows(session, asked, viewer, after, size + 1)
    return [Found(*row) for row in session.execute(query, scope_values(viewer))]


def every(session: Session, asked: Asked, viewer: Actor, most: int) -> Iterator[list[Found]]:
    """Yield all rows, at most `most`, the latest first, some thousands at a time as they stream from the database."""
    query = _rows(session, asked, viewer, None, most).execution_options(yield_per=CHUNK)
    for rows in session.execute(query, scope_values(viewer)).partitions():
        yield [Found(*row) for row in rows]


def by_actor(session: Session, asked: Asked, viewer: Actor, most: int = 100) -> list[Row[Any]]:
    """Return who did or saw anything: actor_kind, actor_id, office_id, number, looks, decisions, last; most first."""
    those = union_all(*_parts(session, asked, viewer, None)).subquery()
    number = func.count()
    query = (
        select(
            those.c.actor_kind,
            those.c.actor_id,
            those.c.office_id,
            number.label("number"),
            number.filter(those.c.event.in_(EVENTS[Group.LOOKS])).label("looks"),
            number.filter(those.c.event.in_(EVENTS[Group.DECISIONS])).label("decisions"),
            func.max(those.c.at).label("last"),
        )
        .group_by(those.c.actor_kind, those.c.actor_id, those.c.office_id)
        .order_by(
            case((those.c.actor_kind == ActorKind.OFFICER, 0), else_=1), number.desc(), func.max(those.c.at).desc()
        )
        .limit(most)
    )
    return list(session.execute(query, scope_values(viewer)))


def by_day(session: Session, asked: Asked, viewer: Actor, most: int = 31) -> list[Row[Any]]:
    """Return an officer's latest days: day, number, people (looked at), decisions, first, last."""
    (part,) = _parts(session, asked, viewer, None)
    those = part.add_columns(_T.subject_hash).subquery()
    day = cast_day(those.c.at)
    query = (
        select(
            day.label("day"),
            func.count().label("number"),
            func.count(those.c.subject_hash.distinct()).filter(those.c.event.in_(EVENTS[Group.LOOKS])).label("people"),
            func.count().filter(those.c.event.in_(EVENTS[Group.DECISIONS])).label("decisions"),
            func.min(those.c.at).label("first"),
            func.max(those.c.at).label("last"),
        )
        .group_by(day)
        .order_by(day.desc())
        .limit(most)
    )
    return list(session.execute(query, scope_values(viewer)))


def cast_day(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the calendar day in Vietnam of an instant, as text."""
    return func.to_char(func.timezone("Asia/Ho_Chi_Minh", at), "YYYY-MM-DD")


def _rows(session: Session, asked: Asked, viewer: Actor, after: Place | None, limit: int) -> Select[*tuple[Any, ...]]:
    """Return the latest rows of all parts: each part gives its own latest by its index, then they are merged."""
    parts = _parts(session, asked, viewer, after)
    latest = [select(part.order_by(_T.at.desc(), _T.id.desc()).limit(limit).subquery()) for part in parts]
    those = union_all(*latest).subquery()
    return select(those).order_by(those.c.at.desc(), those.c.id.desc()).limit(limit)


def _parts(session: Session, asked: Asked, viewer: Actor, after: Place | None) -> list[Select[*tuple[Any, ...]]]:
    within = _within(asked.begins, asked.ends, after)
    if asked.group:
        within.append(_T.event.in_(EVENTS[asked.group]))
    if asked.what is What.OFFICER:
        his = and_(_T.actor_id == asked.officer_id, _T.actor_kind == ActorKind.OFFICER)
        return [select(*_ROW).where(his, _in_sight(viewer), *within)]
    subjects = [bytes.fromhex(one) for one in asked.subjects]
    parts = [select(*_ROW).where(_T.subject_hash == subject, *within) for subject in subjects]
    listed = _listed(session, asked, subjects)
    return parts if listed is None else [*parts, select(*_ROW).where(listed, *within)]


def _listed(session: Session, asked: Asked, subjects: list[bytes]) -> ColumnElement[bool] | None:
    """Return the condition of searches that listed a file of the person among others'; None without any file."""
    if asked.group not in (None, Group.LOOKS):
        return None
    files = select(_T.declaration_id).where(_T.subject_hash.in_(subjects), _T.declaration_id.is_not(None))
    ids = session.scalars(files.distinct().limit(_MOST_FILES)).all()
    if not ids:
        return None
    lists = or_(*(_LISTED.op("@>")(cast(literal(f"[{one}]"), JSONB)) for one in ids))
    others = or_(_T.subject_hash.is_(None), _T.subject_hash.not_in(subjects))
    return and_(_IS_SEARCH, lists, others)


def _walked(session: Session, asked: Asked, viewer: Actor, after: Place | None, limit: int) -> list[Found]:
    """Return an office's rows, walking back from the end by ever longer spans: time has an index, offices have none."""
    found: list[Found] = []
    ends, span = (after.at + timedelta(microseconds=1) if after else asked.ends), timedelta(days=1)
    while len(found) < limit and ends > asked.begins:
        begins = max(asked.begins, ends - span)
        query = select(*_ROW).where(*_within(begins, ends, after), _of_offices(asked, viewer))
        if asked.group:
            query = query.where(_T.event.in_(EVENTS[asked.group]))
        latest = query.order_by(_T.at.desc(), _T.id.desc()).limit(limit - len(found))
        found += [Found(*row) for row in session.execute(latest, scope_values(viewer))]
        ends, span = begins, span * 2
    return found


def _of_offices(asked: Asked, viewer: Actor) -> ColumnElement[bool]:
    if not asked.office_path:
        return _in_sight(viewer)
    chosen = select(Office.id).where(func.starts_with(Office.path, asked.office_path))
    return and_(_in_sight(viewer), _T.office_id.in_(chosen))


def _in_sight(viewer: Actor) -> ColumnElement[bool]:
    return in_scope(viewer.role, Do.SEE_TRAIL, TrailRow.office_id)


def _within(begins: datetime, ends: datetime, after: Place | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_T.at >= begins, _T.at < ends]
    if after is not None:
        conditions.append(tuple_(_T.at, _T.id) < tuple_(literal(after.at), literal(after.id)))
    return conditions


def officers_in_sight(viewer: Actor) -> Select[Officer]:
    """Return the statement of the officers whose acts `viewer` may see; takes `scope_values`."""
    return select(Officer).where(in_scope(viewer.role, Do.SEE_TRAIL, Officer.office_id))
