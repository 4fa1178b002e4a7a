"""A slice of messages through the gateways in order of preference: paced, failed over, each fate written at once.

What a gateway surely did not take goes to the next one in the same try; what it may have taken is tried again later.
The fate of a message is with the database before the next is handed over, so a sender killed at any instant has at most
as many sent twice as its gateway has under way: one, unless SMS_URL says window=.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sent
from backoffice.kernel import clock, pace, queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel
from backoffice.notices import circuit, fates, leases
from backoffice.notices.circuit import Standing, State, Tally
from backoffice.notices.leases import Due, Lease
from backoffice.notices.parcels import Parcel, made_of, still_counts
from backoffice.notices.ways import Poisoned, Told, Way

AHEAD = {queue.COUNTER: 1.0, queue.DEFAULT: 0.2, queue.BULK: 0.0}
"""Seconds of a gateway's places that a lane may take before their time: who stands at the counter does not queue."""
OUT = "Nhà mạng đang gián đoạn; hệ thống tự gửi lại."
MAIL_OUT = "Máy chủ thư đang gián đoạn; hệ thống tự gửi lại."
TOO_LONG = "Cổng gửi tin không trả lời trong thời gian cho phép; hệ thống tự gửi lại."
REST = timedelta(seconds=15)
"""What found no gateway looks again after so long at least."""
LONGEST_PACE = 20.0
"""Seconds for which the first message of a slice waits for its place; the others wait no longer than the slice."""

Waiting = deque[Due | Parcel]


