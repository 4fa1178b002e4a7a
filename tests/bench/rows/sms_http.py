"""Draining SMS through an HTTP gateway of another process, against a bare loop of the same client library."""

from __future__ import annotations

import http.client
import sys
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from backoffice.kernel.passwords import hash_password, new_temporary_password
from tests.bench.draining import in_turns, through
from tests.bench.letterbox import Queued, post, post_credentials
from tests.bench.measure import Figure, Row, at_least, beside, said
from tests.bench.sets import Bench
from tests.peers.kannel import Kannel, missing
from tests.peers.peer import Peer

NOTICES, SHARE = 10_000, 2_000
"""In all, and a round."""
THINKS_MS, SLOWLY, SLOWLY_SHARE = 5, 2_000, 200
"""A gateway that takes its time, as those beyond this machine do."""
PASSWORDS, PASSWORD_SHARE = 400, 40
KANNEL, KANNEL_SHARE = 2_000, 200
WINDOW, STANDARD = 10, 1
"""How many connections; a killed worker doubles as many messages at most. A plain loop has one."""
KNOWN = {
    "username": "bhxh",
    "password": "matkhau",
    "from": "BHXH",
    "charset": "UTF-8",
    "dlr-mask": "19",
    "coding": "0",
}
NOWHERE = "http://127.0.0.1:9"
GATEWAY = [sys.executable, "-m", "tests.peers.http_gateway"]


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    with Peer(GATEWAY, {"quick": True}) as peer:
        wide = _taken(bench, peer, WINDOW)
        as_wide = _taken(bench, peer, WINDOW, bare=WINDOW)
        peer.tell(think_ms=THINKS_MS)
        slow = _taken(bench, peer, STANDARD, count=SLOWLY, share=SLOWLY_SHARE)
        peer.tell(think_ms=0)
        with through(bench, _url(peer, STANDARD)) as connection:
            hashed = partial(_bare, peer.port, hashes=True)
            secrets = in_turns(connection, post_credentials, hashed, PASSWORDS, PASSWORD_SHARE)
        one_by_one = _taken(bench, peer, STANDARD)
        kannel = _through_kannel(bench, f"http://127.0.0.1:{peer.port}")
    return [
        at_least(f"SMS by HTTP, {NOTICES:,}, window {STANDARD}", one_by_one["ours"], one_by_one["limit"], 0.7, "/s"),
        at_least(f"SMS by HTTP, {NOTICES:,}, window {WINDOW}", as_wide["ours"], as_wide["limit"], 0.7, "/s"),
        beside("the same, against a loop of one connection", wide["ours"], wide["limit"], "/s"),
        at_least(f"SMS by HTTP, {THINKS_MS} ms each, {SLOWLY:,}", slow["ours"], slow["limit"], 0.7, "/s"),
        at_least(f"passwords by HTTP, {PASSWORDS:,}", secrets["ours"], secrets["limit"], 0.7, "/s"),
        kannel,
    ]


def _taken(
    bench: Bench, peer: Peer, window: int, *, bare: int = STANDARD, count: int = NOTICES, share: int = SHARE
) -> dict[str, Figure]:
    with through(bench, _url(peer, window)) as connection:
        return in_turns(connection, post, partial(_bare, peer.port, window=bare), count, share)


def _url(peer: Peer, window: int) -> str:
    return f"http://bhxh:matkhau@127.0.0.1:{peer.port}?name=bench-http&dlr={NOWHERE}&window={window}"


def _through_kannel(bench: Bench, receipts: str) -> Row:
    """Return the row of the gateway that is not ours. It waits for its own clocks, 2 or 5 ms as it happens: no bar."""
    if missing():
        return said("SMS through Kannel", "NOT MEASURED: install kannel, kannel-extras")
    with Kannel(Path(tempfile.mkdtemp(dir=bench.engines.folder))) as kannel:
        bare = partial(_bare, kannel.port, receipts=receipts)
        with through(bench, kannel.url(dlr=receipts)) as connection:
            taken = in_turns(connection, post, bare, KANNEL, KANNEL_SHARE)
    return beside(f"SMS through Kannel, {KANNEL:,}", taken["ours"], taken["limit"], "/s")


def _bare(
    port: int, messages: list[Queued], *, hashes: bool = False, receipts: str = NOWHERE, window: int = STANDARD
) -> None:
    """Send the messages, with an address for the receipt as anyone needs one, and look at the answers.

    On `window` connections in turn, each asked again once its answer is read.
    """
    lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in range(window)]
    for number, one in enumerate(messages):
        line = lines[number % window]
        if number >= window:
            _read(line)
        if hashes:
            hash_password(new_temporary_password())
        receipt = f"{receipts}/api/v1/receipts/bench-http/{one.id}-1-0123456789abcdef0123456789abcdef?status=%d"
        query = KNOWN | {"to": one.recipient, "text": one.body, "dlr-url": receipt}
        line.request("GET", f"/cgi-bin/sendsms?{urlencode(query)}", headers={"Connection": "keep-alive"})
    for number in range(len(messages), len(messages) + window):
        _read(lines[number % window])
        lines[number % window].close()


def _read(line: http.client.HTTPConnection) -> None:
    answer = line.getresponse()
    if answer.status != 202 or not answer.read().startswith(b"0:"):
        raise RuntimeError("the gateway did not take it")
