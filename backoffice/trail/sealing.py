"""Sealing the trail: rows that can change no more get marks and a link in the chain.

The order no late commit can break. Ids are drawn from the sequence while the row is inserted, and whoever inserts
holds a lock on the trail from before that until the end of the transaction. So the sequence is read first and the
holders after it: once those have ended, every row with an id up to that mark is there for good or will never be.
Only who is writing to the trail is waited for, not every transaction; the application's role may see pg_locks, while
of other roles' transactions pg_stat_activity hides the start.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

import structlog
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import aliased

from backoffice import config
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import SealKind, TrailSeal, table_of
from backoffice.trail import chain, rounds
from backoffice.trail.calendar import read_month
from backoffice.trail.rows import PAGE, Read, Where, behind, drawn, page

log = structlog.get_logger()

ONE_SEALER = 7_310_027
MONTHS = 7_310_028
"""Advisory locks: who appends to the chain; who moves or drops months (alone), and who reads rows by ids (shared)."""
WAIT_SECONDS = 20.0
POLL_SECONDS = 0.02
BUSY_SECONDS = 60.0
_STRAY = 2**40
"""Numbers above are nowhere near: a seal was moved there."""

_WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted AND mode = 'RowExclusiveLock' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND relation IN (SELECT relid FROM pg_partition_tree('trail'))"
)


class Mark(NamedTuple):
    """Up to where the trail can be sealed: no id up to `id` is to come, and ids above it were drawn after `at`."""

    id: int
    at: datetime


class Head(NamedTuple):
    """The end of the chain."""

    id: int
    to_id: int
    digest: bytes


def seal() -> int:
    """Seal every row that can be, for a minute at most; return how many were. The head of the chain goes to the log.

    Several may be asked at once: one works, the others leave. A killed one leaves whole seals behind.
    """
    mark = wait_for_mark()
    done = 0
    end = time.monotonic() + BUSY_SECONDS
    while mark is not None and (count := _seal_some(mark)):
        done += count
        if time.monotonic() > end:
            break
    return done


def wait_for_mark() -> Mark | None:
    """Return a mark, once whoever was writing when it was taken has ended; None when somebody writes for too long."""
    mark, writers = _take_mark()
    end = time.monotonic() + WAIT_SECONDS
    while writers:
        if time.monotonic() > end:
            log.warning("trail not sealed: a transaction that writes to it does not end", transactions=len(writers))
            return None
        time.sleep(POLL_SECONDS)
        writers &= _writers()
    return mark


def _take_mark() -> tuple[Mark, set[str]]:
    at = clock.now()
    with transaction() as session:
        to_id = drawn(session)
    return Mark(to_id, at), _writers()


def _writers() -> set[str]:
    with transaction() as session:
        return set(session.execute(_WRITERS).scalars())


def _seal_some(mark: Mark) -> int:
    """Seal one page of rows; return how many."""
    with transaction() as session:
        if not (taken(session, ONE_SEALER) and taken(session, MONTHS, shared=True)):
            return 0
        head = head_of(session)
        found = page(session, behind(head.to_id), mark.id, limit=PAGE)
        if not found:
            return 0
        is_last = len(found) < PAGE
        to_id = mark.id if is_last else found[-1].id
        links = [_link(month, these, head, to_id, mark.at if is_last else None) for month, these in _by_month(found)]
        head = append(session, head, links)
    tell(head, len(found))
    return len(found)


def taken(where: Where, lock: int, *, shared: bool = False) -> bool:
    """Take the advisory lock until the end of the transaction; False when somebody else has it."""
    take = func.pg_try_advisory_xact_lock_shared if shared else func.pg_try_advisory_xact_lock
    return bool(where.execute(select(take(lock))).scalar_one())


def head_of(where: Where) -> Head:
    """Return the end of the chain: the last seal that fits.

    What was tampered with behind it stays, and stays named by every verification; its rows are sealed once more, under
    the next number. Of a seal under a key not known only its range is believed.
    """
    known = chain.keys(config.current().trail_key)
    is_last = True
    for link, digest in rounds.newest(where):
        is_foreign = link.key_id not in known and 0 <= link.to_id <= drawn(where)
        if is_foreign or chain.fits(known, link, digest):
            return Head(link.id if is_last else _last_number(where, link.id), link.to_id, digest)
        is_last = False
    return Head(0 if is_last else _last_number(where, 0), 0, chain.GENESIS)


def _last_number(where: Where, sound: int) -> int:
    """Return the number after which the next seal can stand, when what is behind the seal `sound` is broken."""
    there = select(TrailSeal.id).where(TrailSeal.id >= sound)
    base = max(sound, where.execute(select(func.max(TrailSeal.id)).where(TrailSeal.id < _STRAY)).scalar_one() or 0)
    follower = aliased(TrailSeal)
    ends = there.where(TrailSeal.id >= base, ~exists().where(follower.id == TrailSeal.id + 1))
    return where.execute(ends.order_by(TrailSeal.id).limit(1)).scalar_one_or_none() or base


def append(where: Where, head: Head, links: Sequence[chain.Link]) -> Head:
    """Chain the links to the head, under the current key, and write them; return the new head.

    Their ids, key and previous digests are set here. The caller holds ONE_SEALER.
    """
    key = chain.current(chain.keys(config.current().trail_key))
    for link in links:
        link = replace(link, id=head.id + 1, key_id=key.id, previous=head.digest)
        head = Head(link.id, link.to_id, chain.digest(key, link))
        where.execute(table_of(TrailSeal).insert().values(**asdict(link), digest=head.digest))
    return head


def tell(head: Head, count: int) -> None:
    """Write the head down where the database's owner does not reach: `backoffice trail verify --head` takes it."""
    log.info("trail sealed", seal=head.id, rows=count, head=head.digest.hex())


def _by_month(rows: Sequence[Read]) -> list[tuple[date, list[Read]]]:
    ordered = sorted(rows, key=lambda row: row.month)
    return [(read_month(month), list(these)) for month, these in groupby(ordered, key=lambda row: row.month)]


def _link(month: date, rows: Sequence[Read], head: Head, to_id: int, marked_at: datetime | None) -> chain.Link:
    key = chain.current(chain.keys(config.current().trail_key))
    return chain.Link(
        id=0,
        kind=SealKind.ROWS,
        month=month,
        from_id=head.to_id,
        to_id=to_id,
        count=len(rows),
        row_marks=chain.marks_of(key, rows),
        marked_at=marked_at,
        key_id="",
        previous=b"",
        sealed_at=clock.now(),
    )
