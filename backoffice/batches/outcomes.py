"""What becomes of rows as they are applied: approved, left to be looked at again, passed over because of the desk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from backoffice.batches import comparing
from backoffice.batches.comparing import Compared, Stands
from backoffice.batches.faults import Found, fault, is_sound
from backoffice.decision import bulk
from backoffice.decision.bulk import Held, Hindrance, Listed
from backoffice.kernel import clock
from backoffice.models import BatchKind, RowState
from backoffice.rules.actors import Actor

BROKEN = (
    "Hệ thống không duyệt được dòng này dù đã thử riêng từng dòng. Xin mở hồ sơ để giải quyết tại quầy; "
    "nếu vẫn không được, xin báo bộ phận kỹ thuật."
)
_ANOTHER = (
    "Tờ khai của dòng này vừa được thay bằng tờ khai khác. Chưa duyệt; xin xem lại dòng này rồi duyệt lại."
)  # fmt: skip
_CORRECTED = "Hồ sơ của dòng này vừa được sửa ở quầy. Chưa duyệt; xin duyệt lại."
_WRITE = text(
    "UPDATE batch_rows SET state = new.state, reason = new.reason, applied_at = new.applied_at, "
    "faults = coalesce(new.faults, batch_rows.faults) "
    "FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(number bigint, state text, reason text, "
    "applied_at timestamptz, faults jsonb) "
    "WHERE batch_rows.batch_id = :batch AND batch_rows.number = new.number AND batch_rows.state = 'to_apply'"
)


@dataclass(frozen=True)
class Order:
    """Which list is applied, in whose name, within which branch (an office's path), and what the ledger says of it."""

    batch_id: int
    officer: Actor
    branch: str
    note: str
    kind: BatchKind = BatchKind.DECLARED


class Outcome(NamedTuple):
    """What became of a row; `faults` None: those it has stay."""

    number: int
    state: RowState
    reason: str | None = None
    applied_at: datetime | None = None
    faults: list[Found] | None = None


def decide(session: Session, order: Order, rows: Sequence[Stands]) -> list[Outcome]:
    """Approve the people of these rows whose declarations are still as they were found sound; return what became."""
    held = bulk.hold(session, [row.declaration_id for row in rows if row.declaration_id is not None])
    hindered = bulk.hindrances(session, held.values(), order.officer)
    compared = {one.number: one for one in comparing.look_up(session, order.branch, rows)}
    found: list[Outcome] = []
    fit: dict[int, Stands] = {}
    for row in rows:
        number = row.declaration_id or 0
        outcome = _left(row, held.get(number), hindered.get(number), compared[row.number])
        if outcome is None and number in fit:
            outcome = _faulty(row.number, [fault("person_twice", rows=str(fit[number].number))])
        if outcome is not None:
            found.append(outcome)
        else:
            fit[number] = row
    return found + _approved(session, order, [held[number] for number in fit], fit)


def broken(number: int) -> Outcome:
    """Return what becomes of a row that cannot be decided whatever is tried."""
    return Outcome(number, RowState.REFUSED, BROKEN)


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
    """Return why a row is not applied; None when nothing is in its way."""
    if hindrance is not None and hindrance.code == "decided":
        return Outcome(row.number, RowState.SKIPPED, hindrance.sentence)
    if not is_sound(now.faults):
        return _faulty(row.number, now.faults)
    if now.declaration_id != row.declaration_id:
        return Outcome(row.number, RowState.OK, _ANOTHER)
    if held is None:
        return Outcome(row.number, RowState.OK, _CORRECTED)
    if hindrance is not None:
        return Outcome(row.number, RowState.OK, hindrance.sentence or _CORRECTED)
    return None


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
