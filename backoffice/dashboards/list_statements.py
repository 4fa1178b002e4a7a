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
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import NOW, Listed, Took, minutes_of
from backoffice.decision.transfer import FIELD
from backoffice.kernel.direct import Direct
from backoffice.models import Correction, Declaration, Office, Status, Tombstone, TrailEvent, TrailRow
from backoffice.models.declaration import DEADLINE

PAGE = 50
_MOMENT = DateTime(timezone=True)
_PATH = bindparam("path", type_=Text())
_BEGINS, _ENDS = bindparam("begins", type_=_MOMENT), bindparam("ends", type_=_MOMENT)
_MIDNIGHT, _LAST = bindparam("midnight", type_=_MOMENT), bindparam("last", type_=_MOMENT)
_AFTER = tuple_(bindparam("after_moment", type_=_MOMENT), bindparam("after_id", type_=BigInteger()))
_STATUS: dict[Listed, tuple[str, ...]] = {
    Listed.APPROVED: ("approved",),
    Listed.REJECTED: ("rejected",),
    Listed.DECIDED: ("approved", "rejected"),
    Listed.WITHDRAWN: ("withdrawn",),
}
Rows = Select[Any]
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
    if what in NOW:
        return Direct(_now(what, is_alone, is_later))
    if what is Listed.EXPIRED:
        return Direct(_expired(is_alone, is_later))
    if what is Listed.FAILED:
        return Direct(_failed(narrowed[0], is_later))
    if what is Listed.DECLARED:
        return Direct(_declared(narrowed[0], is_later, is_root))
    return Direct(_decided(what, narrowed, is_alone, is_later))


def _offices(is_alone: bool) -> ColumnElement[bool]:
    return Office.id == bindparam("office", type_=BigInteger()) if is_alone else func.starts_with(Office.path, _PATH)


def _merged(parts: list[Rows], *, newest: bool = True) -> Rows:
    """Return the first rows of all parts together."""
    those = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("those")
    order = (those.c.moment.desc(), those.c.id.desc()) if newest else (those.c.moment, those.c.id)
    return select(those.c.id, those.c.moment, those.c.gone).order_by(*order).limit(PAGE + 1)


def _of_each(offices: ColumnElement[bool], first: Callable[[], Rows]) -> Rows:
    """Return the rows of `first` (which names Office.id) for each of the offices."""
    each = first().correlate(Office).lateral("each_one")
    return select(each.c.id, each.c.moment, each.c.gone).select_from(Office).join(each, true()).where(offices)


def _row(id_: Any, moment: Any, *, gone: bool = False) -> Rows:
    return select(id_.label("id"), moment.label("moment"), literal(gone).label("gone"))


def _newest(rows: Rows, id_: Any, moment: Any, is_later: bool) -> Rows:
    if is_later:
        rows = rows.where(tuple_(moment, id_) < _AFTER)
    return rows.order_by(moment.desc(), id_.desc()).limit(PAGE + 1)


def _now(what: Listed, is_alone: bool, is_later: bool) -> Rows:
    def first() -> Rows:
        rows = _row(Declaration.id, DEADLINE).where(Declaration.office_id == Office.id, _stands(what))
        if is_later:
            rows = rows.where(tuple_(DEADLINE, Declaration.id) > _AFTER)
        return rows.order_by(DEADLINE, Declaration.id).limit(PAGE + 1)

    return _merged([_of_each(_offices(is_alone), first)], newest=False)


def _stands(what: Listed) -> ColumnElement[bool]:
    """Return the condition of a standing figure: what is overdue is not counted though the sweep has yet to come."""
    undecided: ColumnElement[bool] = Declaration.status == literal_column(f"'{Status.SUBMITTED.value}'")
    in_time = and_(undecided, DEADLINE >= _MIDNIGHT)
    due = and_(in_time, or_(Declaration.presented_at.is_(None), Declaration.supplement_at.is_not(None)))
    return {
        Listed.WAITING: and_(in_time, Declaration.presented_at.is_(None), Declaration.supplement_at.is_(None)),
        Listed.PRESENTED: and_(in_time, Declaration.presented_at.is_not(None), Declaration.supplement_at.is_(None)),
        Listed.SUPPLEMENT: and_(in_time, Declaration.supplement_at.is_not(None)),
        Listed.ESCALATED: and_(undecided, Declaration.escalated_at.is_not(None)),
        Listed.DUE_TODAY: and_(due, DEADLINE <= _LAST),
        Listed.DUE_SOON: and_(due, DEADLINE <= _LAST),
    }[what]


def _decided(what: Listed, narrowed: tuple[bool, bool, Took | None, bool], is_alone: bool, is_later: bool) -> Rows:
    _, by_reason, took, by_officer = narrowed

    def of(status: str) -> Callable[[], Rows]:
        def first() -> Rows:
            rows = _row(Declaration.id, Declaration.decided_at).where(
                Declaration.office_id == Office.id,
                Declaration.status == literal_column(f"'{status}'"),
                Declaration.decided_at >= _BEGINS,
                Declaration.decided_at < _ENDS,
            )
            if by_officer:
                rows = rows.where(Declaration.decided_by_id == bindparam("officer", type_=BigInteger()))
            if by_reason:
                rows = rows.where(_has_reason())
            if took is not None:
                rows = rows.where(_took(took))
            return _newest(rows, Declaration.id, Declaration.decided_at, is_later)

        return first

    return _merged([_of_each(_offices(is_alone), of(status)) for status in _STATUS[what]])


