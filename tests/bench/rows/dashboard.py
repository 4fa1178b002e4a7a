"""Reading the figures of a dashboard from 1,000,000 declarations over 700 offices: a country, a province, an office.

The limit is the bare query of the sums and of the steps not added up yet, sent by psycopg; what is to be beaten is
counting the declarations themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg as psycopg_dialect
from sqlalchemy.orm import Session

from backoffice.dashboards import figures, folding, statements, verify
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import ActorKind, Role
from backoffice.rules.actors import Actor
from backoffice.rules.scopes import scope_values
from tests.bench.data import BRANCH, DESK
from tests.bench.engines import plain
from tests.bench.measure import Figure, Row, at_most, by_turns, said, told
from tests.bench.sets import Bench, begin

PATHS = {"country": "000.", "province": f"000.{BRANCH}.", "office": f"000.{BRANCH}.{DESK}."}
DAYS = 14
"""Today, a week, and the week before it to be compared with."""
LEAD = Actor(ActorKind.OFFICER, role=Role.SUPERVISOR, office_id=1, office_code="000", office_path="000.")
"""A supervisor of the country."""
REACH, FASTER = 2.0, 50
TIMES = 40
STEPS = 2_000
"""Not added up yet while it is read: a minute of a busy country."""
_SUMS = """
    SELECT day, figure, key, number, seconds FROM figure_branches
    WHERE office_id = (SELECT id FROM offices WHERE path = %(path)s) AND day >= %(since)s
    UNION ALL
    SELECT s.day, s.figure, s.key, sum(s.number)::bigint, sum(s.seconds)::bigint FROM figure_deltas AS s
    JOIN offices AS o ON o.id = s.office_id WHERE starts_with(o.path, %(path)s) AND s.day >= %(since)s GROUP BY 1, 2, 3
"""
_LIVE = (
    """
    SELECT expires_at, presented_at IS NULL, supplement_at IS NULL, count(*) FROM declarations AS d
    JOIN offices AS o ON o.id = d.office_id
    WHERE starts_with(o.path, %(path)s) AND status = 'submitted' GROUP BY 1, 2, 3
    """,
    """
    SELECT (decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, status, reasons, count(*), sum(decided_at - presented_at)
    FROM declarations AS d JOIN offices AS o ON o.id = d.office_id
    WHERE starts_with(o.path, %(path)s) AND decided_at >= %(since_at)s GROUP BY 1, 2, 3
    """,
    """
    SELECT (declared_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, channel, count(*) FROM declarations AS d
    JOIN offices AS o ON o.id = d.office_id
    WHERE starts_with(o.path, %(path)s) AND declared_at >= %(since_at)s GROUP BY 1, 2
    """,
)
"""What counting the same takes: how many wait until when, what was decided each day and why, what came in and how."""


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    settings = bench.set("large")
    begin(settings)
    start = time.perf_counter()
    found = verify.make_all(seconds=0)
    made = time.perf_counter() - start
    start = time.perf_counter()
    assert not verify.verify(seconds=0).differences
    compared = time.perf_counter() - start
    with bench.engines.superuser("bench_large") as connection:
        connection.execute("VACUUM (ANALYZE) figure_days, figure_branches, figure_deltas")
        _add_steps(connection)
    with transaction() as session, psycopg.connect(plain(settings.database_url), autocommit=True) as connection:
        rows = _rows(by_turns(_sides(session, connection), TIMES))
    start = time.perf_counter()
    folding.fold()
    folded = time.perf_counter() - start
    return [
        *rows,
        said(f"figures made anew ({len(found.differences):,} sums)", f"{made:.1f} s"),
        said("figures of 31 days compared", f"{compared:.1f} s"),
        said(f"{STEPS:,} steps added up", f"{folded * 1000:.0f} ms"),
    ]


def _sides(session: Session, connection: psycopg.Connection) -> dict[str, Callable[[int], object]]:
    since = clock.today() - timedelta(days=DAYS - 1)
    given = {"since": since, "since_at": datetime.combine(since, time_of_day.min, tzinfo=clock.VIETNAM)}
    acts: dict[str, Callable[[int], object]] = {}
    for name, path in PATHS.items():
        acts[f"ours {name}"] = partial(_read, session, path, since)
        acts[f"limit {name}"] = partial(_fetch, connection, (_SUMS,), {**given, "path": path})
        code = path.rstrip(".").rpartition(".")[2]
        acts[f"poll {name}"] = partial(_poll, session, code, since)
        acts[f"bare poll {name}"] = partial(_fetch, connection, (_bare()[0],), _polled(code, since))
    acts["live country"] = partial(_fetch, connection, _LIVE, {**given, "path": PATHS["country"]})
    return acts


def _read(session: Session, path: str, since: date, _number: int) -> object:
    """Read within a transaction that a page has anyway."""
    return figures.read(session, path, since, clock.today())


def _poll(session: Session, code: str, since: date, _number: int) -> object:
    """Read all that a dashboard shows, as the page asks for it each minute."""
    return figures.board(session, LEAD, code, since, clock.today(), hotline=True)


def _bare() -> tuple[str, dict[str, object]]:
    """Return the statement of a dashboard as psycopg sends it, and the constants in it."""
    compiled = statements.board(LEAD.role, True)._statement.compile(dialect=psycopg_dialect())  # type: ignore[attr-defined]
    return str(compiled), {name: one for name, one in compiled.params.items() if one is not None}


def _polled(code: str, since: date) -> dict[str, object]:
    today = clock.today()
    asked = {
        "code": code,
        "since": since,
        "until": today,
        "today": today,
        "before": today,
        "soon": today,
        **scope_values(LEAD),
    }
    return _bare()[1] | asked


def _fetch(
    connection: psycopg.Connection, statements: tuple[str, ...], given: dict[str, object], _number: int
) -> object:
    return [connection.execute(statement, given, prepare=True).fetchall() for statement in statements]


def _add_steps(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO figure_deltas (day, office_id, officer_id, figure, key, number, seconds) "
        "SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, o.id, 1, 'approved', '5', 1, 200 "
        "FROM generate_series(1, %s) AS n JOIN offices AS o ON o.id = 1 + n %% 700",
        [STEPS],
    )


def _rows(taken: dict[str, Figure]) -> list[Row]:
    rows = [
        at_most(f"figures read, {name}, / its bare query", taken[f"ours {name}"], taken[f"limit {name}"], REACH)
        for name in PATHS
    ]
    rows += [
        at_most(
            f"dashboard polled, {name}, / its bare statement", taken[f"poll {name}"], taken[f"bare poll {name}"], REACH
        )
        for name in PATHS
    ]
    faster = at_most("figures read, country, / counted live", taken["ours country"], taken["live country"], 1 / FASTER)
    return [
        *rows,
        faster,
        told("dashboard polled, country", taken["poll country"]),
        told("figures counted live, country", taken["live country"]),
    ]
