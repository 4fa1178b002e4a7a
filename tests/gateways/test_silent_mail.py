"""Mail servers that say nothing, or drip: every call ends, and what is not sure is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from backoffice.gateways.delivery import GatewayDown
from backoffice.gateways.smtp import SmtpMail
from tests.gateways.test_email import FROM, LETTER, Inbox, Serve, context, self_signed, serve
from tests.peers.peer import SECONDS

__all__ = ["serve"]
PATIENCE = 0.4
"""Seconds a call may take in these tests, where the desk gives it ten."""
HELLO = b"\x16\x03\x03\x40\x00"
"""How a TLS server begins to speak (RFC 8446, 5.1): 16 kB of handshake are to follow."""


class Silent:
    """A server that takes every connection, says `words`, and then `drip` again and again: a byte, or nothing."""

    def __init__(self, words: bytes = b"", drip: bytes = b"", tls: ssl.SSLContext | None = None) -> None:
        self._words, self._drip, self._tls = words, drip, tls
        self._end = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.called, self.heard = 0, b""
        self._hung_up = Event()
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(SECONDS)

    def was_left(self) -> bool:
        """Tell whether the other side has hung up: no connection is left behind."""
        return self._hung_up.wait(SECONDS)

    def _serve(self) -> None:
        while not self._end.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.called += 1
            try:
                self._talk(self._tls.wrap_socket(line, server_side=True) if self._tls else line)
            except OSError:
                line.close()
            self._hung_up.set()

    def _talk(self, line: socket.socket) -> None:
        with line:
            line.settimeout(0.05)
            line.sendall(self._words)
            while not self._end.is_set():
                line.sendall(self._drip)
                try:
                    heard = line.recv(4096)
                except TimeoutError:
                    continue
                if not heard:
                    return
                self.heard += heard


@pytest.fixture
def silent() -> Iterator[Callable[..., Silent]]:
    opened: list[Silent] = []

    def start(words: bytes = b"", drip: bytes = b"", tls: ssl.SSLContext | None = None) -> Silent:
        opened.append(Silent(words, drip, tls))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def gateway_at(url: str) -> SmtpMail:
    return SmtpMail(urlsplit(url), FROM, PATIENCE)


def ends(act: Callable[[], object]) -> bool:
    """Tell whether `act` comes to its end."""
    caller = Thread(target=act, daemon=True)
    caller.start()
    caller.join(SECONDS)
    return not caller.is_alive()


def fault_of(gateway: SmtpMail) -> GatewayDown:
    """How a letter fares that cannot go."""
    fate: list[BaseException] = []

    def send() -> None:
        try:
            gateway.send(LETTER, notice_id=1)
        except BaseException as error:  # noqa: BLE001 (looked at below)
            fate.append(error)

    assert ends(send)
    assert [type(error) for error in fate] == [GatewayDown]
    return cast(GatewayDown, fate[0])


@pytest.mark.parametrize(
    ("scheme", "words", "drip"),
    [
        ("smtp", b"", b""),
        ("smtp", b"2", b"2"),
        ("smtp", b"220-may chu thu\r\n220-xin doi", b"."),
        ("smtps", b"", b""),
        ("smtps", HELLO, b"."),
    ],
)
def test_a_server_that_never_ends_its_greeting_is_surely_not_reached(
    silent: Callable[..., Silent], scheme: str, words: bytes, drip: bytes
) -> None:
    server = silent(words, drip)
    fault = fault_of(gateway_at(f"{scheme}://127.0.0.1:{server.port}"))
    assert (fault.reason_vi, fault.unsure) == ("Chưa kết nối được với máy chủ thư.", False)
    assert server.was_left()


@pytest.mark.parametrize(("words", "drip"), [(b"", b""), (b"220-may chu thu\r\n220-xin doi", b".")])
def test_a_greeting_that_never_ends_over_an_encrypted_line_is_given_up_too(
    silent: Callable[..., Silent], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: bytes, drip: bytes
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = silent(words, drip, context(certificate))
    fault = fault_of(gateway_at(f"smtps://127.0.0.1:{server.port}"))
    assert (fault.reason_vi, fault.unsure) == ("Chưa kết nối được với máy chủ thư.", False)
    assert server.was_left()


@pytest.mark.parametrize(
    "words",
    [
        b"554 khong nhan\r\n",
        b"421 dang ban\r\n",
        b"220 may chu thu\r\n554 may nay bi chan\r\n554 may nay bi chan\r\n",
    ],
    ids=["greeting", "busy", "hello"],
)
def test_who_is_not_let_in_at_all_loses_no_letter_by_it(silent: Callable[..., Silent], words: bytes) -> None:
    """It is about us, whoever the letter is for: it goes later."""
    fault = fault_of(gateway_at(f"smtp://127.0.0.1:{silent(words).port}"))
    assert (fault.reason_vi, fault.unsure) == ("Chưa kết nối được với máy chủ thư.", False)


def test_a_server_that_greets_and_then_says_nothing_gets_a_hello_alone(silent: Callable[..., Silent]) -> None:
    server = silent(b"220 may chu thu\r\n")
    fault = fault_of(gateway_at(f"smtp://thu:matkhau@127.0.0.1:{server.port}?starttls=1"))
    assert (fault.reason_vi, fault.unsure) == ("Chưa kết nối được với máy chủ thư.", False)
    assert server.was_left()
    assert (server.heard[:5], server.heard.count(b"\n")) == (b"ehlo ", 1)


def test_every_letter_calls_a_silent_server_anew_and_none_waits_for_the_one_before(
    silent: Callable[..., Silent],
) -> None:
    server = silent()
    gateway = gateway_at(f"smtp://127.0.0.1:{server.port}")
    for number in (1, 2):
        fault_of(gateway)
        assert server.called == number
    gateway.close()


class Tired(Inbox):
    """An inbox that falls silent at one command, as often as told."""

    def __init__(self) -> None:
        super().__init__()
        self.silent_at, self.times = "", 0

    def fall_silent(self, command: str, times: int = 1) -> None:
        self.silent_at, self.times = command, times

    async def _at(self, command: str) -> None:
        if self.silent_at == command and self.times:
            self.times -= 1
            await asyncio.Event().wait()

    async def handle_NOOP(self, _server: Any, _session: Any, _envelope: Any, _words: str) -> str:
        await self._at("NOOP")
        return "250 OK"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:
        await self._at("QUIT")
        return "221 Bye"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        await self._at("RCPT")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        await self._at("DATA")
        return answer


@pytest.fixture
def inbox() -> Tired:
    return Tired()


@pytest.mark.parametrize(("command", "taken"), [("RCPT", 0), ("DATA", 1)])
def test_a_server_that_falls_silent_over_a_letter_may_have_taken_it_and_is_called_anew(
    serve: Serve, inbox: Tired, command: str, taken: int
) -> None:
    gateway = gateway_at(f"smtp://{serve()}")
    inbox.fall_silent(command)
    assert fault_of(gateway).unsure
    assert len(inbox.letters) == taken
    gateway.send(LETTER, notice_id=1)
    assert len(inbox.letters) == taken + 1


def test_a_kept_connection_that_answers_no_more_is_given_up_and_the_letter_goes_once(
    serve: Serve, inbox: Tired
) -> None:
    gateway = gateway_at(f"smtp://{serve()}")
    gateway.send(LETTER, notice_id=1)
    inbox.fall_silent("NOOP")
    assert ends(lambda: gateway.send(LETTER, notice_id=2))
    assert [letter["Message-ID"].partition("@")[0] for letter in inbox.letters] == ["<notice-1", "<notice-2"]
    assert inbox.times == 0


def test_a_server_that_does_not_say_goodbye_is_left_all_the_same(serve: Serve, inbox: Tired) -> None:
    gateway = gateway_at(f"smtp://{serve()}")
    gateway.send(LETTER, notice_id=1)
    inbox.fall_silent("QUIT")
    assert ends(gateway.close)
    assert inbox.times == 0
    gateway.send(LETTER, notice_id=2)
    assert len(inbox.letters) == 2
