"""Applying what was asked for of a list (D12): chunk by chunk, each a transaction, every row decided once.

The row is the work: TO_APPLY until the transaction that decides it commits, whatever is killed before. Whoever is at a
list says so at the end of each chunk, where it fails unless the list is still theirs: so a list is stopped between two
chunks, and a worker thought dead who comes back decides nothing. Two chunks are worked on at once; their people and
phones are locked in one order for everybody (decision.holding), so they wait for each other at most.

What the desk did meanwhile stands: each row is compared anew with the declarations locked, and what is no longer fit is
left, with why. A chunk that fails is tried in halves, down to the one row at fault, which is refused; a chunk that
kills its worker is tried smaller each time. Adults go before children, for a guardian on the same list has to have an
account first (D11).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any

import structlog
from sqlalchemy import BigInteger, any_, exists, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.batches import making, outcomes, review
from backoffice.batches.comparing import STANDS, Stands
from backoffice.batches.outcomes import Order, Outcome
from backoffice.batches.work import NoLongerOurs
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Batch, BatchKind, BatchRow, BatchStage, Declaration, Office, Officer, RowState, TrailEvent
from backoffice.rules.actors import SYSTEM, Actor, officer_actor
from backoffice.rules.journal import record

log = structlog.get_logger()

CHUNK = 400
"""Rows a transaction: the desk waits for a chunk at most, and each person takes two locks of those there are."""
SIZES = (CHUNK, CHUNK, 16, 1)
"""Rows a transaction by the how manieth try since anything was decided; beyond that the first row is refused."""
SECONDS = 60.0
"""So long one job is at it; then it asks for the next."""
STRAY = timedelta(seconds=queue.JOB_SECONDS)
SIDE_BY_SIDE = 2
"""Chunks at once: the database works on one while the other is read and compared."""
RETRIES = 3
"""So often a chunk is tried again that the database refused for now (a lock waited for in vain)."""


@dataclass(frozen=True)
class Turn:
    """A list that was taken to be applied: which, when, and the how manieth try since anything was decided."""

    id: int
    taken: datetime
    tries: int
    order: Order

    def note(self, session: Session, **sums: int) -> None:
        """Say that we are at it, and add `sums` to the list's numbers; raises NoLongerOurs when it is not ours,
        when who asked was disabled, or the list's office was merged: whoever takes it next sees which branch it is of.

        Holds the list until the transaction ends: so shortly before, and before rows are written, as `stop` does.
        """
        now = clock.now()
        mine = Batch.id == self.id, Batch.stage == BatchStage.APPLYING, Batch.taken_at == self.taken
        as_taken = Batch.office_id == self.order.officer.office_id, _ASKER_STAYS
        counted = {name: getattr(Batch, name) + number for name, number in sums.items()}
        values: dict[str, Any] = {"worked_at": now, "touched_at": now, **counted}
        if sums:
            values["tries"] = 0
        noted = session.execute(update(Batch).where(*mine, *as_taken).values(values))
        if not noted.rowcount:  # type: ignore[attr-defined]
            raise NoLongerOurs


_ASKER_STAYS = exists().where(Officer.id == Batch.asked_by_id, Officer.disabled_at.is_(None))


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
    _end(session, actor, batch, "stopped")


def _end(session: Session, actor: Actor, batch: Batch, what: str, reason: str | None = None) -> None:
    undecided = BatchRow.batch_id == batch.id, BatchRow.state == RowState.TO_APPLY
    session.execute(update(BatchRow).where(*undecided).values(state=RowState.OK, reason=reason))
    review.settle(session, batch)
    record(session, TrailEvent.BATCH_CANCEL, actor, batch=batch.id, what=what)


def _take() -> Turn | None:
    with transaction() as session:
        while batch := _waiting(session):
            if not review.asker_may(session, batch):
                _end(session, SYSTEM, batch, "asker_gone", review.ASKER_GONE)
                session.flush()
                continue
            now = clock.now()
            batch.worked_at, batch.taken_at, batch.tries = now, now, batch.tries + 1
            officer = session.get_one(Officer, batch.asked_by_id)
            office = session.get_one(Office, batch.office_id)
            alone = batch.kind is BatchKind.DECLARED and batch.second_by_id is None
            order = Order(batch.id, officer_actor(officer, office), office.path, _note(batch), batch.kind, alone)
            return Turn(batch.id, now, batch.tries, order)
        return None


def _waiting(session: Session) -> Batch | None:
    free = or_(Batch.worked_at.is_(None), Batch.worked_at < clock.now() - STRAY)
    waiting = select(Batch).where(Batch.stage == BatchStage.APPLYING, free).order_by(Batch.touched_at).limit(1)
    return session.scalars(waiting.with_for_update(of=Batch, skip_locked=True)).one_or_none()


def _note(batch: Batch) -> str:
    """Return what the ledger says: by which list."""
    day = f" ngày {batch.letter_date:%d/%m/%Y}" if batch.letter_date else ""
    return f"Danh sách số {batch.id}, công văn {batch.letter_number or ''}{day}"


def _carry(turn: Turn) -> None:
    end = time.monotonic() + SECONDS
    for others in (False, True):
        chunks = _chunks(turn, SIZES[min(turn.tries, len(SIZES)) - 1], children_too=others)
        if turn.tries > len(SIZES) and (first := next(chunks, None)):
            _refuse(turn, first[0])
            turn = replace(turn, tries=len(SIZES))
        _decide_all(turn, chunks, end)
        if time.monotonic() > end:
            _give_back(turn)
            return
    with transaction() as session:
        turn.note(session)
        review.settle(session, session.get_one(Batch, turn.id))
    log.info("list applied", batch=turn.id)


def _decide_all(turn: Turn, chunks: Iterator[Sequence[int]], end: float) -> None:
    """Decide the chunks, some side by side: what one reads and compares costs no time while another writes."""
    is_tried = turn.tries > 1  # something killed a worker: what is begun beside it must not be blamed for it
    side_by_side = 1 if is_tried or turn.order.kind is BatchKind.TO_DECLARE else SIDE_BY_SIDE
    if side_by_side == 1:
        _decide_some(turn, chunks, end, Event())
        return
    shared, failed = _Shared(chunks), Event()
    with ThreadPoolExecutor(side_by_side) as pool:
        those = [pool.submit(copy_context().run, _decide_some, turn, shared, end, failed) for _ in range(side_by_side)]
    for one in those:
        one.result()


def _decide_some(turn: Turn, chunks: Iterable[Sequence[int]], end: float, failed: Event) -> None:
    for numbers in chunks:
        try:
            _decide(turn, numbers)
        except BaseException:
            failed.set()
            raise
        if failed.is_set() or time.monotonic() > end:
            return


class _Shared(Iterator[Sequence[int]]):
    """Chunks that several take from."""

    def __init__(self, chunks: Iterator[Sequence[int]]) -> None:
        self._chunks, self._lock = chunks, Lock()

    def __next__(self) -> Sequence[int]:
        with self._lock:
            return next(self._chunks)


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
        with transaction() as session:
            rows = _rows(session, turn, numbers)
            if turn.order.kind is BatchKind.TO_DECLARE:
                turn.note(session)  # its rows are written as their declarations are made
                found = making.decide(session, turn.order, rows)
            else:
                found = outcomes.decide(session, turn.order, rows)
            _write(session, turn, found)
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


def _write(session: Session, turn: Turn, found: Sequence[Outcome]) -> None:
    turn.note(session, **outcomes.sums(found))
    outcomes.write(session, turn.order, found)


def _refuse(turn: Turn, number: int) -> None:
    with transaction() as session:
        _write(session, turn, [outcomes.broken(number, turn.order.kind)])


def _give_back(turn: Turn) -> None:
    """Leave the list to whoever comes next, at once."""
    with transaction() as session:
        turn.note(session)
        session.execute(update(Batch).where(Batch.id == turn.id).values(worked_at=None))
