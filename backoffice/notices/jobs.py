"""Background jobs of the outbox: drain what is due, and sweep up what got lost. Each may run any number of times."""

from __future__ import annotations

import time
from datetime import timedelta

from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.notices import leases, outbox
from backoffice.notices.delivery import deliver
from backoffice.notices.leases import Lease

RUN_SECONDS = 30.0
BATCH = {queue.COUNTER: 1, queue.DEFAULT: 100, queue.BULK: 100}
"""How many rows one lease takes: at the counter nobody waits behind a batch whose sender died."""
GLANCE = timedelta(seconds=0.5)
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
    with transaction() as session:
        leases.recover(session)
        lanes = leases.due_lanes(session)
    for lane in sorted(lanes):
        queue.enqueue(outbox.DRAINS[lane], lane=lane)


def drain(lane: str, *, linger: timedelta = timedelta(), seconds: float = RUN_SECONDS) -> None:
    """Send what is due on `lane` for at most `seconds` (and the message under way); ask for the next job if need be.

    When all is sent but something becomes due within `linger`, that long is waited for it.
    """
    end = time.monotonic() + seconds
    patience = linger / GLANCE
    while time.monotonic() < end:
        with transaction() as session:
            taken = leases.take(session, lane, BATCH[lane])
        if taken:
            _deliver_until(end, taken)
        elif patience > 0 and _is_due(lane, within=linger):
            patience -= 1
            time.sleep(GLANCE.total_seconds())
        else:
            return
    if _is_due(lane):
        queue.enqueue(outbox.DRAINS[lane], lane=lane)


def _deliver_until(end: float, taken: list[Lease]) -> None:
    """Deliver in turn; when the time is up, give back what was not begun."""
    left = deliver(taken, end=end)
    if left:
        with transaction() as session:
            for lease in left:
                leases.give_back(session, lease)


def _is_due(lane: str, *, within: timedelta = timedelta()) -> bool:
    with transaction() as session:
        return lane in leases.due_lanes(session, within=within)
