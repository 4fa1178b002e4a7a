"""SIGKILL of a real worker at every instant: nothing is lost, and at most one message a kill goes twice (design 4)."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from flask import Flask

from backoffice.kernel import queue
from backoffice.notices import jobs
from tests.faults.desk import LEASE_OVER, Desk
from tests.peers.fixtures import StartPeer
from tests.processes import served

MESSAGES = 8
"""A kill."""


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where receipts are taken."""
    with served(app) as where:
        yield where


def before(round_number: int) -> int:
    """How many messages go well before the kill."""
    return Random(round_number).randrange(MESSAGES - 1)


def test_killed_before_the_gateway_has_it_nothing_goes_twice(
    desk: Desk, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    peer.tell(deaf_after=before(round_number))
    worker = desk.worker()
    desk.decide(MESSAGES)
    peer.wait("knocking")
    worker.kill()
    recover(desk, peer, deaf=False)
    assert desk.check(peer, kills=1) == 0


def test_killed_after_the_send_and_before_the_commit_one_goes_twice_and_both_passwords_fit(
    desk: Desk, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    peer.tell(hold_after=before(round_number))
    worker = desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    worker.kill()
    peer.tell(hold=False)
    (last,) = peer.said("message")[-1:]
    desk.sweep()
    for lane in queue.LANES:
        jobs.drain(lane)
    assert peer.count("message", to=last["to"]) == 1, "while its lease holds nobody else sends it"
    recover(desk, peer)
    assert desk.check(peer, kills=1) == 1


def test_killed_after_the_send_the_receipt_that_comes_all_the_same_saves_the_second_message(
    desk: Desk, http_peer: StartPeer, address: str, round_number: int
) -> None:
    peer = http_peer()
    desk.use(peer, more=f"&dlr={address}")
    peer.tell(hold_after=before(round_number))
    worker = desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    worker.kill()
    receipts = peer.count("receipt")
    peer.tell(act="release")
    peer.wait("receipt", receipts + 1)
    recover(desk, peer, hold=False)
    assert desk.check(peer, kills=1) == 0


def test_killed_after_the_commit_nothing_goes_twice(desk: Desk, http_peer: StartPeer, round_number: int) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    worker = desk.worker()
    desk.decide(before(round_number) + 1)
    desk.settle()
    worker.kill()
    recover(desk, peer)
    assert desk.check(peer, kills=1) == 0


def test_killed_again_and_again_wherever_it_happens_to_be(desk: Desk, http_peer: StartPeer, round_number: int) -> None:
    peer, kills, chance = http_peer(receipts="none"), 2, Random(round_number)
    desk.use(peer)
    for _ in range(kills):
        desk.decide(MESSAGES)
        worker = desk.worker()
        peer.wait("message", peer.count("message") + chance.randint(1, MESSAGES - 1))
        worker.kill()
        desk.time.let_pass(LEASE_OVER)
    recover(desk, peer)
    assert desk.check(peer, kills=kills) <= kills


@pytest.mark.parametrize("window", [1, 3])
def test_killed_over_smpp_no_more_go_twice_than_its_window(
    desk: Desk, smpp_peer: StartPeer, round_number: int, window: int
) -> None:
    peer = smpp_peer(receipts="none", hold_after=before(round_number))
    desk.move(sms_url=f"smpp://bhxh:matkhau@127.0.0.1:{peer.port}?name=smsc&window={window}")
    worker = desk.worker()
    desk.decide(MESSAGES * 2, lists=True)
    peer.wait("held")
    worker.kill()
    peer.tell(act="forget")
    recover(desk, peer, hold=False)
    assert 1 <= desk.check(peer, kills=window) <= window


def recover(desk: Desk, peer: object, **modes: bool) -> None:
    """Time passes until no lease of the dead holds; a new worker goes on."""
    if modes:
        peer.tell(**modes)  # type: ignore[attr-defined]
    desk.time.let_pass(LEASE_OVER)
    desk.worker()
    desk.settle()
