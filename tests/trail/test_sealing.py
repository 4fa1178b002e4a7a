"""Rows are sealed in an order no late commit can break, by one at a time, and a kill leaves whole seals (design 5)."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from backoffice.cli.trail import trail
from backoffice.config import ROOT, Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import SealKind, TrailEvent, TrailSeal
from backoffice.rules.journal import record
from backoffice.trail import checks, proof, sealing
from tests.conftest import _plain
from tests.processes import environment
from tests.trail.tampering import OFFICER, Owner, findings, late, owner, write

__all__ = ["late", "owner"]

INSERT = (
    "INSERT INTO trail (at, event, actor_kind, facts) VALUES (clock_timestamp(), 'search', 'system', '{}') RETURNING id"
)


def seals() -> list[TrailSeal]:
    with transaction() as session:
        return list(session.scalars(select(TrailSeal).order_by(TrailSeal.id)))


def test_nothing_to_seal_makes_no_seal(owner: Owner):
    assert sealing.seal() == 0
    assert seals() == []


def test_a_seal_holds_the_rows_of_one_month(owner: Owner):
    """Months are Vietnam's: at 17:00 UTC on the last day of March it is April there."""
    write(2, at=datetime(2026, 3, 31, 16, 59, 59, 999_999, tzinfo=UTC))
    write(3, at=datetime(2026, 3, 31, 17, 0, tzinfo=UTC))
    assert sealing.seal() == 5
    march, april = seals()
    assert (march.month.isoformat(), march.count, april.month.isoformat(), april.count) == (
        "2026-03-01", 2, "2026-04-01", 3,
    )  # fmt: skip
    assert (march.from_id, march.to_id) == (april.from_id, april.to_id)
    assert april.previous == march.digest


