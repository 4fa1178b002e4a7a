"""Reads: the list of offices, and what is known under a receipt code or the address of a form 01."""

from __future__ import annotations

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from backoffice.identity.names import fold
from backoffice.intake.answers import OfficeEntry, OfficePage, office_brief
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Declaration, Office, OfficeKind, Tombstone
from backoffice.rules.serving import serving

_WORD = re.compile(r"[^\W_]+")


def offices(session: Session, q: str = "", *, after: str = "", limit: int) -> OfficePage:
    """Return open receiving offices in the order of their codes, `limit` of them, beginning after code `after` (D8).

    Each word of `q` is in the name, with or without diacritics, or begins the code.
    """
    parent = aliased(Office)
    wanted = (
        select(Office, parent.code)
        .outerjoin(parent, Office.parent_id == parent.id)
        .where(Office.closed_at.is_(None), Office.kind != OfficeKind.ROOT, Office.code > after)
        .order_by(Office.code)
        .limit(limit + 1)
    )
    for word in _WORD.findall(fold(q)):
        wanted = wanted.where(
            or_(
                Office.folded_name.contains(word, autoescape=True),
                Office.code.istartswith(word, autoescape=True),
            )
        )
    rows = session.execute(wanted).all()
    entries = [
        OfficeEntry(**office_brief(office).model_dump(), email=office.email, parent_code=parent_code)
        for office, parent_code in rows[:limit]
    ]
    return OfficePage(offices=entries, next_cursor=entries[-1].code if len(rows) > limit else None)


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
