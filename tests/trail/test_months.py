"""The trail lies in months: made ahead by themselves, dropped by one retention, their seals kept (design 5)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from flask.testing import FlaskClient
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from backoffice.config import Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, InvalidInput, NotFound
from backoffice.models import ActorKind, Role, SealKind, TrailCheck, TrailRow, TrailSeal
from backoffice.rules.actors import Actor
from backoffice.trail import acknowledging, calendar, checks, jobs, months, proof, sealing
from backoffice.trail.actions import show_start
from backoffice.trail.findings import Kind
from tests.conftest import _plain
from tests.migrating import Elsewhere, elsewhere
from tests.trail.tampering import Owner, findings, late, owner, write

__all__ = ["elsewhere", "late", "owner"]

AUDITOR = Actor(ActorKind.OFFICER, 7, role=Role.AUDITOR, office_id=3)

INSERT = "INSERT INTO trail (at, event, actor_kind, facts) VALUES (now(), 'search', 'system', '{}') RETURNING id"
LONG_AGO = datetime(2019, 5, 20, 3, tzinfo=UTC)


def test_months_are_made_ahead(owner: Owner):
    there = {f"trail_{calendar.month_after(calendar.this_month(), ahead):%Y_%m}" for ahead in range(4)}
    assert there <= set(owner.parts())
    with clock.at(clock.now() + timedelta(days=62)):
        months.keep()
        later = f"trail_{calendar.month_after(calendar.this_month(), 3):%Y_%m}"
    assert later in owner.parts()


def test_a_row_that_finds_no_month_is_kept_and_moves_to_its_month_later(owner: Owner):
    """No insert ever fails; what was sealed in between stays as it was sealed."""
    [row] = write(at=LONG_AGO)
    assert owner.all(f"SELECT tableoid::regclass::text FROM trail WHERE id = {row}") == ["trail_default"]
    sealing.seal()
    months.keep()
    assert owner.all(f"SELECT tableoid::regclass::text FROM trail WHERE id = {row}") == ["trail_2019_05"]
    assert findings() == []


def test_the_month_in_use_is_left_to_the_next_run(owner: Owner, addresses: dict[str, str], monkeypatch):
    monkeypatch.setattr(months, "LOCK_MS", 20)
    write(at=LONG_AGO)
    with psycopg.connect(_plain(addresses["app"])) as reader:
        reader.execute("SELECT count(*) FROM trail")
        months.keep()
    assert "trail_2019_05" not in owner.parts()
    months.keep()
    assert "trail_2019_05" in owner.parts()


@pytest.mark.parametrize("role", ["app", "owner"])
def test_no_partition_can_be_written_around_the_trail(owner: Owner, addresses: dict[str, str], role: str):
    write(at=LONG_AGO)
    months.keep()
    write()
    for part in owner.parts():
        for statement in (f"UPDATE {part} SET event = 'queue'", f"DELETE FROM {part}", f"TRUNCATE {part}"):
            with psycopg.connect(_plain(addresses[role])) as one, pytest.raises(InsufficientPrivilege):
                one.execute(statement)


def test_the_application_reaches_rows_through_the_trail_alone(owner: Owner, addresses: dict[str, str]):
    write(at=LONG_AGO)
    months.keep()
    for part in owner.parts():
        with psycopg.connect(_plain(addresses["app"])) as one, pytest.raises(InsufficientPrivilege):
            one.execute(f"SELECT FROM {part}")


@pytest.fixture
def old(owner: Owner) -> list[int]:
    """Ids of three sealed rows of a month past the retention, and one of today's."""
    ids = write(3, at=LONG_AGO) + write()
    sealing.seal()
    owner.bare("SELECT trail_make_month('2019-05-01')")
    return ids


def ids() -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(TrailRow.id).order_by(TrailRow.id)))


