"""An SMS for the citizen at the counter while 10,000 of a list wait, with real workers; and their memory meanwhile."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from backoffice.config import ROOT, Settings
from backoffice.kernel import queue
from backoffice.kernel.db import transaction
from backoffice.models import NoticeChannel, NoticeKind
from backoffice.notices import outbox
from tests.bench.draining import through
from tests.bench.letterbox import Queued, cancel_rest, post
from tests.bench.measure import Row, no_more_than, said
from tests.bench.rows.sms_http import GATEWAY
from tests.bench.sets import Bench
from tests.peers.peer import Peer
from tests.processes import environment
from tests.shifted import Shift, shifted

NOTICES = 10_000
RATE = 50
"""Messages a second that the gateway takes: then ten thousand are three minutes' work, and all of it waits."""
AT_COUNTER, ALONE = 80, 20
"""SMS at the counter, one after the other; with a worker of their own, and without one."""
PATIENCE = 60.0


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    with shifted() as day:
        day.to_ten_in_the_morning()  # at night no list rings
        with_own = _seconds(bench, day, AT_COUNTER, ["counter"], [])
        alone = _seconds(bench, day, ALONE, [])
        before, after = _memory(bench, day)
    late, growth = _percentile(with_own), after / before
    memory = f"{before / 1024:.1f} → {after / 1024:.1f} MB"
    return [
        no_more_than(f"SMS at the counter, {NOTICES:,} waiting, 95 %", f"{late * 1000:.0f} ms", late, 2.0, "s"),
        said("the same, one worker for all lanes, 95 %", f"{_percentile(alone) * 1000:.0f} ms"),
        no_more_than("worker's memory, 1,000 sent to 10,000", memory, growth, 1.1, "×"),
    ]


def _seconds(bench: Bench, day: Shift, count: int, *workers: list[str]) -> list[float]:
    """Return how long each of `count` messages took from its commit to the gateway."""
    unsent = "SELECT count(*) FROM notices WHERE lane = 'bulk' AND status = 'queued'"
    with (
        Peer(GATEWAY, {"receipts": "none"}) as peer,
        _sending(bench, day, peer, workers, rate=RATE) as (connection, _),
    ):
        waiting = post(connection, NOTICES, queue.BULK)
        _ask(queue.BULK)
        peer.wait("message", RATE)
        taken = [_at_counter(peer, waiting[number], number) for number in range(count)]
        left = connection.execute(unsent).fetchone()
        if left is None or left[0] < NOTICES / 4:
            raise RuntimeError("the list was through before the counter had finished")
        cancel_rest(connection)
    return taken


def _at_counter(peer: Peer, like: Queued, number: int) -> float:
    phone = f"0399{number:06d}"
    with transaction() as session:
        outbox.post(
            session, NoticeKind.RECEIVED, NoticeChannel.SMS, phone,
            lane=queue.COUNTER, body=like.body, declaration_id=like.declaration_id,
        )  # fmt: skip
    start = time.time()
    return float(peer.wait("message", to=phone)["at"]) - start


def _memory(bench: Bench, day: Shift) -> tuple[int, int]:
    """Return the worker's resident kilobytes after the first tenth of the list, and after all of it."""
    with Peer(GATEWAY, {"quick": True}) as peer, _sending(bench, day, peer, ([],), rate=0) as (connection, workers):
        post(connection, NOTICES, queue.BULK)
        _ask(queue.BULK)
        _until_sent(connection, NOTICES // 10)
        before = _resident(workers[0])
        _until_sent(connection, NOTICES)
        return before, _resident(workers[0])


@contextmanager
def _sending(
    bench: Bench, day: Shift, peer: Peer, workers: tuple[list[str], ...], *, rate: int
) -> Iterator[tuple[psycopg.Connection, list[subprocess.Popen[bytes]]]]:
    """Run workers of those lanes (none named: all) that send through `peer`."""
    url = f"http://bhxh:matkhau@127.0.0.1:{peer.port}?name=bench-counter-{rate}&rate={rate}"
    with through(bench, url) as connection, ExitStack() as running:
        settings = replace(bench.set("middle"), sms_url=url)
        started = [running.enter_context(_worker(settings, day, lanes)) for lanes in workers]
        yield connection, started


@contextmanager
def _worker(settings: Settings, day: Shift, lanes: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    options = [part for lane in lanes for part in ("--lane", lane)]
    command = day.command("worker", *options)
    with subprocess.Popen(command, cwd=ROOT, env=environment(settings), stderr=subprocess.DEVNULL) as worker:
        try:
            yield worker
        finally:
            worker.terminate()


def _ask(lane: str) -> None:
    """Ask for the lane's drain, as whoever posts does."""
    queue.enqueue(outbox.DRAINS[lane], lane=lane)


def _until_sent(connection: psycopg.Connection, count: int) -> None:
    end = time.monotonic() + PATIENCE * 4
    sent = "SELECT count(*) FROM notices WHERE gateway = 'bench-counter-0' AND status = 'sent'"
    while (found := connection.execute(sent).fetchone()) is not None and found[0] < count:
        if time.monotonic() > end:
            raise RuntimeError(f"only {found[0]} of {count} were sent")
        time.sleep(0.05)


def _resident(process: subprocess.Popen[bytes]) -> int:
    """Return the resident kilobytes of the process."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("the worker has ended")


def _percentile(taken: list[float], share: float = 0.95) -> float:
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * share))]
