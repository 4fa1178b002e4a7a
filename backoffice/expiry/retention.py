"""The sweep that obeys the retention table (rules.retention): what has had its time is deleted, counted, written down.

In chunks, each a transaction of its own: what is locked is passed over, what is killed midway has lost nothing and left
nothing half done, and two at once take different rows. A run that deleted something is a row (RetentionRun), written
with its first chunk and carried on with the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import tuple_
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backoffice.expiry import retention_acts as acts
from backoffice.expiry.actions import Remains, clear_away
from backoffice.expiry.retention_shelves import SHELVES, Shelf
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import KeptData, RetentionRun, TrailEvent, table_of
from backoffice.rules.actors import SYSTEM
from backoffice.rules.journal import record

log = structlog.get_logger()

CHUNK = 2000
"""Rows a transaction: locks are short, and a fault costs one chunk."""
MOST = 20_000
"""Rows of a kind a call: a job stays well below its time."""


def sweep(most: int = MOST) -> dict[KeptData, int]:
    """Delete up to `most` of each kind of data whose term is over; return how many of each, those of nothing left out.

    A kind that the database keeps waiting (somebody holds what goes with it) is left to the next run.
    """
    swept = {data: _in_peace(shelf, most) for data, shelf in SHELVES.items()}
    return {data: count for data, count in swept.items() if count}


@dataclass
class _Run:
    """One run over one kind, as far as it has come."""

    data: KeptData
    at: datetime = field(default_factory=clock.now)
    began: float = field(default_factory=time.monotonic)
    id: int | None = None
    count: int = 0

    def note(self, session: Session, count: int, oldest: datetime) -> None:
        """Count what was deleted in this transaction, in the run's row and in the trail."""
        seconds = time.monotonic() - self.began
        if self.id is None:
            kept = RetentionRun(data=self.data, at=self.at, count=count, oldest=oldest, seconds=seconds)
            session.add(kept)
            session.flush()
        else:
            kept = session.get_one(RetentionRun, self.id)
            kept.count, kept.seconds, kept.oldest = self.count + count, seconds, min(kept.oldest, oldest)
        record(session, TrailEvent.RETENTION, SYSTEM, data=self.data.value, count=count, run=kept.id)
        self.id, self.count = kept.id, kept.count


def _in_peace(shelf: Shelf, most: int) -> int:
    run, remains = _Run(shelf.data), Remains(0, [], [])
    try:
        while run.count < most:
            with transaction() as session:
                more = _chunk(session, shelf, run, min(CHUNK, most - run.count))
            if not more.count:
                break
            remains = remains.and_also(more)
    except OperationalError as error:
        log.warning("retention left to the next run", data=shelf.data.value, error=type(error.orig).__name__)
    finally:
        clear_away(remains)
    if remains.count:
        log.info("retention deleted", data=shelf.data.value, row_count=remains.count)
    return remains.count


def _chunk(session: Session, shelf: Shelf, run: _Run, most: int) -> Remains:
    rows = session.execute(shelf.due(most)).all()
    if not rows:
        return Remains(0, [], [])
    remains = _ACTS.get(shelf.data, _deleted)(session, shelf, [row[:-1] for row in rows])
    if remains.count:
        run.note(session, remains.count, min(row[-1] for row in rows))
    return remains


_Act = Callable[[Session, Shelf, Sequence[tuple[Any, ...]]], Remains]


def _deleted(session: Session, shelf: Shelf, keys: Sequence[tuple[Any, ...]]) -> Remains:
    """Delete whole rows that leave nothing outside the database."""
    session.execute(table_of(shelf.model).delete().where(tuple_(*shelf.key).in_(keys)))
    return Remains(len(keys), [], [])


def _by_ids(act: Callable[[Session, KeptData, list[int]], Remains]) -> _Act:
    return lambda session, shelf, keys: act(session, shelf.data, [key[0] for key in keys])


_ACTS: dict[KeptData, _Act] = {
    KeptData.REJECTED: _by_ids(acts.delete_declarations),
    KeptData.APPROVED_PHOTOS: _by_ids(acts.clear_declarations),
    KeptData.CORRECTIONS: _by_ids(acts.blank_corrections),
    KeptData.APPROVED: _by_ids(acts.delete_approved),
    KeptData.CLOSED_ACCOUNTS: _by_ids(acts.delete_accounts),
    KeptData.TOMBSTONES: _by_ids(acts.delete_tombstones),
    KeptData.NOTICES: _by_ids(acts.delete_notices),
    KeptData.ONE_TIME_CODES: _by_ids(acts.delete_codes),
}
"""What more is to be done than deleting the rows themselves."""