def test_a_month_past_the_retention_goes_and_its_seals_stay(owner: Owner, old: list[int]):
    checks.check()
    months.keep()
    assert ids() == old[3:]
    assert "trail_2019_05" not in owner.parts()
    with transaction() as session:
        seals = list(session.scalars(select(TrailSeal).order_by(TrailSeal.id)))
    assert [(seal.kind, seal.count) for seal in seals] == [(SealKind.ROWS, 3), (SealKind.ROWS, 1), (SealKind.DROP, 3)]
    outcome = proof.verify()
    assert (outcome.findings, outcome.rows, outcome.dropped) == (0, 1, 3)


def test_months_within_the_retention_stay(owner: Owner, started: Settings):
    first_kept = calendar.month_after(calendar.this_month(), -started.trail_months)
    [kept] = write(at=calendar.first_instant(first_kept))
    [past] = write(at=calendar.first_instant(first_kept) - timedelta(microseconds=1))
    sealing.seal()
    checks.check()
    months.keep()
    assert ids() == [kept]
    assert past not in ids()


def test_a_broken_trail_drops_nothing(owner: Owner, old: list[int]):
    """It may be evidence."""
    owner.run(f"UPDATE trail SET event = 'queue' WHERE id = {old[0]}")
    checks.check()
    months.keep()
    assert ids() == old


def test_what_was_found_and_acknowledged_stays_found_and_lets_the_retention_go_on(
    owner: Owner, client: FlaskClient, old: list[int]
):
    owner.run(f"DELETE FROM trail WHERE id = {old[0]}", f"UPDATE trail SET event = 'queue' WHERE id = {old[3]}")
    checks.check()
    acknowledging.acknowledge(results()[-1].id, "Đã hỏi quản trị cơ sở dữ liệu")
    assert client.get("/readyz").json["trail"] == "acknowledged"
    months.keep()
    assert ids() == old[3:]
    with clock.at(clock.now() + timedelta(days=1)):
        checks.check()
        assert client.get("/readyz").json["trail"] == "acknowledged"
    last = results()[-1]
    assert (last.ok, last.findings, last.new_findings, last.acknowledged_at is None) == (False, 1, 0, False)
    assert last.named[0]["row"] == old[3]


def test_what_is_found_after_an_acknowledgement_is_new_and_holds_the_retention(
    owner: Owner, client: FlaskClient, old: list[int], caplog: pytest.LogCaptureFixture
):
    owner.run(f"UPDATE trail SET event = 'queue' WHERE id = {old[0]}")
    checks.check()
    assert results()[-1].new_findings == 1
    acknowledging.acknowledge(results()[-1].id, "Đã xem xét")
    owner.run(f"UPDATE trail SET event = 'queue' WHERE id = {old[1]}")
    caplog.clear()
    with clock.at(clock.now() + timedelta(days=1)):
        checks.check()
        assert client.get("/readyz").json["trail"] == "broken"
        months.keep()
    assert "trail has new findings" in caplog.text
    assert (results()[-1].findings, results()[-1].new_findings) == (2, 1)
    assert ids() == old


def test_without_the_key_nobody_acknowledges(owner: Owner, old: list[int]):
    owner.run(f"UPDATE trail SET event = 'queue' WHERE id = {old[0]}")
    checks.check()
    owner.run(
        "INSERT INTO trail_seals SELECT id + 1, 'acknowledged', month, to_id, to_id, 1, convert_to('{\"tally\": ' "
        "|| (SELECT progress -> 'tally' FROM trail_checks)::text || '}', 'UTF8'), NULL, key_id, digest, "
        "sha256(digest), sealed_at FROM trail_seals ORDER BY id DESC LIMIT 1",
        "UPDATE trail_checks SET acknowledged_at = now()",
    )
    months.keep()
    assert ids() == old


def test_the_last_check_alone_is_acknowledged_with_a_note_and_only_for_what_it_found(owner: Owner, old: list[int]):
    checks.check()
    with pytest.raises(Conflict) as refused:
        acknowledging.acknowledge(results()[-1].id, "x")
    assert refused.value.code == "nothing_found"
    owner.run(f"UPDATE trail SET event = 'queue' WHERE id = {old[0]}")
    with clock.at(clock.now() + timedelta(days=1)):
        checks.check()
    first, last = (one.id for one in results())
    with pytest.raises(Conflict) as refused:
        acknowledging.acknowledge(first, "x")
    assert refused.value.code == "not_last"
    with pytest.raises(InvalidInput):
        acknowledging.acknowledge(last, " \u202e")
    for number in (0, last + 1, 2**70):
        with pytest.raises(NotFound):
            acknowledging.acknowledge(number, "x")
    with transaction() as session:
        assert session.scalars(select(TrailSeal).where(TrailSeal.kind == SealKind.ACKNOWLEDGED)).all() == []


