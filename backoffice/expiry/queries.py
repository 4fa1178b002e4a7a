"""Which declarations are due, their rows locked; what others are working on at this very moment is passed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, any_, bindparam, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.direct import Direct
from backoffice.models import Declaration, Notice, Photo, PhotoUpload, VersionPhoto, columns_of
from backoffice.rules.deadlines import REMINDER_DAYS


class Overdue(NamedTuple):
    """What of a declaration is needed to let it expire."""

    id: int
    bhxh_code: str
    id_number: str
    receipt_code: str


def overdue(session: Session, limit: int) -> Sequence[Overdue]:
    """Return up to `limit` undecided declarations whose deadline has passed, those longest overdue first (K4).

    Each row is locked, and the condition held for the very version that was locked: who handed in before is not here.
    """
    return [Overdue(*row) for row in _OVERDUE.rows(session, {"now": clock.now(), "most": limit})]


def to_remind(session: Session, limit: int) -> Sequence[Declaration]:
    """Return up to `limit` declarations to be reminded of now: rules.deadlines.reminder_day has come, not yet done.

    Only what still has a deadline: not handed in, or waiting for supplement (K4, K7).
    """
    horizon = clock.end_of_day(clock.today() + timedelta(days=REMINDER_DAYS))
    due = Declaration.expires_at.between(clock.now(), horizon) & Declaration.reminded_at.is_(None)
    return _locked(session, due, limit)


def photo_ids(session: Session, declaration_ids: Collection[int]) -> list[UUID]:
    """Return the ids of all photos of these declarations, those that came together side by side.

    Those sent by a phone that no officer took yet are among them: they go with the declaration too.
    """
    return _PHOTOS.values(session, {"declarations": list(declaration_ids)})


def notice_ids(session: Session, declaration_ids: Collection[int]) -> list[int]:
    """Return the ids of all messages about these declarations."""
    return _NOTICES.values(session, {"declarations": list(declaration_ids)})


def _locked(session: Session, due: ColumnElement[bool], limit: int) -> Sequence[Declaration]:
    wanted = _first(select(Declaration), due).limit(limit)
    return session.scalars(wanted).all()


def _first(wanted: Select[Any], due: ColumnElement[bool]) -> Select[Any]:
    """Narrow to what is undecided and `due`, locked, in the order of the deadlines."""
    # The status as a literal: the planner uses the partial index only when it sees the very word.
    return (
        wanted.where(Declaration.status == literal_column("'submitted'"), Declaration.expires_at.is_not(None), due)
        .order_by(Declaration.expires_at, Declaration.id)
        .with_for_update(skip_locked=True)
    )


_D = columns_of(Declaration)
_OVERDUE = Direct(
    _first(
        select(*(_D[name] for name in Overdue._fields)), _D.expires_at < bindparam("now", type_=DateTime(timezone=True))
    ).limit(bindparam("most", type_=BigInteger()))
)
_THESE = any_(bindparam("declarations", type_=ARRAY(BigInteger)))
_P, _U, _V = columns_of(Photo), columns_of(PhotoUpload), columns_of(VersionPhoto)
_PHOTOS = Direct(
    union_all(
        select(_P.id, _P.declaration_id).where(_P.declaration_id == _THESE),
        select(_U.photo_id, _U.declaration_id).where(_U.declaration_id == _THESE, _U.photo_id.is_not(None)),
        select(_V.id, _V.declaration_id).where(_V.declaration_id == _THESE),
    ).order_by("declaration_id")
)
_NOTICES = Direct(select(columns_of(Notice).id).where(columns_of(Notice).declaration_id == _THESE))
