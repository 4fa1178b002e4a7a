"""The queue is only a nudge: stopped, killed or flushed, it takes no message along (design 4)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import Queue
from rq.registry import StartedJobRegistry

from backoffice.embedded.valkey import EmbeddedValkey
from backoffice.kernel import queue
from tests.embedded.helpers import eventually
from tests.faults.desk import Desk
from tests.peers.fixtures import StartPeer

MESSAGES = 8


@pytest.fixture
def valkey(tmp_path: Path, desk: Desk) -> Iterator[EmbeddedValkey]:
    """A queue of the desk's own, which may be stopped."""
    with EmbeddedValkey(tmp_path / "valkey") as engine:
        desk.move(redis_url=engine.url)
        yield engine


def at_work() -> bool:
    """Whether a job waits or runs: one that runs takes whatever is decided meanwhile."""
    return any(
        Queue(lane, connection=queue.connection()).count
        or StartedJobRegistry(lane, connection=queue.connection()).get_job_ids()
        for lane in queue.LANES
    )


def test_decided_while_the_queue_is_out_every_message_goes_once_it_is_back(
    desk: Desk, valkey: EmbeddedValkey, http_peer: StartPeer, round_number: int
) -> None:
    """The counter goes on deciding; a worker that has lost the queue comes back by itself."""
    peer = http_peer(receipts="none")
    desk.use(peer)
    worker = desk.worker()
    desk.decide(2)
    peer.wait("message", 2)
    eventually(lambda: not at_work(), "the end of every job")
    valkey.stop()
    desk.decide(MESSAGES + round_number)
    assert desk.unfinished() >= MESSAGES
    valkey.start()
    desk.settle()
    assert desk.check(peer, kills=0) == 0
    assert worker.poll() is None


def test_killed_while_a_message_is_on_its_way_the_queue_doubles_nothing(
    desk: Desk, valkey: EmbeddedValkey, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none", hold_after=round_number % MESSAGES)
    desk.use(peer)
    desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    os.kill(valkey.pid or 0, signal.SIGKILL)
    eventually(lambda: valkey.pid is None, "the end of the queue")
    peer.tell(hold=False)
    peer.tell(act="release")
    valkey.start()
    desk.settle()
    assert desk.check(peer, kills=0) == 0


def test_flushed_with_every_job_in_it_the_queue_is_filled_again_by_the_sweep(
    desk: Desk, valkey: EmbeddedValkey, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    desk.decide(MESSAGES + round_number)
    queue.connection().flushall()
    desk.worker()
    desk.settle()
    assert desk.check(peer, kills=0) == 0


def test_flushed_in_the_middle_of_a_drain_nothing_is_lost_or_doubled(
    desk: Desk, valkey: EmbeddedValkey, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none", hold_after=round_number % MESSAGES)
    desk.use(peer)
    desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    queue.connection().flushall()
    peer.tell(hold=False)
    peer.tell(act="release")
    desk.settle()
    assert desk.check(peer, kills=0) == 0


def test_two_schedulers_ask_twice_and_everything_goes_once(
    desk: Desk, valkey: EmbeddedValkey, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    for _ in range(2):
        desk.worker()
        desk.sweep()
    desk.decide(MESSAGES + round_number)
    for _ in range(5):
        desk.sweep()
    desk.settle()
    assert desk.check(peer, kills=0) == 0
