"""SMS by SMPP 3.4: submit_sm in a window, answers matched by sequence number, throttling obeyed, receipts by id."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from smpplib import consts
from smpplib.exceptions import MessageTooLong

from backoffice.gateways.delivery import Fate, GatewayDown, GatewayRefused, Sent, Sms, plain_id
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.smpp_link import Sink, SmppLink
from backoffice.gateways.sms.smpp_words import THROTTLED, Part, parts_of, refusal

SECONDS = 10.0
"""For a message, from its first submit_sm to its last answer."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 4.0
"""After "throttled" nothing is sent for so long."""


@dataclass(eq=False)
class _Underway:
    """One message at the message centre: the parts that have no answer yet, and when patience ends."""

    sms: Sms
    until: float
    waiting: dict[int, Part] = field(default_factory=dict)
    held_back: list[Part] = field(default_factory=list)
    gateway_id: str | None = None
    fate: Fate | None = None


class SmppSms:
    """smpp://system_id:password@host[:2775]?source=BHXH[&window=1][&numbers=0][&name=…][&rate=…].

    `window`: how many messages may be under way; a killed sender may double that many. `numbers=0`: 0981234567
    instead of 84981234567. `source`: up to 11 letters, or digits.
    """

    def __init__(self, address: Address, seconds: float = SECONDS) -> None:
        self.name, self.rate, self.window = address.name, address.rate, address.window
        self.link = SmppLink(address, seconds)
        self._home = address.options.get("numbers") == "0"
        source = address.options.get("source", "BHXH")
        self._source = {
            "source_addr": source,
            "source_addr_ton": consts.SMPP_TON_INTL if source.isdecimal() else consts.SMPP_TON_ALNUM,
            "source_addr_npi": consts.SMPP_NPI_ISDN if source.isdecimal() else consts.SMPP_NPI_UNK,
        }
        self._pause, self._not_before = FIRST_PAUSE, 0.0

    def listen(self, sink: Sink) -> None:
        """Keep the session bound and give receipts to `sink`, from a thread of the gateway's own."""
        self.link.listen(sink)

    def send(self, *, to: str, text: str, notice_id: int, attempt: int = 1) -> Sent:
        """Send one message."""
        ((_, fate),) = [pair for batch in self.send_each([Sms(to, text, notice_id, attempt)]) for pair in batch]
        if isinstance(fate, Sent):
            return fate
        raise fate

    def send_each(self, messages: Iterable[Sms]) -> Iterator[Sequence[tuple[Sms, Fate]]]:
        """Send `messages`, at most a window of them under way or not yet told."""
        source = iter(messages)
        underway: list[_Underway] = []
        is_over = False
        while True:
            while not is_over and len(underway) < self.window:
                sms = next(source, None)
                if sms is None:
                    is_over = True
                else:
                    underway.append(self._begun(sms))
            if not underway:
                return
            yield self._told(underway)

    def forget(self, notice_ids: set[int]) -> None:
        """Do nothing: nothing is kept here."""

    def close(self) -> None:
        """Unbind."""
        self.link.close()

    def _begun(self, sms: Sms) -> _Underway:
        message = _Underway(sms, math.inf)
        try:
            message.held_back = parts_of(sms.text)
        except (MessageTooLong, UnicodeError):
            message.fate = GatewayRefused(wording.REFUSED + ": quá dài hoặc có ký tự không gửi được.")
        self._submit(message)
        return message

    def _submit(self, message: _Underway) -> None:
        """Send the parts that are held back, unless throttled for now."""
        while message.held_back and message.fate is None and time.monotonic() >= self._not_before:
            part = message.held_back[0]
            try:
                sequence = self.link.submit(
                    destination_addr=message.sms.to if self._home else f"84{message.sms.to[1:]}",
                    dest_addr_ton=consts.SMPP_TON_NATNL if self._home else consts.SMPP_TON_INTL,
                    dest_addr_npi=consts.SMPP_NPI_ISDN,
                    short_message=part.content,
                    data_coding=part.data_coding,
                    esm_class=part.esm_class,
                    registered_delivery=1 if part.is_last else 0,
                    **self._source,
                )
            except GatewayDown as fault:
                # What went before may have been taken.
                message.fate = GatewayDown(fault.reason_vi, unsure=fault.unsure or bool(message.waiting))
                return
            message.waiting[sequence] = message.held_back.pop(0)
            message.until = min(message.until, time.monotonic() + self.link.seconds)

    def _told(self, underway: list[_Underway]) -> list[tuple[Sms, Fate]]:
        """Wait until at least one message has its fate; take those that have out of `underway`."""
        while True:
            known = self.link.answered
            for message in underway:
                self._settle(message)
            done = [message for message in underway if message.fate is not None]
            if done:
                underway[:] = [message for message in underway if message.fate is None]
                return [(message.sms, message.fate) for message in done if message.fate is not None]
            self._wait(underway, known)

    def _wait(self, underway: list[_Underway], known: int) -> None:
        """Read until something comes, the pause is over, or somebody's patience ends."""
        now = time.monotonic()
        end = min(message.until for message in underway)
        if any(message.held_back for message in underway):
            end = min(end, max(self._not_before, now))
        if not any(message.waiting for message in underway):
            time.sleep(max(0.0, min(end - now, LONGEST_PAUSE)))
        elif not self.link.read(max(0.0, end - now), known):
            for message in underway:
                if message.waiting and not self._has_answers(message):
                    message.fate = GatewayDown(wording.NO_ANSWER, unsure=True)

    def _has_answers(self, message: _Underway) -> bool:
        return all(sequence in self.link.answers for sequence in message.waiting)

    def _settle(self, message: _Underway) -> None:
        """Take the answers that have come for `message`; send what was held back once the pause is over."""
        if message.waiting and time.monotonic() >= message.until:
            self.link.read(0.0)  # nobody may have listened meanwhile
        for sequence in list(message.waiting):
            answer = self.link.answers.pop(sequence, None)
            if answer is not None:
                self._take(message, message.waiting.pop(sequence), answer)
        if message.fate is None and not message.waiting and not message.held_back:
            message.fate = Sent(message.gateway_id, delivered=False)
        elif message.fate is None and time.monotonic() >= message.until:
            message.fate = self._given_up(message)
        elif message.fate is None and message.held_back:
            self._submit(message)

    def _given_up(self, message: _Underway) -> GatewayDown:
        if message.waiting:  # nobody answers: what comes late would be of no use, so begin anew
            self.link.drop()
            return GatewayDown(wording.NO_ANSWER, unsure=True)
        return GatewayDown(wording.BUSY)

    def _take(self, message: _Underway, part: Part, answer: object) -> None:
        status = int(getattr(answer, "status", 0) or 0)
        if status in THROTTLED:
            message.held_back.insert(0, part)
            self._not_before = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        elif status != consts.SMPP_ESME_ROK or getattr(answer, "command", "") != "submit_sm_resp":
            message.fate = refusal(status)
        else:
            self._pause = FIRST_PAUSE
            if part.is_last:
                message.gateway_id = _id_of(answer)


def _id_of(answer: object) -> str | None:
    """Return the message centre's id; None when it gave none, so that no receipt can ever speak of it."""
    given = getattr(answer, "message_id", None) or b""
    text = given.decode("latin-1") if isinstance(given, bytes) else str(given)
    return plain_id(text) or None
