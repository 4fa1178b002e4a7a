"""The sample of declarations that were entered and approved by one and the same officer (issue 10, point 10).

One in SHARE is in it, by a draw that nobody can foretell (decision.entered), and of each officer and day at least one:
that is known when the day is over, so until then nobody knows which it is. A supervisor checks it; nobody their own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from backoffice.decision.entered import DRAWS
from backoffice.decision.reading import read_note
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import normalize_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import Declaration, DeskEntry, Office, Officer, TrailEvent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values

SHARE = 10
"""One in so many is checked."""
DAYS = 60
"""So far back the sample goes: what nobody checked by then is not worth it any more."""
MOST = 50
_NO_VERDICT = "Xin chọn “Không có gì sai” hoặc “Có điều cần xem lại”."
_NO_NOTE = "Xin ghi điều cần xem lại, để cán bộ và người kiểm tra sau biết."


class Sampled(NamedTuple):
    """One declaration of the sample; `checked_by` None while nobody has."""

    receipt_code: str
    full_name: str
    bhxh_code: str
    office: str
    approved_on: date
    officer: str
    checked_at: datetime | None
    checked_by: str | None
    is_objected: bool
    note: str | None


class Tally(NamedTuple):
    """What came of the sample of one officer: how many are in it, were checked, objected to."""

    officer: str
    sampled: int
    checked: int
    objected: int


class Samples(NamedTuple):
    """What waits to be checked, oldest first; what was objected to, newest first; and the officers' tallies."""

    waiting: list[Sampled]
    objected: list[Sampled]
    tallies: list[Tally]


def show(supervisor: Actor) -> Samples:
    """Return the sample of the supervisor's branch; whoever is listed counts as looked at (design 5)."""
    require(supervisor, Do.CHECK_SAMPLE)
    with transaction() as session:
        values = scope_values(supervisor)
        drawn = _drawn(supervisor).subquery()
        waiting = session.execute(_rows(drawn).where(DeskEntry.checked_at.is_(None)).limit(MOST), values).all()
        newest = _rows(drawn).where(DeskEntry.is_objected).order_by(None).order_by(DeskEntry.checked_at.desc())
        objected = session.execute(newest.limit(MOST), values).all()
        listed = [row.id for row in (*waiting, *objected)]
        record(session, TrailEvent.QUEUE, supervisor, tab="samples", listed=listed)
        return Samples(
            [Sampled(*row[1:]) for row in waiting],
            [Sampled(*row[1:]) for row in objected],
            [Tally(*row) for row in session.execute(_tallies(drawn), values)],
        )


def check(receipt_code: str, supervisor: Actor, verdict: str, note: str = "") -> None:
    """Mark a declaration of the sample as checked: `verdict` is "good", or "objection" with a note.

    Said again by the same supervisor the newer counts. Raises NotFound for what is not in the sample or not in scope,
    InvalidInput (verdict, note), Conflict when a colleague was first.
    """
    require(supervisor, Do.CHECK_SAMPLE)
    if verdict not in ("good", "objection"):
        raise InvalidInput([Fault("verdict", _NO_VERDICT)], _NO_VERDICT)
    words = read_note(note, _NO_NOTE) if verdict == "objection" or note.strip() else ""
    with transaction() as session:
        entry, declaration = _held(session, receipt_code, supervisor)
        if entry.checked_by_id not in (None, supervisor.id):
            raise Conflict("Đồng nghiệp vừa kiểm tra hồ sơ này. Chưa có gì thay đổi; xin tải lại trang để xem.")
        entry.checked_at, entry.checked_by_id = clock.now(), supervisor.id
        entry.is_objected, entry.note = verdict == "objection", words or None
        record(session, TrailEvent.ENTRY_CHECKED, supervisor, declaration=declaration, verdict=verdict)


def _held(session: Session, receipt_code: str, supervisor: Actor) -> tuple[DeskEntry, Declaration]:
    try:
        code = normalize_receipt_code(receipt_code)
    except Malformed:
        raise NotFound from None
    declaration = session.scalars(
        select(Declaration).where(Declaration.receipt_code == code).options(joinedload(Declaration.office))
    ).one_or_none()
    if declaration is None:
        raise NotFound
    require(supervisor, Do.CHECK_SAMPLE, declaration)
    if declaration.id not in session.scalars(_drawn(supervisor), scope_values(supervisor)).all():
        raise NotFound
    return session.get_one(DeskEntry, declaration.id, with_for_update=True, populate_existing=True), declaration


def _drawn(supervisor: Actor) -> Select[int]:
    """Return the ids of the sample: the low draws, and the lowest of each officer and day that is over."""
    today = clock.today()
    lowest = func.min(DeskEntry.draw).over(partition_by=(DeskEntry.officer_id, DeskEntry.approved_on))
    own = (
        select(DeskEntry.declaration_id, DeskEntry.draw, DeskEntry.approved_on, lowest.label("lowest"))
        .join(Declaration, Declaration.id == DeskEntry.declaration_id)
        .where(DeskEntry.approved_on >= today - timedelta(days=DAYS), DeskEntry.officer_id != supervisor.id)
        .where(in_scope(supervisor.role, Do.CHECK_SAMPLE, Declaration.office_id))
        .subquery()
    )
    is_lowest = (own.c.draw == own.c.lowest) & (own.c.approved_on < today)
    return select(own.c.declaration_id).where(or_(own.c.draw < DRAWS // SHARE, is_lowest))


def _rows(drawn: Any) -> Select[*tuple[Any, ...]]:
    checker = aliased(Officer)
    return (
        select(
            Declaration.id,
            Declaration.receipt_code,
            Declaration.full_name,
            Declaration.bhxh_code,
            Office.name,
            DeskEntry.approved_on,
            Officer.full_name,
            DeskEntry.checked_at,
            checker.full_name,
            DeskEntry.is_objected,
            DeskEntry.note,
        )
        .join(DeskEntry, DeskEntry.declaration_id == Declaration.id)
        .join(Office, Office.id == Declaration.office_id)
        .join(Officer, Officer.id == DeskEntry.officer_id)
        .outerjoin(checker, checker.id == DeskEntry.checked_by_id)
        .where(Declaration.id.in_(select(drawn.c.declaration_id)))
        .order_by(DeskEntry.approved_on, Declaration.id)
    )


def _tallies(drawn: Any) -> Select[*tuple[Any, ...]]:
    objected = func.count().filter(DeskEntry.is_objected)
    return (
        select(Officer.full_name, func.count(), func.count(DeskEntry.checked_at), objected)
        .join(DeskEntry, DeskEntry.officer_id == Officer.id)
        .where(DeskEntry.declaration_id.in_(select(drawn.c.declaration_id)))
        .group_by(Officer.id, Officer.full_name)
        .order_by(objected.desc(), Officer.full_name)
        .limit(MOST)
    )
