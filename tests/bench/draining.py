"""Draining what waits through a gateway of another process, in turns with a bare loop that sends the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from backoffice.config import Settings
from backoffice.kernel import queue
from backoffice.notices import doors
from backoffice.notices.jobs import drain
from tests.bench.letterbox import Queued, cancel_rest
from tests.bench.measure import Figure, rounds
from tests.bench.sets import Bench, begin

LANE = queue.DEFAULT
Post = Callable[[psycopg.Connection, int, str], list[Queued]]
Bare = Callable[[list[Queued]], object]


@contextmanager
def through(bench: Bench, sms_url: str) -> Iterator[psycopg.Connection]:
    """Let this process send through the gateway of that SMS_URL, nothing waiting; gives a database connection."""
    settings: Settings = bench.set("middle")
    begin(replace(settings, sms_url=sms_url))
    with bench.engines.superuser("bench_middle") as connection:
        cancel_rest(connection)
        try:
            yield connection
        finally:
            doors.close()
            queue.connection().flushdb()
            begin(settings)


def in_turns(connection: psycopg.Connection, post: Post, bare: Bare, count: int, share: int) -> dict[str, Figure]:
    """Return messages a second, ours and the bare loop's ("limit"), of `count` messages in rounds of `share`."""
    like_those = post(connection, share, LANE)
    _ours(connection, like_those)
    sides = {
        "ours": lambda: _ours(connection, post(connection, share, LANE)),
        "limit": lambda: _limit(bare, like_those),
    }
    return rounds(sides, count // share)


def _ours(connection: psycopg.Connection, posted: list[Queued]) -> float:
    start = time.perf_counter()
    drain(LANE, seconds=3600)
    taken = time.perf_counter() - start
    unsent = "SELECT count(*) FROM notices WHERE id = ANY(%s) AND status NOT IN ('sent', 'delivered')"
    left = connection.execute(unsent, [[one.id for one in posted]]).fetchone()
    if left != (0,):
        raise RuntimeError(f"{left} notices were not sent")
    return len(posted) / taken


def _limit(bare: Bare, messages: list[Queued]) -> float:
    start = time.perf_counter()
    bare(messages)
    return len(messages) / (time.perf_counter() - start)