def test_the_head_of_a_drop_is_told_once_it_is_committed(
    owner: Owner, old: list[int], caplog: pytest.LogCaptureFixture
):
    checks.check()
    owner.bare(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON trail_seals DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    caplog.clear()
    try:
        with caplog.at_level(logging.INFO), pytest.raises(ProgrammingError):
            months.keep()
    finally:
        owner.bare("DROP TRIGGER late ON trail_seals")
    assert "trail sealed" not in caplog.text
    assert ids() == old
    with caplog.at_level(logging.INFO):
        months.keep()
    assert "trail sealed" in caplog.text
    assert ids() == old[3:]


def test_a_month_with_rows_that_are_not_sealed_stays(owner: Owner, old: list[int]):
    checks.check()
    late = write(at=LONG_AGO)
    months.keep()
    assert ids() == old + late


def test_nothing_is_dropped_before_it_was_verified(owner: Owner, old: list[int]):
    months.keep()
    assert ids() == old


def test_a_month_dropped_by_hand_cannot_pass_for_the_retention(owner: Owner, old: list[int]):
    """A drop is a seal: without TRAIL_KEY nobody makes one."""
    owner.bare("DROP TABLE trail_2019_05")
    owner.run(
        "INSERT INTO trail_seals SELECT id + 1, 'drop', '2019-05-01', to_id, to_id, 3, '', NULL, key_id, digest, "
        "sha256(digest), sealed_at FROM trail_seals ORDER BY id DESC LIMIT 1"
    )
    assert [(one.kind, one.count) for one in findings()] == [(Kind.ROW_REMOVED, 3), (Kind.SEAL_CHANGED, 1)]


def test_a_row_put_back_into_a_dropped_month_is_found(owner: Owner, old: list[int]):
    checks.check()
    months.keep()
    values = f"{old[1]}, '2019-05-20', 'search', 'system', '{{}}'"
    owner.run(f"INSERT INTO trail (id, at, event, actor_kind, facts) VALUES ({values})")
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_INSERTED, old[1])]


def results() -> list[TrailCheck]:
    with transaction() as session:
        return list(session.scalars(select(TrailCheck).order_by(TrailCheck.id)))


def test_the_trail_is_verified_once_a_night(owner: Owner):
    write()
    sealing.seal()
    day = datetime(2026, 3, 2, 3, tzinfo=UTC)
    for hours in (0, 1, 13, 15, 16, 40):  # 10:00; 23:00, 01:00 and 02:00 of the next night; 02:00 of that after it
        with clock.at(day + timedelta(hours=hours)):
            jobs.check()
    assert [(clock.local(one.started_at).hour, one.ok, one.rows) for one in results()] == [
        (10, True, 1), (1, True, 1), (2, True, 1),
    ]  # fmt: skip


def test_a_check_in_pieces_finds_what_one_in_a_piece_finds(owner: Owner):
    rows = []
    for _ in range(4):
        rows += write(2)
        sealing.seal()
    owner.run(f"DELETE FROM trail WHERE id = {rows[2]}", f"UPDATE trail SET office_id = 9 WHERE id = {rows[7]}")
    write(3)
    pieces = 1
    while checks.check(seconds=0):
        pieces += 1
    [result] = results()
    assert pieces >= 4
    assert (result.ok, result.rows, result.findings, result.unsealed) == (False, 8, 2, 3)
    assert [(one["kind"], one["row"]) for one in result.named] == [
        (Kind.ROW_REMOVED, rows[2]),
        (Kind.ROW_CHANGED, rows[7]),
    ]


