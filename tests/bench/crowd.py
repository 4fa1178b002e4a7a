"""The same work in one or several processes at once, begun together: what they get through in a second."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

_fork = multiprocessing.get_context("fork")
Work = Callable[[Any], None]
WARM = 5
"""Things each process does before the start is given."""


def per_second(prepare: Callable[[], Work], things: Sequence[Any], processes: int) -> float:
    """Return how many `things` a second `processes` forked processes do, each its share.

    `prepare` runs in each of them first and returns what does one thing; WARM more things a process are needed.
    """
    barrier = _fork.Barrier(processes)
    shares = [things[number::processes] for number in range(processes)]
    started = [_started(barrier, prepare, share) for share in shares]
    times = [pipe.recv() for _, pipe in started]
    for child, _ in started:
        child.join()
    if any(isinstance(one, str) for one in times):
        raise RuntimeError(f"a process failed: {times}")
    done = sum(len(share) - WARM for share in shares)
    return done / (max(end for _, end in times) - min(start for start, _ in times))


def _started(barrier: Barrier, prepare: Callable[[], Work], share: Sequence[Any]) -> tuple[Any, Connection]:
    ours, theirs = _fork.Pipe(duplex=False)
    child = _fork.Process(target=_run, args=(barrier, prepare, share, theirs))
    child.start()
    return child, ours


def _run(barrier: Barrier, prepare: Callable[[], Work], share: Sequence[Any], told: Connection) -> None:
    try:
        work = prepare()
        for thing in share[:WARM]:
            work(thing)
        barrier.wait(60)
        start = time.perf_counter()
        for thing in share[WARM:]:
            work(thing)
        told.send((start, time.perf_counter()))
    except BaseException as error:
        barrier.abort()
        told.send(f"{type(error).__name__}: {error}")
        raise
