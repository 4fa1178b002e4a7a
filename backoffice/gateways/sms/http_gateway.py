"""What gateways over HTTP have in common: a window of connections, on each of which one message is under way."""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from backoffice.gateways.delivery import GATHER_SECONDS, Fate, GatewayDown, Sent, Sms, only_fate
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http import SECONDS, HttpLine, Request


class HttpGateway:
    """Sends by the requests that `request` makes and reads the answers by `fate`: what an adapter writes."""

    def __init__(self, address: Address) -> None:
        self.name, self.rate, self.window = address.name, address.rate, address.window
        self.seconds = SECONDS
        """For a call."""
        self._address = address
        self._idle: deque[HttpLine] = deque()

    def request(self, sms: Sms) -> Request:
        """Return the request that hands over `sms`."""
        raise NotImplementedError

    def fate(self, status: int, answer: str) -> Fate:
        """Return what an answer means."""
        raise NotImplementedError

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Hand one message over."""
        return only_fate(self.send_each([Sms(to, text, notice_id, attempt)]))

    def send_each(self, messages: Iterable[Sms]) -> Iterator[Sequence[tuple[Sms, Fate]]]:
        """Send `messages`, at most a window of them under way or not yet told."""
        source = iter(messages)
        underway: dict[int, tuple[HttpLine, Sms]] = {}
        is_over = False
        try:
            while True:
                told: list[tuple[Sms, Fate]] = []
                while not told and not is_over and len(underway) < self.window:
                    sms = next(source, None)
                    if sms is None:
                        is_over = True
                    elif (fault := self._ask(sms, underway)) is not None:
                        told.append((sms, fault))
                if not underway and not told:
                    return
                yield told or self._answered(underway)
        finally:
            for line, _ in underway.values():
                line.close()

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: nothing is kept here."""

    def close(self) -> None:
        """Hang up."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, sms: Sms, underway: dict[int, tuple[HttpLine, Sms]]) -> GatewayDown | None:
        line = self._idle.pop() if self._idle else HttpLine(self._address, secure=self._is_secure)
        line.seconds = self.seconds
        try:
            line.ask(self.request(sms))
        except GatewayDown as fault:
            self._idle.append(line)
            return fault
        underway[line.fileno()] = line, sms
        return None

    def _answered(self, underway: dict[int, tuple[HttpLine, Sms]]) -> list[tuple[Sms, Fate]]:
        """Return the fates of those whose answers have come: of half of them, or who came a moment after the first.

        Half of a window is told at once, so that it is written at once. What lasts too long is ended by the watch.
        """
        if len(underway) == 1:
            return [self._told(underway, *underway)]
        poll = select.poll()
        for number in underway:
            poll.register(number, select.POLLIN)
        told: list[tuple[Sms, Fate]] = []
        while len(told) < len(underway):
            ready = [number for number, _ in poll.poll(GATHER_SECONDS * 1000 if told else None)]
            if not ready:
                break
            for number in ready:
                if underway[number][0].has_answer():
                    poll.unregister(number)
                    told.append(self._told(underway, number))
        return told

    def _told(self, underway: dict[int, tuple[HttpLine, Sms]], number: int) -> tuple[Sms, Fate]:
        """Return how the message fared that is under way on the line of that descriptor, waiting for the answer."""
        line, sms = underway.pop(number)
        fate = self._fate_on(line)
        self._idle.append(line)
        return sms, fate

    def _fate_on(self, line: HttpLine) -> Fate:
        try:
            return self.fate(*line.answer())
        except GatewayDown as fault:
            return fault

    @property
    def _is_secure(self) -> bool:
        return self._address.scheme.endswith("https")
