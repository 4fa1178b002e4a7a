"""Reads of the lists: one by its token, those in work, the rows of one, its file, the units that may send them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from backoffice.batches.columns import TO_DECLARE_VERSION, VERSION
from backoffice.gateways.sheets.refusal import unfit
from backoffice.identity.names import fold
from backoffice.kernel import clock, sealing
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.models import (
    Batch,
    BatchFile,
    BatchRow,
    BatchStage,
    Officer,
    RowState,
    Unit,
    UnitChange,
)
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require
from backoffice.rules.scopes import in_scope, scope_values

SHOWN = 50
"""So many lists are shown, the newest first."""
MOST_UNITS = 100
_TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 8
SEALED_AS = "batch file"
GONE = "Không tìm thấy danh sách này, hoặc danh sách đã hết hạn lưu. Xin xem lại trong trang Danh sách đơn vị."
NO_UNIT = "Không tìm thấy đơn vị này, hoặc đơn vị không thuộc phạm vi của bạn. Xin xem lại mã đơn vị."


_CLOSED = "Đơn vị này đã ngừng nhận danh sách. Xin mở lại ở trang đơn vị, hoặc xem lại mã đơn vị."


def find(session: Session, actor: Actor, do: Do, token: str, *, locked: bool = False) -> Batch:
    """Return the list with this token, held until the transaction ends when `locked`.

    Raises Forbidden, NotFound when it is none of those to which the actor may `do`.
    """
    require(actor, do)
    if not _TOKEN.fullmatch(token):
        raise NotFound(GONE)
    query = select(Batch).where(Batch.token == token, in_scope(actor.role, do, Batch.office_id))
    if locked:
        query = query.with_for_update(of=Batch).execution_options(populate_existing=True)
    batch = session.scalars(query, scope_values(actor)).one_or_none()
    if batch is None:
        raise NotFound(GONE)
    return batch


class Listed(NamedTuple):
    """A list with who sent it in."""

    batch: Batch
    officer: str


def newest(session: Session, actor: Actor) -> list[Listed]:
    """Return the lists of the actor's scope, the newest first; before them those that wait for a second to look."""
    query = (
        select(Batch, Officer.full_name)
        .join(Officer, Officer.id == Batch.officer_id)
        .where(in_scope(actor.role, Do.SEE_BATCH, Batch.office_id))
        .order_by(Batch.needs_second.desc(), Batch.id.desc())
        .limit(SHOWN)
    )
    return [Listed(*row) for row in session.execute(query, scope_values(actor))]


def of_unit(session: Session, actor: Actor, unit_id: int) -> list[Listed]:
    """Return the lists of a unit that the actor may see, the newest first."""
    query = (
        select(Batch, Officer.full_name)
        .join(Officer, Officer.id == Batch.officer_id)
        .where(Batch.unit_id == unit_id, in_scope(actor.role, Do.SEE_BATCH, Batch.office_id))
        .order_by(Batch.id.desc())
        .limit(SHOWN)
    )
    return [Listed(*row) for row in session.execute(query, scope_values(actor))]


def states_of(session: Session, batch: Batch) -> dict[RowState, int]:
    """Return how many rows are in which state."""
    counted = select(BatchRow.state, func.count()).where(BatchRow.batch_id == batch.id).group_by(BatchRow.state)
    return dict(session.execute(counted).all())


def without_phone(session: Session, batch: Batch, state: RowState) -> int:
    """Return how many rows in this state say no phone: whose the declared one is was not compared with anything."""
    mine = BatchRow.batch_id == batch.id, BatchRow.state == state, BatchRow.phone.is_(None)
    return session.scalar(select(func.count()).where(*mine)) or 0


def faults_of(session: Session, batch: Batch) -> list[tuple[str, int]]:
    """Return how many rows have which fault or mark, the most frequent first; rows taken out have none to see to."""
    code = func.jsonb_array_elements(BatchRow.faults).op("->>")("code").label("code")
    open_ = BatchRow.batch_id == batch.id, BatchRow.state != RowState.TAKEN_OUT
    each = select(code, BatchRow.number).where(*open_).distinct().subquery()  # several cells of a row may have the same
    counted = select(each.c.code, func.count()).group_by(each.c.code).order_by(func.count().desc(), each.c.code)
    return [(name, number) for name, number in session.execute(counted)]


