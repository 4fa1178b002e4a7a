"""Reads: the list of offices, and what is known under a receipt code or the address of a form 01."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from backoffice.intake.answers import OfficeEntry, OfficePage, office_brief
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Declaration, Office, OfficeWard, Tombstone
from backoffice.rules.office_search import (
    Home,
    Nearness,
    distance,
    in_province,
    named,
    nearness,
    receiving,
    words_of,
)
from backoffice.rules.serving import serving


def offices(session: Session, q: str = "", home: Home | None = None, *, after: str = "", limit: int) -> OfficePage:
    """Return open receiving offices (D8), `limit` of them, beginning after the one of code `after`.

    Each word of `q` is in the name, with or without diacritics, or begins the code; or so of an office that was merged
    into it. In the order of their codes; with `home` those of its province alone, the nearest first. Raises NotFound
    when `after` is then no office's code: where it stood is not known.
    """
    parent, far = aliased(Office), distance(home) if home else literal(0)
    wanted = (
        select(Office, parent.code, far)
        .outerjoin(parent, Office.parent_id == parent.id)
        .where(receiving(), named(words_of(q)), _follows(session, home, after))
        .order_by(far, Office.code)
        .limit(limit + 1)
    )
    rows = session.execute(wanted.where(in_province(home)) if home else wanted).all()
    shown = [(office, above, nearness(number) if home else None) for office, above, number in rows[:limit]]
    return OfficePage(offices=_entries(session, shown), next_cursor=shown[-1][0].code if len(rows) > limit else None)


def _follows(session: Session, home: Home | None, after: str) -> ColumnElement[bool]:
    """Return the condition that an office comes after the one with code `after`."""
    if home is None or not after:
        return Office.code > after
    far = distance(home)
    place = session.scalar(select(far).where(Office.code == after))
    if place is None:
        raise NotFound("Không có trang tiếp theo này. Xin hỏi lại từ đầu danh sách.")
    return or_(far > place, and_(far == place, Office.code > after))


def _entries(session: Session, shown: Sequence[tuple[Office, str | None, Nearness | None]]) -> list[OfficeEntry]:
    ids = [office.id for office, _, _ in shown]
    wards: dict[int, list[str]] = defaultdict(list)
    merged: dict[int | None, list[str]] = defaultdict(list)
    serves = select(OfficeWard.office_id, OfficeWard.ward_code).where(OfficeWard.office_id.in_(ids))
    for office_id, ward in session.execute(serves.order_by(OfficeWard.ward_code)):
        wards[office_id].append(ward)
    former = select(Office.code, Office.successor_id).where(Office.successor_id.in_(ids)).order_by(Office.code)
    for code, heir_id in session.execute(former):
        merged[heir_id].append(code)
    return [
        OfficeEntry(
            **office_brief(office).model_dump(),
            email=office.email,
            parent_code=above,
            wards=wards[office.id],
            merged_from=merged[office.id],
            nearness=near,
        )
        for office, above, near in shown
    ]


def declaration_by_receipt(session: Session, receipt_code: str) -> Declaration | None:
    """Return the declaration of a normal receipt code, with office and photos; None when there is none (any more)."""
    return session.scalars(
        select(Declaration)
        .where(Declaration.receipt_code == receipt_code)
        .options(joinedload(Declaration.office), selectinload(Declaration.photos))
    ).one_or_none()


def tombstone_by_receipt(session: Session, receipt_code: str) -> tuple[Tombstone, Office] | None:
    """Return what is left of the expired declaration of a normal receipt code, and the office to go to now (K4)."""
    row = session.execute(
        select(Tombstone, Office)
        .join(Office, Tombstone.office_id == Office.id)
        .where(Tombstone.receipt_code_hash == lookup_hash("receipt_code", receipt_code))
        .order_by(Tombstone.deleted_at.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], serving(session, row[1])) if row else None


def declaration_by_form01(session: Session, token: str) -> Declaration | None:
    """Return the declaration whose form 01 has this token in its address."""
    return session.scalars(select(Declaration).where(Declaration.form01_token == token)).one_or_none()
