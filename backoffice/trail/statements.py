"""The statements that ask the trail, each built once: building one took as long as what it asks.

All take `begins` (the first instant), `last_at` and `last_id` (the place before which the rows lie) and `most` (how
many, the latest first). Rows have the columns of `Found`.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    Text,
    all_,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backoffice.kernel.direct import one_of
from backoffice.models import ActorKind, Office, Role, TrailEvent, TrailRow, columns_of
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope
from backoffice.trail.words import EVENTS, Group

Rows = Select[*tuple[Any, ...]]


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


_T = columns_of(TrailRow)
_ROW = [_T[name] for name in Found._fields]
_MORE = [*_ROW, _T.subject_hash]
_MOST_FILES = 50
_INSTANT = DateTime(timezone=True)
_SUBJECTS: ColumnElement[Any] = bindparam("subjects", type_=ARRAY(LargeBinary))
_FILES: ColumnElement[Any] = bindparam("files", type_=ARRAY(BigInteger))
_LISTED: ColumnElement[Any] = _T.facts.op("->", return_type=JSONB())(literal_column("'listed'"))
"""As the index has it: facts['listed'] means the same and is found by none."""
_IS_LIST: ColumnElement[Any] = _T.event.in_(
    [literal_column(f"'{event}'") for event in (TrailEvent.SEARCH, TrailEvent.EXPORT)]
)
"""As the index has it too."""


@cache
def of_person(group: Group | None) -> Rows:
    """Return what was done to a person, and who listed them; takes `subjects`, their keyed hashes, and `files`.

    `files` are the ids of their declarations, for what was done while another code stood there. Each hash and file
    gives its own latest by its index, the lists theirs, then all are merged.
    """
    subject = func.unnest(_SUBJECTS).table_valued(column("hash", LargeBinary), name="subject").render_derived()
    own = _latest(select(*_ROW).where(_T.subject_hash == subject.c.hash, *_within(group))).lateral("own")
    parts = [select(own).select_from(subject.join(own, true())), _under_other_codes(group)]
    if group in (None, Group.LOOKS):
        parts.append(_listings(group))
    those = union_all(*parts).subquery("those")
    return select(those).order_by(those.c.at.desc(), those.c.id.desc()).limit(_most())


@cache
def whole_of_person() -> Rows:
    """Return all that was done to a person, and who listed them, oldest first; takes `subjects` and `files` alone.

    Lists are those of `files`: what else once stood under their code may be another's.
    """
    file = func.unnest(_FILES).table_valued(column("id", BigInteger), name="file").render_derived()
    those = union(
        select(_T.id, _T.at).where(_T.subject_hash == any_(_SUBJECTS)),
        select(_T.id, _T.at).where(_T.declaration_id == any_(_FILES)),
        select(_T.id, _T.at).join_from(
            file, _T.id.table, _IS_LIST & _LISTED.op("@>")(func.jsonb_build_array(file.c.id))
        ),
    ).subquery("those")
    return select(*_ROW).join(those, (those.c.id == _T.id) & (those.c.at == _T.at)).order_by(_T.at, _T.id)


@cache
def of_officer(group: Group | None, role: Role | None) -> Rows:
    """Return what an officer did where one of `role` may see it; takes `officer`, their id, and `scope_values`."""
    return _latest(select(*_ROW).where(*_by_officer(group, role)))


@cache
def of_offices(group: Group | None, role: Role | None, *, is_chosen: bool) -> Rows:
    """Return what was done where one of `role` may see it; takes `scope_values`.

    When `is_chosen`, it takes `chosen`, the path of an office: there, and in the offices under it.
    """
    query = select(*_ROW).where(_in_sight(role), *_within(group))
    if is_chosen:
        under = select(Office.id).where(func.starts_with(Office.path, bindparam("chosen", type_=Text())))
        query = query.where(_T.office_id.in_(under))
    return _latest(query)


@cache
def by_actor(group: Group | None) -> Rows:
    """Return who did what `of_person` has: actor_kind, actor_id, office_id, number, looks, decisions, last, total.

    Most first, officers before others; `total` is how many rows there are in all. Takes also `shown`, how many.
    """
    those = of_person(group).subquery("window")
    number, last = func.count(), func.max(those.c.at)
    return (
        select(
            those.c.actor_kind,
            those.c.actor_id,
            those.c.office_id,
            number.label("number"),
            number.filter(one_of(those.c.event, EVENTS[Group.LOOKS])).label("looks"),
            number.filter(one_of(those.c.event, EVENTS[Group.DECISIONS])).label("decisions"),
            last.label("last"),
            func.sum(number).over().label("total"),
        )
        .group_by(those.c.actor_kind, those.c.actor_id, those.c.office_id)
        .order_by(case((those.c.actor_kind == ActorKind.OFFICER, 0), else_=1), number.desc(), last.desc())
        .limit(_shown())
    )


@cache
def by_day(group: Group | None, role: Role | None) -> Rows:
    """Return the days of what `of_officer` has, the latest first: day, number, people, decisions, first, last, total.

    `day` is "YYYY-MM-DD" in Vietnam, `people` how many were looked at, `total` how many rows there are in all.
    Takes also `shown`, how many.
    """
    those = _latest(select(*_MORE).where(*_by_officer(group, role))).subquery("window")
    day = func.to_char(func.timezone("Asia/Ho_Chi_Minh", those.c.at), "YYYY-MM-DD")
    looks = one_of(those.c.event, EVENTS[Group.LOOKS])
    return (
        select(
            day.label("day"),
            func.count().label("number"),
            func.count(those.c.subject_hash.distinct()).filter(looks).label("people"),
            func.count().filter(one_of(those.c.event, EVENTS[Group.DECISIONS])).label("decisions"),
            func.min(those.c.at).label("first"),
            func.max(those.c.at).label("last"),
            func.sum(func.count()).over().label("total"),
        )
        .group_by(literal_column("1"))
        .order_by(literal_column("1").desc())
        .limit(_shown())
    )


def _under_other_codes(group: Group | None) -> Rows:
    """Return what was done to a file of the person while it bore another code, or by an act that names none."""
    file = func.unnest(_FILES).table_valued(column("id", BigInteger), name="file").render_derived()
    rows = select(*_ROW).where(_T.declaration_id == file.c.id, _not_theirs(), not_(_IS_LIST), *_within(group))
    former = _latest(rows).lateral("former")
    return select(former).select_from(file.join(former, true()))


def _not_theirs() -> ColumnElement[bool]:
    """Return the condition of rows that stand under none of the person's hashes: so none is told twice."""
    return or_(_T.subject_hash.is_(None), _T.subject_hash != all_(_SUBJECTS))


