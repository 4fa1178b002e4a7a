"""One connection with a message centre, spoken by smpplib: bound, written to, read from as much as has come."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from smpplib import consts
from smpplib.client import Client, SimpleSequenceGenerator

from backoffice.gateways.deadline import within
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.smpp_words import HEADER_LENGTH, Answer, Part, answer_in, submit_sm
from backoffice.kernel.sockets import is_readable

logging.getLogger("smpp").setLevel(logging.WARNING)  # below, it writes down what it sends

CONNECT_SECONDS = 5.0
GOODBYE_SECONDS = 2.0
SHORTEST = 0.001
"""Seconds: of a time-out, for none means for ever."""
RECEIVED_AT_ONCE = 65_536
LONGEST_PDU = 70_000
"""Bytes: a message_payload of 64 kB and all else there is (SMPP 3.4, 5.3.2.32)."""
STANDARD_PORT = 2775

Hear = Callable[[Any], None]
HearAnswer = Callable[[Answer], None]


class Talk(Client):
    """smpplib's client with the centre at `address`; what is done for each message is done past it, in half the time.

    No step takes longer than `seconds`. Answers to submit_sm go to `heard_answer`, each deliver_sm to `heard_delivery`,
    who acknowledges it.
    """

    def __init__(
        self,
        address: Address,
        seconds: float,
        sequences: SimpleSequenceGenerator,
        heard_answer: HearAnswer,
        heard_delivery: Hear,
    ) -> None:
        super().__init__(
            address.host,
            address.port or STANDARD_PORT,
            timeout=CONNECT_SECONDS,
            sequence_generator=sequences,
            logger_name="smpp.client",
            allow_unknown_opt_params=True,
        )
        self._login = {"system_id": address.user, "password": address.password}
        self._seconds = seconds
        self._heard_answer, self._heard_delivery = heard_answer, heard_delivery
        self.set_error_pdu_handler(lambda pdu: None)
        self._come = bytearray()
        self._end = 0.0
        self._unanswered = 0
        self._has_just_asked = False
        """Nothing has been read since the last submit_sm."""

    def bind(self) -> None:
        """Connect and bind as a transceiver; raises what the sockets or smpplib say of a centre that will not."""
        with within(self._seconds, self.shut):
            self.connect()
            self._socket.settimeout(self._seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.bind_transceiver(**self._login)

    def has_come(self, seconds: float) -> bool:
        """Tell whether there is something to read, waiting for it at most `seconds`; False when hung up."""
        if self._come and self._holds_pdu:
            return True
        try:
            # What was just asked has acknowledged all that came before, and one answer alone is held by nobody.
            if seconds > 0 and not (self._has_just_asked and self._unanswered == 1):
                _acknowledge(self._socket)
            return is_readable(self._socket, seconds)
        except (OSError, ValueError, TypeError, AttributeError):  # hung up, by another thread
            return False

    def submit(self, source: bytes, destination: bytes, part: Part) -> int:
        """Send a submit_sm and return its sequence number; raises OSError when not all of it went."""
        sequence = int(self.next_sequence())
        self._unanswered += 1
        self._has_just_asked = True
        self._say(submit_sm(sequence, source, destination, part))
        return sequence

    def _say(self, pdu: bytes) -> None:
        """Write all of it; a socket with a time-out would ask first whether it may, which it nearly always may."""
        try:
            written = os.write(self._socket.fileno(), pdu)
        except BlockingIOError:
            written = 0
        if written < len(pdu):
            self._socket.sendall(pdu[written:])

    def read_what_came(self) -> None:
        """Read the next PDU, and those that came together with it; raises when the centre drips or talks nonsense."""
        self._read_next()
        while self._holds_pdu:
            self._read_next()

    def _read_next(self) -> None:
        self._has_just_asked = False
        self._end = time.monotonic() + self._seconds
        self._await(HEADER_LENGTH)
        length = int.from_bytes(self._come[:4], "big")
        if not HEADER_LENGTH <= length <= LONGEST_PDU:
            raise ValueError("no PDU is so long")
        self._await(length)
        answer = answer_in(self._come[:length])
        if answer is None:
            self.read_once(auto_send_enquire_link=False)
        else:
            del self._come[:length]
            self._unanswered = max(self._unanswered - 1, 0)
            self._heard_answer(answer)

    def read_pdu(self) -> Any:
        """Read a PDU that is no answer to a message; raises when the centre leaves, drips or talks nonsense."""
        self._end = time.monotonic() + self._seconds
        pdu = super().read_pdu()
        if pdu.command == "unbind":
            raise ConnectionResetError("the other side takes its leave")
        if pdu.command == "generic_nack":
            self._unanswered = max(self._unanswered - 1, 0)
            self._heard_answer(Answer(int(pdu.sequence), int(pdu.status or 0), is_nack=True))
        return pdu

    def shut(self) -> None:
        """End the connection for whoever waits for it, in a fork too."""
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """Close the connection without a word."""
        with suppress(Exception):
            self.shut()
        with suppress(Exception):
            self.state = consts.SMPP_CLIENT_STATE_OPEN
            self.disconnect()

    def say_goodbye(self) -> None:
        """Unbind, if the centre still listens."""
        with suppress(Exception), within(GOODBYE_SECONDS, self.shut):
            self.unbind()

    @property
    def _holds_pdu(self) -> bool:
        """Tell whether a whole PDU has come that has not been read."""
        return len(self._come) >= 4 and len(self._come) >= int.from_bytes(self._come[:4], "big")

    def _recv_exact(self, exact_size: int) -> bytes:
        """Return so many bytes; whatever comes is fetched at once, for a window's answers come together."""
        if not 0 < exact_size <= LONGEST_PDU:
            raise ValueError("no PDU is so long")
        self._await(exact_size)
        wanted = bytes(self._come[:exact_size])
        del self._come[:exact_size]
        return wanted

    def _await(self, size: int) -> None:
        """Fetch until `size` bytes are there; raises when the PDU comes so slowly that patience ends first."""
        if len(self._come) >= size:
            return
        try:
            while len(self._come) < size:
                come = self._received()
                if not come:
                    raise ConnectionResetError("the other side has hung up")
                self._come += come
                if len(self._come) < size:
                    self._socket.settimeout(max(self._end - time.monotonic(), SHORTEST))
        finally:
            if self._socket.gettimeout() != self._seconds:
                self._socket.settimeout(self._seconds)

    def _received(self) -> bytes:
        """Return what has come, waited for by the socket's time-out if nothing has.

        A centre may write a PDU in pieces: under Nagle's rule the next one waits until the one before is acknowledged.
        """
        try:
            return os.read(self._socket.fileno(), RECEIVED_AT_ONCE)
        except BlockingIOError:
            _acknowledge(self._socket)
            return bytes(self._socket.recv(RECEIVED_AT_ONCE))

    def _message_received(self, pdu: Any) -> None:
        self._heard_delivery(pdu)

    def __del__(self) -> None:
        """Say nothing: the link hangs up by itself."""


def _acknowledge(sock: socket.socket) -> None:
    """Tell the other side at once that its words came: a centre under Nagle's rule holds the next answer until then."""
    if hasattr(socket, "TCP_QUICKACK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
