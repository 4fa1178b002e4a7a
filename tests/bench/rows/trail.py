"""The trail: what its row costs within an approval, who looked at a person among ten million rows, an officer's file.

The search is the room's own query; the limit sends the very same statements by bare psycopg and fetches the rows. The
file is of an officer who did as much in the year as one file holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any

import psycopg
from sqlalchemy import select

from backoffice.config import Settings
from backoffice.decision.actions import approve
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct
from backoffice.models import ActorKind, Officer, Role
from backoffice.rules import journal
from backoffice.rules.actors import Actor, officer_actor
from backoffice.trail import export, queries
from backoffice.trail.calendar import month_after, this_month
from backoffice.trail.forms import Asked, What, to_token
from tests.bench.data import LOADING, MONTHS, _without_indexes
from tests.bench.engines import plain
from tests.bench.facts import Declared, fresh_declarations, verify_all
from tests.bench.measure import ROUNDS, Figure, Row, at_most, by_turns, no_more_than
from tests.bench.recording import Step, recording, replay
from tests.bench.rows.approval import _claim_all
from tests.bench.sets import Bench, begin

SHARE, REACH = 0.15, 2.0
APPROVALS = 40
"""In a round."""
ROWS, PEOPLE = 10_000_000, 250_000
"""So a person has forty rows, over a year."""
ASKED, TIMES = 50, 200
BUSY, LONGEST_EXPORT = 2, 10.0
"""The id of the officer of every hundredth row; seconds."""
_FILL = """
INSERT INTO trail (at, event, actor_kind, actor_id, office_id, declaration_id, subject_hash, facts)
SELECT %(now)s - interval '360 days' * (1 - n / %(rows)s::float),
       CASE WHEN n %% 50000 = 0 THEN 'export'
            ELSE (ARRAY['search', 'review', 'photo', 'claim', 'approve'])[1 + n %% 5] END,
       'officer', CASE WHEN n %% 100 = 0 THEN %(busy)s ELSE 3 + n * 7919 %% 4000 END, 1 + n %% 700,
       CASE WHEN n %% 5 > 0 THEN person.number END,
       CASE WHEN n %% 10 > 0 THEN decode(md5(person.number::text), 'hex') END,
       CASE WHEN n %% 50000 = 0 THEN jsonb_build_object('office', 1, 'count', 60, 'listed', listed.sixty)
            WHEN n %% 10 = 0 THEN jsonb_build_object('listed', jsonb_path_query_array(listed.sixty, '$[0 to 5]'))
            WHEN n %% 5 = 0 THEN jsonb_build_object('listed', jsonb_build_array(person.number))
            ELSE '{}' END
FROM generate_series(1, %(rows)s::bigint) AS n
     CROSS JOIN LATERAL (SELECT n * 48271 %% %(people)s) AS person (number)
     CROSS JOIN LATERAL (SELECT CASE WHEN n %% 50000 = 0 THEN (
         SELECT jsonb_agg((n * 31 + k * 4001) %% %(people)s) FROM generate_series(1, 60) AS k)
         WHEN n %% 10 = 0 THEN jsonb_build_array(person.number, (n + 4001) %% %(people)s, (n + 8002) %% %(people)s,
         (n + 12003) %% %(people)s, (n + 16004) %% %(people)s, (n + 20005) %% %(people)s) END) AS listed (sixty)
"""
"""Every second search is one by name, which shows six people; now and then a day's list of sixty is exported."""


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    return [_insert(bench), *_filled(bench)]


def _insert(bench: Bench) -> Row:
    """Return the row of what `record` sends, waits for and reads within an approval by the use case."""
    begin(bench.set("middle"))
    with transaction() as session:
        officer = officer_actor(session.scalars(select(Officer).where(Officer.username == "quay")).one())
    with bench.engines.superuser("bench_middle") as connection:
        fresh = fresh_declarations(connection)
        _claim_all(connection, officer)
        verify_all(connection, officer.id)
    whole, trail = [], []
    with _timed() as spent:
        _approvals(fresh, officer, spent)  # connections are made, statements prepared
        for _ in range(ROUNDS):
            taken = _approvals(fresh, officer, spent)
            whole.append(median(total for total, _ in taken))
            trail.append(median(part for _, part in taken))
    db.engine().dispose()
    return at_most("trail row within an approval", Figure(tuple(trail)), Figure(tuple(whole)), SHARE)


