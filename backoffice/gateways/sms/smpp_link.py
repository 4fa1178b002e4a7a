"""A bound SMPP 3.4 session: connected, kept alive and connected anew by itself; its receipts acknowledged once kept.

Whoever waits for an answer reads for all; while nobody does, the link's own thread listens.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from smpplib import consts, smpp
from smpplib.client import SimpleSequenceGenerator

from backoffice.gateways.delivery import GatewayDown, Receipt
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.smpp_talk import Talk
from backoffice.gateways.sms.smpp_words import Answer, Part, is_receipt, receipt_of
from backoffice.kernel import queue

log = structlog.get_logger()

ENQUIRE_SECONDS = 30.0
"""After so long without a word the other side is asked whether it is there."""
FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 15.0
STEADY_SECONDS = 30.0
"""A session that stood so long is bound again at once when it is lost; another waits, longer each time."""
GLANCE = 0.5
"""Seconds after which the link's own thread looks again; whoever sent within them reads the answers by itself."""
RECEIPTS_AT_ONCE = 200
MOST_UNFETCHED = 10_000
"""Answers that came after their senders had given up are forgotten some time."""

Sink = Callable[[str, Sequence[Receipt]], None]
"""Takes the gateway's name and receipts; whatever it raises, they are not acknowledged and come again."""


