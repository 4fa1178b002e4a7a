"""The runs of the retention: in chunks, several at once, killed midway, and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, text

from backoffice.expiry import retention, retention_jobs
from backoffice.expiry.retention_shelves import SHELVES, Shelf
from backoffice.kernel import clock, queue
from backoffice.kernel.db import engine, transaction
from backoffice.models import (
    Declaration,
    KeptData,
    Notice,
    Status,
    TrailEvent,
    TrailRow,
)
from tests.expiry.kept import (
    NOON,
    a_declaration,
    count,
    put,
    runs,
)
from tests.factories import make_office

pytestmark = pytest.mark.usefixtures("database")


class TestRuns:
    """What was deleted when is written down: how many, how old, by which run."""

    @pytest.fixture
    def small_chunks(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(retention, "CHUNK", 2)

    @pytest.fixture
    def five(self) -> None:
        for days in range(5):
            put(KeptData.NOTICES, NOON - timedelta(days=200 + days))

    def test_a_run_over_several_chunks_is_one_row(self, small_chunks, five):
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 5}
        [run] = runs()
        assert (run.data, run.count, run.at, run.oldest) == (
            KeptData.NOTICES, 5, NOON, NOON - timedelta(days=204)
        )  # fmt: skip
        assert run.seconds > 0
        with transaction() as session:
            rows = session.scalars(
                select(TrailRow.facts).where(TrailRow.event == TrailEvent.RETENTION).order_by(TrailRow.id)
            ).all()
        assert rows == [{"data": "notices", "count": n, "run": run.id} for n in (2, 2, 1)]

    def test_a_run_that_deletes_nothing_leaves_nothing(self):
        with clock.at(NOON):
            retention.sweep()
        assert (runs(), count(TrailRow)) == ([], 0)

    def test_no_more_than_asked_for_and_the_next_goes_on(self, small_chunks, five):
        with clock.at(NOON):
            assert retention.sweep(3) == {KeptData.NOTICES: 3}
            assert retention.sweep(3) == {KeptData.NOTICES: 2}
        assert [run.count for run in runs()] == [3, 2]

    def test_the_job_asks_for_the_next_while_there_may_be_more(self, small_chunks, five, monkeypatch):
        monkeypatch.setattr(retention, "MOST", 4)
        asked = []
        for _ in range(2):
            queue.connection().flushdb()
            with clock.at(NOON):
                retention_jobs.sweep()
            asked.append(bool(queue.connection().keys("rq:job:*")))
        assert (asked, count(Notice)) == ([True, False], 0)

    @pytest.mark.parametrize("deletions", [0, 1, 2])
    def test_killed_midway_what_was_committed_is_counted_and_the_rest_goes_next_time(
        self, small_chunks, five, deletions: int
    ):
        with clock.at(NOON), dying_at("DELETE FROM notices", after=deletions), pytest.raises(KeyboardInterrupt):
            retention.sweep()
        gone = 2 * deletions
        assert (count(Notice), sum(run.count for run in runs())) == (5 - gone, gone)
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 5 - gone}

    def test_what_somebody_holds_is_passed_over_and_gone_next_time(self, five):
        with transaction() as held:
            held.scalars(select(Notice).order_by(Notice.id).limit(1).with_for_update()).one()
            assert in_another_thread(lambda: retention.sweep()) == {KeptData.NOTICES: 4}
        with clock.at(NOON):
            assert retention.sweep() == {KeptData.NOTICES: 1}


@contextmanager
def dying_at(statement: str, *, after: int) -> Iterator[None]:
    """Let the process be killed as it sends `statement`, once it has sent so many of them."""
    sent: list[str] = []

    def look(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if sql.startswith(statement):
            sent.append(sql)
            if len(sent) > after:
                raise KeyboardInterrupt

    event.listen(engine(), "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine(), "before_cursor_execute", look)


def in_another_thread(act: Callable[[], Any]) -> Any:
    def there() -> Any:
        with clock.at(NOON):
            return act()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result(60)


def test_several_at_once_delete_each_row_once():
    with transaction() as session:
        office = make_office(session)
        for _ in range(60):
            a_declaration(session, NOON, Status.REJECTED, office=office)

    def sweep(_: int) -> int:
        with clock.at(NOON + timedelta(days=121)):
            return retention.sweep(20).get(KeptData.REJECTED, 0)

    with ThreadPoolExecutor(4) as pool:
        swept = sum(pool.map(sweep, range(4)))
    with clock.at(NOON + timedelta(days=121)):
        swept += retention.sweep().get(KeptData.REJECTED, 0)
    assert (swept, count(Declaration), sum(run.count for run in runs())) == (60, 0, 60)


@pytest.mark.parametrize("shelf", SHELVES.values(), ids=SHELVES)
def test_the_oldest_come_by_an_index_however_many_there_are(shelf: Shelf):
    """Told to avoid it where it can, the planner neither sorts nor reads the table through."""
    with transaction() as session:
        for way in ("seqscan", "sort", "bitmapscan"):
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        asked = shelf.due(retention.CHUNK).compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text("EXPLAIN " + str(asked).replace(":", "\\:"))))
    assert "Index" in plan
    assert "Sort" not in plan
    assert "Seq Scan" not in plan