def test_a_late_commit_is_waited_for_sealed_with_its_like_and_no_alarm(
    owner: Owner, late: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    """Its id was drawn before those of rows that are committed already."""
    first = late.execute(INSERT).fetchone()
    [second] = write()
    assert first is not None
    assert first[0] < second
    monkeypatch.setattr(sealing, "WAIT_SECONDS", 0.05)
    assert sealing.seal() == 0
    assert proof.verify().unsealed == 1
    late.commit()
    assert sealing.seal() == 2
    assert findings() == []


def test_a_transaction_that_only_reads_or_began_later_holds_nothing_up(owner: Owner, late: psycopg.Connection):
    write()
    late.execute("SELECT count(*) FROM trail")
    mark = sealing.wait_for_mark()
    assert mark is not None
    late.execute(INSERT)
    assert sealing._seal_some(mark) == 1
    late.commit()
    assert sealing.seal() == 1
    assert findings() == []


def test_a_transaction_of_another_role_is_waited_for_as_well(
    owner: Owner, addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """What other roles do, pg_stat_activity hides from the application; their locks it does not."""
    monkeypatch.setattr(sealing, "WAIT_SECONDS", 0.05)
    write()
    part = owner.all("SELECT tableoid::regclass::text FROM trail LIMIT 1")[0]
    with psycopg.connect(_plain(addresses["owner"])) as connection:
        connection.execute(INSERT.replace("trail", part))
        assert sealing.seal() == 0
        connection.rollback()
    assert sealing.seal() == 1


def test_writers_go_on_while_the_sealer_waits(owner: Owner, late: psycopg.Connection):
    late.execute(INSERT)
    sealed: list[int] = []
    sealer = threading.Thread(target=lambda: sealed.append(sealing.seal()))
    sealer.start()
    for _ in range(5):
        write()
    late.commit()
    sealer.join()
    assert sum(sealed) + sealing.seal() == 6
    assert findings() == []


def test_two_sealers_at_once_seal_each_row_once(owner: Owner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sealing, "PAGE", 3)
    write(40)
    sealers = [threading.Thread(target=sealing.seal) for _ in range(4)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    sealing.seal()
    assert sum(seal.count for seal in seals()) == 40
    assert findings() == []


class _RolledBack(Exception):
    """What a writer says to have its transaction rolled back; no fault of the product's is one."""


def test_writing_under_load_and_sealing_meanwhile_leaves_no_row_out(owner: Owner):
    """Transactions that overlap, some of which are rolled back."""
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            with suppress(_RolledBack), transaction() as session:
                record(session, TrailEvent.SEARCH, OFFICER)
                record(session, TrailEvent.REVIEW, OFFICER)
                if clock.now().microsecond % 3 == 0:
                    raise _RolledBack

    writers = [threading.Thread(target=busy) for _ in range(4)]
    for writer in writers:
        writer.start()
    total = sum(sealing.seal() for _ in range(10))
    stop.set()
    for writer in writers:
        writer.join()
    total += sealing.seal()
    outcome = proof.verify()
    assert (outcome.findings, outcome.unsealed, outcome.rows) == (0, 0, total)


def test_a_sealer_killed_in_the_midst_leaves_a_chain_that_another_goes_on_with(owner: Owner, started: Settings):
    write(300)
    program = (
        "from backoffice.cli import common; common.connected()\n"
        "from backoffice.trail import sealing\n"
        "sealing.PAGE = 1\n"
        "print('sealing', flush=True); sealing.seal()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(started),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        for _ in range(5):
            process.stderr.readline()
        os.kill(process.pid, signal.SIGKILL)
    assert 0 < len(seals()) < 300
    assert findings() == []
    sealing.seal()
    outcome = proof.verify()
    assert (outcome.findings, outcome.rows, outcome.unsealed) == (0, 300, 0)


def test_the_head_is_written_down_outside(owner: Owner, caplog: pytest.LogCaptureFixture):
    write()
    with caplog.at_level(logging.INFO):
        sealing.seal()
    assert proof.verify().head in caplog.text
    assert "trail sealed" in caplog.text


def test_the_application_may_add_seals_and_neither_change_nor_remove_them(owner: Owner, late: psycopg.Connection):
    write()
    sealing.seal()
    for statement in ("UPDATE trail_seals SET count = 0", "DELETE FROM trail_seals", "TRUNCATE trail_seals"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            late.execute(statement)
        late.rollback()
    assert [seal.kind for seal in seals()] == [SealKind.ROWS]


@pytest.fixture
def command(owner: Owner, started: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name, value in environment(started).items():
        monkeypatch.setenv(name, value)
    return CliRunner()


def test_the_command_says_that_all_is_well_and_ends_with_0(command: CliRunner):
    write(2)
    assert "Rows sealed: 2" in command.invoke(trail, ["seal"]).output
    write()
    outcome = command.invoke(trail, ["verify"])
    assert outcome.exit_code == 0, outcome.output
    assert "compared: 2;" in outcome.output
    assert "Rows not sealed yet: 1; the oldest is of" in outcome.output


def test_the_command_names_the_rows_and_ends_with_1(command: CliRunner, owner: Owner):
    rows = write(4)
    command.invoke(trail, ["seal"])
    owner.run(f"DELETE FROM trail WHERE id IN ({rows[1]}, {rows[2]})")
    outcome = command.invoke(trail, ["verify"])
    assert outcome.exit_code == 1
    month = f"{clock.today():%Y-%m}"
    assert f"rows {rows[1]} to {rows[2]} (2 of them) of {month}, seal 1: removed after sealing" in outcome.output
    assert command.invoke(trail, ["verify", "--month", "2001-01"]).exit_code == 0


def test_the_command_takes_a_head_from_the_log(command: CliRunner, owner: Owner):
    write()
    command.invoke(trail, ["seal"])
    found = re.search("head ([0-9a-f]{64})", command.invoke(trail, ["verify"]).output)
    assert found
    assert command.invoke(trail, ["verify", "--head", found[1].upper()]).exit_code == 0
    owner.run("DELETE FROM trail_seals")
    assert command.invoke(trail, ["verify", "--head", found[1]]).exit_code == 1


def test_the_command_acknowledges_what_a_check_found(command: CliRunner, owner: Owner):
    rows = write(2)
    sealing.seal()
    owner.run(f"DELETE FROM trail WHERE id = {rows[0]}")
    checks.check()
    with transaction() as session:
        last = checks.newest(session)
    assert last is not None
    refused = command.invoke(trail, ["acknowledge", "--check", str(last.id + 1), "--note", "x"])
    assert (refused.exit_code, "Không có lần kiểm tra" in refused.output) == (1, True)
    answer = command.invoke(trail, ["acknowledge", "--check", str(last.id), "--note", "Đã xem xét"])
    assert answer.exit_code == 0, answer.output
    assert "Acknowledged by seal 2" in answer.output
    assert command.invoke(trail, ["verify"]).exit_code == 1


@pytest.mark.parametrize(
    "given",
    [["--month", "2026"], ["--month", "2026-13"], ["--month", "0001-01"], ["--month", "9999-12"], ["--head", "abc"]],
)
def test_the_command_says_what_it_does_not_understand(command: CliRunner, given: list[str]):
    outcome = command.invoke(trail, ["verify", *given])
    assert outcome.exit_code == 2
    assert given[0] in outcome.output