def _approvals(fresh: Iterator[Declared], officer: Actor, spent: list[float]) -> list[tuple[float, float]]:
    taken = []
    for _ in range(APPROVALS):
        receipt_code = next(fresh).receipt_code
        spent.clear()
        start = time.perf_counter()
        approve(receipt_code, officer)
        taken.append((time.perf_counter() - start, sum(spent)))
    return taken


@contextmanager
def _timed() -> Iterator[list[float]]:
    """Note the seconds of every statement of the journal."""
    spent: list[float] = []
    own = {name: getattr(journal, name) for name in ("_ROW", "_EACH")}

    class Timed(Direct):
        def __init__(self, inner: Direct) -> None:
            self._inner = inner

        def rows(self, where: Any, known: Any) -> Any:
            start = time.perf_counter()
            try:
                return self._inner.rows(where, known)
            finally:
                spent.append(time.perf_counter() - start)

    for name, inner in own.items():
        setattr(journal, name, Timed(inner))
    try:
        yield spent
    finally:
        for name, inner in own.items():
            setattr(journal, name, inner)


def _filled(bench: Bench) -> list[Row]:
    """Return the rows of what is asked of ten million, in a database of their own."""
    settings = bench.engines.anew("bench_trail")
    begin(settings)
    with bench.engines.superuser("bench_trail") as connection:
        fill(connection)
        hashes = connection.execute("SELECT n, md5(n::text) FROM generate_series(1, %s) AS n", [ASKED]).fetchall()
    auditor = Actor(ActorKind.OFFICER, 1, role=Role.AUDITOR)
    found = [_search(settings, [_question(*one) for one in hashes], auditor), _export(auditor)]
    db.engine().dispose()
    bench.engines.drop("bench_trail")
    return found


def _search(settings: Settings, questions: list[Asked], auditor: Actor) -> Row:
    """Return the row of a page of who looked at a person, in the year, by the auditor."""
    _ask(questions[0], auditor)  # a new connection asks what SQLAlchemy wants to know of it
    recorded = [_recorded(question, auditor) for question in questions]
    with psycopg.connect(plain(settings.database_url)) as raw:
        acts: dict[str, Callable[[int], object]] = {
            "ours": lambda number: _ask(questions[number % ASKED], auditor),
            "limit": lambda number: replay(raw, recorded[number % ASKED]),
        }
        by_turns(acts, ASKED, count=1)
        taken = by_turns(acts, TIMES)
    return at_most(f"who looked at a person, {ROWS:,} rows", taken["ours"], taken["limit"], REACH)


def _export(auditor: Actor) -> Row:
    """Return the row of the file of an officer's year, as many lines as it may have."""
    span = {"since": clock.today() - timedelta(days=365), "until": clock.today()}
    token = to_token(Asked(What.OFFICER, **span, officer_id=BUSY), auditor)
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        size = len(export.export(auditor, token))
        taken.append(time.perf_counter() - start)
    middle = median(taken)
    ours = f"{middle:.1f} s, {export.MOST / middle:,.0f} lines/s, {size / 2**20:.1f} MB"
    return no_more_than(f"an officer's {export.MOST:,} lines exported", ours, middle, LONGEST_EXPORT, "s")


def fill(connection: psycopg.Connection) -> None:
    """Fill the trail of a year; `connection` is a superuser's, in autocommit."""
    for setting in LOADING:
        connection.execute(setting)
    for back in range(MONTHS):
        connection.execute("SELECT trail_make_month(%s)", [month_after(this_month(), -back)])
    with _without_indexes(connection):
        connection.execute(_FILL, {"now": clock.now(), "rows": ROWS, "people": PEOPLE, "busy": BUSY})
    connection.execute("CHECKPOINT")


def _question(number: int, subject: str) -> Asked:
    span = {"since": clock.today() - timedelta(days=365), "until": clock.today()}
    return Asked(What.PERSON, **span, subjects=(subject,), files=(number,))


def _ask(question: Asked, auditor: Actor) -> int:
    with transaction() as session:
        return len(queries.page(session, question, auditor, None))


def _recorded(question: Asked, auditor: Actor) -> list[Step]:
    """Return what a question sends; raises when it finds nobody."""
    with recording(db.engine()) as kept:
        if not _ask(question, auditor):
            raise RuntimeError("nobody looked at somebody whom everybody looked at")
    return kept.steps
