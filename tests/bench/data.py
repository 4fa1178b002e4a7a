"""Sets of declarations to measure on: invented people by COPY, multiplied by SQL (data.sql), indexes as migrated.

Nobody here is real: names and addresses are put together by demo.people, numbers are counted up. Two offices are
special. DESK holds the same people in a set of any size, so that what grows is the rest of the country; BIG is a
city's office with a long queue.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import psycopg

from backoffice.config import Settings
from backoffice.demo.offices import DEMO_OFFICES, add_offices, read_offices
from backoffice.demo.people import invent_person
from backoffice.identity.names import fold
from backoffice.identity.receipt_code import ALPHABET, BODY_LENGTH, LENGTH, _check_character
from backoffice.kernel import clock, hashing
from backoffice.kernel.db import transaction
from backoffice.kernel.passwords import hash_password
from backoffice.kernel.start import start
from backoffice.models import ClientKey, MachineClient, OfficeKind, Officer, Role
from backoffice.rules import consent
from backoffice.rules.deadlines import deadline
from backoffice.trail.calendar import month_after, this_month
from tests.bench.engines import Engines

PASSWORD = "mat-khau-do-toc-do"
KEY = "vk_key-of-the-bench"
DESK, BIG, BRANCH = "00114", "00101", "001"
OFFICERS = {"quay": (Role.RECEPTION, DESK), "quaylon": (Role.RECEPTION, BIG), "lanhdao": (Role.SUPERVISOR, BRANCH)}
"""User name → role and office."""
PEOPLE = 5_000
MONTHS = 14
"""Months of the trail that have rows: a year and its ends."""
OTHER_OFFICES = 698
SQL = Path(__file__).with_name("data.sql")
EMPTIED = (
    "declarations", "trail", "notices", "accounts", "account_holds", "credential_issues", "credential_attempts",
    "photos", "claims", "tombstones", "idempotency_keys",
)  # fmt: skip


LOADING = (
    "SET session_replication_role = replica",
    "SET maintenance_work_mem = '512MB'",
    "SET work_mem = '256MB'",
    "SET synchronous_commit = off",
)


@dataclass(frozen=True)
class Plan:
    """A set: how many declarations, how many of them at DESK and BIG, how many of those undecided.

    Of the `recent_share` declared last some are undecided, `open_share` of all; `overdue` ones are past their deadline.
    A set that rows use up is made anew each run.
    """

    count: int
    open_share: float = 0.05
    recent_share: float = 0.1
    desk: int = 1500
    desk_open: int = 300
    big: int = 0
    big_open: int = 0
    twins: bool = True
    overdue: bool = False
    is_used_up: bool = False


SMALL = Plan(10_000)
LARGE = Plan(1_000_000, big=10_000, big_open=5_000)


def ready(engines: Engines, name: str, plan: Plan) -> Settings:
    """Return the settings of a desk filled with `plan`; one of today that BENCH_DIR kept will do if it is only read."""
    mark = f"{plan} {clock.today()} {[path.stat().st_mtime_ns for path in (SQL, Path(__file__))]}"
    settings = engines.desk(name)
    with engines.superuser(name) as connection:
        kept = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        )
        if not plan.is_used_up and kept.fetchone() == (mark,):
            return settings
    settings = engines.anew(name)
    start(settings)
    with engines.superuser(name) as connection:
        fill(connection, plan)
        connection.execute(f"COMMENT ON DATABASE {name} IS '{mark}'")
        connection.execute("CHECKPOINT")
    return settings


def fill(connection: psycopg.Connection, plan: Plan) -> None:
    """Fill the empty desk that this process was started for; `connection` is a superuser's, in autocommit."""
    offices, officer, client = _people_who_work()
    for setting in LOADING:
        connection.execute(setting)
    _prepare(connection, plan, offices, officer, client)
    for back in range(MONTHS):
        connection.execute("SELECT trail_make_month(%s)", [month_after(this_month(), -back)])
    with _without_indexes(connection):
        for statement in SQL.read_text().split(";\n"):
            if statement.strip():
                connection.execute(statement)
    for number, table in enumerate(("declarations", "accounts", "credential_issues"), 1):
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {number * 10_000_000})")
    connection.execute("RESET session_replication_role")


def _people_who_work() -> tuple[dict[str, int], int, int]:
    """Add offices, officers and a machine client; return the offices' ids by code, an officer's and the client's."""
    rows = read_offices(DEMO_OFFICES)
    with transaction() as session:
        ids = add_offices(session, rows)
        made = [
            Officer(
                username=name,
                full_name=f"Cán Bộ {name.title()}",
                role=role,
                office_id=ids[code],
                password_hash=hash_password(PASSWORD),
                created_at=clock.now(),
            )
            for name, (role, code) in OFFICERS.items()
        ]
        client = MachineClient(name="bench", scopes=["intake"], created_at=clock.now())
        session.add_all([*made, client])
        session.flush()
        session.add(ClientKey(client_id=client.id, key_hash=hashing.token_hash(KEY), created_at=clock.now()))
        session.flush()
        districts_first = sorted(rows, key=lambda row: (row.kind is not OfficeKind.DISTRICT, row.code))
        return {row.code: ids[row.code] for row in districts_first}, made[0].id, client.id


