"""Draining notices without credentials into the sandbox, against the same statements and file writes in a bare loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import dialect

from backoffice.config import Settings
from backoffice.gateways import sandbox
from backoffice.gateways.delivery import Sent
from backoffice.kernel import clock, db, queue
from backoffice.kernel.pipe import Pipe
from backoffice.notices import doors, went_out
from backoffice.notices.ahead import leased_ahead
from backoffice.notices.jobs import BATCH, drain
from backoffice.notices.leases import Lease
from tests.bench.engines import plain
from tests.bench.letterbox import Queued, cancel_rest, post
from tests.bench.measure import Row, at_least, rounds, said
from tests.bench.recording import Recorder, Step, explain_away, generalise, prefilled, recording, replay
from tests.bench.sets import Bench, begin

LANE = queue.DEFAULT
SHARE = 2 * BATCH[LANE]
NOTICES = 12 * SHARE
"""A round, and in all; whole batches."""
TAKING = "WITH first_due AS"
"""So begins the statement that takes a batch; what is asked before it is asked before each."""
SENT, WRITTEN = "sent", "written"
"""Marks: the gateway was called, and what it said was given to the pipe."""


def measure(bench: Bench) -> list[Row]:
    """Return the row."""
    settings = bench.set("middle")
    begin(settings)
    with bench.engines.superuser("bench_middle") as connection:
        cancel_rest(connection)
        posted = partial(post, connection, lane=LANE)
        steps = _recorded(settings, posted)
        sides = {"ours": lambda: _ours(posted(SHARE)), "limit": lambda: _limit(settings, steps, posted(SHARE))}
        taken = rounds(sides, NOTICES // SHARE)
    queue.connection().flushdb()
    statements = sum(1 for step in steps if step.sql or step.mark == WRITTEN) / BATCH[LANE]
    return [
        at_least(f"outbox, {NOTICES:,} notices", taken["ours"], taken["limit"], 0.7, "/s"),
        said("outbox, statements a notice", f"{statements:.1f}"),
    ]


def _ours(posted: list[Queued]) -> float:
    start = time.perf_counter()
    drain(LANE, seconds=3600)
    return len(posted) / (time.perf_counter() - start)


def _limit(settings: Settings, steps: list[Step], posted: list[Queued]) -> float:
    path, size = settings.sandbox / "bare.jsonl", BATCH[LANE]
    batches = [posted[start : start + size] for start in range(0, len(posted), size)]
    ready = [(prefilled(steps, _facts(batch)), _writes(path, batch)) for batch in batches]
    address = plain(settings.database_url)
    with psycopg.connect(address) as connection, psycopg.connect(address, autocommit=True) as apart:
        writers = [_writers(apart, batch) for batch in batches]
        start = time.perf_counter()
        for (batch, acts), written in zip(ready, writers, strict=True):
            replay(connection, batch, acts | written)
        taken = time.perf_counter() - start
        unsent = "SELECT count(*) FROM notices WHERE id = ANY(%s) AND status <> 'delivered'"
        left = connection.execute(unsent, [[one.id for one in posted]]).fetchone()
    if left != (0,):
        raise RuntimeError(f"the bare loop left {left} notices")
    return len(posted) / taken


def _writes(path: Any, batch: list[Queued]) -> dict[str, Callable[[], None]]:
    """Return what is done where the desk calls its gateway: the next line of the batch is written."""
    rows = iter(
        [{"to": one.recipient, "text": one.body, "notice_id": one.id, "at": clock.now().isoformat()} for one in batch]
    )
    return {SENT: lambda: sandbox.append_line(path, next(rows))}


def _writers(apart: psycopg.Connection, batch: list[Queued]) -> dict[str, Callable[[], None]]:
    """Return what is done where the desk gives a fate to its pipe: the same statement, asked and answered."""
    rows, cursor = iter(batch), apart.cursor()
    apart.execute("SET plan_cache_mode = force_generic_plan")
    compiled: Any = went_out._ONE_WENT_OUT.compile(dialect=dialect())
    sql, fixed = str(compiled), compiled.params

    def write() -> None:
        one = next(rows)
        fate = Sent(f"sandbox-{one.id}-1", delivered=True)
        _, known = went_out.asked([(Lease(one.id, 1), fate)], "sandbox", hurried=False)
        cursor.execute(sql, fixed | known, prepare=True)

    return {WRITTEN: write}


def _recorded(settings: Settings, post: Callable[[int], list[Queued]]) -> list[Step]:
    """Return the steps of one batch with facts in place of values, proven on a second batch."""
    post(1)
    drain(LANE, seconds=3600)  # what is done once a process
    steps, facts = _drained(settings, post(BATCH[LANE]))
    others, their_facts = _drained(settings, post(BATCH[LANE]))
    general = generalise(steps, facts)
    explain_away(general, their_facts, others)
    return general


def _drained(settings: Settings, batch: list[Queued]) -> tuple[list[Step], dict[str, Any]]:
    """Drain one batch; its steps end where the next batch is asked for, which none is ahead of time."""
    with leased_ahead() as ahead:
        ahead.pays_off = False
    with recording(db.engine()) as kept, _noting_pipe(kept):
        doors.use(doors.Doors((_Noting(doors.open_doors(settings).sms[0], kept),), doors.current().mail))
        drain(LANE, seconds=3600)
        doors.use(None)
    taking = [place for place, step in enumerate(kept.steps) if TAKING in step.sql]
    return [_timeless(step) for step in kept.steps[: taking[1] - taking[0]]], _facts(batch)


def _timeless(step: Step) -> Step:
    """Return the step with no time in it that was measured."""
    if isinstance(step.parameters, dict) and "milliseconds" in step.parameters:
        return replace(step, parameters=step.parameters | {"milliseconds": 0})
    return step


def _facts(batch: list[Queued]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for number, one in enumerate(batch):
        facts |= {
            f"id {number}": one.id,
            f"gateway {number}": f"sandbox-{one.id}-1",
        }
    return facts


@contextmanager
def _noting_pipe(kept: Recorder) -> Iterator[None]:
    """Note on the recording when a fate is given to the pipe, which asks the driver past its cursors."""
    ask = Pipe.ask

    def noted(pipe: Pipe, which: str, known: Any, told: Any) -> None:
        kept.mark(WRITTEN)
        ask(pipe, which, known, told)

    Pipe.ask = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        Pipe.ask = ask  # type: ignore[method-assign]


class _Noting:
    """The sandbox, noting on the recording when it is called."""

    def __init__(self, gateway: Any, kept: Recorder) -> None:
        self._gateway, self._kept = gateway, kept
        self.name, self.rate = gateway.name, gateway.rate

    def send(self, **message: Any) -> Sent:
        """Send and note."""
        self._kept.mark(SENT)
        return self._gateway.send(**message)  # type: ignore[no-any-return]

    def forget(self, notice_ids: set[int]) -> None:
        """Pass on."""
        self._gateway.forget(notice_ids)

    def close(self) -> None:
        """Pass on."""
        self._gateway.close()
