"""Writing how messages fared, each as soon as it is known (design 4): what went out by a pipe, what did not by its row.

The next message is handed over while the database still writes the one before; what a lost connection took with it is
written again, patiently, for its lease lasts longer than a restart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sent
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Row
from backoffice.kernel.pipe import Pipe
from backoffice.models import Notice, NoticeStatus
from backoffice.notices import doors, leases, outbox, went_out
from backoffice.notices.leases import Due, Lease

log = structlog.get_logger()

PATIENCE = 25.0
"""Seconds for which a database that is away is waited for."""
PAUSE = 0.5
_mine = threading.local()


def record(outcomes: Sequence[tuple[Due, Fate]], gateway: str) -> None:
    """Write how messages fared at `gateway`, unless others have taken them since; what is deleted is forgotten."""
    gone: list[tuple[Lease, Sent]] = []
    may_hurry = True
    for due, fate in outcomes:
        if isinstance(fate, Sent):
            gone.append((due.lease, fate))
            may_hurry = may_hurry and _may_hurry(due)
    if gone:
        which, known = went_out.asked(gone, gateway, hurried=may_hurry)
        _pipe().ask(which, known, partial(_look_after, gone, gateway))
    for due, fate in outcomes:
        if not isinstance(fate, Sent):
            _patiently(partial(_settle, due.lease, fate))


def _may_hurry(due: Due) -> bool:
    """Tell whether it is one of the many that nobody waits for, and holds no secret."""
    return due.lane != queue.COUNTER and not due.has_secret


def finish() -> None:
    """Make sure that all is written."""
    _pipe().settle()


def _pipe() -> Pipe:
    if not hasattr(_mine, "pipe"):
        _mine.pipe = went_out.sent_pipe()
    return _mine.pipe  # type: ignore[no-any-return]


def _look_after(gone: Sequence[tuple[Lease, Sent]], gateway: str, written: list[Row] | None) -> None:
    """Write anew what was lost with the connection; forget what no longer exists."""
    if written is None:
        _patiently(partial(_write_anew, gone, gateway))
    elif len(written) < len(gone):
        known = {row[0] for row in written}
        _patiently(partial(_forget_deleted, [lease.notice_id for lease, _ in gone if lease.notice_id not in known]))


def _write_anew(gone: Sequence[tuple[Lease, Sent]], gateway: str) -> None:
    with transaction() as session:
        went_out.sent(session, gone, gateway)
    _forget_deleted([lease.notice_id for lease, _ in gone])


def _forget_deleted(ids: Sequence[int]) -> None:
    with transaction() as session:
        deleted = {number for number in ids if session.get(Notice, number) is None}
    if deleted:
        doors.forget(deleted)


def _settle(lease: Lease, fate: GatewayRefused | GatewayDown) -> None:
    with transaction() as session:
        notice = leases.held(session, lease)
        if notice is not None and notice.status in (NoticeStatus.SENDING, NoticeStatus.QUEUED):
            _settle_held(session, notice, fate)


def _settle_held(session: Session, notice: Notice, fate: GatewayRefused | GatewayDown) -> None:
    if isinstance(fate, GatewayRefused):
        outbox.settle(session, notice, NoticeStatus.FAILED, failure=fate.reason_vi)
    else:
        outbox.retry_or_fail(session, notice, fate.reason_vi)


def _patiently(act: Callable[[], None]) -> None:
    """Do it, again and again while the database is away; raises what it says after PATIENCE."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except (OperationalError, PoolTimeout) as error:
            if time.monotonic() > end:
                raise
            log.warning("database out, trying again", error=type(error).__name__)
            time.sleep(PAUSE)
