"""PostgreSQL restarted in the middle of everything: what was decided is told, and told once (design 4)."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import SQLAlchemyError

from backoffice.embedded.postgres import APP, OWNER, EmbeddedPostgres
from backoffice.kernel import db, migrate, queue
from backoffice.kernel.db import transaction
from backoffice.notices import leases
from tests.embedded.helpers import eventually
from tests.faults.desk import LEASE_OVER, Desk
from tests.peers.fixtures import StartPeer
from tests.peers.peer import Peer

MESSAGES = 8
MOULD = "faults_mould"
"""Migrated once; the database of each test is a copy."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="desk-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A database of these tests' own, which may be restarted, and whose disk is waited for as in production."""
    made = EmbeddedPostgres(folder / "pg")
    made.start()
    made.create_database(MOULD)
    migrate.upgrade(SimpleNamespace(database_url=made.url(APP, MOULD), database_owner_url=made.url(OWNER, MOULD)))
    yield made
    made.destroy()


@pytest.fixture
def postgres(desk: Desk, engine: EmbeddedPostgres, round_number: int) -> Iterator[EmbeddedPostgres]:
    """The desk works on it."""
    name = f"faults_{round_number}"
    engine.start()
    engine.create_database(name, template=MOULD)
    desk.move(database_url=engine.url(APP, name), database_owner_url=engine.url(OWNER, name))
    yield engine
    desk.stop()
    db.engine().dispose()
    engine.start()
    engine.drop_database(name)


def test_restarted_while_a_message_is_on_its_way_nothing_goes_twice_for_its_sender_is_patient(
    desk: Desk, postgres: EmbeddedPostgres, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none", hold_after=round_number % MESSAGES)
    desk.use(peer)
    worker = desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    restart(desk, postgres, peer)
    desk.decide(2)
    desk.settle()
    assert desk.check(peer, kills=0) == 0
    assert worker.poll() is None


def test_restarted_and_its_worker_killed_each_costs_at_most_one_message_twice(
    desk: Desk, postgres: EmbeddedPostgres, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none", hold_after=round_number % MESSAGES)
    desk.use(peer)
    worker = desk.worker()
    desk.decide(MESSAGES)
    peer.wait("held")
    restart(desk, postgres, peer)
    worker.kill()
    desk.time.let_pass(LEASE_OVER)
    desk.worker()
    desk.settle()
    assert desk.check(peer, kills=2) <= 2


def restart(desk: Desk, postgres: EmbeddedPostgres, peer: Peer) -> None:
    """Restart the database; the message that is held is answered while it is away."""
    postgres.stop()
    peer.tell(hold=False)
    peer.tell(act="release")
    with suppress(SQLAlchemyError):  # whoever decides now is told that it did not work
        desk.decide(1)
    postgres.start()
    db.engine().dispose()


def test_a_worker_outlives_a_restart_and_goes_on_by_itself(
    desk: Desk, postgres: EmbeddedPostgres, http_peer: StartPeer, round_number: int
) -> None:
    peer = http_peer(receipts="none")
    desk.use(peer)
    worker = desk.worker()
    desk.decide(MESSAGES + round_number)
    desk.settle()
    postgres.stop()
    postgres.start()
    db.engine().dispose()  # the officers' process has connections anew; the worker finds out by itself
    desk.decide(MESSAGES)
    desk.settle()
    assert desk.check(peer, kills=0) == 0
    assert worker.poll() is None


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGQUIT])
@pytest.mark.parametrize("refusals", [True, False])
def test_crashed_the_database_forgets_at_most_what_is_under_way_and_of_lists_the_last_moment(
    desk: Desk, postgres: EmbeddedPostgres, http_peer: StartPeer, end: signal.Signals, refusals: bool
) -> None:
    """A crash loses no decision: those reach the disk first, and so do the fates of what somebody waits for.

    But for the one that is under way. What went of lists may be lost with the last second. SIGQUIT ends the database
    as pg_ctl's "immediate" does. Between refusals nothing but their fates and the taking of the next is written.
    """
    peer = http_peer(receipts="none", hold_after=MESSAGES - 1)
    desk.use(peer)
    desk.decide(MESSAGES, refusals=refusals)
    desk.worker()
    peer.wait("held")
    os.kill(postgres.pid or 0, end)
    eventually(lambda: postgres.pid is None, "the end of the database")
    desk.stop()
    postgres.start()
    db.engine().dispose()
    peer.tell(hold=False)
    went = [message["to"] for message in peer.said("message")]
    desk.time.let_pass(LEASE_OVER)
    desk.worker()
    desk.settle()
    assert len(desk.notices()) == len(desk.decisions) == MESSAGES
    lists = {notice.recipient for notice in desk.notices() if notice.lane != queue.COUNTER}
    again = [message["to"] for message in peer.said("message")][len(went) :]
    assert set(again) & set(went) <= lists | {went[-1]}
    desk.check(peer, kills=len(set(went) & lists | {went[-1]}))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGQUIT])
def test_crashed_the_database_gives_no_two_senders_the_same_messages_of_a_list(
    desk: Desk, postgres: EmbeddedPostgres, end: signal.Signals
) -> None:
    """Who leased them lives on, and looks at them anew once the database is back."""
    desk.decide(MESSAGES, lists=True)
    with transaction() as session:
        mine = leases.take(session, queue.BULK, MESSAGES)
    os.kill(postgres.pid or 0, end)
    eventually(lambda: postgres.pid is None, "the end of the database")
    postgres.start()
    db.engine().dispose()
    with transaction() as session:
        anothers = leases.take(session, queue.BULK, MESSAGES)
    with transaction() as session:
        still_mine = leases.due(session, [due.lease for due in mine])
    assert (len(mine), len(still_mine), anothers) == (MESSAGES, MESSAGES, [])