class Round:
    """The messages of one channel in one slice, which ends at `end` (time.monotonic); the leases of those that were
    `begun` are added there.
    """

    def __init__(self, channel: NoticeChannel, standings: dict[str, Standing], end: float, begun: set[Lease]) -> None:
        self._out = MAIL_OUT if channel is NoticeChannel.EMAIL else OUT
        self._standings = standings
        self._end = end
        self._begun, self._has_begun = begun, False
        self._untold: dict[int, Parcel] = {}
        """What is with a gateway, by the notice's id."""
        self.has_recovered = False
        self.awaits_receipts = False
        """Something went whose receipt will name it by the gateway's id, and may have come already."""

    def send(self, ways: Sequence[Way], wanted: Sequence[Due]) -> list[Due]:
        """Send `wanted`, all that was begun written down; return those not begun when the slice ended."""
        waiting: Waiting = deque(wanted)
        is_well = any(self._standings[way.name].state is State.CLOSED for way in ways)
        try:
            waiting = self._try_out([way for way in ways if self._is_due(way)], waiting, is_well=is_well)
            for way in ways:
                if self._standings[way.name].state is State.CLOSED:
                    waiting = self._through(way, waiting)
            old: Waiting = deque(one for one in waiting if isinstance(one, Due) and one.is_old)
            if old and not any(self._standings[way.name].state is State.CLOSED for way in ways):
                waiting = self._ask_all_the_same(ways[0], old, waiting)
            return self._left(waiting)
        finally:
            fates.finish()

    def _is_due(self, way: Way) -> bool:
        return self._standings[way.name].state is State.DUE

    def _is_over(self) -> bool:
        """Tell whether no more is begun; the first message always is."""
        return self._has_begun and time.monotonic() >= self._end

    def _try_out(self, ways: Sequence[Way], waiting: Waiting, *, is_well: bool) -> Waiting:
        """Try gateways that are due for it, each by one message; at the counter only when no other is well."""
        for way in ways:
            if waiting and not self._is_over() and not (is_well and _due(waiting[0]).lane == queue.COUNTER):
                with transaction() as session:
                    is_mine = circuit.claim_trial(session, way.name)
                if is_mine:
                    waiting = self._trial(way, waiting)
        return waiting

    def _trial(self, way: Way, waiting: Waiting) -> Waiting:
        before, tally = self._standings[way.name], Tally()
        first = deque([waiting.popleft()])
        left = self._handed(way, first, tally, most=1)
        self._note(way, tally, before)
        if (tally.taken or tally.refused) and not tally.faults:
            self._standings[way.name] = Standing(State.CLOSED)
        return left + first + waiting

    def _through(self, way: Way, waiting: Waiting) -> Waiting:
        """Send what is `waiting` through one gateway; return what it surely did not take, and what was not begun."""
        before, tally = self._standings[way.name], Tally()
        left = self._handed(way, waiting, tally, most=circuit.FAULTS - before.faults)
        self._note(way, tally, before)
        if tally.faults >= circuit.FAULTS - before.faults:
            self._standings[way.name] = Standing(State.OPEN, until=clock.now() + circuit.FIRST_PAUSE)
        return left + waiting

    def _ask_all_the_same(self, way: Way, old: Waiting, waiting: Waiting) -> Waiting:
        """Hand what has waited its whole time to a gateway that is out: given up is only what was really asked."""
        others = deque(one for one in waiting if one not in old)
        tally = Tally()
        left = self._handed(way, old, tally, most=len(old))
        self._note(way, tally, self._standings[way.name])
        for one in left:
            fates.record([(_due(one), GatewayDown(one.reason if isinstance(one, Parcel) else self._out))], "")
        return old + others

    def _handed(self, way: Way, waiting: Waiting, tally: Tally, *, most: int) -> Waiting:
        """Hand over until the time is up or the gateway has failed `most` times in a row; return what it left."""

        def parcels() -> Iterator[Parcel]:
            while waiting and tally.faults < max(most, 1):
                if not isinstance(waiting[0], Parcel) and (self._is_over() or not self._has_place(way, waiting[0])):
                    return
                parcel = self._prepared(waiting.popleft())
                if parcel is not None:
                    self._has_begun = True
                    self._begun.add(parcel.due.lease)
                    self._untold[parcel.due.lease.notice_id] = parcel
                    yield parcel

        left: Waiting = deque()
        told: Sequence[Told] = ()
        try:
            for told in way.hand_over(parcels()):
                left += self._look_after(way, told, tally)
        except queue.OutOfTime:
            self._break_off(way, told, tally)
            raise
        return left

    def _look_after(self, way: Way, told: Sequence[Told], tally: Tally) -> list[Parcel]:
        """Count and record what is told; return the parcels that the gateway surely did not take."""
        known: list[tuple[Due, Fate]] = []
        left: list[Parcel] = []
        for parcel, fate, seconds in told:
            if isinstance(fate, Sent):
                tally.answered(taken=True, seconds=seconds)
                self.awaits_receipts |= fate.gateway_id is not None and not fate.delivered
            else:
                _count(tally, fate, seconds)
            if _may_go_elsewhere(fate):
                left.append(parcel)
            else:
                known.append((parcel.due, fate))
        fates.record(known, way.name)
        for parcel, _, _ in told:
            del self._untold[parcel.due.lease.notice_id]
            parcel.reason = tally.reason
        return left

    def _break_off(self, way: Way, told: Sequence[Told], tally: Tally) -> None:
        """Record what is with the gateway when the job's time is over: it may have been taken, and goes later.

        What was just `told` of may not have been recorded yet: that did not go unheard.
        """
        for parcel, fate, _ in told:
            if self._untold.pop(parcel.due.lease.notice_id, None) is not None:
                fates.record([(parcel.due, fate)], way.name)
        for parcel in self._untold.values():
            fates.record([(parcel.due, GatewayDown(TOO_LONG, unsure=True))], way.name)
        tally.failed(TOO_LONG, circuit.SLOW_SECONDS)
        self._note(way, tally, self._standings[way.name])

    def _prepared(self, one: Due | Parcel) -> Parcel | None:
        """Return the parcel, None when there is nothing to send any more; what cannot be made is recorded."""
        due = _due(one)
        try:
            if isinstance(one, Parcel):
                return one if still_counts(due) else None
            return made_of(one)
        except queue.OutOfTime:
            raise
        except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
            fates.record([(due, Poisoned(error, due.lease.notice_id))], "")
            return None

    def _has_place(self, way: Way, due: Due) -> bool:
        """Wait for the message's place at the gateway's rate; False when the slice is over first."""
        end = self._end if self._has_begun else max(self._end, time.monotonic() + LONGEST_PACE)
        while way.rate and (seconds := pace.wait_for(way.name, way.rate, AHEAD[due.lane])):
            if time.monotonic() + seconds > end:
                return False
            time.sleep(min(seconds, 1.0))
        return True

    def _left(self, waiting: Waiting) -> list[Due]:
        """Return what was not begun while a gateway is well; what found none goes back until one may be asked again."""
        parcels = [one for one in waiting if isinstance(one, Parcel)]
        fates.record([(one.due, GatewayDown(one.reason)) for one in parcels], "")
        rest = [one for one in waiting if isinstance(one, Due)]
        if not rest or any(one.state is State.CLOSED for one in self._standings.values()):
            return rest
        until = self._next_chance()
        with transaction() as session:
            leases.give_back_all(session, [one.lease for one in rest], until=until, reason=self._out)
        return []

    def _next_chance(self) -> datetime:
        soonest = min((one.until for one in self._standings.values() if one.until is not None), default=None)
        return max(soonest or clock.now(), clock.now() + REST)

    def _note(self, way: Way, tally: Tally, before: Standing) -> None:
        if tally.taken or tally.refused or tally.down:
            with transaction() as session:
                self.has_recovered |= circuit.note(session, way.name, tally, before)


def _count(tally: Tally, fate: GatewayRefused | GatewayDown, seconds: float) -> None:
    """Count what did not go; a message that made the sender stumble is no fault of the gateway's."""
    if isinstance(fate, GatewayRefused):
        tally.answered(taken=False, seconds=seconds)
    elif not isinstance(fate, Poisoned):
        tally.failed(fate.reason_vi, seconds)


def _may_go_elsewhere(fate: Fate) -> bool:
    """Tell whether the gateway surely did not take it, so that the next one may have it at once."""
    return isinstance(fate, GatewayDown) and not fate.unsure


def _due(one: Due | Parcel) -> Due:
    return one.due if isinstance(one, Parcel) else one