def _prepare(connection: psycopg.Connection, plan: Plan, offices: dict[str, int], officer: int, client: int) -> None:
    """Make the temporary tables data.sql reads."""
    special, recent = plan.desk_open + plan.big_open, round(plan.count * plan.recent_share)
    values = {
        **asdict(plan),
        "now": clock.now(),
        "older": plan.count - recent,
        "officer": officer,
        "client": client,
        "wording": consent.current(),
        "persons": plan.desk + plan.big,
        "people": PEOPLE,
        "offices": OTHER_OFFICES,
        "open_permille": round(1000 * max(0.0, plan.count * plan.open_share - special) / max(1, recent - special)),
    }
    connection.execute(
        "CREATE TEMP TABLE plan AS SELECT %(count)s::bigint AS count, %(now)s::timestamptz AS now, "
        "%(older)s::bigint AS older, %(officer)s::bigint AS officer, %(client)s::bigint AS client, "
        "%(wording)s::text AS wording, %(persons)s::bigint AS persons, "
        "%(people)s::bigint AS people, %(offices)s::bigint AS offices, %(open_permille)s::int AS open_permille, "
        "%(twins)s::bool AS twins, %(overdue)s::bool AS overdue",
        values,
    )
    others = [number for code, number in offices.items() if code not in (DESK, BIG)][:OTHER_OFFICES]
    _copy(connection, "offices_at", "i bigint, id bigint", enumerate(others))
    _copy(connection, "people", "n bigint, full_name text, folded_name text, province_code text, district_code text, "
          "ward_code text, address_line text", _people())  # fmt: skip
    _copy(connection, "days", "day date, expires_at timestamptz", _days())
    _copy(connection, "codes", "n bigint, code text", enumerate(receipt_codes(plan.count), 1))
    _copy(connection, "placed", "n bigint, office bigint, person bigint, is_open bool", _placed(plan, offices))
    connection.execute("ANALYZE plan; ANALYZE offices_at; ANALYZE people; ANALYZE days; ANALYZE codes; ANALYZE placed")


def _people() -> Iterator[tuple[object, ...]]:
    rng = random.Random(7)
    for number in range(PEOPLE):
        one = invent_person(rng)
        place = one.province_code, one.district_code, one.ward_code, one.address_line
        yield number, one.full_name, fold(one.full_name), *place


def _days() -> Iterator[tuple[object, ...]]:
    for back in range(12):
        instant = clock.now() - timedelta(days=back)
        yield clock.local(instant).date(), deadline(instant, 10)


def receipt_codes(count: int) -> list[str]:
    """Return `count` different valid receipt codes, always the same: checks are sums, so they are added up by place."""
    drawn = np.random.default_rng(7).integers(0, len(ALPHABET), (count, BODY_LENGTH), dtype=np.uint8)
    drawn[:, 0] = 10 + drawn[:, 0] % 22  # a letter, so that no code looks like a number
    checks = np.zeros(count, dtype=np.uint8)
    for place in range(BODY_LENGTH):
        bodies = ("0" * place + char + "0" * (BODY_LENGTH - place - 1) for char in ALPHABET)
        checks ^= np.array([ALPHABET.index(_check_character(body)) for body in bodies], dtype=np.uint8)[drawn[:, place]]
    text = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)[np.column_stack([drawn, checks])].tobytes().decode()
    return [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]


def _placed(plan: Plan, offices: dict[str, int]) -> Iterator[tuple[object, ...]]:
    """Yield the rows of DESK (even numbers) and BIG (odd ones): the undecided in the last tenth, spread as all are."""
    older = plan.count - round(plan.count * plan.recent_share)
    person = 0
    for shift, (code, rows, undecided) in enumerate(
        ((DESK, plan.desk, plan.desk_open), (BIG, plan.big, plan.big_open))
    ):
        for is_open, first, room, wanted in (
            (True, older, plan.count - older, undecided),
            (False, 0, older, rows - undecided),
        ):
            for number in range(wanted):
                person += 1
                yield first + 2 - shift + number * (room // wanted // 2 * 2), offices[code], person, is_open


def _copy(connection: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Make a temporary table and fill it; no value holds a tab or a backslash."""
    connection.execute(f"CREATE TEMP TABLE {table} ({columns})")
    lines = ("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while chunk := "".join(islice(lines, 10_000)):
            copy.write(chunk)


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Iterator[None]:
    """Drop every index and unique key that no foreign key rests on, and make each again afterwards as it was.

    The tables are then swept and analysed, some at once.
    """
    keys = connection.execute(
        "SELECT conrelid::regclass::text, format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname), "
        "format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)) "
        "FROM pg_constraint AS k WHERE contype IN ('p', 'u') AND conrelid = ANY(%s::regclass[]) "
        "AND NOT EXISTS (SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = k.conindid)",
        [list(EMPTIED)],
    ).fetchall()
    indexes = connection.execute(
        "SELECT indrelid::regclass::text, format('DROP INDEX %%s', indexrelid::regclass), "
        "replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)",
        [list(EMPTIED)],
    ).fetchall()
    for _, drop, _ in (*keys, *indexes):
        connection.execute(drop)
    yield
    make = {table: [made for of, _, made in (*keys, *indexes) if of == table] for table in EMPTIED}
    vacuum = {table: f"VACUUM (ANALYZE, INDEX_CLEANUP off) {table}" for table in EMPTIED}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        finish = partial(_execute_all, f"{connection.info.dsn} password={connection.info.password}")
        list(pool.map(finish, ([*make[table], vacuum[table]] for table in EMPTIED)))


def _execute_all(server: str, statements: list[str]) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in (*LOADING, *statements):
            connection.execute(statement)