def test_a_check_that_takes_more_than_a_night_goes_on_before_another_begins(owner: Owner):
    for _ in range(3):
        write()
        sealing.seal()
    assert checks.check(seconds=0)
    with clock.at(clock.now() + timedelta(days=3)):
        assert checks.check(seconds=0)
        assert not checks.check()
    assert [(one.ok, one.rows) for one in results()] == [(True, 3)]


def test_two_workers_do_not_verify_the_same_piece(owner: Owner, addresses: dict[str, str]):
    write()
    sealing.seal()
    checks.check(seconds=0)
    owner.bare("UPDATE trail_checks SET is_running = true, finished_at = NULL, ok = NULL")
    with psycopg.connect(_plain(addresses["app"])) as other:
        other.execute("SELECT FROM trail_checks FOR UPDATE")
        assert not checks.check()
        assert [one.finished_at for one in results()] == [None]
    checks.check()
    assert [one.ok for one in results()] == [True]


def test_seals_cut_off_since_the_last_night_are_found_the_next(owner: Owner):
    for _ in range(2):
        write()
        sealing.seal()
    checks.check()
    owner.run("DELETE FROM trail_seals WHERE id = 2")
    sealing.seal()
    with clock.at(clock.now() + timedelta(days=1)):
        checks.check()
    assert [one.ok for one in results()] == [True, False]
    assert results()[1].named[0]["kind"] == Kind.HEAD_MISSING
    with clock.at(clock.now() + timedelta(days=2)):
        checks.check()
    assert results()[2].named[0]["kind"] == Kind.HEAD_MISSING
    assert (results()[1].new_findings, results()[2].new_findings) == (1, 0)


def test_readyz_tells_of_a_broken_trail_and_the_desk_stays_open(owner: Owner, client: FlaskClient):
    rows = write(2)
    sealing.seal()
    assert client.get("/readyz").json["trail"] == "unchecked"
    checks.check()
    assert client.get("/readyz").json["trail"] == "ok"
    owner.run(f"DELETE FROM trail WHERE id = {rows[0]}")
    with clock.at(clock.now() + timedelta(days=1)):
        checks.check()
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json["trail"]) == (200, "broken")
    with clock.at(clock.now() + timedelta(days=4)):
        assert client.get("/readyz").json["trail"] == "unchecked"


def test_readyz_and_the_page_tell_that_nothing_is_sealed_any_more(
    owner: Owner, client: FlaskClient, late: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealing, "WAIT_SECONDS", 0.05)
    write()
    sealing.seal()
    checks.check()
    begun = clock.now()
    late.execute(INSERT)
    write(at=begun)
    for minutes, said, warns in ((59, "ok", False), (61, "unsealed", True)):
        with clock.at(begun + timedelta(minutes=minutes)):
            assert sealing.seal() == 0
            assert client.get("/readyz").json["trail"] == said
            assert show_start(AUDITOR)["is_late"] is warns
    late.rollback()
    sealing.seal()
    with clock.at(begun + timedelta(minutes=62)):
        assert client.get("/readyz").json["trail"] == "ok"


def test_rows_move_to_their_months_when_the_trail_is_partitioned_and_back(elsewhere: Elsewhere):
    moved, asked = elsewhere.moved, elsewhere.asked
    kept = "SELECT id, at, event, actor_kind, facts::text FROM trail ORDER BY id"
    moved("0011")
    asked(
        "INSERT INTO trail (at, event, actor_kind, facts) SELECT timestamptz '2026-03-31 16:59Z' + n * "
        "interval '1 minute', 'search', 'system', jsonb_build_object('n', n) FROM generate_series(0, 1) AS n"
    )
    before = asked(kept)
    moved("0012")
    assert asked(kept) == before
    assert asked("SELECT tableoid::regclass::text FROM trail ORDER BY id") == [
        ("trail_2026_03",),
        ("trail_2026_04",),
    ]
    assert asked(INSERT) == [(3,)]
    moved("0011", "downgrade")
    assert asked(kept)[:2] == before
    assert asked(INSERT) == [(4,)]
    with pytest.raises(Exception, match="append-only"):
        asked("DELETE FROM trail RETURNING id")
    moved("0012")
