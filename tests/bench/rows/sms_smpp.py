"""Draining SMS through an SMPP server that is not ours (npm's smpp), against a bare smpplib loop of the same window."""

from __future__ import annotations

import warnings
from functools import partial

from smpplib import consts, gsm
from smpplib.client import Client

from tests.bench.draining import in_turns, through
from tests.bench.letterbox import Queued, post
from tests.bench.measure import Row, at_least, said
from tests.bench.sets import Bench
from tests.peers.fixtures import SMPP, smpp_command
from tests.peers.peer import Peer

NOTICES, SHARE = 10_000, 1_000
"""In all, and a round."""
WINDOWS = (1, 10, 50)
"""The first is the standard one: a killed worker doubles one message. Each has the bar."""


def measure(bench: Bench) -> list[Row]:
    """Return the rows; one that says so where there is no such server."""
    command = smpp_command()
    if command is None:
        return [said("SMS by SMPP", "NOT MEASURED: npm ci in tests/peers/smpp")]
    with Peer(command, {"quiet": True, "receipts": "none"}, cwd=SMPP) as peer:
        return [_row(bench, peer, window) for window in WINDOWS]


def _row(bench: Bench, peer: Peer, window: int) -> Row:
    url = f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=bench-smpp&window={window}"
    with through(bench, url) as connection:
        taken = in_turns(connection, post, partial(_bare, peer.port, window), NOTICES, SHARE)
    return at_least(f"SMS by SMPP, {NOTICES:,}, window {window}", taken["ours"], taken["limit"], 0.7, "/s")


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