def _listings(group: Group | None) -> Rows:
    """Return the searches and exports that listed a file of the person among others' (design 5).

    The files are one row beside which the searches are looked for: as a mere array in their condition they made the
    planner, which cannot know how few searches list them, start parallel workers for nothing.
    """
    mine = select(_T.declaration_id).where(_T.subject_hash == any_(_SUBJECTS), _T.declaration_id.is_not(None))
    seen = mine.distinct().limit(_MOST_FILES).subquery("seen")
    each = union_all(select(seen), select(func.unnest(_FILES))).subquery("each")
    ids = func.array_agg(func.jsonb_build_array(each.c.declaration_id), type_=ARRAY(JSONB))
    files = select(ids.label("ids")).subquery("files")
    conditions = [
        _IS_LIST,
        _LISTED.op("@>")(any_(files.c.ids)),
        _not_theirs(),
    ]
    listings = _latest(select(*_ROW).where(*conditions, *_within(group))).lateral("listings")
    return select(listings).select_from(files.join(listings, true()))


def _by_officer(group: Group | None, role: Role | None) -> list[ColumnElement[bool]]:
    officer = bindparam("officer", type_=BigInteger())
    return [
        _T.actor_id == officer,
        _T.actor_kind == literal_column(f"'{ActorKind.OFFICER}'"),
        _in_sight(role),
        *_within(group),
    ]


def _in_sight(role: Role | None) -> ColumnElement[bool]:
    return in_scope(role, Do.SEE_TRAIL, TrailRow.office_id)


def _within(group: Group | None) -> list[ColumnElement[bool]]:
    last_at, last_id = bindparam("last_at", type_=_INSTANT), bindparam("last_id", type_=BigInteger())
    conditions: list[ColumnElement[bool]] = [
        _T.at >= bindparam("begins", type_=_INSTANT),
        _T.at <= last_at,  # implied by the next one, which says nothing of months
        tuple_(_T.at, _T.id) < tuple_(last_at, last_id),
    ]
    return [*conditions, one_of(_T.event, sorted(EVENTS[group]))] if group else conditions


def _latest(query: Rows) -> Rows:
    return query.order_by(_T.at.desc(), _T.id.desc()).limit(_most())


def _most() -> ColumnElement[Any]:
    return bindparam("most", type_=Integer())


def _shown() -> ColumnElement[Any]:
    return bindparam("shown", type_=Integer())
