"""An HTTP gateway for SMS in a process of its own, well-behaved or not: python -m tests.peers.http_gateway '{…}'.

It speaks Kannel's sendsms as a stranger would write it, from bytes up, so that it can misbehave at any of them. What
it can be told, then or later by a line on stdin, stands in MODES and `_act`; what comes in is a line on stdout.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import socket
import ssl
import struct
import sys
import termios
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MODES: dict[str, Any] = {
    "port": 0,
    "certificate": "",  # speaks TLS by this file of key and certificate
    "username": "bhxh",
    "password": "matkhau",
    "deaf": False,  # takes connections and reads nothing; says "knocking" when there would be something
    "deaf_after": None,  # the same from so many messages on
    "hold": False,  # counts a message and does not answer, says "held", until {"act": "release"}
    "hold_after": None,  # the same from so many messages on
    "silent": [],  # numbers whose messages are never answered
    "hang": False,  # never answers
    "reset": "",  # "early": the connection is reset before the request is read; "late": when it was
    "status": 202,  # the answer
    "body": "0: Accepted for delivery",
    "drip": "",  # "headers" or "body": byte by byte
    "drip_seconds": 0.05,
    "raw": None,  # exactly this instead of an answer, and the end of the connection
    "close": False,  # says so after each answer
    "throttle": 0,  # every so many-th message is answered by 429
    "receipts": "after",  # the answer; or: before, twice, none, forged
    "receipt": 1,  # Kannel's 1 delivered, 2 failed, 16 rejected …
    "quick": False,  # well-behaved: looks who asks, keeps the message, says nothing but {"act": "count"}
    "think_ms": 0,  # and takes so long for each
}
ANSWERS = {
    status: f"HTTP/1.1 {status} Said\r\nContent-Length: {len(said)}\r\n\r\n{said}".encode()
    for status, said in {202: "0: Accepted for delivery", 403: "Authorization failed for sendsms"}.items()
}
REASONS = {200: "OK", 202: "Accepted", 403: "Forbidden", 429: "Too Many Requests", 500: "Internal Server Error"}


class Gateway:
    """What is known of all connections."""

    def __init__(self, modes: dict[str, Any]) -> None:
        self.modes = MODES | modes
        self.requests = 0
        self.kept: dict[str, str] = {}
        self.open: set[Connection] = set()
        self.held: list[Any] = []
        self.dlr: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Take connections, at the same port as before."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(self), "127.0.0.1", self.modes["port"], reuse_address=True, ssl=self._tls()
        )
        self.modes["port"] = self._server.sockets[0].getsockname()[1]
        say("listening", port=self.modes["port"])

    def _tls(self) -> ssl.SSLContext | None:
        if not self.modes["certificate"]:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.modes["certificate"])
        return context

    async def stop(self) -> None:
        """Take no connections any more and end those there are: the machine is away."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.open):
            connection.reset()
        await asyncio.sleep(0)

    def count_down(self, mode: str) -> None:
        """One message less until the mode `mode` begins; begin it when its time has come."""
        left = self.modes[f"{mode}_after"]
        if left is None:
            return
        self.modes |= {f"{mode}_after": left - 1 if left else None, mode: left == 0}
        if mode == "deaf" and left == 0:
            for connection in self.open:
                connection.close_ears()

    def later(self, work: Any) -> None:
        """Do `work` beside the rest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def receipt(self, url: str, status: int) -> None:
        """Call a receipt's address as Kannel does, by GET, and say what it answered."""
        parts = urlsplit(url.replace("%d", str(status)))
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        target = parts.path + ("?" + parts.query if parts.query else "")
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        line = (await reader.readline()).decode()
        writer.close()
        say("receipt", answer=int(line.split()[1]) if line else 0)


