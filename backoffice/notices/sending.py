"""A slice of messages through the gateways in order of preference: paced, failed over, each fate written at once.

What a gateway surely did not take goes to the next one in the same try; what it may have taken is tried again later.
The fate of a message is in the database before the next is handed over, so a sender killed at any instant has at most
as many sent twice as its gateway has under way: one, unless SMS_URL says window=.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence

from backoffice.gateways.delivery import Fate, GatewayDown, Sent
from backoffice.kernel import pace, queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel
from backoffice.notices import circuit, fates, outbox
from backoffice.notices.circuit import Standing, State, Tally
from backoffice.notices.leases import Due, Lease
from backoffice.notices.parcels import Parcel, made_of
from backoffice.notices.ways import Poisoned, Way

AHEAD = {queue.COUNTER: 1.0, queue.DEFAULT: 0.2, queue.BULK: 0.0}
"""Seconds of a gateway's places that a lane may take before their time: who stands at the counter does not queue."""
OUT = "Nhà mạng đang gián đoạn; hệ thống tự gửi lại."
MAIL_OUT = "Máy chủ thư đang gián đoạn; hệ thống tự gửi lại."


class Round:
    """The messages of one channel in one slice, which ends at `end` (time.monotonic) and the call under way."""

    def __init__(self, channel: NoticeChannel, standings: dict[str, Standing], end: float) -> None:
        self._out = MAIL_OUT if channel is NoticeChannel.EMAIL else OUT
        self._standings = standings
        self._end = end
        self.has_recovered = False
        self.awaits_receipts = False
        """Something went whose receipt will name it by the gateway's id, and may have come already."""

    def send(self, ways: Sequence[Way], wanted: Sequence[Due]) -> list[Lease]:
        """Send `wanted`, all that was begun written down; return the leases of those not begun when the slice ended."""
        waiting: deque[Due | Parcel] = deque(wanted)
        tried = False
        for way in ways:
            if waiting and not self._is_over(tried) and self._standings[way.name].state is not State.OPEN:
                waiting = self._through(way, waiting)
                tried = True
        if waiting and ways and not self._is_over(tried):
            self._nobody_took(ways[0], waiting)
            waiting.clear()
        fates.finish()
        return [_due(one).lease for one in waiting]

    def _is_over(self, tried: bool) -> bool:
        """Tell whether no more is begun; the first message always is."""
        return tried and time.monotonic() >= self._end

    def _through(self, way: Way, waiting: deque[Due | Parcel]) -> deque[Due | Parcel]:
        """Send what is `waiting` through one gateway; return what it surely did not take, and what was not begun."""
        before = self._standings[way.name]
        tally, left = Tally(), deque[Due | Parcel]()
        if before.state is State.TRIAL:
            left += self._handed(way, deque([waiting.popleft()]), tally, most=1)
        if before.state is not State.TRIAL or not tally.faults:
            left += self._handed(way, waiting, tally, most=circuit.FAULTS - before.faults)
        left += waiting
        self._note(way, tally, before)
        return left

    def _handed(self, way: Way, waiting: deque[Due | Parcel], tally: Tally, *, most: int) -> list[Due | Parcel]:
        """Hand over until the time is up or the gateway has failed `most` times in a row; return what it left."""
        begun = 0

        def parcels() -> Iterator[Parcel]:
            nonlocal begun
            while waiting and tally.faults < max(most, 1) and not self._is_over(begun > 0):
                self._pace(way, _due(waiting[0]))
                parcel = self._prepared(waiting.popleft())
                if parcel is not None:
                    begun += 1
                    yield parcel

        left: list[Due | Parcel] = []
        for told in way.hand_over(parcels()):
            for parcel, fate, seconds in told:
                _count(tally, fate, seconds)
                self.awaits_receipts |= isinstance(fate, Sent) and fate.gateway_id is not None and not fate.delivered
                if _may_go_elsewhere(fate):
                    parcel.reason = tally.reason
                    left.append(parcel)
            fates.record([(one.due, fate) for one, fate, _ in told if not _may_go_elsewhere(fate)], way.name)
        return left

    def _prepared(self, one: Due | Parcel) -> Parcel | None:
        """Return the parcel, None when there is nothing to send any more; what cannot be made is recorded."""
        if isinstance(one, Parcel):
            return one
        try:
            return made_of(one)
        except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
            fates.record([(one, Poisoned(error, one.lease.notice_id))], "")
            return None

    def _pace(self, way: Way, due: Due) -> None:
        while way.rate and (seconds := pace.wait_for(way.name, way.rate, AHEAD[due.lane])):
            time.sleep(min(seconds, 1.0))

    def _nobody_took(self, first: Way, waiting: deque[Due | Parcel]) -> None:
        """Record that no gateway could be had; a message whose last try this is goes to the first one all the same."""
        last: deque[Due | Parcel] = deque(
            one for one in waiting if isinstance(one, Due) and one.lease.tries > len(outbox.PAUSES)
        )
        others = [one for one in waiting if one not in last]
        if last:
            tally = Tally()
            others += self._handed(first, last, tally, most=len(last))
            others += last
            self._note(first, tally, self._standings[first.name])
        for one in others:
            reason = one.reason if isinstance(one, Parcel) and one.reason else self._out
            fates.record([(_due(one), GatewayDown(reason))], "")

    def _note(self, way: Way, tally: Tally, before: Standing) -> None:
        if not (tally.taken or tally.refused or tally.down):
            return
        with transaction() as session:
            self.has_recovered |= circuit.note(session, way.name, tally, before)


def _count(tally: Tally, fate: Fate, seconds: float) -> None:
    if isinstance(fate, Poisoned):
        return
    if isinstance(fate, GatewayDown):
        tally.failed(fate.reason_vi, seconds)
    else:
        tally.answered(taken=isinstance(fate, Sent), seconds=seconds)


def _may_go_elsewhere(fate: Fate) -> bool:
    """Tell whether the gateway surely did not take it, so that the next one may have it at once."""
    return isinstance(fate, GatewayDown) and not fate.unsure


def _due(one: Due | Parcel) -> Due:
    return one.due if isinstance(one, Parcel) else one
