"""Sending leased notices: what is still wanted is asked in a transaction, the gateway called outside any (design 4).

In slices of a second: a slice asks once which of its messages are still wanted and which gateways are well.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind, Status
from backoffice.notices import circuit, leases, outbox, receipts
from backoffice.notices.circuit import Standing
from backoffice.notices.leases import Due, Lease
from backoffice.notices.sending import Round
from backoffice.notices.ways import Way, ways_for

log = structlog.get_logger()

HASTENED_AT_ONCE = 2000
SLICE = 1.0
"""Seconds of sending for which one look at what is wanted holds."""
_WHILE_UNDECIDED = {
    NoticeKind.RECEIVED,
    NoticeKind.FORM01,
    NoticeKind.REMINDER,
    NoticeKind.SUPPLEMENT,
    NoticeKind.MOVED,
}
"""Kinds that ask the citizen to come: untrue once the declaration is decided."""
_UNTIL_HANDED_IN = {NoticeKind.REMINDER, NoticeKind.SUPPLEMENT}
"""Kinds that name what is still missing and a last day: untrue as soon as it was brought (K4, K7, K11)."""


def deliver(
    taken: Sequence[Due], *, seen_at: float = -math.inf, end: float = math.inf, begun: set[Lease] | None = None
) -> list[Due]:
    """Send the notices `taken` for at most SLICE seconds, none begun after `end` (time.monotonic).

    `seen_at`: when they were as given; if that is long ago, they are looked at anew. How each went is recorded;
    whatever goes wrong stops nobody else. Return those not begun; the leases of those that were are added to `begun`,
    for whoever sees this end by an exception.
    """
    ways = {channel: ways_for(channel) for channel in NoticeChannel}
    now = time.monotonic()
    is_fresh = now - seen_at < SLICE / 2
    wanted, standings = _wanted(taken, ways, is_fresh=is_fresh)
    end = min(end, (seen_at if is_fresh else now) + SLICE)
    left: list[Due] = []
    begun = set() if begun is None else begun
    for channel, those in ways.items():
        mine = [due for due in wanted if due.channel is channel]
        if mine:
            one = Round(channel, standings, end, begun)
            left += one.send(those, mine)
            if one.awaits_receipts:
                _match_strays()
            if one.has_recovered:
                _hasten(channel)
    return left


def _wanted(
    taken: Sequence[Due], ways: dict[NoticeChannel, list[Way]], *, is_fresh: bool
) -> tuple[list[Due], dict[str, Standing]]:
    """Return what is to be sent now, and where the gateways for it stand.

    What is not true any more is cancelled; what must not ring at night and what is leased no longer is given back.
    """
    now = clock.now()
    wanted = []
    with transaction() as session:
        found = taken if is_fresh else _looked_at(session, taken)
        for due in found:
            if not _is_true(due):
                leases.drop(session, due.lease)
            elif (morning := outbox.not_at_night(due.lane, due.channel, now)) > now:
                leases.give_back(session, due.lease, until=morning)
            else:
                wanted.append(due)
        used = {due.channel for due in wanted}
        names = [way.name for channel, those in ways.items() if channel in used for way in those]
        return wanted, circuit.standings(session, names) if names else {}


def _looked_at(session: Session, taken: Sequence[Due]) -> list[Due]:
    """Return them as they are now; those whose lease is over, or nearly, are given back."""
    found = leases.due(session, [due.lease for due in taken])
    for lease in {due.lease for due in taken} - {due.lease for due in found}:
        leases.give_back(session, lease)
    return found


def _is_true(due: Due) -> bool:
    """Tell whether what the message asks for is still awaited."""
    if due.kind not in _WHILE_UNDECIDED:
        return True
    handed_in = due.kind in _UNTIL_HANDED_IN and due.declaration_expires_at is None
    return due.declaration_status is Status.SUBMITTED and not handed_in


def _match_strays() -> None:
    """Match receipts that were quicker; what cannot be done now the sweep does."""
    try:
        receipts.match_strays()
    except SQLAlchemyError as error:
        log.warning("receipts wait for the sweep", error=type(error).__name__)


def _hasten(channel: NoticeChannel) -> None:
    """Let what waits because nothing could go now go: a gateway is back. What is missed waits for its own time."""
    try:
        while True:
            with transaction() as session:
                if outbox.hasten(session, channel, HASTENED_AT_ONCE) < HASTENED_AT_ONCE:
                    return
    except SQLAlchemyError as error:
        log.warning("messages wait for their own time", error=type(error).__name__)
