"""The door for machines: which key opens, how often a machine may ask, when its key was last used (issue 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from backoffice.config import Settings
from backoffice.kernel import clock, db, queue
from backoffice.kernel.db import transaction
from backoffice.models import ClientKey, MachineClient, Scope
from tests.factories import make_client

NOON = datetime(2026, 11, 9, 12, 0, tzinfo=clock.VIETNAM)
MINUTE = timedelta(minutes=1)


def ask(client: FlaskClient, key: str) -> TestResponse:
    return client.get("/api/v1/offices", headers={"Authorization": f"Bearer {key}"})


def change(client_id: int, **values: Any) -> None:
    with transaction() as session:
        session.query(MachineClient).filter_by(id=client_id).update(values)


def used_at() -> datetime | None:
    with transaction() as session:
        return session.scalars(select(ClientKey.used_at)).one()


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile, by any way of asking."""
    seen: list[str] = []

    def note(connection: Any, *_: Any) -> None:
        cursor = connection.cursor
        connection.cursor = lambda *given, **named: _told(cursor(*given, **named), seen)

    event.listen(db.engine(), "checkout", note)
    try:
        yield seen
    finally:
        event.remove(db.engine(), "checkout", note)


def _told(cursor: Any, seen: list[str]) -> Any:
    execute = cursor.execute

    def noted(query: Any, *given: Any, **named: Any) -> Any:
        seen.append(str(query))
        return execute(query, *given, **named)

    cursor.execute = noted
    return cursor


def test_a_key_opens_until_it_ends_and_not_from_then_on(client: FlaskClient, machine: tuple[int, str]) -> None:
    with transaction() as session:
        session.scalars(select(ClientKey)).one().ends_at = NOON
    with clock.at(NOON - timedelta(microseconds=1)):
        assert ask(client, machine[1]).status_code == 200
    with clock.at(NOON):
        assert ask(client, machine[1]).status_code == 401


def test_a_stopped_machine_is_refused_at_its_next_request(client: FlaskClient, machine: tuple[int, str]) -> None:
    assert ask(client, machine[1]).status_code == 200
    change(machine[0], disabled_at=clock.now())
    assert ask(client, machine[1]).status_code == 401


def test_a_scope_taken_away_holds_at_the_next_request(client: FlaskClient, machine: tuple[int, str]) -> None:
    change(machine[0], scopes=[Scope.APP.value])
    headers = {"Authorization": f"Bearer {machine[1]}"}
    assert client.get("/api/v1/declarations/x", headers=headers).status_code == 403


def test_beyond_its_rate_a_machine_is_told_to_wait(client: FlaskClient, machine: tuple[int, str]) -> None:
    change(machine[0], rate=2)
    assert [ask(client, machine[1]).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(client, machine[1])
    assert refused.mimetype == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.get_json()["code"] == "too_many_requests"
    assert "2 yêu cầu trong một phút" in refused.get_json()["detail"]


def test_each_machine_is_counted_apart_and_all_its_keys_together(
    client: FlaskClient, machine: tuple[int, str], database: None
) -> None:
    change(machine[0], rate=1)
    with transaction() as session:
        _, other = make_client(session)
        session.add(ClientKey(client_id=machine[0], key_hash=b"", created_at=clock.now()))
        session.flush()
    assert [ask(client, key).status_code for key in (machine[1], other, machine[1])] == [200, 200, 429]


def test_with_the_queues_server_out_everybody_passes(
    client: FlaskClient, machine: tuple[int, str], started: Settings
) -> None:
    change(machine[0], rate=1)
    queue.configure("unix:///nowhere/at-all.sock")
    try:
        assert [ask(client, machine[1]).status_code for _ in range(3)] == [200, 200, 200]
    finally:
        queue.configure(started.redis_url)
    assert [ask(client, machine[1]).status_code for _ in range(2)] == [200, 429]


def test_the_last_use_is_noted_to_the_minute(client: FlaskClient, machine: tuple[int, str]) -> None:
    with clock.at(NOON):
        ask(client, machine[1])
        assert used_at() == NOON
    with clock.at(NOON + MINUTE / 2):
        ask(client, machine[1])
        assert used_at() == NOON
    with clock.at(NOON + MINUTE):
        ask(client, machine[1])
        assert used_at() == NOON + MINUTE


def test_a_key_that_is_being_written_holds_nobody_up(client: FlaskClient, machine: tuple[int, str]) -> None:
    with db.engine().begin() as another:
        another.execute(select(ClientKey.id).with_for_update()).one()
        assert ask(client, machine[1]).status_code == 200
    assert used_at() is None


def test_within_the_minute_the_door_asks_the_database_once(client: FlaskClient, machine: tuple[int, str]) -> None:
    """The door of a route that asks nothing itself: a scope that the key lacks."""
    headers = {"Authorization": f"Bearer {machine[1]}"}
    counts = []
    for _ in range(2):
        with statements() as seen:
            assert client.post("/api/v1/hotline/calls", headers=headers).status_code == 403
        counts.append(len([one for one in seen if one.strip()]))
    assert counts == [3, 1]  # at first use: that it need not wait for the disk, and the use


@pytest.mark.parametrize("key", ["", "vk_", "\x7f", "é" * 500, "a" * 7000])
def test_odd_keys_open_nothing(client: FlaskClient, machine: tuple[int, str], key: str) -> None:
    assert client.get("/api/v1/offices", headers={"Authorization": f"Bearer {key}"}).status_code == 401
