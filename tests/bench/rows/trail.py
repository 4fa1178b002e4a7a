"""The trail: what its row costs within an approval, and who looked at a person among ten million rows.

The search is the room's own query; the limit sends the very same statements by bare psycopg and fetches the rows.
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

from backoffice.decision.actions import approve
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Direct
from backoffice.models import ActorKind, Officer, Role
from backoffice.rules import journal
from backoffice.rules.actors import Actor, officer_actor
from backoffice.trail import queries
from backoffice.trail.calendar import month_after, this_month
from backoffice.trail.forms import Asked, What
from tests.bench.data import LOADING, MONTHS, _without_indexes
from tests.bench.engines import plain
from tests.bench.facts import Declared, fresh_declarations, verify_all
from tests.bench.measure import ROUNDS, Figure, Row, at_most, by_turns
from tests.bench.recording import Step, recording, replay
from tests.bench.rows.approval import _claim_all
from tests.bench.sets import Bench, begin

SHARE, REACH = 0.15, 2.0
APPROVALS = 40
"""In a round."""
ROWS, PEOPLE = 10_000_000, 250_000
"""So a person has forty rows, over a year."""
ASKED, TIMES = 50, 200
_FILL = """
INSERT INTO trail (at, event, actor_kind, actor_id, office_id, declaration_id, subject_hash, facts)
SELECT %(now)s - interval '360 days' * (1 - n / %(rows)s::float),
       (ARRAY['search', 'review', 'photo', 'claim', 'approve'])[1 + n %% 5], 'officer',
       1 + n * 7919 %% 4000, 1 + n %% 700,
       person.number, decode(md5(person.number::text), 'hex'), '{}'
FROM generate_series(1, %(rows)s::bigint) AS n CROSS JOIN LATERAL (SELECT n * 48271 %% %(people)s) AS person (number)
"""


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    return [_insert(bench), _search(bench)]


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


def _search(bench: Bench) -> Row:
    """Return the row of a page of who looked at a person, in the year, by the auditor."""
    settings = bench.engines.anew("bench_trail")
    begin(settings)
    with bench.engines.superuser("bench_trail") as connection:
        fill(connection)
        hashes = connection.execute("SELECT md5(n::text) FROM generate_series(1, %s) AS n", [ASKED]).fetchall()
    auditor = Actor(ActorKind.OFFICER, 1, role=Role.AUDITOR)
    questions = [_question(text) for (text,) in hashes]
    _ask(questions[0], auditor)  # a new connection asks what SQLAlchemy wants to know of it
    recorded = [_recorded(question, auditor) for question in questions]
    with psycopg.connect(plain(settings.database_url)) as raw:
        acts: dict[str, Callable[[int], object]] = {
            "ours": lambda number: _ask(questions[number % ASKED], auditor),
            "limit": lambda number: replay(raw, recorded[number % ASKED]),
        }
        by_turns(acts, ASKED, count=1)
        taken = by_turns(acts, TIMES)
    db.engine().dispose()
    bench.engines.drop("bench_trail")
    return at_most(f"who looked at a person, {ROWS:,} rows", taken["ours"], taken["limit"], REACH)


def fill(connection: psycopg.Connection) -> None:
    """Fill the trail of a year; `connection` is a superuser's, in autocommit."""
    for setting in LOADING:
        connection.execute(setting)
    for back in range(MONTHS):
        connection.execute("SELECT trail_make_month(%s)", [month_after(this_month(), -back)])
    with _without_indexes(connection):
        connection.execute(_FILL, {"now": clock.now(), "rows": ROWS, "people": PEOPLE})
    connection.execute("CHECKPOINT")


def _question(subject: str) -> Asked:
    return Asked(What.PERSON, clock.today() - timedelta(days=365), clock.today(), subjects=(subject,))


def _ask(question: Asked, auditor: Actor) -> int:
    with transaction() as session:
        return len(queries.page(session, question, auditor, None))


def _recorded(question: Asked, auditor: Actor) -> list[Step]:
    """Return what a question sends; raises when it finds nobody."""
    with recording(db.engine()) as kept:
        if not _ask(question, auditor):
            raise RuntimeError("nobody looked at somebody whom everybody looked at")
    return kept.steps
