"""What becomes of rows as they are applied: approved, left to be looked at again, passed over because of the desk."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, any_, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.batches import comparing
from backoffice.batches.comparing import Compared, Stands
from backoffice.batches.faults import Found, fault, is_sound
from backoffice.decision import bulk, holding
from backoffice.decision.bulk import Listed
from backoffice.decision.holding import Held, Hindrance
from backoffice.kernel import clock
from backoffice.models import BatchKind, Declaration, RowState, Status
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do
from backoffice.rules.scopes import in_scope, scope_values

BROKEN = (
    "Hệ thống không duyệt được dòng này dù đã thử riêng từng dòng. Xin mở hồ sơ để giải quyết tại quầy; "
    "nếu vẫn không được, xin báo bộ phận kỹ thuật."
)
NOT_MADE = (
    "Hệ thống không lập được tờ khai của dòng này dù đã thử riêng từng dòng. Xin giúp người này khai tại quầy; "
    "nếu vẫn không được, xin báo bộ phận kỹ thuật."
)
_ANOTHER = (
    "Tờ khai của dòng này vừa được thay bằng tờ khai khác. Chưa duyệt; xin xem lại dòng này rồi duyệt lại."
)  # fmt: skip
_ELSEWHERE = (
    "Tờ khai vừa chuyển sang cơ quan khác nên cần lãnh đạo xem. Chưa duyệt; xin đề nghị duyệt lại."
)  # fmt: skip
_CORRECTED = "Hồ sơ của dòng này vừa được sửa ở quầy. Chưa duyệt; xin duyệt lại."
_WRITE = text(
    "UPDATE batch_rows SET state = new.state, reason = new.reason, applied_at = new.applied_at, "
    "faults = coalesce(new.faults, batch_rows.faults), "
    "declaration_id = coalesce(new.declaration_id, batch_rows.declaration_id) "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(number bigint, state text, reason text, "
    "applied_at timestamptz, faults jsonb, declaration_id bigint) "
    "WHERE batch_rows.batch_id = :batch AND batch_rows.number = new.number AND batch_rows.state = 'to_apply'"
)


@dataclass(frozen=True)
class Order:
    """Which list is applied, in whose name, within which branch (an office's path), and what the ledger says of it.

    `alone`: nobody else looked, so nothing is approved that the officer may not approve at the desk.
    """

    batch_id: int
    officer: Actor
    branch: str
    note: str
    kind: BatchKind = BatchKind.DECLARED
    alone: bool = False


class Outcome(NamedTuple):
    """What became of a row; `faults`, `declaration_id` None: those it has stay."""

    number: int
    state: RowState
    reason: str | None = None
    applied_at: datetime | None = None
    faults: list[Found] | None = None
    declaration_id: int | None = None


def decide(session: Session, order: Order, rows: Sequence[Stands]) -> list[Outcome]:
    """Approve the people of these rows whose declarations are still as they were found sound; return what became."""
    held = holding.hold(session, [row.declaration_id for row in rows if row.declaration_id is not None])
    hindered = holding.hindrances(session, held.values(), order.officer)
    others = _of_others(session, order, held.values())
    compared = {one.number: one for one in comparing.look_up(session, order.branch, rows)}
    found: list[Outcome] = []
    fit: dict[int, Stands] = {}
    for row in rows:
        number = row.declaration_id or 0
        outcome = _left(row, held.get(number), hindered.get(number), compared[row.number])
        if outcome is None and number in others:
            outcome = Outcome(row.number, RowState.OK, _ELSEWHERE)
        if outcome is None and number in fit:
            outcome = _faulty(row.number, [fault("person_twice", rows=str(fit[number].number))])
        if outcome is not None:
            found.append(outcome)
        else:
            fit[number] = row
    return found + _approved(session, order, [held[number] for number in fit], fit)


def broken(number: int, kind: BatchKind) -> Outcome:
    """Return what becomes of a row that cannot be decided whatever is tried."""
    return Outcome(number, RowState.REFUSED, NOT_MADE if kind is BatchKind.TO_DECLARE else BROKEN)


def write(session: Session, order: Order, found: Sequence[Outcome]) -> None:
    """Write what became of rows that are TO_APPLY."""
    rows = [one._asdict() | {"applied_at": one.applied_at and one.applied_at.isoformat()} for one in found]
    known = {"rows": json.dumps(rows, ensure_ascii=False), "batch": order.batch_id}
    session.execute(_WRITE, known)


def sums(found: Sequence[Outcome]) -> dict[str, int]:
    """Return how many rows were done, applied, refused and faulty, by the list's columns of these names."""
    states = [one.state for one in found]
    return {
        "done": len(states),
        "applied": states.count(RowState.APPLIED),
        "refused": states.count(RowState.REFUSED) + states.count(RowState.SKIPPED),
        "faults": states.count(RowState.FAULT),
    }


def _left(row: Stands, held: Held | None, hindrance: Hindrance | None, now: Compared) -> Outcome | None:
    """Return why a row is not applied; None when nothing is in its way.

    A row whose person declared anew means that declaration from then on: whoever asks again has it looked at.
    """
    is_another = now.declaration_id not in (None, row.declaration_id)
    if hindrance is not None and hindrance.code == "decided" and not (held and _is_replaced(held, is_another)):
        return Outcome(row.number, RowState.SKIPPED, hindrance.sentence)
    if not is_sound(now.faults):
        return Outcome(row.number, RowState.FAULT, faults=now.faults, declaration_id=now.declaration_id)
    if is_another:
        return Outcome(row.number, RowState.OK, _ANOTHER, faults=now.faults, declaration_id=now.declaration_id)
    if held is None:
        return Outcome(row.number, RowState.OK, _CORRECTED)
    if hindrance is not None:
        return Outcome(row.number, RowState.OK, hindrance.sentence or _CORRECTED)
    return None


def _of_others(session: Session, order: Order, held: Collection[Held]) -> set[int]:
    """Return which of them the officer may not approve at the desk, where nobody else looked at the list."""
    if not order.alone or all(one.office_id == order.officer.office_id for one in held):
        return set()
    there = any_(literal([one.id for one in held], ARRAY(BigInteger)))
    mine = in_scope(order.officer.role, Do.APPROVE, Declaration.office_id)
    query = select(Declaration.id).where(Declaration.id == there, ~mine)
    return set(session.scalars(query, scope_values(order.officer)))


def _is_replaced(held: Held, is_another: bool) -> bool:
    return is_another and held.status is Status.WITHDRAWN


def _approved(session: Session, order: Order, held: Sequence[Held], rows: dict[int, Stands]) -> list[Outcome]:
    if not held:
        return []
    left = bulk.approve(session, held, order.officer, Listed(order.batch_id, order.note))
    now = clock.now()
    return [_not_taken(rows[number].number, why) for number, why in left.items()] + [
        Outcome(rows[one.id].number, RowState.APPLIED, applied_at=now) for one in held if one.id not in left
    ]


def _not_taken(number: int, why: Hindrance) -> Outcome:
    if why.code == "code_taken":
        return _faulty(number, [fault("has_account", opened=f"{clock.local(clock.now()):%d/%m/%Y}")])
    if why.code == "phone_taken":
        return _faulty(number, [fault("phone_held")])
    return Outcome(number, RowState.OK, why.sentence)


def _faulty(number: int, faults: list[Found]) -> Outcome:
    return Outcome(number, RowState.FAULT, faults=faults)
