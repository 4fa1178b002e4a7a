"""One HTTP connection to a gateway, kept open between calls; a call ends within its seconds whatever the peer does.

Spoken over the socket itself: http.client takes as long for a request and its answer as all else that a message costs.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from backoffice.gateways.deadline import Cut, begin, end
from backoffice.gateways.delivery import GatewayDown
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address
from backoffice.gateways.sms.http_answer import Answers

SECONDS = 10.0
"""For the whole of a call."""
RECEIVED_AT_ONCE = 16 * 1024
_TAKEN_ALONG = "Accept-Encoding: identity\r\nConnection: keep-alive\r\nUser-Agent: vssid-backoffice\r\n"
_METHOD, _PATH = re.compile(r"[A-Z]+"), re.compile(r"/[!-~]*")
_NAME, _VALUE = re.compile(r"[A-Za-z0-9-]+"), re.compile(r"[ -~]*")
"""What may stand in a request: nothing that would begin another line, or another request."""


class Request(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}


class HttpLine:
    """A line to the host of `address`, one request after the other; a call may take `seconds` in all."""

    def __init__(self, address: Address, *, secure: bool, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._address = address
        self._usual_port = 443 if secure else 80
        self._context = ssl.create_default_context() if secure else None
        self._host = ""
        self._watched: Cut | None = None
        self._sock: socket.socket | None = None
        self._answers = Answers()

    def fileno(self) -> int:
        """Return what can be polled for the answer."""
        return self._sock.fileno() if self._sock is not None else -1

    def ask(self, request: Request) -> None:
        """Send a request, whose answer is to be fetched next; raises GatewayDown, `unsure` as below."""
        watched = self._watched = begin(self.seconds, self._cut)
        try:
            sock = self._connected()
            if watched.done:  # spent on connecting
                raise GatewayDown(wording.NOT_REACHED)
            self._answers.expect()
            sock.sendall(_written(request, self._host))
        except (OSError, ValueError):
            self.close()
            raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
        except BaseException:
            self.close()
            raise

    def has_answer(self) -> bool:
        """Tell, of a line with something to read, whether that is an answer: TLS has words of its own (RFC 8446, 4.6).

        True for what is broken, too: `answer` says how.
        """
        if self._context is None or self._sock is None:
            return True
        try:
            self._sock.settimeout(0)
            self._answers.take(self._sock.recv(RECEIVED_AT_ONCE))
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return False
        except (OSError, ValueError):
            self._hang_up()
        finally:
            if self._sock is not None:
                self._sock.settimeout(self.seconds)
        return True

    def answer(self) -> tuple[int, str]:
        """Return status and text of the answer to what was asked; its end may be missing, or cut off.

        Raises GatewayDown, `unsure`: the request may have been taken though no answer came.
        """
        answers = self._answers
        try:
            while not answers.is_whole:
                answers.take(self._received())
        except (OSError, ValueError):
            self.close()
            raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
        except BaseException:
            self.close()
            raise
        self._leave()
        if not answers.keeps_open:
            self.close()
        return answers.code, answers.body.decode("utf-8", "replace")

    def close(self) -> None:
        """Hang up; the next call connects anew."""
        self._leave()
        self._hang_up()

    def _hang_up(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    def _leave(self) -> None:
        """Let the call be over: nobody cuts the line any more."""
        watched, self._watched = self._watched, None
        if watched is not None:
            end(watched)

    def _received(self) -> bytes:
        if self._sock is None:
            raise ConnectionResetError("the line is broken")
        return self._sock.recv(RECEIVED_AT_ONCE)

    def _connected(self) -> socket.socket:
        """Return the connection, a new one where the peer has hung up, or talks out of turn."""
        if self._sock is not None and not self._ears.poll(0):
            return self._sock
        self._hang_up()
        try:
            return self._connect()
        except (OSError, ValueError):
            self._hang_up()
            raise GatewayDown(wording.NOT_REACHED) from None

    def _connect(self) -> socket.socket:
        host, port = self._address.host, self._address.port or self._usual_port
        self._host = _host_line(host, port, self._usual_port)
        sock = self._sock = socket.create_connection((host, port), self.seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            secured = self._context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
            sock = self._sock = secured
            secured.do_handshake()
        self._answers = Answers()
        self._ears = select.poll()
        self._ears.register(sock, select.POLLIN)
        return sock

    def _cut(self) -> None:
        sock = self._sock
        if sock is not None:
            with suppress(OSError):
                # Not the TLS socket's own, which would forget the keys of an answer that has come already.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _host_line(host: str, port: int, usual: int) -> str:
    """Return the header that names the host as a URL does (RFC 9110, 7.2); raises ValueError for what no host is."""
    name = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    return f"Host: {name}\r\n" if port == usual else f"Host: {name}:{port}\r\n"


def _written(request: Request, host: str) -> bytes:
    """Return the request as its bytes; raises ValueError for what would make another of it."""
    if not (_METHOD.fullmatch(request.method) and _PATH.fullmatch(request.path)):
        raise ValueError("that is no request")
    if request.body is None and not request.headers:
        return f"{request.method} {request.path} HTTP/1.1\r\n{host}{_TAKEN_ALONG}\r\n".encode("ascii")
    headers = {**request.headers, "Content-Length": str(len(request.body or b""))}
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()):
        raise ValueError("that is no header")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{request.method} {request.path} HTTP/1.1\r\n{host}{_TAKEN_ALONG}{lines}\r\n"
    return head.encode("ascii") + (request.body or b"")