class SmppLink:
    """The session with the message centre at `address`; `seconds`: how long an answer may take."""

    def __init__(self, address: Address, seconds: float) -> None:
        self.name = address.name
        self.seconds = seconds
        self.answers: dict[int, Answer] = {}
        """Answers to submit_sm that nobody has fetched yet, by sequence number."""
        self.answered = 0
        """How many answers have come in all."""
        self._address = address
        self._client: Talk | None = None
        self._io = threading.RLock()
        self._deliveries: deque[Any] = deque()
        self._wake = threading.Event()
        self._sink: Sink | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._backoff, self._bind_after = FIRST_BACKOFF, 0.0
        self._heard = self._asked = self._said_at = 0.0
        self._is_proven = False
        """It has taken a message: when it is lost, it was not our coming that was at fault."""
        self._bound_at = 0.0
        self._sequences = SimpleSequenceGenerator()
        self._session = 0

    @property
    def session(self) -> int:
        """Return the number of the session that stands, 0 while none does: no other answers any more."""
        return self._session if self._client is not None else 0

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing at all has been heard for as long as an answer may take."""
        return time.monotonic() - self._heard >= self.seconds

    def listen(self, sink: Sink) -> None:
        """Keep the session bound from now on and give its receipts to `sink`; said twice it changes nothing."""
        if self._thread is None:
            self._sink = sink
            self._thread = threading.Thread(
                target=self._listen, args=(self._stop,), name=f"smpp {self.name}", daemon=True
            )
            self._thread.start()

    def submit(self, source: bytes, destination: bytes, part: Part) -> tuple[int, int]:
        """Send a submit_sm and return its sequence number and its session's; raises GatewayDown, `unsure` or not."""
        with self._io:
            client = self._ensure_bound()
            try:
                sequence = client.submit(source, destination, part)  # all of it within the socket's time-out
            except Exception as error:
                self._lost(error)
                if isinstance(error, queue.OutOfTime):
                    raise
                raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
            self._said_at = time.monotonic()
            return sequence, self._session

    def read(self, seconds: float, known: int = -1) -> None:
        """Read what has come, waiting at most `seconds` for the first.

        `known`: so many answers the caller has looked at; when more have come meanwhile nothing is waited for.
        """
        with self._io:
            client = self._client
            if client is None or (known >= 0 and known != self.answered):
                return
            try:
                if client.has_come(seconds):
                    client.read_what_came()
                    self._heard, self._asked = time.monotonic(), 0.0
            except Exception as error:
                self._lost(error)
                if isinstance(error, queue.OutOfTime):
                    raise

    def drop(self) -> None:
        """Hang up without a word: the other side has gone, or makes no sense."""
        with self._io:
            client, self._client = self._client, None
            self._deliveries.clear()
            if client is None:
                return
            if self._is_proven or time.monotonic() - self._bound_at > STEADY_SECONDS:
                self._is_proven, self._backoff, self._bind_after = False, FIRST_BACKOFF, 0.0  # bind again at once
            else:
                self._retry_later()
            client.hang_up()

    def close(self) -> None:
        """Say good-bye and stay away until the next message."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(GLANCE * 4)
        with self._io:
            client = self._client
            if client is not None:
                client.say_goodbye()
            self.drop()
        self._thread, self._stop = None, threading.Event()
        self._backoff, self._bind_after = FIRST_BACKOFF, 0.0

    def _ensure_bound(self) -> Talk:
        """Return the session, bound by now; raises GatewayDown, at once while the pause after a failure lasts."""
        if self._client is not None:
            return self._client
        if time.monotonic() < self._bind_after:
            raise GatewayDown(wording.NOT_REACHED)
        client = Talk(self._address, self.seconds, self._sequences, self.heard_answer, self.heard_delivery)
        try:
            client.bind()
        except Exception as error:  # refused, silent, nonsense: all mean not now
            self._retry_later()
            log.warning("smpp bind failed", gateway=self.name, error=type(error).__name__)
            client.hang_up()
            if isinstance(error, queue.OutOfTime):
                raise
            bad_login = type(error).__name__ == "PDUError"
            raise GatewayDown(wording.NOT_LET_IN if bad_login else wording.NOT_REACHED) from None
        self._client, self._asked, self._session = client, 0.0, self._session + 1
        self._heard = self._bound_at = time.monotonic()
        log.info("smpp session bound", gateway=self.name)
        return client

    def _retry_later(self) -> None:
        self._bind_after = time.monotonic() + self._backoff
        self._backoff = min(self._backoff * 2, LONGEST_BACKOFF)

    def _said(self, client: Talk, pdu: Any) -> bool:
        """Send `pdu`; False when the session is lost by that."""
        try:
            client.send_pdu(pdu)  # all of it within the socket's time-out
        except Exception as error:
            self._lost(error)
            if isinstance(error, queue.OutOfTime):
                raise
            return False
        return True

    def _lost(self, error: Exception) -> None:
        """Hang up, whatever the other side said or did."""
        log.warning("smpp session lost", gateway=self.name, error=type(error).__name__)
        self.drop()

    def heard_answer(self, answer: Answer) -> None:
        """Keep the answer to a submit_sm until its sender asks."""
        self._is_proven |= answer.status == consts.SMPP_ESME_ROK
        if len(self.answers) > MOST_UNFETCHED:
            del self.answers[next(iter(self.answers))]
        self.answers[answer.sequence] = answer
        self.answered += 1

    def heard_delivery(self, pdu: Any) -> None:
        """Keep a deliver_sm until it is recorded: only then is it acknowledged."""
        self._deliveries.append(pdu)
        self._wake.set()

    def _listen(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._round()
            except GatewayDown:
                self._wake.wait(GLANCE)
            except Exception as error:  # noqa: BLE001 (the listener outlives whatever a peer or the database does)
                log.warning("smpp receipts wait", gateway=self.name, error=type(error).__name__)
                stop.wait(GLANCE)

    def _round(self) -> None:
        """Listen a moment, unless a sender does, and hand on what has been delivered."""
        self._wake.clear()
        if time.monotonic() - self._said_at < GLANCE:
            if not self._deliveries:
                self._wake.wait(GLANCE)
        else:
            with self._io:
                client = self._ensure_bound()
            if client.has_come(0.0 if self._deliveries else GLANCE):
                self.read(0.0)
            self._keep_alive()
        if self._deliveries:
            self._hand_on()

    def _keep_alive(self) -> None:
        with self._io:
            now = time.monotonic()
            if self._client is None:
                return
            if self._asked and now - self._asked > self.seconds:
                log.warning("smpp session silent", gateway=self.name)
                self.drop()
            elif not self._asked and now - self._heard > ENQUIRE_SECONDS:
                self._asked = now
                self._said(self._client, smpp.make_pdu("enquire_link", client=self._client))

    def _hand_on(self) -> None:
        """Have a batch of receipts recorded, then acknowledge them."""
        with self._io:
            client = self._client
            batch = [self._deliveries.popleft() for _ in range(min(len(self._deliveries), RECEIPTS_AT_ONCE))]
        receipts = [receipt for pdu in batch if (receipt := self._understood(pdu)) is not None]
        try:
            if receipts and self._sink is not None:
                self._sink(self.name, receipts)
        except Exception:
            with self._io:
                if self._client is client:
                    self._deliveries.extendleft(reversed(batch))
            raise
        with self._io:
            for pdu in batch:
                if self._client is None or self._client is not client:
                    return
                answer = smpp.make_pdu("deliver_sm_resp", client=client)
                answer.sequence = pdu.sequence
                self._said(client, answer)

    def _understood(self, pdu: Any) -> Receipt | None:
        try:
            return receipt_of(pdu) if is_receipt(pdu) else None
        except Exception as error:  # noqa: BLE001 (nonsense is acknowledged, or it would come again and again)
            log.warning("smpp receipt makes no sense", gateway=self.name, error=type(error).__name__)
            return None
