"""SMS by SMPP 3.4: submit_sm in a window, answers matched by sequence number, throttling obeyed, receipts by id."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from smpplib import consts

from backoffice.gateways.delivery import (
    GATHER_SECONDS,
    Fate,
    GatewayDown,
    GatewayRefused,
    Sent,
    Sms,
    only_fate,
    plain_id,
)
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.smpp_link import Sink, SmppLink
from backoffice.gateways.sms.smpp_words import THROTTLED, Answer, Part, address, parts_of, refusal

SECONDS = 10.0
"""For a message, from its first submit_sm to its last answer."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
"""After "throttled" nothing is sent for so long."""


@dataclass(eq=False)
class _Underway:
    """One message at the message centre: its parts that have no answer yet, and when patience ends."""

    sms: Sms
    until: float = math.inf
    session: int = 0
    """In which the centre was asked."""
    unanswered: set[int] = field(default_factory=set)
    held_back: list[Part] = field(default_factory=list)
    gateway_id: str | None = None
    fate: Fate | None = None


@dataclass(eq=False)
class _Window:
    """The messages of one sender that are under way, and which part of which each sequence number is."""

    underway: list[_Underway] = field(default_factory=list)
    parts: dict[int, tuple[_Underway, Part]] = field(default_factory=dict)


