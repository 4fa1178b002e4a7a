"""Verification finds and names whatever was done to sealed rows and seals, by whoever owns the tables (design 5)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select

from backoffice import config
from backoffice.config import Settings
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import TrailRow, TrailSeal, table_of
from backoffice.trail import checks, proof, rows, sealing
from backoffice.trail.findings import Kind
from tests.conftest import _plain
from tests.trail.tampering import Owner, findings, owner, write

__all__ = ["owner"]

CHANGES = {
    "id": "id = id + 1000000",
    "at": "at = at + interval '1 microsecond'",
    "event": "event = 'approve'",
    "actor_kind": "actor_kind = 'system'",
    "actor_id": "actor_id = 8",
    "office_id": "office_id = NULL",
    "declaration_id": "declaration_id = 5",
    "account_id": "account_id = 5",
    "subject_hash": "subject_hash = '\\x00'",
    "facts": """facts = facts || '{"number": 1.0}'""",
}


@pytest.fixture
def sealed(owner: Owner) -> list[int]:
    """Ids of five rows, sealed."""
    ids = write(5)
    assert sealing.seal() == 5
    return ids


def head() -> str:
    return proof.verify().head


def test_a_trail_nobody_touched_is_clean(sealed: list[int]):
    outcome = proof.verify()
    assert (outcome.findings, outcome.rows, outcome.unsealed) == (0, 5, 0)


def test_rows_not_sealed_yet_are_counted_with_the_age_of_the_oldest(sealed: list[int]):
    old = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=3)
    write(2, at=old)
    outcome = proof.verify()
    assert (outcome.findings, outcome.unsealed, outcome.oldest_unsealed_at) == (0, 2, old)


def test_every_column_is_tried():
    assert set(CHANGES) == {column.name for column in table_of(TrailRow).c}


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_of_any_column_is_found_and_the_row_named(owner: Owner, sealed: list[int], column: str):
    row = sealed[2]
    owner.run(f"UPDATE trail SET {CHANGES[column]} WHERE id = {row}")
    found = findings()
    moved = [(Kind.ROW_REMOVED, row), (Kind.ROW_INSERTED, row + 1_000_000)]
    assert [(one.kind, one.row) for one in found] == (moved if column == "id" else [(Kind.ROW_CHANGED, row)])


def test_a_change_that_moves_the_row_to_another_month_is_still_a_change(owner: Owner, sealed: list[int]):
    owner.run(f"UPDATE trail SET at = at + interval '40 days' WHERE id = {sealed[0]}")
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_CHANGED, sealed[0])]


@pytest.mark.parametrize("instant", ["infinity", "-infinity", "294276-01-01", "4000-01-01 BC"])
def test_an_instant_no_calendar_here_knows_stops_nothing(owner: Owner, sealed: list[int], instant: str):
    owner.run(f"UPDATE trail SET at = '{instant}' WHERE id = {sealed[4]}")
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_CHANGED, sealed[4])]


def test_a_removed_row_is_named(owner: Owner, sealed: list[int]):
    owner.run(f"DELETE FROM trail WHERE id = {sealed[1]}")
    assert [(one.kind, one.row, one.seal) for one in findings()] == [(Kind.ROW_REMOVED, sealed[1], 1)]


def test_rows_that_changed_places_are_both_named(owner: Owner, sealed: list[int]):
    one, other = sealed[0], sealed[3]
    owner.run(
        f"UPDATE trail SET id = -1 WHERE id = {one}",
        f"UPDATE trail SET id = {one} WHERE id = {other}",
        f"UPDATE trail SET id = {other} WHERE id = -1",
    )
    assert {(found.kind, found.row) for found in findings()} == {(Kind.ROW_CHANGED, one), (Kind.ROW_CHANGED, other)}


def copied(id_: str, at: str = "at") -> str:
    return (
        f"INSERT INTO trail SELECT {id_}, {at}, event, actor_kind, actor_id, office_id, declaration_id, account_id, "
        "subject_hash, facts FROM trail ORDER BY id LIMIT 1"
    )


@pytest.fixture
def gap(owner: Owner) -> int:
    """An id that a rolled back transaction drew, between rows that are sealed."""
    write(2)
    gap = owner.all("SELECT nextval('trail_id_seq')")[0]
    write(2)
    assert sealing.seal() == 4
    return int(gap)


def test_a_gap_left_by_a_rollback_is_no_alarm(gap: int):
    assert findings() == []


def test_a_row_inserted_in_a_gap_is_named(owner: Owner, gap: int):
    owner.run(copied(f"{gap}"))
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_INSERTED, gap)]


def test_a_second_row_of_a_sealed_id_is_named(owner: Owner, sealed: list[int]):
    owner.run(copied(f"{sealed[0]}", "at + interval '1 second'"))
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_INSERTED, sealed[0])]


def test_a_row_below_all_ids_is_named(owner: Owner, sealed: list[int]):
    owner.run(copied("-5"))
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_INSERTED, -5)]


def test_a_row_above_all_ids_that_were_given_is_named_though_nobody_seals_it(owner: Owner, sealed: list[int]):
    far = sealed[-1] + 10**12
    owner.run(copied(f"{far}", "at - interval '300 days'"), copied(f"{2**63 - 1}"))
    write(2)
    assert sealing.seal() == 2
    assert [(one.kind, one.row) for one in findings()] == [(Kind.ROW_INSERTED, far), (Kind.ROW_INSERTED, 2**63 - 1)]


def test_rows_written_while_the_end_is_looked_at_are_none_of_these(sealed: list[int], monkeypatch: pytest.MonkeyPatch):
    """The sequence is read after the rows."""
    monkeypatch.setattr(rows, "PAGE", 1)
    with transaction() as session:
        looked = rows.beyond(session)
        with ThreadPoolExecutor(1) as other:
            other.submit(write, 3).result()
        assert list(looked) == []
    assert findings() == []


def test_the_application_cannot_choose_an_id(sealed: list[int], addresses: dict[str, str]):
    with psycopg.connect(_plain(addresses["app"])) as one:
        for given in ("", " OVERRIDING SYSTEM VALUE"):
            with pytest.raises(InsufficientPrivilege):
                one.execute(
                    f"INSERT INTO trail (id, at, event, actor_kind, facts){given} "  # noqa: S608 (a constant)
                    "VALUES (7, now(), 'search', 'system', '{}')"
                )
            one.rollback()


def test_a_new_row_with_an_old_time_is_named_even_once_it_is_sealed(owner: Owner, sealed: list[int]):
    """Ids above a mark were drawn after it: whatever bears an earlier time was not written by the desk."""
    owner.run(copied("nextval('trail_id_seq')", "at - interval '2 hours'"))
    assert sealing.seal() == 1
    assert [(one.kind, one.seal) for one in findings()] == [(Kind.ROW_BACKDATED, 2)]


def test_rows_that_waited_long_for_the_sealer_are_not_called_backdated(sealed: list[int], monkeypatch):
    monkeypatch.setattr(sealing, "PAGE", 2)
    write(3, at=clock.now())
    with clock.at(clock.now() + timedelta(days=2)):
        sealing.seal()
        write(3)
    with clock.at(clock.now() + timedelta(days=4)):
        sealing.seal()
    assert findings() == []


@pytest.fixture
def three_seals(owner: Owner) -> list[int]:
    """Ids of six rows under three seals."""
    ids = []
    for _ in range(3):
        ids += write(2)
        sealing.seal()
    return ids


@pytest.mark.parametrize("seal", [1, 2])
def test_a_removed_seal_is_named_and_its_rows_are_not_accused(owner: Owner, three_seals: list[int], seal: int):
    owner.run(f"DELETE FROM trail_seals WHERE id = {seal}")
    assert [(one.kind, one.seal) for one in findings()] == [(Kind.SEAL_MISSING, seal)]


ALTERED = {
    "kind": "kind = 'drop'",
    "month": "month = month + interval '1 month'",
    "from_id": "from_id = from_id - 1",
    "to_id": "to_id = to_id + 1",
    "count": "count = count + 1",
    "row_marks": "row_marks = substr(row_marks, 1, 20)",
    "marked_at": "marked_at = NULL",
    "key_id": "key_id = '00000000'",
    "previous": "previous = digest",
    "digest": "digest = previous",
    "sealed_at": "sealed_at = 'infinity'",
    "from_id above": "from_id = 9223372036854775807",
    "to_id above": "to_id = 9223372036854775807",
    "to_id below": "to_id = -9223372036854775808",
    "count above": "count = 9223372036854775807",
    "count below": "count = -9223372036854775808",
    "row_marks long": "row_marks = convert_to(repeat('x', 3000000), 'UTF8')",
    **{
        f"{column} taken away": f"{column} = NULL"
        for column in ("kind", "month", "from_id", "to_id", "count", "row_marks", "key_id", "previous", "digest")
        + ("sealed_at",)
    },
}


@contextmanager
def without_bounds(owner: Owner, column: str) -> Iterator[None]:
    """Let a value be taken away meanwhile, where that is tried."""
    name, _, how = column.partition(" ")
    if how != "taken away":
        yield
        return
    owner.bare(f"ALTER TABLE trail_seals ALTER {name} DROP NOT NULL")
    try:
        yield
    finally:
        owner.run("DELETE FROM trail_seals")
        owner.bare(f"ALTER TABLE trail_seals ALTER {name} SET NOT NULL")


def test_every_column_of_a_seal_is_tried():
    assert {name.split()[0] for name in ALTERED} == {column.name for column in table_of(TrailSeal).c} - {"id"}


@pytest.mark.parametrize("column", ALTERED)
@pytest.mark.parametrize("seal", [1, 2, 3])
def test_an_altered_seal_is_named_and_no_other(owner: Owner, three_seals: list[int], column: str, seal: int):
    with without_bounds(owner, column):
        owner.run(f"UPDATE trail_seals SET {ALTERED[column]} WHERE id = {seal}")
        kind = Kind.KEY_UNKNOWN if column.startswith("key_id") else Kind.SEAL_CHANGED
        assert [(one.kind, one.seal) for one in findings()] == [(kind, seal)]


@pytest.mark.parametrize("column", ALTERED)
def test_an_altered_head_stops_neither_the_sealing_nor_the_nightly_check(
    owner: Owner, three_seals: list[int], column: str
):
    with without_bounds(owner, column):
        checks.check()
        owner.run(f"UPDATE trail_seals SET {ALTERED[column]} WHERE id = 3")
        write(2)
        assert sealing.seal() in (2, 4)
        with clock.at(clock.now() + timedelta(days=1)):
            assert not checks.check()
            with transaction() as session:
                last = checks.newest(session)
        assert last is not None
        assert (last.ok, last.unsealed) == (False, 0)
        kind = Kind.KEY_UNKNOWN if column.startswith("key_id") else Kind.SEAL_CHANGED
        assert (kind, 3) in [(one["kind"], one.get("seal")) for one in last.named]
        assert {one["kind"] for one in last.named} <= {kind, Kind.HEAD_MISSING}


@pytest.mark.parametrize("number", [2**63 - 1, 2**62, 2**62 - 1, 2**40 - 1, -5])
def test_a_head_moved_far_away_stops_neither(owner: Owner, three_seals: list[int], number: int):
    owner.run(f"UPDATE trail_seals SET id = {number} WHERE id = 3")
    for _ in range(2):
        write(2)
        assert sealing.seal() in (2, 4)
    checks.check()
    with transaction() as session:
        last = checks.newest(session)
    assert last is not None
    assert (last.ok, last.unsealed) == (False, 0)
    assert number in [one.get("seal") for one in last.named]


def test_a_seal_copied_takes_nothing_off_the_count(owner: Owner, three_seals: list[int]):
    owner.bare("ALTER TABLE trail_seals DROP CONSTRAINT pk_trail_seals")
    try:
        owner.run("INSERT INTO trail_seals SELECT * FROM trail_seals WHERE id = 2")
        owner.run(f"DELETE FROM trail WHERE id = {three_seals[0]}")
        assert {(one.kind, one.seal) for one in findings()} >= {(Kind.ROW_REMOVED, 1), (Kind.SEAL_MISPLACED, 2)}
    finally:
        owner.run("DELETE FROM trail_seals")
        owner.bare("ALTER TABLE trail_seals ADD CONSTRAINT pk_trail_seals PRIMARY KEY (id)")


def test_a_row_changed_under_an_altered_seal_is_named_too(owner: Owner, three_seals: list[int]):
    owner.run(
        "UPDATE trail_seals SET count = 7 WHERE id = 2", f"UPDATE trail SET event = 'queue' WHERE id = {three_seals[2]}"
    )
    assert {(one.kind, one.seal, one.row) for one in findings()} == {
        (Kind.SEAL_CHANGED, 2, None),
        (Kind.ROW_CHANGED, 2, three_seals[2]),
    }


def test_a_seal_moved_to_another_place_is_named(owner: Owner, three_seals: list[int]):
    owner.run("UPDATE trail_seals SET id = 9 WHERE id = 2")
    kinds = {one.kind for one in findings()}
    assert Kind.SEAL_MISSING in kinds
    assert Kind.SEAL_CHANGED in kinds


def test_seals_cut_off_at_the_end_are_found_by_a_head_that_was_noted(owner: Owner, three_seals: list[int]):
    """The rest of the chain is sound: only what stands outside of the database tells."""
    noted = head()
    assert findings(head=noted) == []
    owner.run("DELETE FROM trail_seals WHERE id = 3", f"DELETE FROM trail WHERE id = {three_seals[-1]}")
    assert findings() == []
    assert [one.kind for one in findings(head=noted)] == [Kind.HEAD_MISSING]
    sealing.seal()
    assert [(one.kind, one.head) for one in findings(head=noted)] == [(Kind.HEAD_MISSING, noted)]


def test_a_month_emptied_is_one_finding_of_all_its_rows(owner: Owner, sealed: list[int]):
    owner.run("TRUNCATE trail")
    [found] = findings()
    assert (found.kind, found.row, found.last, found.count) == (Kind.ROW_REMOVED, sealed[0], sealed[-1], 5)


def test_a_partition_dropped_by_hand_is_found(owner: Owner, sealed: list[int]):
    part = owner.all("SELECT tableoid::regclass::text FROM trail LIMIT 1")[0]
    owner.bare(f"DROP TABLE {part}")
    assert [(one.kind, one.count) for one in findings()] == [(Kind.ROW_REMOVED, 5)]


def test_one_month_can_be_verified_alone(owner: Owner):
    first, second = datetime(2026, 3, 31, 16, 59, tzinfo=UTC), datetime(2026, 3, 31, 17, 0, tzinfo=UTC)
    [march], [april] = write(at=first), write(at=second)
    sealing.seal()
    owner.run("UPDATE trail SET event = 'queue'")
    assert {(one.row, one.month) for one in findings()} == {(march, "2026-03"), (april, "2026-04")}
    assert [(one.kind, one.row) for one in findings(month=second.date().replace(month=4, day=1))] == [
        (Kind.ROW_CHANGED, april)
    ]


def test_the_key_is_needed_to_verify_and_an_older_one_still_verifies(sealed: list[int], started: Settings):
    """TRAIL_KEY is rotated by naming the new key first: "new,old"."""
    config.use(replace(started, trail_key="another"))
    try:
        assert [(one.kind, one.seal) for one in findings()] == [(Kind.KEY_UNKNOWN, 1)]
        config.use(replace(started, trail_key=f"another,{started.trail_key}"))
        write()
        sealing.seal()
        assert findings() == []
    finally:
        config.use(started)
    with transaction() as session:
        assert len(set(session.scalars(select(TrailSeal.key_id)))) == 2


def test_pages_of_any_size_find_the_same(owner: Owner, three_seals: list[int], monkeypatch):
    owner.run(f"DELETE FROM trail WHERE id = {three_seals[1]}", copied(f"{three_seals[4]}", "at + interval '1 s'"))
    whole = findings()
    monkeypatch.setattr(rows, "PAGE", 1)
    assert findings() == whole
    assert len(whole) == 2