def _has_reason() -> ColumnElement[bool]:
    code = func.unnest(Declaration.reasons).column_valued("code")
    return exists(select(code).where(func.split_part(code, ":", 1) == bindparam("reason", type_=Text())))


def _took(took: Took) -> ColumnElement[bool]:
    """Return the condition on the time at the desk: whole seconds, as rules.figures counts them."""
    if took is Took.UNKNOWN:
        return Declaration.presented_at.is_(None)
    took_seconds = func.greatest(
        0, func.floor(func.extract("epoch", Declaration.decided_at - Declaration.presented_at))
    )
    above, upto = minutes_of(took)
    fits = and_(Declaration.presented_at.is_not(None), took_seconds > 60 * above)
    return fits if upto is None else and_(fits, took_seconds <= 60 * upto)


def _expired(is_alone: bool, is_later: bool) -> Rows:
    here = select(Office.id).where(_offices(is_alone))
    rows = _row(Tombstone.declaration_id, Tombstone.deleted_at, gone=True).where(
        Tombstone.office_id.in_(here), Tombstone.deleted_at >= _BEGINS, Tombstone.deleted_at < _ENDS
    )
    return _merged([_newest(rows, Tombstone.declaration_id, Tombstone.deleted_at, is_later).subquery().select()])


def _failed(by_channel: bool, is_later: bool) -> Rows:
    """Return what the trail says that failed: a message that arrived after all, or has gone, failed nevertheless."""
    rows = _row(TrailRow.id, TrailRow.at).where(
        TrailRow.event == literal_column(f"'{TrailEvent.NOTICE_FAILED}'"),
        TrailRow.at >= _BEGINS,
        TrailRow.at < _ENDS,
        FAILED_AT.in_(_ids()),
    )
    if by_channel:
        rows = rows.where(TrailRow.facts["channel"].astext == bindparam("key", type_=Text()))
    return _merged([_newest(rows, TrailRow.id, TrailRow.at, is_later).subquery().select()])


def _declared(by_channel: bool, is_later: bool, is_root: bool) -> Rows:
    """Return what was declared to these offices: what another has taken over since, and what has expired, too."""

    def within(rows: Rows, of: Any) -> Rows:
        rows = rows.where(of.declared_at >= _BEGINS, of.declared_at < _ENDS)
        return rows.where(of.channel == bindparam("key", type_=Text())) if by_channel else rows

    def first() -> Rows:
        rows = within(_row(Declaration.id, Declaration.declared_at), Declaration)
        rows = rows.where(Declaration.office_id == Office.id)
        if not is_root:
            rows = rows.where(_came_here(Declaration.id, Declaration.office_id))
        return _newest(rows, Declaration.id, Declaration.declared_at, is_later)

    deleted = within(_row(Tombstone.declaration_id, Tombstone.declared_at, gone=True), Tombstone)
    deleted = deleted.where(Tombstone.deleted_at >= _BEGINS)
    if not is_root:
        deleted = deleted.where(
            or_(Tombstone.office_id.in_(_ids()), Tombstone.office_id.in_(_heirs())),
            _came_here(Tombstone.declaration_id, Tombstone.office_id),
        )
    parts = [
        _of_each(or_(func.starts_with(Office.path, _PATH), Office.id.in_(_heirs())), first),
        _newest(deleted, Tombstone.declaration_id, Tombstone.declared_at, is_later).subquery().select(),
    ]
    if not is_root:
        away = within(_row(Declaration.id, Declaration.declared_at), Declaration).where(
            Declaration.id.in_(_taken_over()),
            Declaration.office_id.not_in(_ids()),
            Declaration.office_id.not_in(_heirs()),
            _came_here(Declaration.id, Declaration.office_id),
        )
        parts.append(_newest(away, Declaration.id, Declaration.declared_at, is_later).subquery().select())
    return _merged(parts)


def _ids() -> Select[Any]:
    here = Office.__table__.alias("here")
    return select(here.c.id).where(func.starts_with(here.c.path, _PATH))


def _heirs() -> Select[Any]:
    """Return the offices into which one of these was merged: what was declared to it is there now."""
    former = Office.__table__.alias("former")
    return select(former.c.successor_id).where(
        func.starts_with(former.c.path, _PATH), former.c.successor_id.is_not(None)
    )


def _taken_over() -> Select[Any]:
    """Return which declarations another office took over from one of these since (K8)."""
    former = Office.__table__.alias("from_here")
    return (
        select(Correction.declaration_id)
        .join(former, former.c.code == Correction.old_value)
        .where(
            Correction.field == literal_column(f"'{FIELD}'"),
            Correction.at >= _BEGINS,
            func.starts_with(former.c.path, _PATH),
        )
    )


def _came_here(declaration_id: Any, office_id: Any) -> ColumnElement[bool]:
    """Return the condition that it was declared to one of these offices, wherever it is now: its trail tells."""
    first_from = (
        select(cast(TrailRow.facts["from_office"].astext, BigInteger))
        .where(TrailRow.declaration_id == declaration_id, TrailRow.event == literal_column(f"'{TrailEvent.TRANSFER}'"))
        .order_by(TrailRow.at, TrailRow.id)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(first_from, office_id).in_(_ids())