class Connection(asyncio.Protocol):
    """One connection, kept alive; requests are answered in turn."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._got = b""
        self._line: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        """Begin, or play deaf."""
        self._line = transport
        self._gateway.open.add(self)
        modes = self._gateway.modes
        if modes["deaf"] or modes["reset"] == "early":
            self.close_ears()
        say("connected")
        if modes["reset"] == "early":
            self.reset()

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget it."""
        self._gateway.open.discard(self)
        say("closed")

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._got += data
        if self._gateway.modes["quick"]:
            self._quickly()
            return
        while b"\r\n\r\n" in self._got:
            head, _, rest = self._got.partition(b"\r\n\r\n")
            length = next((int(one[15:]) for one in head.split(b"\r\n") if one[:15].lower() == b"content-length:"), 0)
            if len(rest) < length:
                return
            self._got = rest[length:]
            self._request(head.split(b" ", 2)[1].decode(), head, rest[:length].decode())

    def _quickly(self) -> None:
        """Answer every request at once; none has a body."""
        *whole, self._got = self._got.split(b"\r\n\r\n")
        for head in whole:
            asked = dict(parse_qsl(head.split(b" ", 2)[1].partition(b"?")[2].decode()))
            status = _verdict(self._gateway, asked, head)
            self._gateway.kept[asked.get("to", "")] = asked.get("text", "")
            self._gateway.requests += status == 202
            if think := self._gateway.modes["think_ms"]:
                asyncio.get_running_loop().call_later(think / 1000, self._line.write, ANSWERS[status])
            else:
                self._line.write(ANSWERS[status])

    def close_ears(self) -> None:
        """Read nothing any more, and say so once there would be something to read."""
        self._line.pause_reading()
        self._gateway.later(self._knocked())

    async def _knocked(self) -> None:
        number = self._line.get_extra_info("socket").fileno()
        while not self._line.is_closing():
            waiting = fcntl.ioctl(number, termios.FIONREAD, b"\0\0\0\0")
            if struct.unpack("i", waiting)[0]:
                say("knocking")
                return
            await asyncio.sleep(0.002)

    def reset(self) -> None:
        """End it with a reset, as a crashed machine does."""
        found = self._line.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._line.abort()

    def _request(self, target: str, head: bytes, body: str) -> None:
        gateway = self._gateway
        asked = dict(parse_qsl(urlsplit(target).query)) or _posted(body)
        gateway.requests += 1
        gateway.count_down("hold")
        status = _verdict(gateway, asked, head)
        known = {name: value for name, value in asked.items() if name not in ("username", "password")}
        say("message", status=status, path=urlsplit(target).path, **known)
        if asked.get("to") not in gateway.modes["silent"]:
            self._answer(status, asked.get("dlr-url", ""))

    def _answer(self, status: int, dlr: str) -> None:
        modes = self._gateway.modes
        if modes["reset"] == "late":
            self.reset()
        elif modes["hold"]:
            self._gateway.held.append(lambda: self._respond(status, dlr))
            say("held")
        elif modes["receipts"] == "before" and dlr and status < 300:
            self._gateway.later(self._early(status, dlr))
        elif not modes["hang"]:
            self._respond(status, dlr)

    async def _early(self, status: int, dlr: str) -> None:
        await self._gateway.receipt(dlr, self._gateway.modes["receipt"])
        self._respond(status, "")

    def _respond(self, status: int, dlr: str) -> None:
        modes = self._gateway.modes
        if modes["raw"] is not None:
            self._line.write(modes["raw"].encode("latin-1"))
            self._line.close()
            return
        body = modes["body"] if status == modes["status"] else "3: Try again later"
        end = "Connection: close\r\n" if modes["close"] else ""
        head = f"HTTP/1.1 {status} {REASONS.get(status, 'Said')}\r\nContent-Length: {len(body.encode())}\r\n{end}\r\n"
        if modes["drip"]:
            self._gateway.later(self._drip(head, body, status, dlr))
            return
        self._line.write((head + body).encode())
        if modes["close"]:
            self._line.close()
        self._gateway.count_down("deaf")
        self._report(status, dlr)

    async def _drip(self, head: str, body: str, status: int, dlr: str) -> None:
        modes = self._gateway.modes
        at_once = "" if modes["drip"] == "headers" else head
        self._line.write(at_once.encode())
        for byte in (head + body)[len(at_once) :]:
            if self._line.is_closing():
                return
            self._line.write(byte.encode())
            await asyncio.sleep(modes["drip_seconds"])
        self._report(status, dlr)

    def _report(self, status: int, dlr: str) -> None:
        if not dlr or status >= 300:
            return
        self._gateway.dlr.append(dlr)
        kind, what = self._gateway.modes["receipts"], self._gateway.modes["receipt"]
        if kind == "forged":
            dlr = dlr.replace("?", "0?", 1)
        for _ in range({"none": 0, "twice": 2}.get(kind, 1)):
            self._gateway.later(self._gateway.receipt(dlr, what))


def _verdict(gateway: Gateway, asked: dict[str, str], head: bytes) -> int:
    modes = gateway.modes
    signed_in = (asked.get("username"), asked.get("password")) == (modes["username"], modes["password"])
    if not signed_in and b"authorization:" not in head.lower():
        return 403
    if modes["throttle"] and gateway.requests % modes["throttle"] == 0:
        return 429
    return int(modes["status"])


def _posted(body: str) -> dict[str, str]:
    """Return the fields of a JSON body, flat, as texts."""
    try:
        return {name: str(value) for name, value in json.loads(body).items()}
    except (ValueError, AttributeError):
        return {}


def say(event: str, **facts: Any) -> None:
    """Say what happened."""
    sys.stdout.write(json.dumps({"event": event, "at": time.time(), **facts}) + "\n")
    sys.stdout.flush()


async def _act(gateway: Gateway, order: dict[str, Any]) -> None:
    match order.pop("act", ""):
        case "release":
            held, gateway.held = gateway.held, []
            for answer in held:
                answer()
        case "drop":
            for connection in list(gateway.open):
                connection.reset()
        case "stop":
            await gateway.stop()
        case "listen":
            await gateway.listen()
        case "count":
            say("count", taken=gateway.requests)
        case "again":  # every receipt so far once more, with another fate if told
            for url in list(gateway.dlr):
                await gateway.receipt(url, order.pop("receipt", gateway.modes["receipt"]))
        case "forget":  # who was held is not answered any more
            gateway.held.clear()
        case _:
            gateway.modes |= order
            if order.get("deaf_after") == 0:
                gateway.count_down("deaf")
    say("told")


async def main(modes: dict[str, Any]) -> None:
    """Serve until stdin ends."""
    gateway = Gateway(modes)
    await gateway.listen()
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        await _act(gateway, json.loads(line))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}))