def file_of(session: Session, batch: Batch) -> bytes:
    """Return the file as it came; raises BrokenSeal, NotFound when it is gone."""
    kept = session.get(BatchFile, batch.id)
    if kept is None:
        raise NotFound(GONE)
    return sealing.unseal(SEALED_AS, batch.token, kept.sealed)


def applied_before(session: Session, batch: Batch) -> None:
    """Raise InvalidInput when the very same file was applied before, in whichever office."""
    former = session.scalars(
        select(Batch.ended_at)
        .where(
            Batch.file_hash == batch.file_hash,
            Batch.kind == batch.kind,
            Batch.stage == BatchStage.APPLIED,
            Batch.id != batch.id,
        )
        .order_by(Batch.id.desc())
        .limit(1)
    ).first()
    if former is not None:
        raise unfit(
            f"Chính tệp này đã được duyệt ngày {_day(former)}. Nếu đơn vị sửa, bổ sung, xin gửi tệp đã sửa.",
            "same_file",
        )


def unit_named(session: Session, batch: Batch, template: str) -> Unit | None:
    """Return the unit that our template was made for, when it is one of the branch of the office that took the list."""
    version, _, code = template.strip('"').partition(":")
    if version not in (VERSION, TO_DECLARE_VERSION) or not code:
        return None
    unit = session.scalars(select(Unit).where(Unit.code == code, Unit.closed_at.is_(None))).one_or_none()
    return unit if unit is not None and unit.office.path.startswith(batch.office.path) else None


def find_unit(session: Session, actor: Actor, do: Do, code: str, *, locked: bool = False) -> Unit:
    """Return the unit with this code; raises Forbidden, NotFound when the actor may not `do` it to that unit."""
    require(actor, do)
    query = select(Unit).where(Unit.code == code.strip().upper()[:40], in_scope(actor.role, do, Unit.office_id))
    if locked:
        query = query.with_for_update(of=Unit).execution_options(populate_existing=True)
    unit = session.scalars(query, scope_values(actor)).one_or_none()
    if unit is None:
        raise NotFound(NO_UNIT)
    return unit


def sending_unit(session: Session, actor: Actor, code: str, already: int | None = None) -> Unit | None:
    """Return the unit that sends a list, by its code as it was typed; None for "".

    Raises InvalidInput (field unit) when there is none in the actor's branch, or it sends no more lists; one that the
    list had already (`already`, its id) may be closed by now.
    """
    if not code:
        return None
    try:
        unit = find_unit(session, actor, Do.SEE_UNITS, code)
    except NotFound:
        raise InvalidInput([Fault("unit", NO_UNIT, "unknown")]) from None
    if unit.closed_at is not None and unit.id != already:
        raise InvalidInput([Fault("unit", _CLOSED, "closed")])
    return unit


def units(session: Session, actor: Actor, q: str, *, closed: bool) -> tuple[list[Unit], bool]:
    """Return the units of the actor's branch that `q` finds (all for ""), and whether there are more.

    Each word is in the name, with or without diacritics, or begins the code.
    """
    words = _WORD.findall(fold(q[:200]))[:_MOST_WORDS]
    query = select(Unit).where(
        in_scope(actor.role, Do.SEE_UNITS, Unit.office_id),
        and_(
            True,
            *(
                or_(
                    Unit.folded_name.contains(word, autoescape=True),
                    Unit.code.startswith(word.upper(), autoescape=True),
                )
                for word in words
            ),
        ),
    )
    if not closed:
        query = query.where(Unit.closed_at.is_(None))
    ordered = query.order_by(Unit.closed_at.is_not(None), Unit.folded_name, Unit.code).limit(MOST_UNITS + 1)
    found = session.scalars(ordered, scope_values(actor)).all()
    return list(found[:MOST_UNITS]), len(found) > MOST_UNITS


class Changed(NamedTuple):
    """One field of a unit that was changed."""

    at: datetime
    field: str
    old: str | None
    new: str | None
    who: str | None


def changes_of(session: Session, unit: Unit) -> Sequence[Changed]:
    """Return what was changed of a unit, the newest first."""
    found = session.execute(
        select(UnitChange.at, UnitChange.field, UnitChange.old_value, UnitChange.new_value, Officer.full_name)
        .outerjoin(Officer, Officer.id == UnitChange.officer_id)
        .where(UnitChange.unit_id == unit.id)
        .order_by(UnitChange.id.desc())
        .limit(200)
    )
    return [Changed(*row) for row in found]


def _day(instant: datetime) -> str:
    return f"{clock.local(instant):%d/%m/%Y}"
