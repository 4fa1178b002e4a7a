"""A message centre that writes its answers in pieces, under Nagle's rule: the next waits for the one before."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from backoffice.gateways.sms import smpp_talk
from backoffice.gateways.sms.address import read_address
from backoffice.gateways.sms.smpp import SmppSms
from tests.peers.peer import SECONDS

HEADER = struct.Struct(">IIII")
SUBMIT, ANSWER = 0x4, 0x80000000


class Centre:
    """Takes every message; the body of its answer goes when the header has been acknowledged, and not before."""

    def __init__(self, listening: socket.socket) -> None:
        self.acknowledged = threading.Event()
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self._listening.accept()
        with line, line.makefile("rb") as come:
            while head := come.read(HEADER.size):
                length, command, _, sequence = HEADER.unpack(head)
                come.read(length - HEADER.size)
                if not command & ANSWER:
                    self._answer(line, command, sequence)

    def _answer(self, line: socket.socket, command: int, sequence: int) -> None:
        body = b"17\0"
        self.acknowledged.clear()
        line.sendall(HEADER.pack(HEADER.size + len(body), command | ANSWER, 0, sequence))
        if command != SUBMIT or self.acknowledged.wait(SECONDS):
            line.sendall(body)


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Iterator[Centre]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made = Centre(listening)
        monkeypatch.setattr(smpp_talk, "_acknowledge", lambda _sock: made.acknowledged.set())
        yield made


def test_the_first_piece_of_an_answer_is_acknowledged_while_the_rest_is_waited_for(centre: Centre) -> None:
    gateway = SmppSms(read_address(f"smpp://bhxh:matkhau@127.0.0.1:{centre.port}?name=smsc"), SECONDS / 2)
    try:
        sent = gateway.send(to="0981234567", text="BHXH: xin chao", notice_id=1)
    finally:
        gateway.close()
    assert sent.gateway_id == "17"
