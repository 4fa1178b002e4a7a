"""A list of 10,000 people read, compared and approved, against reading it and one statement that writes the same rows.

The limit's statement (batches.sql) is given beforehand what the database cannot know: keyed hashes, words of messages.
The limit's reading is the bare reader in the process itself. The result is measured against openpyxl writing its cells.
"""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.batches import actions, applying, result, review, work
from backoffice.batches.actions import Sent
from backoffice.batches.columns import DECLARED, PEOPLE
from backoffice.config import Settings
from backoffice.gateways.sheets.listing import read_list
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Batch, BatchStage, Officer, Unit, UnitKind
from backoffice.rules.actors import Actor, officer_actor
from tests.bench.data import DESK, Plan, ready
from tests.bench.engines import plain
from tests.bench.facts import SEEN
from tests.bench.measure import ROUNDS, Figure, Row, at_most, no_more_than, saying
from tests.bench.sets import Bench, begin

COUNT, FEW, MANY = 10_000, 1_000, 20_000
NEEDED = ROUNDS * (2 * COUNT + FEW) + MANY + FEW
OPEN = NEEDED * 4 // 3
"""A fifth of those undecided waits for something, or for more."""
PLAN = Plan(OPEN * 5 // 2, desk=OPEN, desk_open=OPEN, twins=False, recent_share=0.9, is_used_up=True)
MEGABYTE = 1024 * 1024
SQL = Path(__file__).with_suffix(".sql").read_text("utf-8")
FACTS = '{"how": "list", "batch": 1, "items": ["name", "id_number"]}'
Person = tuple[int, str, str, date, str]
"""Id, code, name, date of birth, phone."""


@dataclass
class Taken:
    """Seconds of each part, one figure a round."""

    parts: dict[str, list[float]] = field(default_factory=dict)

    def note(self, part: str, seconds: float) -> float:
        """Keep what a part took."""
        self.parts.setdefault(part, []).append(seconds)
        return seconds

    def of(self, part: str) -> Figure:
        """Return the figure of a part."""
        return Figure(tuple(self.parts[part]))


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    with saying(f"{PLAN.count:,} declarations, {OPEN:,} undecided at one office"):
        settings = ready(bench.engines, "bench_batches", PLAN)
    begin(settings)
    with bench.engines.superuser("bench_batches") as look:
        people = _people(look)
    taken = Taken()
    with psycopg.connect(plain(settings.database_url)) as connection:
        warm, many = list(itertools.islice(people, FEW)), list(itertools.islice(people, MANY))
        memory, taken.parts = _anew(settings, warm, many)
        desk = _Desk()
        desk.list_of(list(itertools.islice(people, FEW)), Taken())
        for turn in range(ROUNDS):
            those = [list(itertools.islice(people, COUNT)) for _ in range(2)]
            sides = [lambda: desk.list_of(those[0], taken), lambda: _limit(connection, desk, those[1], taken)]  # noqa: B023
            for side in sides if turn % 2 == 0 else reversed(sides):
                side()
            desk.list_of(list(itertools.islice(people, FEW)), taken, "few")
    _results(taken)
    bench.engines.drop("bench_batches")
    return _rows(taken, memory)


def _people(look: psycopg.Connection) -> Iterator[Person]:
    found = look.execute(
        "SELECT id, bhxh_code, full_name, date_of_birth, phone FROM declarations AS d "
        "WHERE status = 'submitted' AND supplement_at IS NULL AND expires_at > now() + interval '1 hour' "
        "AND NOT EXISTS (SELECT FROM account_holds AS h WHERE h.value IN (d.phone, d.bhxh_code, d.id_number)) "
        "AND office_id = (SELECT id FROM offices WHERE code = %s) ORDER BY id",
        [DESK],
    ).fetchall()
    return iter(found)


class _Desk:
    """Who sends lists in and approves them, and who looks at them before."""

    def __init__(self) -> None:
        with transaction() as session:
            self.officer = self._actor(session, "quay")
            self.second = self._actor(session, "lanhdao")
            if session.scalars(select(Unit).where(Unit.code == "DO01")).first() is None:
                unit = Unit(code="DO01", name="Doanh nghiệp Mẫu", folded_name="", kind=UnitKind.EMPLOYER)
                unit.office_id, unit.created_at = self.officer.office_id or 0, clock.now()
                session.add(unit)

    def _actor(self, session: Session, name: str) -> Actor:
        return officer_actor(session.scalars(select(Officer).where(Officer.username == name)).one())

    def list_of(self, people: list[Person], taken: Taken, prefix: str = "ours") -> None:
        """Send a list of these in and have it read, compared and approved."""
        data = workbook(people)
        form = {"unit": "DO01", "letter_number": "1", "letter_date": "2026-01-02", "signatory": "Mẫu"}
        token = actions.upload(self.officer, Sent("do.xlsx", data), form).token
        read = 0.0
        read_apart = work.read_list_apart

        def timed(*known: Any, **more: Any) -> Any:
            nonlocal read
            start = time.perf_counter()
            table = read_apart(*known, **more)
            read = time.perf_counter() - start
            return table

        work.read_list_apart = timed
        try:
            start = time.perf_counter()
            work.work_one()
            middle = time.perf_counter()
        finally:
            work.read_list_apart = read_apart
        self._approve(token)
        end = time.perf_counter()
        taken.note(f"{prefix} reading", read)
        taken.note(f"{prefix} comparing", middle - start - read)
        taken.note(f"{prefix} approving", end - middle)
        taken.note(f"{prefix} database", end - start - read)
        taken.note(f"{prefix} whole", end - start)
        with transaction() as session:
            batch = session.scalars(select(Batch).where(Batch.token == token)).one()
            if (batch.stage, batch.applied) != (BatchStage.APPLIED, len(people)):
                raise RuntimeError(f"of {len(people)} {batch.applied} were approved: {batch.stage}")

    def _approve(self, token: str) -> None:
        with transaction() as session:
            batch = session.scalars(select(Batch).where(Batch.token == token).with_for_update(of=Batch)).one()
            review.start(session, self.officer, batch, None)
            if batch.needs_second:
                review.confirm(session, self.second, batch)
        while applying.apply_one():
            pass


def workbook(people: list[Person]) -> bytes:
    """Return a workbook of these people."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Danh sách")
    page.append([column.title for column in DECLARED])
    for _, code, name, born, phone in people:
        page.append([code, name, f"{born:%d/%m/%Y}", phone, ""])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _limit(connection: psycopg.Connection, desk: _Desk, people: list[Person], taken: Taken) -> None:
    """Read the same number of people, and write by one statement what approving them writes."""
    data = workbook(people)
    words = (
        "BHXH VN: Tai khoan giao dich dien tu da duoc cap. Ten dang nhap {}, mat khau tam ************ den 09:42 27/11."
    )
    known = {
        "ids": [one[0] for one in people],
        "numbers": list(range(2, 2 + len(people))),
        "hashes": [lookup_hash("bhxh_code", one[1]) for one in people],
        "words": [words.format(one[1]) for one in people],
        "batch": _empty_batch(desk),
        "items": SEEN,
        "note": "Danh sách số 1, công văn 1 ngày 02/01/2026",
        "officer": desk.officer.id,
        "facts": FACTS,
        "now": clock.now(),
    }
    start = time.perf_counter()
    read_list(data, DECLARED, PEOPLE, most=MANY)
    middle = time.perf_counter()
    written = connection.execute(SQL, known).fetchone()
    connection.commit()
    end = time.perf_counter()
    if written != (len(people),):
        raise RuntimeError(f"the statement wrote {written}")
    taken.note("limit reading", middle - start)
    taken.note("limit database", end - middle)
    taken.note("limit whole", end - start)


def _empty_batch(desk: _Desk) -> int:
    token = actions.upload(desk.officer, Sent("do.xlsx", str(time.perf_counter_ns()).encode()), {}).token
    with transaction() as session:
        batch = session.scalars(select(Batch).where(Batch.token == token)).one()
        batch.stage = BatchStage.IN_REVIEW
        return batch.id


def _results(taken: Taken) -> None:
    """Make the result of a list of COUNT, and have openpyxl write the same cells, by turns."""
    with transaction() as session:
        number = session.scalars(select(Batch.id).where(Batch.rows == COUNT).order_by(Batch.id).limit(1)).one()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with transaction() as session:
            asked = result.ask(session, session.get_one(Batch, number))
        made = asked.make()
        taken.note("ours result", time.perf_counter() - start)
        cells = [
            [cell.value for cell in row] for row in load_workbook(BytesIO(made), read_only=True).active.iter_rows()
        ]
        start = time.perf_counter()
        book = Workbook(write_only=True)
        page = book.create_sheet("Danh sách")
        for row in cells:
            page.append(row)
        book.save(BytesIO())
        taken.note("limit result", time.perf_counter() - start)


def _anew(settings: Settings, warm: list[Person], many: list[Person]) -> tuple[int, dict[str, list[float]]]:
    """Do a long list in a new process, as a worker is one; return what memory it took at most, and the parts."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_worker, args=(settings, warm, many, theirs))
    process.start()
    theirs.close()
    told: tuple[int, dict[str, list[float]]] = ours.recv()
    process.join()
    return told


def _worker(settings: Settings, warm: list[Person], many: list[Person], told: Connection) -> None:
    begin(settings)
    desk, taken = _Desk(), Taken()
    desk.list_of(warm, Taken())
    memory = _memory(lambda: desk.list_of(many, taken, "many"))
    told.send((memory, taken.parts))


def _memory(act: Callable[[], object]) -> int:
    """Return the bytes that this process, which is the worker, takes at most beyond what it had."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    before = _status("VmRSS")
    act()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


def _rows(taken: Taken, memory: int) -> list[Row]:
    few, many = taken.of("few whole").middle / FEW, taken.of("many whole").middle / MANY
    return [
        at_most(f"list of {COUNT:,}, database", taken.of("ours database"), taken.of("limit database"), 2),
        at_most(f"list of {COUNT:,}, whole", taken.of("ours whole"), taken.of("limit whole"), 1.5),
        at_most(f"list of {COUNT:,}, result", taken.of("ours result"), taken.of("limit result"), 1.3),
        no_more_than(f"list of {MANY:,}, memory", f"{memory / MEGABYTE:.0f} MB", memory / MEGABYTE, 80, "MB"),
        no_more_than(f"list of {MANY:,} against {FEW:,}", f"{many / few:.2f}× a row", many / few, 1.2, "×"),
    ]
