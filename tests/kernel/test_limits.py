"""Limits that guard something hold with the queue's server and without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from backoffice.config import Settings
from backoffice.kernel import clock, db, limits, queue
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.limits import Limit
from backoffice.models import Attempt, table_of

THREE = Limit("three", 3, timedelta(minutes=10))
SENTENCE = "Xin đợi {wait} rồi thử lại."


@pytest.fixture(params=["with the queue", "without it"])
def either_way(request: pytest.FixtureRequest, started: Settings, database: None) -> Iterator[None]:
    if request.param == "without it":
        queue.configure("unix:///nowhere/at-all.sock")
    yield
    queue.configure(started.redis_url)


@pytest.fixture
def no_queue(started: Settings, database: None) -> Iterator[None]:
    queue.configure("unix:///nowhere/at-all.sock")
    yield
    queue.configure(started.redis_url)


def rows() -> list[Attempt]:
    with transaction() as session:
        return session.query(Attempt).order_by(Attempt.id).all()


@pytest.mark.usefixtures("either_way")
class TestEitherWay:
    def test_each_attempt_is_counted_and_beyond_the_most_it_is_refused_with_a_wait(self) -> None:
        assert [limits.count(THREE, "a").number for _ in range(2)] == [1, 2]
        limits.spend(THREE, "a", SENTENCE)
        with pytest.raises(TooManyRequests) as refused:
            limits.spend(THREE, "a", SENTENCE)
        assert 0 < refused.value.retry_after <= 600
        assert refused.value.message == "Xin đợi 10 phút rồi thử lại."

    def test_looking_counts_nothing(self) -> None:
        limits.count(THREE, "a")
        assert [limits.standing(THREE, "a").number for _ in range(3)] == [1, 1, 1]
        assert not limits.standing(THREE, "a").is_full(THREE)
        for _ in range(2):
            limits.count(THREE, "a")
        assert limits.standing(THREE, "a").is_full(THREE)

    def test_values_and_limits_are_counted_apart(self) -> None:
        limits.count(THREE, "a")
        assert limits.count(THREE, "b").number == 1
        assert limits.count(Limit("other", 3, timedelta(minutes=10)), "a").number == 1

    def test_what_is_forgotten_counts_from_the_beginning(self) -> None:
        for _ in range(3):
            limits.count(THREE, "a")
        limits.forget(THREE, "a")
        assert limits.count(THREE, "a").number == 1

    def test_of_many_at_once_each_is_counted(self) -> None:
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(limits.count(THREE, "a").number)) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sorted(found) == [1, 2, 3, 4, 5, 6]


def test_the_queues_server_forgets_a_span_that_is_over(database: None) -> None:
    limits.count(THREE, "a")
    (key,) = queue.connection().keys("limit:three:*")
    assert 0 < queue.connection().ttl(key) <= 600


def test_the_table_forgets_a_span_that_is_over(no_queue: None) -> None:
    for _ in range(3):
        limits.count(THREE, "a")
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert limits.standing(THREE, "a").number == 0
        assert limits.count(THREE, "a").number == 1


def test_the_table_counts_though_the_callers_transaction_comes_to_nothing(no_queue: None) -> None:
    with transaction() as session:
        limits.count(THREE, "a")
        session.rollback()
    assert limits.standing(THREE, "a").number == 1


def test_in_the_table_of_two_at_once_the_second_waits_and_counts_the_first(no_queue: None) -> None:
    """Else both would count one, and ten at once would pass a limit of three."""
    kept, found = limits._hash(THREE, "a"), list[int]()
    second = threading.Thread(target=lambda: found.append(limits.count(THREE, "a").number))
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with db.engine().begin() as first, db.engine().begin() as watcher:
        first.execute(select(func.pg_advisory_xact_lock(int.from_bytes(kept[:8], "big", signed=True))))
        first.execute(insert(table_of(Attempt)).values(key_hash=kept, at=clock.now()))
        second.start()
        while second.is_alive() and not watcher.execute(waits).scalar():
            pass
    second.join()
    assert found == [2]


def test_neither_place_keeps_what_was_counted_in_clear(no_queue: None, started: Settings) -> None:
    limits.count(THREE, "0987654321")
    assert b"0987654321" not in rows()[0].key_hash
    queue.configure(started.redis_url)
    limits.count(THREE, "0987654321")
    assert not [key for key in queue.connection().keys("*") if b"0987654321" in key]


def test_what_no_limit_counts_any_more_is_tidied_away(no_queue: None) -> None:
    with clock.at(clock.now() - limits.KEPT - timedelta(minutes=1)):
        limits.count(THREE, "a")
    limits.count(THREE, "b")
    limits.tidy()
    assert len(rows()) == 1
