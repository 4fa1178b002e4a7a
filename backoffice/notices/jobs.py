"""Background jobs of the outbox: drain what is due, and sweep up what got lost. Each may run any number of times."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.notices import doors, leases, outbox, receipts, undelivered
from backoffice.notices.ahead import Ahead, leased_ahead
from backoffice.notices.delivery import SLICE, deliver
from backoffice.notices.leases import Due, Lease

RUN_SECONDS = 30.0
BATCH = {queue.COUNTER: 1, queue.DEFAULT: 400, queue.BULK: 400}
"""How many rows one lease takes: at the counter nobody waits behind a batch whose sender died."""
GLANCE = timedelta(seconds=0.5)
UNTENDED = timedelta(seconds=0.3)
"""What has been due for so long on a more urgent lane has no worker of its own."""
LINGER = timedelta(seconds=6)
"""So long the counter's job waits for a second try, which the citizen waits for too."""


def drain_counter() -> None:
    """Send what is due on the counter's lane, and what becomes due while it waits a moment."""
    queue.begin(outbox.DRAINS[queue.COUNTER])
    drain(queue.COUNTER, linger=LINGER)


def drain_default() -> None:
    """Send what is due on the default lane."""
    queue.begin(outbox.DRAINS[queue.DEFAULT])
    drain(queue.DEFAULT)


def drain_bulk() -> None:
    """Send what is due on the lane of lists and reminders, until something more urgent is."""
    queue.begin(outbox.DRAINS[queue.BULK])
    drain(queue.BULK)


def sweep() -> None:
    """Queue again what a dead sender left, and ask for the drains of lanes with something due (every 30 s)."""
    receipts.match_strays(receipts.SILENCE)
    with transaction() as session:
        leases.recover(session)
        lanes = leases.due_lanes(session)
    for lane in sorted(lanes):
        queue.enqueue(outbox.DRAINS[lane], lane=lane)


def tidy() -> None:
    """Say of what the network never reported that it is not known, and put away what is of no use any more."""
    receipts.presume_unknown()
    receipts.drop_old()
    lapsed = 1
    while lapsed:
        with transaction() as session:
            lapsed = undelivered.mark_lapsed(session)


@contextmanager
def attending() -> Iterator[None]:
    """Take receipts while the block runs, from before the first message on; hang up at its end (a worker's life)."""
    doors.attend()
    try:
        yield
    finally:
        doors.close()


def drain(lane: str, *, linger: timedelta = timedelta(), seconds: float = RUN_SECONDS) -> None:
    """Send what is due on `lane` for at most `seconds` (and the message under way); ask for the next job if need be.

    When all is sent but something becomes due within `linger`, that long is waited for it.
    """
    doors.attend()
    end = time.monotonic() + seconds
    patience = linger / GLANCE
    with leased_ahead() as ahead:
        while time.monotonic() < end:
            served, taken, seen_at = _next(lane, ahead)
            if taken:
                _deliver_until(end, taken, served, ahead, seen_at)
            elif patience > 0 and _is_due(lane, within=linger):
                patience -= 1
                if not _is_due(lane):  # else it came while nothing was found
                    time.sleep(GLANCE.total_seconds())
            else:
                return
    if _is_due(lane):
        queue.enqueue(outbox.DRAINS[lane], lane=lane)


def _next(lane: str, ahead: Ahead) -> tuple[str, list[Due], float]:
    """Return the lane to be served next (`lane`, or an untended one), what is leased of it, and when it was."""
    served = _untended(lane) or ahead.lane or lane  # what is leased ahead looks as if it did not wait
    taken, seen_at = _taken(served, ahead)
    if not taken and served != lane:  # others were quicker, or hold its rows
        served = lane
        taken, seen_at = _taken(served, ahead)
    return served, taken, seen_at


def _taken(lane: str, ahead: Ahead) -> tuple[list[Due], float]:
    """Return what is leased of `lane`, ahead or now, and when it was (time.monotonic)."""
    if taken := ahead.take(lane):
        return taken, ahead.asked_at
    now = time.monotonic()
    with transaction() as session:
        return leases.take(session, lane, BATCH[lane]), now


def _deliver_until(end: float, taken: list[Due], lane: str, ahead: Ahead, seen_at: float) -> None:
    """Deliver in slices; give back what was not begun when the time is up or something more urgent waits.

    The next batch is leased meanwhile where one goes so quickly that it would be waited for.
    """
    left = taken
    begun: set[Lease] = set()
    start = time.monotonic()
    try:
        if ahead.pays_off and len(taken) == BATCH[lane] > 1:
            ahead.ask(lane, BATCH[lane])
        while left and time.monotonic() < end:
            left = deliver(left, seen_at=seen_at, end=end, begun=begun)
            seen_at = -math.inf
            if left and _untended(lane):
                break
    finally:
        _give_back([due.lease for due in left if due.lease not in begun])
    ahead.pays_off = len(begun) == BATCH[lane] > 1 and time.monotonic() - start < SLICE


def _give_back(left: list[Lease]) -> None:
    """Return leases; those already recorded are no longer there to return."""
    if left:
        with transaction() as session:
            leases.give_back_all(session, left)


def _untended(lane: str) -> str | None:
    """Return a lane more urgent than `lane` on which something has waited a moment: no other worker is there for it."""
    urgent = queue.LANES[: queue.LANES.index(lane)]
    if not urgent:
        return None
    with transaction() as session:
        due = leases.due_lanes(session, within=-UNTENDED, of=urgent)
    return next((one for one in urgent if one in due), None)


def _is_due(*lanes: str, within: timedelta = timedelta()) -> bool:
    with transaction() as session:
        return bool(leases.due_lanes(session, within=within, of=lanes))
