"""What counting costs a decision: approvals of one office by 8 processes, with the figures and without."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import select

from backoffice.config import Settings
from backoffice.dashboards import folding, verify
from backoffice.decision.actions import approve
from backoffice.kernel import db, queue
from backoffice.kernel.db import transaction
from backoffice.models import Officer
from backoffice.rules import figures
from backoffice.rules.actors import Actor, officer_actor
from tests.bench.crowd import WARM, Work, per_second
from tests.bench.facts import fresh_declarations, verify_all
from tests.bench.measure import ROUNDS, Row, at_least, rounds, said
from tests.bench.rows.approval import _claim_all
from tests.bench.sets import Bench, begin

TURNS = 3 * ROUNDS
PROCESSES, EACH = 8, 14
REACH = 0.9


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("middle")
    begin(settings)
    verify.make_all(seconds=0)
    with transaction() as session:
        officer = officer_actor(session.scalars(select(Officer).where(Officer.username == "quay")).one())
    with bench.engines.superuser("bench_middle") as connection:
        fresh = fresh_declarations(connection)
        _claim_all(connection, officer)
        verify_all(connection, officer.id)
    db.engine().dispose()

    def turn(prepare: Callable[[], Work]) -> float:
        return per_second(prepare, [next(fresh) for _ in range(PROCESSES * (EACH + WARM))], PROCESSES)

    taken = rounds(
        {name: partial(turn, partial(_work, settings, officer, name)) for name in ("with", "without")}, TURNS
    )
    queue.connection().flushdb()
    begin(settings)
    folding.fold()
    # Half of the approvals went uncounted, on purpose; all others must be.
    found = verify.verify(heal=True, seconds=0)
    return [
        at_least("approvals with figures / without, 8 connections", taken["with"], taken["without"], REACH, "/s"),
        said("sums that the uncounted half left wrong", str(len(found.differences))),
    ]


def _work(settings: Settings, officer: Actor, side: str) -> Work:
    begin(settings)
    if side == "without":
        figures._add = lambda *_args, **_more: None
    return lambda declared: approve(declared.receipt_code, officer)
