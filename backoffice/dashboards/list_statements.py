"""Which declarations and messages a figure counts, page by page: each office gives its first ones by an index.

All take `path` (of an office: with all under it), or `office` (an id: that very office) where it `is_alone`; a list of
days takes `begins` and `ends` (instants), one of now `midnight` (of today) and `last` (the latest deadline). The page
after a key takes `after_moment` and `after_id`. Rows are: id, the moment they are ordered by, whether it was deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from backoffice.dashboards.asked import Asked
from backoffice.dashboards.declared_list import declared
from backoffice.dashboards.list_parts import (
    AFTER,
    BEGINS,
    ENDS,
    LAST,
    MIDNIGHT,
    PAGE,
    Rows,
    ids_here,
    merged,
    newest_of,
    of_each,
    of_scope,
    row,
)
from backoffice.dashboards.listed import NOW, Listed, Took, minutes_of
from backoffice.dashboards.statement_parts import lists_in_work
from backoffice.kernel.direct import Direct
from backoffice.models import Batch, Declaration, Office, Status, Tombstone, TrailEvent, TrailRow
from backoffice.models.declaration import DEADLINE

_STATUS: dict[Listed, tuple[str, ...]] = {
    Listed.APPROVED: ("approved",),
    Listed.REJECTED: ("rejected",),
    Listed.DECIDED: ("approved", "rejected"),
    Listed.WITHDRAWN: ("withdrawn",),
}
FAILED_AT = cast(TrailRow.facts["at_office"].astext, BigInteger)
"""Of a failed message in the trail: the office at which it was counted."""


def statement(asked: Asked, *, is_alone: bool, is_later: bool, is_root: bool) -> Direct:
    """Return the statement of a page of the list; `is_root` when all offices are in it."""
    narrowed = (bool(asked.key), asked.reason is not None, asked.took, asked.officer_id is not None)
    return _statement(asked.what, narrowed, is_alone, is_later, is_root)


def values(asked: Asked) -> dict[str, Any]:
    """Return the parameters that say which part of the list is asked for."""
    return {"key": asked.key, "reason": asked.reason or "", "officer": asked.officer_id or 0}


@cache
def _statement(
    what: Listed, narrowed: tuple[bool, bool, Took | None, bool], is_alone: bool, is_later: bool, is_root: bool
) -> Direct:
    if what is Listed.LISTS:
        return Direct(_lists(is_later))
    if what in NOW:
        return Direct(_now(what, is_alone, is_later))
    if what is Listed.EXPIRED:
        return Direct(_expired(is_alone, is_later))
    if what is Listed.FAILED:
        return Direct(_failed(narrowed[0], is_later))
    if what is Listed.DECLARED:
        return Direct(declared(narrowed[0], is_later, is_root))
    return Direct(_decided(what, narrowed, is_alone, is_later))


def mine(asked: Asked, *, is_later: bool) -> Direct:
    """Return the statement of what one officer (`officer`) decided, at whichever office: by an index of its own."""
    return _mine(asked.what, asked.reason is not None, asked.took, is_later)


@cache
def _mine(what: Listed, by_reason: bool, took: Took | None, is_later: bool) -> Direct:
    parts = []
    for status in _STATUS[what]:
        rows = _with_status(status, by_reason, took).where(_by_officer())
        parts.append(newest_of(rows, Declaration.id, Declaration.decided_at, is_later).subquery().select())
    return Direct(merged(parts))


def _lists(is_later: bool) -> Rows:
    """Return the lists of units in work, the oldest first: an index holds those alone."""
    rows = row(Batch.id, Batch.created_at).where(lists_in_work(Batch.stage), Batch.office_id.in_(ids_here()))
    if is_later:
        rows = rows.where(tuple_(Batch.created_at, Batch.id) > AFTER)
    first = rows.order_by(Batch.created_at, Batch.id).limit(PAGE + 1)
    return merged([first.subquery().select()], newest=False)


def _now(what: Listed, is_alone: bool, is_later: bool) -> Rows:
    def first() -> Rows:
        rows = row(Declaration.id, DEADLINE).where(Declaration.office_id == Office.id, _stands(what))
        if is_later:
            rows = rows.where(tuple_(DEADLINE, Declaration.id) > AFTER)
        return rows.order_by(DEADLINE, Declaration.id).limit(PAGE + 1)

    return merged([of_each(of_scope(is_alone), first)], newest=False)


def _stands(what: Listed) -> ColumnElement[bool]:
    """Return the condition of a standing figure: what is overdue is not counted though the sweep has yet to come."""
    undecided: ColumnElement[bool] = Declaration.status == literal_column(f"'{Status.SUBMITTED.value}'")
    in_time = and_(undecided, DEADLINE >= MIDNIGHT)
    due = and_(in_time, or_(Declaration.presented_at.is_(None), Declaration.supplement_at.is_not(None)))
    return {
        Listed.WAITING: and_(in_time, Declaration.presented_at.is_(None), Declaration.supplement_at.is_(None)),
        Listed.PRESENTED: and_(in_time, Declaration.presented_at.is_not(None), Declaration.supplement_at.is_(None)),
        Listed.SUPPLEMENT: and_(in_time, Declaration.supplement_at.is_not(None)),
        Listed.ESCALATED: and_(undecided, Declaration.escalated_at.is_not(None)),
        Listed.DUE_TODAY: and_(due, DEADLINE <= LAST),
        Listed.DUE_SOON: and_(due, DEADLINE <= LAST),
    }[what]


def _decided(what: Listed, narrowed: tuple[bool, bool, Took | None, bool], is_alone: bool, is_later: bool) -> Rows:
    _, by_reason, took, by_officer = narrowed

    def of(status: str) -> Callable[[], Rows]:
        def first() -> Rows:
            rows = _with_status(status, by_reason, took).where(Declaration.office_id == Office.id)
            rows = rows.where(_by_officer()) if by_officer else rows
            return newest_of(rows, Declaration.id, Declaration.decided_at, is_later)

        return first

    return merged([of_each(of_scope(is_alone), of(status)) for status in _STATUS[what]])


def _with_status(status: str, by_reason: bool, took: Took | None) -> Rows:
    rows = row(Declaration.id, Declaration.decided_at).where(
        Declaration.status == literal_column(f"'{status}'"),
        Declaration.decided_at >= BEGINS,
        Declaration.decided_at < ENDS,
    )
    if by_reason:
        rows = rows.where(_has_reason())
    return rows if took is None else rows.where(_took(took))


def _by_officer() -> ColumnElement[bool]:
    return Declaration.decided_by_id == bindparam("officer", type_=BigInteger())


def _has_reason() -> ColumnElement[bool]:
    code = func.unnest(Declaration.reasons).column_valued("code")
    return exists(select(code).where(func.split_part(code, ":", 1) == bindparam("reason", type_=Text())))


def _took(took: Took) -> ColumnElement[bool]:
    """Return the condition on the time at the desk: whole seconds, as rules.figures counts them."""
    if took is Took.UNKNOWN:
        return or_(Declaration.presented_at.is_(None), Declaration.presented_at == Declaration.decided_at)
    took_seconds = func.greatest(
        0, func.floor(func.extract("epoch", Declaration.decided_at - Declaration.presented_at))
    )
    above, upto = minutes_of(took)
    fits = and_(Declaration.presented_at != Declaration.decided_at, took_seconds > 60 * above)
    return fits if upto is None else and_(fits, took_seconds <= 60 * upto)


def _expired(is_alone: bool, is_later: bool) -> Rows:
    here = select(Office.id).where(of_scope(is_alone))
    rows = row(Tombstone.declaration_id, Tombstone.deleted_at, gone=True).where(
        Tombstone.office_id.in_(here), Tombstone.deleted_at >= BEGINS, Tombstone.deleted_at < ENDS
    )
    return merged([newest_of(rows, Tombstone.declaration_id, Tombstone.deleted_at, is_later).subquery().select()])


def _failed(by_channel: bool, is_later: bool) -> Rows:
    """Return what the trail says that failed: a message that arrived after all, or has gone, failed nevertheless."""
    rows = row(TrailRow.id, TrailRow.at).where(
        TrailRow.event == literal_column(f"'{TrailEvent.NOTICE_FAILED}'"),
        TrailRow.at >= BEGINS,
        TrailRow.at < ENDS,
        FAILED_AT.in_(ids_here()),
    )
    if by_channel:
        rows = rows.where(TrailRow.facts["channel"].astext == bindparam("key", type_=Text()))
    return merged([newest_of(rows, TrailRow.id, TrailRow.at, is_later).subquery().select()])
