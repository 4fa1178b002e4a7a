"""The pipe: what is asked is done, and told one question later (design 4, Outbox)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy import BigInteger, Text, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY

from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.direct import Row
from backoffice.kernel.pipe import Pipe
from backoffice.models import Gateway, StrayReceipt, table_of

pytestmark = pytest.mark.usefixtures("database")
NOW = bindparam("now", type_=Gateway.opened_at.type)
INSERTED = insert(table_of(Gateway)).from_select(
    ["name", "faults", "opened_times", "reason", "opened_at"],
    select(
        func.unnest(bindparam("names", type_=ARRAY(Text))),
        bindparam("faults", type_=BigInteger()),
        0,
        bindparam("reason", type_=Text()),
        NOW,
    ),
)


class Listener:
    """Keeps the first column of what it is told."""

    def __init__(self) -> None:
        self.told: list[list[Any] | None] = []

    def __call__(self, found: list[Row] | None) -> None:
        self.told.append(None if found is None else [row[0] for row in found])


@pytest.fixture
def pipe() -> Any:
    made = Pipe(insert=INSERTED.returning(table_of(Gateway).c.name))
    yield made
    made.close()


def names() -> list[str]:
    with transaction() as session:
        return sorted(session.scalars(select(Gateway.name)))


def ask(pipe: Pipe, told: Listener, *which: str | None, **values: Any) -> None:
    known = {"names": list(which), "faults": 1, "reason": None, "now": clock.now()}
    pipe.ask("insert", known | values, told)


def test_what_is_asked_is_told_with_the_next_question(pipe: Pipe) -> None:
    told = Listener()
    ask(pipe, told, "one")
    assert told.told == []
    ask(pipe, told, "two", "three")
    assert told.told == [["one"]]
    pipe.settle()
    assert told.told == [["one"], ["two", "three"]]
    pipe.settle()
    assert len(told.told) == 2, "an answer is told once"


def test_values_arrive_as_they_were_given(pipe: Pipe) -> None:
    odd = 'dấu "ngoặc", {móc}, \\chéo, NULL, \n'
    ask(pipe, Listener(), odd, faults=7, reason="Nhà mạng “bận”")
    pipe.settle()
    with transaction() as session:
        row = session.get_one(Gateway, odd)
        assert (row.faults, row.reason, row.opened_at is not None) == (7, "Nhà mạng “bận”", True)


def test_the_pool_knows_nothing_of_it_and_no_transaction_is_open(pipe: Pipe, addresses: dict[str, str]) -> None:
    """Design 4: nothing of the database is held while a gateway is called."""
    ask(pipe, Listener(), "one")
    pipe.settle()
    assert db.engine().pool.checkedout() == 0  # type: ignore[attr-defined]
    assert states(addresses) == ["idle"]


def test_a_lost_connection_is_told_as_lost_and_the_next_question_goes_over_a_new_one(
    pipe: Pipe, addresses: dict[str, str]
) -> None:
    told = Listener()
    ask(pipe, told, "one")
    pipe.settle()
    with psycopg.connect(plain(addresses), autocommit=True) as superuser:
        superuser.execute(f"SELECT pg_terminate_backend(pid) FROM {MINE}")
    ask(pipe, told, "two")
    ask(pipe, told, "three")
    pipe.settle()
    assert told.told == [["one"], None, ["three"]]
    assert names() == ["one", "three"]


def test_what_the_database_refuses_is_told_as_lost(pipe: Pipe) -> None:
    told = Listener()
    for _ in range(2):
        ask(pipe, told, "one")
    pipe.settle()
    assert told.told == [["one"], None], "the key is taken"


def test_what_finds_no_row_is_told_so(pipe: Pipe) -> None:
    told = Listener()
    ask(pipe, told)
    pipe.settle()
    assert told.told == [[]]


def test_the_answer_of_one_pipe_is_not_anothers() -> None:
    first, second = (
        Pipe(insert=INSERTED.returning(table_of(Gateway).c.name)),
        Pipe(count=select(func.count()).select_from(StrayReceipt)),
    )
    told, other = Listener(), Listener()
    ask(first, told, "one")
    second.ask("count", {}, other)
    for one in (second, first):
        one.settle()
        one.close()
    assert (told.told, other.told) == ([["one"]], [[0]])


MINE = (
    "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND query LIKE '%INSERT INTO gateways%' AND query NOT LIKE '%pg_stat_activity%'"
)


def states(addresses: dict[str, str]) -> list[str]:
    with psycopg.connect(plain(addresses), autocommit=True) as superuser:
        return [state for (state,) in superuser.execute(f"SELECT state FROM {MINE}")]


def plain(addresses: dict[str, str]) -> str:
    return addresses["super"].replace("+psycopg", "")
