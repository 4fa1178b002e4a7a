"""The sweep over overdue declarations with three photos each, against one cascading DELETE and a loop of unlinks.

`backoffice.expiry` is timed as it runs, in two parts: what it does to the database, and to the files (clear_away).
The limit deletes other declarations in one statement a round, and unlinks their files, which lie alike. Files are
empty: then nothing but the deleting itself costs, which is hardest on us. In all 100,000 are swept, as much a round as
a job takes, unless that takes longer than SECONDS: then what was done by then stands for the rest.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from backoffice.config import Settings
from backoffice.expiry import actions as expiry
from backoffice.gateways.photos import FolderStore
from tests.bench.data import Plan, ready
from tests.bench.engines import plain
from tests.bench.measure import ROUNDS, Figure, Row, at_most, said, saying
from tests.bench.sets import Bench, begin

OVERDUE = 100_000
PLAN = Plan(
    OVERDUE * 5 // 2, recent_share=0.8, open_share=0.8, desk=0, desk_open=0, twins=False, overdue=True, is_used_up=True
)
SHARE = expiry.MOST
"""Declarations a round: as many as a job takes."""
SECONDS = 75.0
Photo = tuple[int, str]
"""The ids of a declaration and of a photo of it."""


@dataclass
class Taken:
    """Seconds a declaration, one figure a round."""

    database: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)

    def note(self, count: int, database: float, files: float) -> None:
        """Keep what a round took for `count` declarations."""
        self.database.append(database / count)
        self.files.append(files / count)


def measure(bench: Bench) -> list[Row]:
    """Return the rows."""
    with saying(f"{2 * OVERDUE:,} declarations, half of them overdue"):
        settings = ready(bench.engines, "bench_sweep", PLAN)
    begin(settings)
    with bench.engines.superuser("bench_sweep") as look:
        mine, others = _photos(look, overdue=True), _photos(look, overdue=False)
        with saying(f"{2 * len(mine + others):,} files"):
            store = _store(settings, [*mine, *others])
        taken = _measured(settings, store, others)
        _check(store, mine, _photos(look, overdue=True))
    with saying("removing what is left"):
        shutil.rmtree(settings.var / "photos")
        bench.engines.drop("bench_sweep")
    return _rows(taken)


def _measured(settings: Settings, store: FolderStore, others: list[Photo]) -> dict[str, Taken]:
    taken = {"ours": Taken(), "limit": Taken()}
    end = time.perf_counter() + SECONDS
    with psycopg.connect(plain(settings.database_url)) as connection:
        for turn, photos in enumerate(_chunks(others, SHARE * 3)):
            acts = [partial(_swept, taken["ours"]), partial(_deleted, taken["limit"], connection, store, photos)]
            for act in acts if turn % 2 == 0 else reversed(acts):
                act()
            if turn + 1 >= ROUNDS and time.perf_counter() > end:
                break
    return taken


def _swept(taken: Taken) -> None:
    """Sweep SHARE declarations."""
    files = 0.0
    clear_away = expiry.clear_away

    def timed(remains: expiry.Remains) -> None:
        nonlocal files
        start = time.perf_counter()
        clear_away(remains)
        files += time.perf_counter() - start

    expiry.clear_away = timed
    try:
        start = time.perf_counter()
        done = expiry.sweep(SHARE)
        taken.note(done, time.perf_counter() - start - files, files)
    finally:
        expiry.clear_away = clear_away


def _deleted(taken: Taken, connection: psycopg.Connection, store: FolderStore, photos: list[Photo]) -> None:
    """Delete the declarations of `photos` by one statement, and their files one by one."""
    ids = sorted({number for number, _ in photos})
    start = time.perf_counter()
    connection.execute("DELETE FROM declarations WHERE id = ANY(%s)", [ids])
    connection.commit()
    database = time.perf_counter() - start
    paths = [store._path(key) for _, name in photos for key in _keys(name)]
    start = time.perf_counter()
    for path in paths:
        os.unlink(path)
    taken.note(len(ids), database, time.perf_counter() - start)


def _photos(look: psycopg.Connection, *, overdue: bool) -> list[Photo]:
    """Return the declarations' and photos' ids, in the order of their deadlines, in which they go."""
    return [
        (number, name.hex)
        for number, name in look.execute(
            "SELECT d.id, p.id FROM declarations d JOIN photos p ON p.declaration_id = d.id "
            "WHERE d.status = 'submitted' AND (d.expires_at < now()) = %s ORDER BY d.expires_at, d.id",
            [overdue],
        )
    ]


def _store(settings: Settings, photos: list[Photo]) -> FolderStore:
    """Make the files of `photos`, empty, where the store has them."""
    shutil.rmtree(settings.var / "photos", ignore_errors=True)
    store = FolderStore(settings.var / "photos")
    paths = [store._path(key) for _, name in photos for key in _keys(name)]
    for folder in {path.parent for path in paths}:
        folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_touch, _chunks(paths, 10_000)))
    return store


def _touch(paths: list[Path]) -> None:
    for path in paths:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))


def _keys(name: str) -> tuple[str, str]:
    """Return the keys of a photo's two files."""
    return name, f"{name}.thumb"


def _chunks(things: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]


def _check(store: FolderStore, before: list[Photo], after: list[Photo]) -> None:
    """Raise RuntimeError unless exactly the files of the swept photos are gone (one in a hundred is looked at)."""
    kept = {name for _, name in after}
    for _, name in before[::100]:
        for key in _keys(name):
            if store._path(key).exists() != (name in kept):
                raise RuntimeError("the sweep left files behind, or removed others")


def _rows(taken: dict[str, Taken]) -> list[Row]:
    ours, limit = taken["ours"], taken["limit"]
    return [
        at_most("sweep, database / a declaration", *_figures(ours.database, limit.database), 3),
        at_most("sweep, files / a declaration", *_figures(ours.files, limit.files), 1.5),
        said(
            "sweep, declarations a second",
            f"{1 / (Figure(tuple(ours.database)).middle + Figure(tuple(ours.files)).middle):.0f} /s",
        ),
    ]


def _figures(*sides: list[float]) -> Iterator[Figure]:
    return (Figure(tuple(values)) for values in sides)
