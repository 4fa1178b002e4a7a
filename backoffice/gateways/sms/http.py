"""One HTTP connection to a gateway, kept open between calls; a call ends within its seconds whatever the peer does."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from backoffice.gateways.deadline import Cut, begin, end
from backoffice.gateways.delivery import GatewayDown
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address
from backoffice.kernel.sockets import is_readable

SECONDS = 10.0
"""For the whole of a call."""
MOST_BYTES = 64 * 1024
_TAKEN_ALONG = {"Connection": "keep-alive", "User-Agent": "vssid-backoffice"}
_BROKEN = (OSError, http.client.HTTPException, ValueError, AttributeError)


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
        self._watched: Cut | None = None
        self._is_secure = secure
        self._sock: socket.socket | None = None
        """The connection's, until it is closed: http.client forgets its own when an answer says it is the last."""
        self._answer: http.client.HTTPResponse | None = None
        if secure:
            context = ssl.create_default_context()
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                address.host, address.port, timeout=seconds, context=context
            )
        else:
            self._http = http.client.HTTPConnection(address.host, address.port, timeout=seconds)

    def fileno(self) -> int:
        """Return what can be polled for the answer."""
        return self._sock.fileno() if self._sock is not None else -1

    def ask(self, request: Request) -> None:
        """Send a request, whose answer is to be fetched next; raises GatewayDown, `unsure` as below."""
        watched = self._watched = begin(self.seconds, self._cut)
        try:
            self._connect()
            if watched.done:  # spent on connecting
                raise GatewayDown(wording.NOT_REACHED)
            self._http.request(request.method, request.path, request.body, {**_TAKEN_ALONG, **request.headers})
            self._answer = http.client.HTTPResponse(self._http.sock, method=request.method)
        except _BROKEN:
            self.close()
            raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
        except BaseException:
            self.close()
            raise

    def has_answer(self) -> bool:
        """Tell, of a line with something to read, whether that is an answer: TLS has words of its own (RFC 8446, 4.6).

        True for what is broken, too: `answer` says how.
        """
        if not self._is_secure or self._sock is None or self._answer is None:
            return True
        try:
            self._sock.settimeout(0)
            self._answer.fp.peek(1)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return False
        except (OSError, ValueError):
            return True
        finally:
            self._sock.settimeout(self.seconds)
        return True

    def answer(self) -> tuple[int, str]:
        """Return status and text of the answer to what was asked.

        Raises GatewayDown, `unsure`: the request may have been taken though no answer came.
        """
        try:
            self._http.response_class = lambda *_args, **_more: self._answer  # type: ignore[assignment]
            answer = self._http.getresponse()
            text = answer.read(MOST_BYTES + 1)
        except _BROKEN:
            self.close()
            raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
        except BaseException:
            self.close()
            raise
        self._leave()
        if len(text) > MOST_BYTES or not answer.isclosed():
            self.close()
        return answer.status, text.decode("utf-8", "replace")

    def close(self) -> None:
        """Hang up; the next call connects anew."""
        self._leave()
        self._http.close()
        if self._answer is not None:
            self._answer.close()
        self._answer = self._sock = None

    def _leave(self) -> None:
        """Let the call be over: nobody cuts the line any more."""
        watched, self._watched = self._watched, None
        if watched is not None:
            end(watched)

    def _connect(self) -> None:
        if self._http.sock is not None and _has_ended(self._http.sock):
            self._http.close()
        if self._http.sock is None:
            try:
                self._http.connect()
            except (OSError, ValueError, AttributeError):
                self._http.close()
                raise GatewayDown(wording.NOT_REACHED) from None
        self._sock = self._http.sock

    def _cut(self) -> None:
        sock = self._sock or self._http.sock
        if sock is not None:
            with suppress(OSError):
                # Not the TLS socket's own, which would forget the keys of an answer that has come already.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _has_ended(sock: socket.socket) -> bool:
    """Tell whether the peer has hung up, or talks out of turn: then nothing is said on this line any more."""
    try:
        return is_readable(sock, 0)
    except (OSError, ValueError):
        return True
