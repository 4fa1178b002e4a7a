"""Exact searches and the review pages they open while 100,000 declarations are swept, against the same when all rests.

The desk is served as always; beside it one process sweeps, as much a round as a job takes, as the worker does. Officer
and declarations are of an office of which nothing is overdue. Photos have rows but no files, so that the sweep is as
quick as can be, and the database has least rest (the row `sweep` times files).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from backoffice.expiry import actions as expiry
from backoffice.kernel import db
from tests.bench.browser import Browser
from tests.bench.data import BIG, Plan, ready
from tests.bench.measure import Figure, Row, at_most, said, saying
from tests.bench.served import DESK, search, serving
from tests.bench.sets import Bench, begin

_fork = multiprocessing.get_context("fork")
OVERDUE = 100_000
SHARE = expiry.MOST
"""Declarations a round: as many as a job takes."""
WARM, FEWEST = 30, 20
"""Searches before anything is measured, and in each round at rest at least."""
REACH = 1.3


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    with saying(f"{2 * OVERDUE:,} declarations, half of them overdue"):
        settings = ready(bench.engines, "bench_beside", _plan())
    begin(settings)
    with bench.engines.superuser("bench_beside") as look:
        codes = [
            code
            for (code,) in look.execute(
                "SELECT bhxh_code FROM declarations WHERE status = 'submitted' AND expires_at > now() "
                "AND office_id = (SELECT id FROM offices WHERE code = %s) ORDER BY bhxh_code LIMIT 50",
                [BIG],
            )
        ]
    with serving(DESK, settings) as port:
        browser = Browser(port)
        browser.sign_in("quaylon")
        rows = _measured(lambda number: search(browser, codes[number % len(codes)]))
        browser.close()
    db.engine().dispose()
    bench.engines.drop("bench_beside")
    return rows


def _plan() -> Plan:
    """Of what was declared last, half is overdue; BIG has odd numbers, which are not (data.sql)."""
    return Plan(
        OVERDUE * 5 // 2, recent_share=0.8, open_share=0.8, desk=0, desk_open=0, big=600, big_open=300,
        twins=False, overdue=True, is_used_up=True,
    )  # fmt: skip


def _measured(ask: Callable[[int], object]) -> list[Row]:
    for number in range(WARM):
        ask(number)
    at_rest, beside, longest = [], [], 0.0
    left = _overdue()
    for _ in range(max(1, left // SHARE)):
        at_rest.append(_middle(_times(ask, lambda taken: len(taken) < FEWEST)))
        sweeper = _fork.Process(target=_sweep)
        taken = _times(ask, _while_it_runs(sweeper))
        sweeper.join()
        if sweeper.exitcode:
            raise RuntimeError("the sweep failed")
        beside.append(_middle(taken))
        longest = max(longest, *taken)
    swept = left - _overdue()
    return [
        at_most("lookup beside a sweep / at rest", Figure(tuple(beside)), Figure(tuple(at_rest)), REACH),
        said("lookup beside a sweep", f"{swept:,} swept, the longest {longest * 1000:.0f} ms"),
    ]


def _while_it_runs(sweeper: BaseProcess) -> Callable[[list[float]], bool]:
    sweeper.start()
    return lambda taken: sweeper.is_alive() or not taken


def _times(ask: Callable[[int], object], go_on: Callable[[list[float]], bool]) -> list[float]:
    taken: list[float] = []
    while go_on(taken):
        start = time.perf_counter()
        ask(len(taken))
        taken.append(time.perf_counter() - start)
    return taken


def _middle(taken: list[float]) -> float:
    return sorted(taken)[len(taken) // 2]


def _sweep() -> None:
    db.forget_connections()
    expiry.sweep(SHARE)


def _overdue() -> int:
    with db.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM declarations WHERE status = 'submitted' AND expires_at < now()"
        )
        return int(found.scalar_one())
