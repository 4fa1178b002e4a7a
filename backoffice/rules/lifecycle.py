"""A declaration's life: one table of moves and one door (design 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    BigInteger,
    Text,
    any_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from backoffice.kernel import clock, rows
from backoffice.kernel.direct import Direct
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Declaration, Figure, Status, TrailEvent, TrailRow, columns_of, table_of
from backoffice.rules import figures
from backoffice.rules.actors import Actor
from backoffice.rules.journal import Known, record, record_each

MOVES: dict[tuple[Status, Status], TrailEvent] = {
    (Status.SUBMITTED, Status.APPROVED): TrailEvent.APPROVE,
    (Status.SUBMITTED, Status.REJECTED): TrailEvent.REJECT,
    (Status.SUBMITTED, Status.WITHDRAWN): TrailEvent.WITHDRAW,
    (Status.SUBMITTED, Status.EXPIRED): TrailEvent.EXPIRE,
}

LABELS: dict[Status, str] = {
    Status.SUBMITTED: "Đã khai, chưa nộp",
    Status.APPROVED: "Đã duyệt",
    Status.REJECTED: "Không chấp nhận",
    Status.WITHDRAWN: "Đã rút",
    Status.EXPIRED: "Quá hạn, đã xóa",
}


class Standing(figures.Staged, Protocol):
    """What tells where a declaration stands: the row itself, or a line of a list."""

    @property
    def decided_at(self) -> datetime | None:
        """Return when it was decided."""


class Undecided(Known, figures.Counted, Protocol):
    """What of an undecided declaration is needed to decide it among many."""


_BEFORE = {to: before for before, to in MOVES}
"""Every status is reached from one other alone."""
_D = columns_of(Declaration)
_DECIDED = ("status", "decided_at", "decided_by_id", "expires_at")
_MOVING = Direct(
    update(table_of(Declaration))
    .where(
        _D.id == bindparam("declaration", type_=BigInteger()), _D.status == bindparam("before", type_=_D.status.type)
    )
    .values(
        {name: bindparam(name, type_=_D[name].type) for name in ("status", "decided_at", "decided_by_id", "expires_at")}
    )
    .returning(_D.id)
)
_THESE = _D.id == any_(bindparam("declarations", type_=ARRAY(BigInteger)))


class _Counted(NamedTuple):
    """What tells where a declaration was counted."""

    id: int
    status: Status
    office_id: int
    expires_at: datetime | None
    presented_at: datetime | None
    supplement_at: datetime | None
    escalated_at: datetime | None


_EXPIRING = Direct(
    delete(table_of(Declaration))
    .where(_THESE, _D.status == Status.SUBMITTED)
    .returning(*(_D[name] for name in _Counted._fields))
)
_WHERE = Direct(select(*(_D[name] for name in _Counted._fields)).where(_THESE))
_UNTIL, _NOW = (bindparam(name, type_=_D.expires_at.type) for name in ("until", "now"))
_POSTPONING = Direct(
    update(table_of(Declaration))
    .where(_THESE)
    .values(expires_at=_UNTIL, reminded_at=func.coalesce(_D.reminded_at, _NOW))
)

_OFFICER = bindparam("officer", type_=BigInteger())
_WAITED_FOR = or_(_D.presented_at.is_(None), _D.supplement_at.is_not(None))
_APPROVING = Direct(
    update(table_of(Declaration))
    .where(_THESE, _D.status == Status.SUBMITTED)
    .values(
        status=Status.APPROVED,
        decided_at=_NOW,
        decided_by_id=_OFFICER,
        expires_at=None,
        presented_at=case((_WAITED_FOR, _NOW), else_=_D.presented_at),
        presented_to_id=case((_WAITED_FOR, _OFFICER), else_=_D.presented_to_id),
        supplement_at=None,
    )
    .returning(_D.id)
)

_T = columns_of(TrailRow)
_TAKEN_OVER = Direct(
    select(_T.id)
    .where(_T.declaration_id == bindparam("declaration", type_=BigInteger()))
    .where(cast(_T.event, Text) == literal_column(f"'{TrailEvent.TRANSFER}'"))
    .limit(1)
)


def lock(session: Session, declaration_id: int) -> Declaration:
    """Return the declaration, its row locked until the transaction ends; raises NotFound when there is none."""
    found = session.scalars(
        select(Declaration)
        .where(Declaration.id == declaration_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("Không tìm thấy tờ khai này. Tờ khai có thể đã quá hạn và đã được xóa theo quy định.")
    return found


def begin(session: Session, declaration: Declaration) -> None:
    """Count the new `declaration`, inserted by the caller: it is declared, and waits to be handed in."""
    channel = declaration.channel.value
    figures.count(session, Figure.DECLARED, declaration.office_id, declaration.declared_at, key=channel)
    figures.shift(session, None, figures.stand(declaration))


def change(session: Session, declaration: Declaration, **values: Any) -> None:
    """Write what becomes of an undecided `declaration`, locked by the caller, and count it where it stands from now on.

    The one door for its office, deadline and what refines its status: presented_at, supplement_at, escalated_at, each
    with the officer (…_to_id, …_by_id) who noted it.
    """
    before = figures.stand(declaration)
    rows.change(session, declaration, **values)
    figures.shift(session, before, figures.stand(declaration))
    figures.noted(session, declaration, values)


def redirect(session: Session, declaration: Declaration, office_id: int) -> None:
    """Give the locked `declaration` to the office that whoever declared it chose after all: it was declared there.

    Unless an office had taken it over meanwhile (K8): that one did not get it by being declared to, nor does this one.
    """
    if _TAKEN_OVER.first(session, {"declaration": declaration.id}) is None:
        known: dict[str, Any] = {"at": declaration.declared_at, "key": declaration.channel.value}
        figures.count(session, Figure.DECLARED, declaration.office_id, **known, number=-1)
        figures.count(session, Figure.DECLARED, office_id, **known)
    change(session, declaration, office_id=office_id)


def move(session: Session, declaration: Declaration, to: Status, actor: Actor, **facts: Any) -> None:
    """Move `declaration` (locked by this call) to status `to` and write the trail row, together.

    The deadline ends with the decision. Raises Conflict when the table of moves does not allow it,
    NotFound when the row has gone.
    """
    before = _BEFORE.get(to)
    written: dict[str, Any] = {
        "status": to,
        "decided_at": clock.now(),
        "decided_by_id": actor.id if actor.role is not None else None,
        "expires_at": None,
    }
    session.flush()
    stood = figures.stand(declaration)
    known = {"declaration": declaration.id, "before": before, **written}
    if before is None or _MOVING.first(session, known) is None:
        raise _refused(session, declaration.id, to)
    for name, value in written.items():
        set_committed_value(declaration, name, value)
    figures.shift(session, stood, None)
    figures.decided(session, declaration)
    record(session, MOVES[before, to], actor, declaration=declaration, **facts)


def approve_each(session: Session, declarations: Sequence[Undecided], actor: Actor, at: datetime, **facts: Any) -> None:
    """Move these declarations, locked by the caller, to approved at the instant `at`, with a trail row each.

    Whose person was not here yet is noted as handed in at that instant: the caller writes the trail row of that.
    Raises Conflict when one of them is decided, NotFound when one has gone.
    """
    session.flush()
    ids = [one.id for one in declarations]
    moved = set(_APPROVING.values(session, {"declarations": ids, "now": at, "officer": actor.id}))
    for one in declarations:
        if one.id not in moved:
            raise _refused(session, one.id, Status.APPROVED)
        figures.shift(session, figures.stand(one), None)
    figures.approved_each(session, declarations, actor.id, at)
    record_each(session, TrailEvent.APPROVE, actor, declarations, moment=at, **facts)


def expire(session: Session, declarations: Sequence[Known], actor: Actor, at: datetime) -> None:
    """Let undecided `declarations` (locked by this call) expire: their rows are deleted, a trail row each stays (K4).

    `at` is the instant of the deletion, as the tombstones have it. Raises Conflict when one of them is decided,
    NotFound when one has gone.
    """
    ids = [one.id for one in declarations]
    deleted = [_Counted(*row) for row in _EXPIRING.rows(session, {"declarations": ids})]
    gone = {one.id for one in deleted}
    for one in deleted:
        figures.shift(session, figures.stand(one), None)
        figures.count(session, Figure.EXPIRED, one.office_id, at)
    for left in ids:
        if left not in gone:
            raise _refused(session, left, Status.EXPIRED)
    record_each(session, MOVES[Status.SUBMITTED, Status.EXPIRED], actor, declarations)


def clear(session: Session, declaration_ids: Sequence[int]) -> None:
    """Note that photos, scans and notes of approved declarations are gone (rules.retention); they stay approved."""
    session.execute(
        update(Declaration)
        .where(Declaration.id.in_(declaration_ids), Declaration.status == Status.APPROVED)
        .values(cleared_at=clock.now(), supplement_note=None, escalated_note=None),
        execution_options={"synchronize_session": False},
    )


def entrust(session: Session, declaration_ids: Sequence[int], office_id: int) -> None:
    """Give these locked declarations to another office, by one statement; where they stand does not change (D8)."""
    for stood in _stands(session, declaration_ids):
        figures.shift(session, stood, stood._replace(office_id=office_id))
    session.execute(
        update(Declaration).where(Declaration.id.in_(declaration_ids)).values(office_id=office_id),
        execution_options={"synchronize_session": False},
    )


def postpone(session: Session, declaration_ids: Sequence[int], until: datetime) -> None:
    """Let the deadline of these locked declarations be `until`; of a new one nobody is reminded."""
    for stood in _stands(session, declaration_ids):
        figures.shift(session, stood, stood._replace(due=figures.day_of(until)))
    _POSTPONING.rows(session, {"declarations": list(declaration_ids), "until": until, "now": clock.now()})


def _stands(session: Session, declaration_ids: Sequence[int]) -> list[figures.Stand]:
    """Return where the undecided of these are counted."""
    found = _WHERE.rows(session, {"declarations": list(declaration_ids)})
    return [stood for row in found if (stood := figures.stand(_Counted(*row))) is not None]


def _refused(session: Session, declaration_id: int, to: Status) -> Conflict:
    now = lock(session, declaration_id).status
    return Conflict(f"Tờ khai này đã được giải quyết: “{LABELS[now]}”. Chưa có gì thay đổi.", code="already_decided")


def label(declaration: Standing) -> str:
    """Return where the declaration stands, in the words of the desk (wording.md): the status or what refines it."""
    if declaration.status is not Status.SUBMITTED:
        return LABELS[declaration.status]
    if declaration.escalated_at is not None:
        return "Báo lãnh đạo"
    if is_waiting_for_supplement(declaration):
        return "Chờ bổ sung"
    if declaration.presented_at is not None:
        return "Đã nộp, đang giải quyết"
    return LABELS[Status.SUBMITTED]


def is_waiting_for_supplement(declaration: Standing) -> bool:
    """Tell whether something must still be brought (K7)."""
    return declaration.supplement_at is not None


def is_overdue(declaration: Standing) -> bool:
    """Tell whether the deadline has passed although the sweep has not come by yet (K4)."""
    return declaration.expires_at is not None and declaration.expires_at < clock.now()
