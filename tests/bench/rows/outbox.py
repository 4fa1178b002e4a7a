"""Draining notices without credentials into the sandbox, against the same statements and file writes in a bare loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from backoffice.config import Settings
from backoffice.gateways import sandbox
from backoffice.gateways.delivery import Sent
from backoffice.kernel import clock, db, queue
from backoffice.notices import doors
from backoffice.notices.jobs import BATCH, drain
from tests.bench.engines import plain
from tests.bench.measure import Row, at_least, rounds, said
from tests.bench.recording import Recorder, Step, explain_away, generalise, prefilled, recording, replay
from tests.bench.sets import Bench, begin

NOTICES, SHARE = 10_000, 1_000
"""In all, and a round."""
LANE = queue.DEFAULT
SENT = "sent"


@dataclass(frozen=True)
class Queued:
    """A notice that waits."""

    id: int
    declaration_id: int
    recipient: str
    body: str


def measure(bench: Bench) -> list[Row]:
    """Return the row."""
    settings = bench.set("middle")
    begin(settings)
    with bench.engines.superuser("bench_middle") as post:
        steps = _recorded(settings, partial(_posted, post))
        sides = {
            "ours": lambda: _ours(_posted(post, SHARE)),
            "limit": lambda: _limit(settings, steps, _posted(post, SHARE)),
        }
        taken = rounds(sides, NOTICES // SHARE)
    queue.connection().flushdb()
    statements = sum(1 for step in steps if step.sql) / BATCH[LANE]
    return [
        at_least(f"outbox, {NOTICES:,} notices", taken["ours"], taken["limit"], 0.7, "/s"),
        said("outbox, statements a notice", f"{statements:.1f}"),
    ]


def _posted(connection: psycopg.Connection, count: int) -> list[Queued]:
    """Queue `count` notices about undecided declarations whose numbers the sandbox treats as usual."""
    found = connection.execute(
        "INSERT INTO notices (kind, channel, lane, recipient, body, attach_form01, declaration_id, status, tries, "
        "created_at, next_try_at) SELECT 'received', 'sms', %s, phone, 'BHXH: Da nhan to khai ' || receipt_code, "
        "false, id, 'queued', 0, now(), now() - interval '1 day' FROM declarations WHERE status = 'submitted' "
        "AND (expires_at IS NULL OR expires_at > now() + interval '1 hour') AND phone !~ '000[123]$' "
        "ORDER BY id DESC LIMIT %s RETURNING id, declaration_id, recipient, body",
        [LANE, count],
    ).fetchall()
    connection.execute("ANALYZE notices")
    if len(found) < count:
        raise RuntimeError(f"only {len(found)} undecided declarations are left for {count} notices")
    return sorted((Queued(*row) for row in found), key=lambda one: one.id)


def _ours(posted: list[Queued]) -> float:
    start = time.perf_counter()
    drain(LANE, seconds=3600)
    return len(posted) / (time.perf_counter() - start)


def _limit(settings: Settings, steps: list[Step], posted: list[Queued]) -> float:
    path, size = settings.sandbox / "bare.jsonl", BATCH[LANE]
    batches = [posted[start : start + size] for start in range(0, len(posted), size)]
    ready = [(prefilled(steps, _facts(batch)), _writes(path, batch)) for batch in batches]
    with psycopg.connect(plain(settings.database_url)) as connection:
        start = time.perf_counter()
        for batch, acts in ready:
            replay(connection, batch, acts)
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


def _recorded(settings: Settings, post: Callable[[int], list[Queued]]) -> list[Step]:
    """Return the steps of one batch with facts in place of values, proven on a second batch."""
    drain(LANE, seconds=3600)  # what other rows left
    steps, facts = _drained(settings, post(BATCH[LANE]))
    others, their_facts = _drained(settings, post(BATCH[LANE]))
    general = generalise(steps, facts)
    explain_away(general, their_facts, others)
    return general


def _drained(settings: Settings, batch: list[Queued]) -> tuple[list[Step], dict[str, Any]]:
    """Drain one batch; its steps end where the next batch is asked for."""
    with recording(db.engine()) as kept:
        doors.use(doors.Doors((_Noting(doors.open_doors(settings).sms[0], kept),), doors.current().mail))
        drain(LANE, seconds=3600)
        doors.use(None)
    asking = kept.statements()[0].sql
    second = [place for place, step in enumerate(kept.steps) if step.sql == asking][1]
    return kept.steps[:second], _facts(batch)


def _facts(batch: list[Queued]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for number, one in enumerate(batch):
        facts |= {
            f"id {number}": one.id,
            f"gateway {number}": f"sandbox-{one.id}-1",
        }
    return facts


class _Noting:
    """The sandbox, noting on the recording when it is called."""

    def __init__(self, gateway: Any, kept: Recorder) -> None:
        self._gateway, self._kept = gateway, kept

    def send(self, **message: Any) -> Sent:
        """Send and note."""
        self._kept.mark(SENT)
        return self._gateway.send(**message)  # type: ignore[no-any-return]

    def forget(self, notice_ids: set[int]) -> None:
        """Pass on."""
        self._gateway.forget(notice_ids)
