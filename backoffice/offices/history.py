"""What an office was and is: every changed field, by whom and when, old and new (office_changes)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, aliased

from backoffice.kernel import clock
from backoffice.models import Office, OfficeChange, Officer, OfficeWard
from backoffice.offices.values import position_text

Facts = dict[str, str | None]
"""The fields of an office as its history keeps them: text by the keys of values.LABELS; wards are codes with blanks."""


class Changed(NamedTuple):
    """One field that was changed."""

    id: int
    at: datetime
    field: str
    old: str | None
    new: str | None
    who: str | None


def facts_of(office: Office, parent_code: str | None, wards: Iterable[str], successor: str | None = None) -> Facts:
    """Return the fields of `office` as they stand, for `write` to compare; parent and successor by their codes."""
    return {
        "code": office.code,
        "name": office.name,
        "kind": office.kind.value,
        "parent": parent_code,
        "province_code": office.province_code,
        "address": office.address,
        "phone": office.phone,
        "email": office.email,
        "position": position_text(office.latitude, office.longitude) or None,
        "wards": " ".join(sorted(wards)) or None,
        "closed": f"{clock.local(office.closed_at):%Y-%m-%d}" if office.closed_at else None,
        "successor": successor,
    }


def read_facts(session: Session, office: Office) -> Facts:
    """Return the fields of `office` as they stand in the database."""
    session.flush()
    codes = select(Office.code)
    parent = session.scalar(codes.where(Office.id == office.parent_id))
    successor = session.scalar(codes.where(Office.id == office.successor_id))
    return facts_of(office, parent, wards_of(session, office.id), successor)


def wards_of(session: Session, office_id: int) -> Sequence[str]:
    """Return the codes of the wards an office serves, in order."""
    of_it = select(OfficeWard.ward_code).where(OfficeWard.office_id == office_id).order_by(OfficeWard.ward_code)
    return session.scalars(of_it).all()


def write(
    session: Session, office_id: int, officer_id: int | None, before: Mapping[str, str | None], after: Facts
) -> list[str]:
    """Keep each field that differs; return their names. `before` is empty for a new office."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    if changed:
        known = {"office_id": office_id, "officer_id": officer_id, "at": clock.now()}
        lines = [known | {"field": name, "old_value": before.get(name), "new_value": after[name]} for name in changed]
        session.execute(insert(OfficeChange), lines)
    return changed


def version(session: Session, office_id: int) -> int:
    """Return a number that grows with each change of the office: what a form was filled from."""
    return session.scalar(select(func.max(OfficeChange.id)).where(OfficeChange.office_id == office_id)) or 0


def changes(session: Session, office_id: int, *, after: int = 0, limit: int = 200) -> list[Changed]:
    """Return the latest changes of an office, the newest first; `after`: those of a later version alone."""
    by = aliased(Officer)
    found = session.execute(
        select(
            OfficeChange.id,
            OfficeChange.at,
            OfficeChange.field,
            OfficeChange.old_value,
            OfficeChange.new_value,
            by.full_name,
        )
        .outerjoin(by, by.id == OfficeChange.officer_id)
        .where(OfficeChange.office_id == office_id, OfficeChange.id > after)
        .order_by(OfficeChange.id.desc())
        .limit(limit)
    )
    return [Changed(*row) for row in found]
