"""Declarations made of rows (D12 b), by intake's very use case: each row makes one, once, whatever is killed.

The row is the idempotency key: TO_APPLY until the transaction that makes its declaration commits, together with the
photos' rows, which change hands in it. People of one code are taken one after the other, so of two lists with the same
person, also at once, the second finds the declaration of the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from backoffice.batches.comparing import Stands
from backoffice.batches.faults import fault
from backoffice.batches.outcomes import Order, Outcome
from backoffice.batches.persons import Judged, judge
from backoffice.decision.actions import one_after_the_other
from backoffice.dossier.photos import StoredPhoto
from backoffice.gateways.photos import QualityNote
from backoffice.intake.actions import take_in
from backoffice.kernel import clock
from backoffice.models import Batch, BatchPhoto, BatchRow, Channel, RowState


def decide(session: Session, order: Order, rows: Sequence[Stands]) -> list[Outcome]:
    """Make a declaration of each row that is still sound; return what became of them."""
    batch = session.get_one(Batch, order.batch_id)
    one_after_the_other(session, _codes(session, order, rows))
    made: dict[str, int] = {}
    found = []
    for one in judge(session, batch, rows):
        code = one.bhxh_code or ""
        if not one.is_sound:
            found.append(Outcome(one.number, RowState.FAULT, faults=one.faults))
        elif code in made:
            twice = [*one.faults, fault("person_twice", rows=str(made[code]))]
            found.append(Outcome(one.number, RowState.FAULT, faults=twice))
        else:
            made[code] = one.number
            _declare(session, order, one)
            found.append(Outcome(one.number, RowState.APPLIED, applied_at=clock.now()))
    return found


def _codes(session: Session, order: Order, rows: Sequence[Stands]) -> set[str]:
    mine = BatchRow.batch_id == order.batch_id, BatchRow.number.in_([row.number for row in rows])
    return {code for code in session.scalars(select(BatchRow.bhxh_code).where(*mine)) if code}


def _declare(session: Session, order: Order, one: Judged) -> None:
    stored = [_handed_over(photo) for photo in one.photos.values()]
    if stored:
        session.execute(delete(BatchPhoto).where(BatchPhoto.id.in_([photo.id for photo in stored])))
    declaration, _ = take_in(session, one.columns, stored, order.officer, Channel.LIST)
    its = BatchRow.batch_id == order.batch_id, BatchRow.number == one.number
    session.execute(update(BatchRow).where(*its).values(declaration_id=declaration.id))


def _handed_over(photo: BatchPhoto) -> StoredPhoto:
    return StoredPhoto(
        id=photo.id,
        kind=photo.kind,
        wrapped_key=photo.wrapped_key or b"",
        key_name=photo.key_name or "",
        width=photo.width,
        height=photo.height,
        notes=tuple(map(QualityNote, photo.notes)),
        citizen_card=photo.citizen_card,
    )
