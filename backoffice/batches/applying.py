"""Applying what was asked for of a list (D12): chunk by chunk, each a transaction, every row decided once.

The row is the work: TO_APPLY until the transaction that decides it commits, whatever is killed before. Whoever is at a
list says so at each step and is asked whether it is still theirs, so a list is stopped between two chunks, and a worker
thought dead who comes back finds it is theirs no more. What the desk did meanwhile stands: each row is compared anew
with the declarations locked, and what is no longer fit is left, with why.

A chunk that fails is tried in halves, down to the one row at fault, which is refused; a chunk that kills its worker is
tried smaller each time. Adults go before children, for a guardian on the same list has to have an account first (D11).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import BigInteger, any_, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.batches import making, outcomes, review
from backoffice.batches.comparing import STANDS, Stands
from backoffice.batches.outcomes import Order
from backoffice.batches.work import NoLongerOurs
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Batch, BatchKind, BatchRow, BatchStage, Declaration, Office, Officer, RowState, TrailEvent
from backoffice.rules.actors import Actor, officer_actor
from backoffice.rules.journal import record

log = structlog.get_logger()

CHUNK = 400
"""Rows a transaction: the desk waits for a chunk at most, and each person takes two locks of those there are."""
SIZES = (CHUNK, CHUNK, 16, 1)
"""Rows a transaction by the how manieth try since anything was decided; beyond that the first row is refused."""
SECONDS = 60.0
"""So long one job is at it; then it asks for the next."""
STRAY = timedelta(seconds=queue.JOB_SECONDS)
RETRIES = 3
"""So often a chunk is tried again that the database refused for now (a lock waited for in vain)."""


@dataclass
class Turn:
    """A list that was taken to be applied, as of its last step."""

    id: int
    seen: datetime
    tries: int
    order: Order

    @contextmanager
    def step(self) -> Iterator[Session]:
        """Open a transaction in which the list is surely ours; raises NoLongerOurs."""
        now = clock.now()
        with transaction() as session:
            mine = Batch.id == self.id, Batch.stage == BatchStage.APPLYING, Batch.worked_at == self.seen
            noted = session.execute(update(Batch).where(*mine).values(worked_at=now, touched_at=now, tries=0))
            if not noted.rowcount:  # type: ignore[attr-defined]
                raise NoLongerOurs
            yield session
        self.seen = now


def apply_one() -> bool:
    """Go on with the list that has waited longest to be applied; tell whether there was one."""
    turn = _take()
    if turn is None:
        return False
    try:
        _carry(turn)
    except NoLongerOurs:
        log.info("list no longer ours", batch=turn.id)
    except OperationalError as error:
        log.warning("list left for later", batch=turn.id, error=type(error.orig).__name__)
        with suppress(OperationalError):
            _give_back(turn)
        return False
    return True


def stop(session: Session, actor: Actor, batch: Batch) -> None:
    """Apply no more of the locked list: what is not decided yet is sound as before; a chunk under way is waited for."""
    undecided = BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY
    session.execute(update(BatchRow).where(*undecided).values(state=RowState.OK))
    review.settle(session, batch)
    record(session, TrailEvent.BATCH_CANCEL, actor, batch=batch.id, what="stopped")


def _take() -> Turn | None:
    free = or_(Batch.worked_at.is_(None), Batch.worked_at < clock.now() - STRAY)
    waiting = select(Batch).where(Batch.stage == BatchStage.APPLYING, free).order_by(Batch.touched_at).limit(1)
    with transaction() as session:
        batch = session.scalars(waiting.with_for_update(of=Batch, skip_locked=True)).one_or_none()
        if batch is None:
            return None
        batch.worked_at, batch.tries = clock.now(), batch.tries + 1
        officer = session.get_one(Officer, batch.asked_by_id)
        office = session.get_one(Office, batch.office_id)
        order = Order(batch.id, officer_actor(officer, office), office.path, _note(batch), batch.kind)
        return Turn(batch.id, batch.worked_at, batch.tries, order)


def _note(batch: Batch) -> str:
    """Return what the ledger says: by which list."""
    day = f" ngày {batch.letter_date:%d/%m/%Y}" if batch.letter_date else ""
    return f"Danh sách số {batch.id}, công văn {batch.letter_number or ''}{day}"


def _carry(turn: Turn) -> None:
    size = SIZES[min(turn.tries, len(SIZES)) - 1]
    end = time.monotonic() + SECONDS
    for others in (False, True):
        for numbers in _chunks(turn, size, children_too=others):
            if turn.tries > len(SIZES):
                _refuse(turn, numbers[0])
                turn.tries = 0
            else:
                _decide(turn, numbers)
            if time.monotonic() > end:
                _give_back(turn)
                return
    with turn.step() as session:
        review.settle(session, session.get_one(Batch, turn.id))
    log.info("list applied", batch=turn.id)


def _chunks(turn: Turn, size: int, *, children_too: bool) -> Iterator[Sequence[int]]:
    """Yield the numbers of rows to be decided, first without children's, in runs of `size`."""
    mine = [BatchRow.batch_id == turn.id, BatchRow.state == RowState.TO_APPLY]
    query = select(BatchRow.number).outerjoin(Declaration, Declaration.id == BatchRow.declaration_id)
    if not children_too:
        mine.append(Declaration.guardian_bhxh_code.is_(None))
    with transaction() as session:
        numbers = session.scalars(query.where(*mine).order_by(BatchRow.number)).all()
    for at in range(0, len(numbers), size):
        yield numbers[at : at + size]


def _decide(turn: Turn, numbers: Sequence[int], left: int = RETRIES) -> None:
    """Decide these rows in one transaction, or in halves where something is wrong with one of them."""
    try:
        with turn.step() as session:
            rows = _rows(session, turn, numbers)
            decide = making.decide if turn.order.kind is BatchKind.TO_DECLARE else outcomes.decide
            outcomes.write(session, turn.order, decide(session, turn.order, rows))
    except (NoLongerOurs, queue.OutOfTime):
        raise
    except OperationalError:
        if not left:
            raise
        _decide(turn, numbers, left - 1)
    except Exception as error:  # noqa: BLE001 (whatever it is, the other rows go on)
        log.warning("chunk of a list failed", batch=turn.id, rows=len(numbers), error=type(error).__name__)
        if len(numbers) == 1:
            _refuse(turn, numbers[0])
            return
        middle = len(numbers) // 2
        _decide(turn, numbers[:middle])
        _decide(turn, numbers[middle:])


def _rows(session: Session, turn: Turn, numbers: Sequence[int]) -> Sequence[Stands]:
    those = BatchRow.number == any_(literal(list(numbers), ARRAY(BigInteger)))
    mine = BatchRow.batch_id == turn.id, BatchRow.state == RowState.TO_APPLY, those
    return session.execute(select(*STANDS).where(*mine).order_by(BatchRow.number)).all()


def _refuse(turn: Turn, number: int) -> None:
    with turn.step() as session:
        outcomes.write(session, turn.order, [outcomes.broken(number)])


def _give_back(turn: Turn) -> None:
    """Leave the list to whoever comes next, at once."""
    with turn.step() as session:
        session.execute(update(Batch).where(Batch.id == turn.id).values(worked_at=None))
