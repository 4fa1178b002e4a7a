"""A browser that costs next to nothing: one kept connection, requests as bytes, cookies and CSRF token of a desk."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.bench.data import PASSWORD

FORM = "application/x-www-form-urlencoded"
_TOKEN = re.compile(rb'name="csrf-token" content="([^"]+)"')
_COOKIE = re.compile(rb"\r\nset-cookie: ([^=]+)=([^;\r]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: ([^\r]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What came back: status, where a redirect leads ("" if none), body."""

    status: int
    location: str
    body: bytes


@dataclass
class Browser:
    """One connection to 127.0.0.1:`port`; reconnects when the server has closed it."""

    port: int
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    _socket: socket.socket | None = None

    def sign_in(self, username: str) -> None:
        """Sign in at a desk and keep cookies and token."""
        self._read_token(self.get("/login"))
        form = {"csrf_token": self.token, "username": username, "password": PASSWORD}
        answer = self.post("/login", form)
        if answer.status != 303:
            raise RuntimeError(f"signing in as {username} was answered {answer.status}")
        self._read_token(self.get("/desk"))

    def get(self, path: str) -> Answer:
        """Fetch `path`."""
        return self._ask("GET", path, b"", "")

    def post(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(form).encode(), FORM)

    def send(self, path: str, body: bytes, content_type: str) -> Answer:
        """Send any body."""
        return self._ask("POST", path, body, content_type)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read_token(self, answer: Answer) -> None:
        found = _TOKEN.search(answer.body)
        if found is None:
            raise RuntimeError(f"no token on a page answered {answer.status}")
        self.token = found[1].decode()

    def _ask(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        headers = {"Host": f"127.0.0.1:{self.port}", **self.headers}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            headers |= {"Content-Type": content_type, "Content-Length": str(len(body))}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = head.encode() + b"\r\n" + body
        try:
            return self._exchange(request)
        except (ConnectionError, TimeoutError):
            self.close()
            return self._exchange(request)

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = bytes(received[:end]) + b"\r\n"
        length = int(found[1]) if (found := _LENGTH.search(head)) else 0
        while len(received) < end + 4 + length:
            received += self._more()
        for name, value in _COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()
        if b"\r\nConnection: close" in head:
            self.close()
        location = found[1].decode() if (found := _LOCATION.search(head)) else ""
        return Answer(int(head[9:12]), location, bytes(received[end + 4 :]))

    def _more(self) -> bytes:
        part = self._socket.recv(256 * 1024) if self._socket else b""
        if not part:
            raise ConnectionResetError
        return part
