"""One HTTP connection to a gateway, kept open between calls; a call ends within its seconds whatever the peer does."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import threading
from contextlib import suppress

from backoffice.gateways.deadline import within
from backoffice.gateways.delivery import GatewayDown
from backoffice.gateways.sms import wording
from backoffice.gateways.sms.address import Address

SECONDS = 10.0
"""For the whole of a call."""
MOST_BYTES = 64 * 1024
_TAKEN_ALONG = {"Connection": "keep-alive", "User-Agent": "vssid-backoffice"}


class HttpLine:
    """A line to the host of `address`; several threads take turns."""

    def __init__(self, address: Address, *, secure: bool, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._turn = threading.Lock()
        if secure:
            context = ssl.create_default_context()
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                address.host, address.port, timeout=seconds, context=context
            )
        else:
            self._http = http.client.HTTPConnection(address.host, address.port, timeout=seconds)

    def call(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Return status and text of the answer.

        Raises GatewayDown: not reached; `unsure` when the request may have been taken though no answer came.
        """
        with self._turn:
            # Only the calls within `within` may be cut: a connection that is made anew has a new socket.
            with within(self.seconds, self._cut) as watched:
                self._connect()
                if watched.done:  # spent on connecting: what follows would be watched by nobody
                    self._http.close()
                    raise GatewayDown(wording.NOT_REACHED)
                try:
                    self._http.request(method, path, body=body, headers=_TAKEN_ALONG | (headers or {}))
                    answer = self._http.getresponse()
                    text = answer.read(MOST_BYTES + 1)
                except (OSError, http.client.HTTPException, ValueError, AttributeError):
                    self._http.close()
                    raise GatewayDown(wording.NO_ANSWER, unsure=True) from None
            if len(text) > MOST_BYTES or not answer.isclosed():
                self._http.close()
            return answer.status, text.decode("utf-8", "replace")

    def close(self) -> None:
        """Hang up; the next call connects anew."""
        with self._turn:
            self._http.close()

    def _connect(self) -> None:
        if self._http.sock is not None and _has_ended(self._http.sock):
            self._http.close()
        if self._http.sock is None:
            try:
                self._http.connect()
            except (OSError, ValueError, AttributeError):
                self._http.close()
                raise GatewayDown(wording.NOT_REACHED) from None

    def _cut(self) -> None:
        sock = self._http.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _has_ended(sock: socket.socket) -> bool:
    """Tell whether the peer has hung up, or talks out of turn: then nothing is said on this line any more."""
    try:
        readable, _, _ = select.select([sock], [], [], 0)
    except (OSError, ValueError):
        return True
    return bool(readable)
