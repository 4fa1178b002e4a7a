"""Which declarations came in at an office: what another has taken over since, and what has expired, too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from backoffice.dashboards.list_parts import BEGINS, ENDS, PATH, Rows, ids_here, merged, newest_of, of_each, row
from backoffice.decision.transfer import FIELD
from backoffice.models import Correction, Declaration, Office, Tombstone, TrailEvent, TrailRow


def declared(by_channel: bool, is_later: bool, is_root: bool) -> Rows:
    """Return what was declared to these offices: what another has taken over since, and what has expired, too."""

    def within(rows: Rows, of: Any) -> Rows:
        rows = rows.where(of.declared_at >= BEGINS, of.declared_at < ENDS)
        return rows.where(of.channel == bindparam("key", type_=Text())) if by_channel else rows

    def first() -> Rows:
        rows = within(row(Declaration.id, Declaration.declared_at), Declaration)
        rows = rows.where(Declaration.office_id == Office.id)
        if not is_root:
            rows = rows.where(_came_here(Declaration.id, Declaration.office_id))
        return newest_of(rows, Declaration.id, Declaration.declared_at, is_later)

    deleted = within(row(Tombstone.declaration_id, Tombstone.declared_at, gone=True), Tombstone)
    deleted = deleted.where(Tombstone.deleted_at >= BEGINS)
    if not is_root:
        deleted = deleted.where(
            or_(Tombstone.office_id.in_(ids_here()), Tombstone.office_id.in_(_heirs())),
            _came_here(Tombstone.declaration_id, Tombstone.office_id),
        )
    parts = [
        of_each(or_(func.starts_with(Office.path, PATH), Office.id.in_(_heirs())), first),
        newest_of(deleted, Tombstone.declaration_id, Tombstone.declared_at, is_later).subquery().select(),
    ]
    if not is_root:
        away = within(row(Declaration.id, Declaration.declared_at), Declaration).where(
            Declaration.id.in_(_taken_over()),
            Declaration.office_id.not_in(ids_here()),
            Declaration.office_id.not_in(_heirs()),
            _came_here(Declaration.id, Declaration.office_id),
        )
        parts.append(newest_of(away, Declaration.id, Declaration.declared_at, is_later).subquery().select())
    return merged(parts)


def _heirs() -> Select[Any]:
    """Return the offices into which one of these was merged: what was declared to it is there now."""
    former = Office.__table__.alias("former")
    return select(former.c.successor_id).where(
        func.starts_with(former.c.path, PATH), former.c.successor_id.is_not(None)
    )


def _taken_over() -> Select[Any]:
    """Return which declarations another office took over from one of these since (K8)."""
    former = Office.__table__.alias("from_here")
    return (
        select(Correction.declaration_id)
        .join(former, former.c.code == Correction.old_value)
        .where(
            Correction.field == literal_column(f"'{FIELD}'"),
            Correction.at >= BEGINS,
            func.starts_with(former.c.path, PATH),
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
    return func.coalesce(first_from, office_id).in_(ids_here())