class SmppSms:
    """smpp://system_id:password@host[:2775]?source=BHXH[&window=1][&numbers=0][&name=…][&rate=…].

    `window`: how many messages may be under way; a killed sender may double that many. `numbers=0`: 0981234567
    instead of 84981234567. `source`: up to 11 letters, or digits.
    """

    def __init__(self, place: Address, seconds: float = SECONDS) -> None:
        self.name, self.rate, self.window = place.name, place.rate, place.window
        self.link = SmppLink(place, seconds)
        self._home = place.options.get("numbers") == "0"
        source = place.options.get("source", "BHXH")
        if source.isdecimal():
            self._source = address(consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN, source)
        else:
            self._source = address(consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK, source)
        self._pause, self._not_before = FIRST_PAUSE, 0.0

    def listen(self, sink: Sink) -> None:
        """Keep the session bound and give receipts to `sink`, from a thread of the gateway's own."""
        self.link.listen(sink)

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Send one message."""
        return only_fate(self.send_each([Sms(to, text, notice_id, attempt)]))

    def send_each(self, messages: Iterable[Sms]) -> Iterator[Sequence[tuple[Sms, Fate]]]:
        """Send `messages`, at most a window of them under way or not yet told."""
        source = iter(messages)
        window = _Window()
        is_over = False
        while True:
            while not is_over and len(window.underway) < self.window:
                sms = next(source, None)
                if sms is None:
                    is_over = True
                else:
                    self._begin(window, sms)
            if not window.underway:
                return
            yield self._told(window)

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: nothing is kept here."""

    def close(self) -> None:
        """Unbind."""
        self.link.close()

    def _begin(self, window: _Window, sms: Sms) -> None:
        message = _Underway(sms)
        window.underway.append(message)
        try:
            message.held_back = parts_of(sms.text, sms.notice_id)
        except ValueError:
            message.fate = GatewayRefused(wording.REFUSED + ": quá dài hoặc có ký tự không gửi được.")
        self._submit(window, message)

    def _submit(self, window: _Window, message: _Underway) -> None:
        """Send the parts that are held back, unless throttled for now."""
        while message.held_back and message.fate is None and time.monotonic() >= self._not_before:
            part = message.held_back[0]
            try:
                sequence, session = self.link.submit(self._source, self._destination(message.sms.to), part)
            except GatewayDown as fault:
                # What went before may have been taken.
                message.fate = GatewayDown(fault.reason_vi, unsure=fault.unsure or bool(message.unanswered))
                return
            window.parts[sequence] = message, message.held_back.pop(0)
            message.session = message.session or session
            message.unanswered.add(sequence)
            message.until = min(message.until, time.monotonic() + self.link.seconds)

    def _destination(self, to: str) -> bytes:
        if self._home:
            return address(consts.SMPP_TON_NATNL, consts.SMPP_NPI_ISDN, to)
        return address(consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN, f"84{to[1:]}")

    def _told(self, window: _Window) -> list[tuple[Sms, Fate]]:
        """Wait until half of the messages have their fate, or some have had it a moment; take those out of the window.

        Half of a window is told at once, so that it is written at once; the other half keeps the line busy.
        """
        gathered = math.inf
        while True:
            known = self.link.answered
            pending = self._settle(window)
            done = len(window.underway) - len(pending)
            if done:
                now = time.monotonic()
                if done >= len(pending) or now >= gathered:
                    told = [(one.sms, one.fate) for one in window.underway if one.fate is not None]
                    window.underway = pending
                    return told
                gathered = min(gathered, now + GATHER_SECONDS)
            self._wait(pending, known, gathered)

    def _wait(self, pending: Sequence[_Underway], known: int, until: float) -> None:
        """Read until something comes, the pause is over, `until`, or somebody's patience ends."""
        now = time.monotonic()
        is_asked = False
        for message in pending:
            until = min(until, message.until)
            if message.held_back:
                until = min(until, max(self._not_before, now))
            is_asked = is_asked or bool(message.unanswered)
        if is_asked:
            self.link.read(max(0.0, until - now), known)
        else:
            time.sleep(max(0.0, min(until - now, LONGEST_PAUSE)))

    def _settle(self, window: _Window) -> list[_Underway]:
        """Take the answers that have come; look after whose session has ended, whose pause or patience is over.

        Return the messages without a fate.
        """
        session = self.link.session
        self._take_answers(window)
        pending = [message for message in window.underway if message.fate is None]
        now = time.monotonic()
        late = []
        for message in pending:
            if message.unanswered and message.session != session:
                message.fate = GatewayDown(wording.NO_ANSWER, unsure=True)
            elif message.held_back or now >= message.until:
                late.append(message)
        if late:
            self._look_after(window, late, now)
        return [message for message in pending if message.fate is None]

    def _look_after(self, window: _Window, late: Sequence[_Underway], now: float) -> None:
        """Give up those whose patience was over at `now`, and send what is held back of the others."""
        if any(now >= one.until for one in late):
            self.link.read(0.0)  # nobody may have listened meanwhile
            self._take_answers(window)
        for message in late:
            if message.fate is None and now >= message.until:
                message.fate = self._given_up(message)
            elif message.fate is None:
                self._submit(window, message)

    def _take_answers(self, window: _Window) -> None:
        if not self.link.answers:
            return
        for sequence in [one for one in list(self.link.answers) if one in window.parts]:
            message, part = window.parts.pop(sequence)
            message.unanswered.discard(sequence)
            self._take(message, part, self.link.answers.pop(sequence))
            if message.fate is None and not message.unanswered and not message.held_back:
                message.fate = Sent(message.gateway_id, delivered=False)

    def _given_up(self, message: _Underway) -> GatewayDown:
        if message.unanswered:
            if self.link.is_silent:  # what comes late would be of no use, so begin anew
                self.link.drop()
            return GatewayDown(wording.NO_ANSWER, unsure=True)
        return GatewayDown(wording.BUSY)

    def _take(self, message: _Underway, part: Part, answer: Answer) -> None:
        if answer.status in THROTTLED:
            message.held_back.insert(0, part)
            self._not_before = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        elif answer.status != consts.SMPP_ESME_ROK or answer.is_nack:
            message.fate = message.fate or _refused(part, answer.status)
        else:
            self._pause = FIRST_PAUSE
            if part.is_last:
                # None when it gave none, so that no receipt can ever speak of it.
                message.gateway_id = plain_id(answer.message_id.decode("latin-1")) or None


def _refused(part: Part, status: int) -> Fate:
    """Return what a status other than ESME_ROK means; other parts of the same message may have been taken."""
    fate = refusal(status)
    if isinstance(fate, GatewayDown) and part.esm_class & consts.SMPP_GSMFEAT_UDHI:
        return GatewayDown(fate.reason_vi, unsure=True)
    return fate
