"""Draining SMS through an SMPP server that is not ours (npm's smpp), against a bare smpplib loop of the same window."""

from __future__ import annotations

import warnings
from functools import partial

from smpplib import consts, gsm
from smpplib.client import Client

from tests.bench.draining import in_turns, through
from tests.bench.letterbox import Queued, post
from tests.bench.measure import Figure, Row, at_least, said
from tests.bench.sets import Bench
from tests.peers.fixtures import SMPP, smpp_command
from tests.peers.peer import Peer

NOTICES, SHARE = 10_000, 2_000
"""In all, and a round."""
WINDOWS = (10, 50)
STANDARD = 1
"""A killed worker doubles one message at most: each fate is with the database before the next message is sent."""
THINKS_MS, SLOWLY, SLOWLY_SHARE = 5, 2_000, 200
"""A message centre that takes its time, as those beyond this machine do."""


def measure(bench: Bench) -> list[Row]:
    """Return the rows; one that says so where there is no such server."""
    command = smpp_command()
    if command is None:
        return [said("SMS by SMPP", "NOT MEASURED: npm ci in tests/peers/smpp")]
    with Peer(command, {"quiet": True, "receipts": "none"}, cwd=SMPP) as peer:
        rows = [_reaches(f"{NOTICES:,}", window, _taken(bench, peer, window)) for window in WINDOWS]
        peer.tell(think_ms=THINKS_MS)
        slow = _taken(bench, peer, STANDARD, SLOWLY, SLOWLY_SHARE)
        rows.append(_reaches(f"{THINKS_MS} ms each, {SLOWLY:,}", STANDARD, slow))
        peer.tell(think_ms=0)
        return [*rows, _reaches(f"{NOTICES:,}", STANDARD, _taken(bench, peer, STANDARD))]


def _reaches(what: str, window: int, taken: dict[str, Figure]) -> Row:
    return at_least(f"SMS by SMPP, {what}, window {window}", taken["ours"], taken["limit"], 0.7, "/s")


def _taken(bench: Bench, peer: Peer, window: int, count: int = NOTICES, share: int = SHARE) -> dict[str, Figure]:
    url = f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=bench-smpp&window={window}"
    with through(bench, url) as connection:
        return in_turns(connection, post, partial(_bare, peer.port, window), count, share)


def _bare(port: int, window: int, messages: list[Queued]) -> None:
    with warnings.catch_warnings(action="ignore"):
        client = Client("127.0.0.1", port, timeout=10, allow_unknown_opt_params=True)
    answered: list[object] = []
    client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id))
    client.connect()
    client.bind_transceiver(system_id="bhxh", password="matkhau")
    for number, one in enumerate(messages):
        for part, coding, esm_class in _parts(one.body):
            client.send_message(
                source_addr_ton=consts.SMPP_TON_ALNUM,
                source_addr="BHXH",
                dest_addr_ton=consts.SMPP_TON_INTL,
                dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=f"84{one.recipient[1:]}",
                short_message=part,
                data_coding=coding,
                esm_class=esm_class,
                registered_delivery=True,
            )
        while number + 1 - len(answered) >= window:
            client.read_once()
    while len(answered) < len(messages):
        client.read_once()
    client.unbind()
    client.disconnect()


def _parts(text: str) -> list[tuple[bytes, int, int]]:
    parts, coding, esm_class = gsm.make_parts(text)
    return [(part, coding, esm_class) for part in parts]
