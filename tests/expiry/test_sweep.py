"""K4: what was not handed in by its deadline is deleted, to the microsecond, and handing in stops the clock."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from rq import Queue

from backoffice.decision import actions as decision
from backoffice.expiry import actions, clearing, jobs
from backoffice.kernel import clock, queue
from backoffice.kernel.clock import VIETNAM
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import ActorKind, Channel, Declaration, Status, TrailEvent, TrailRow
from backoffice.scheduler import JOBS
from tests.expiry.helpers import MICROSECOND, NOON, declared, is_kept, officer, tombstones
from tests.factories import make_declaration
from tests.rules.test_deadlines import CASES

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(("day", "last"), CASES.values(), ids=CASES)
def test_k4_kept_to_the_last_microsecond_of_the_deadline_day_and_then_deleted(day: date, last: date):
    declaration = declared(datetime.combine(day, time(9, 30), tzinfo=VIETNAM))
    midnight = datetime.combine(last + timedelta(days=1), time.min, tzinfo=VIETNAM)
    with clock.at(midnight - MICROSECOND):
        assert actions.sweep() == 0
    assert is_kept(declaration)
    with clock.at(midnight):
        assert actions.sweep() == 1
    assert not is_kept(declaration)


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 11, 9, 23, 59, tzinfo=VIETNAM), date(2026, 11, 19)),
        (datetime(2026, 11, 10, 0, 1, tzinfo=VIETNAM), date(2026, 11, 20)),
        (datetime(2026, 11, 9, 17, 1, tzinfo=UTC), date(2026, 11, 20)),
    ],
)
def test_k4_two_minutes_around_midnight_are_a_day_of_difference(at: datetime, last: date):
    declaration = declared(at)
    midnight = datetime.combine(last + timedelta(days=1), time.min, tzinfo=VIETNAM)
    with clock.at(midnight - MICROSECOND):
        actions.sweep()
    assert is_kept(declaration)
    with clock.at(midnight):
        actions.sweep()
    assert not is_kept(declaration)


def test_k4_handing_in_stops_the_clock():
    declaration, lan = declared(), officer()
    with clock.at(declaration.expires_at):
        decision.present(declaration.receipt_code, lan)
    with clock.at(declaration.expires_at + timedelta(days=400)):
        assert actions.sweep() == 0
    assert is_kept(declaration)


def test_k4_a_claim_alone_does_not_stop_the_clock():
    declaration, lan = declared(), officer()
    with clock.at(declaration.expires_at - timedelta(minutes=1)):
        decision.claim(declaration.receipt_code, lan)
    with clock.at(declaration.expires_at + MICROSECOND):
        assert actions.sweep() == 1
        with pytest.raises(NotFound):
            decision.reject(declaration.receipt_code, lan, ["form01_unsigned"], "")


def test_k7_a_supplement_starts_a_new_deadline():
    declaration, lan = declared(), officer()
    asked_at = datetime(2026, 11, 18, 15, 0, tzinfo=VIETNAM)  # the tenth day after is a Saturday
    with clock.at(asked_at):
        decision.claim(declaration.receipt_code, lan)
        decision.supplement(declaration.receipt_code, lan, "Ảnh mặt sau mờ")
    with clock.at(datetime(2026, 11, 30, 23, 59, 59, tzinfo=VIETNAM)):
        assert actions.sweep() == 0
    with clock.at(datetime(2026, 12, 1, 0, 0, tzinfo=VIETNAM)):
        assert actions.sweep() == 1
    assert not is_kept(declaration)


def test_k7_who_brings_the_supplement_is_kept():
    declaration, lan = declared(), officer()
    with clock.at(NOON + timedelta(days=1)):
        decision.claim(declaration.receipt_code, lan)
        decision.supplement(declaration.receipt_code, lan, "Thiếu chữ ký")
    with clock.at(NOON + timedelta(days=2)):
        decision.present(declaration.receipt_code, lan)
    with clock.at(NOON + timedelta(days=100)):
        assert actions.sweep() == 0
    assert is_kept(declaration)


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED, Status.WITHDRAWN])
def test_what_is_decided_does_not_expire(status: Status):
    with clock.at(NOON), transaction() as session:
        make_declaration(session, status=status)
    with clock.at(NOON + timedelta(days=400)):
        assert actions.sweep() == 0


def test_a_tombstone_keeps_office_dates_channel_and_keyed_hashes():
    with clock.at(NOON), transaction() as session:
        declaration = make_declaration(session, channel=Channel.PORTAL)
    swept_at = declaration.expires_at + timedelta(hours=3)
    with clock.at(swept_at):
        actions.sweep()
    (stone,) = tombstones()
    assert (stone.declaration_id, stone.office_id) == (declaration.id, declaration.office_id)
    assert (stone.channel, stone.purpose) == (Channel.PORTAL, declaration.purpose)
    assert (stone.declared_at, stone.expired_at, stone.deleted_at) == (NOON, declaration.expires_at, swept_at)
    assert stone.bhxh_code_hash == lookup_hash("bhxh_code", declaration.bhxh_code)
    assert stone.id_number_hash == lookup_hash("id_number", declaration.id_number)
    assert stone.receipt_code_hash == lookup_hash("receipt_code", declaration.receipt_code)


def test_the_trail_tells_that_the_system_deleted_it():
    declaration = declared()
    with clock.at(declaration.expires_at + MICROSECOND):
        actions.sweep()
    with transaction() as session:
        row = session.query(TrailRow).filter_by(event=TrailEvent.EXPIRE).one()
    assert (row.declaration_id, row.actor_kind) == (declaration.id, ActorKind.SYSTEM)


def test_sweeping_again_changes_nothing():
    declaration = declared()
    with clock.at(declaration.expires_at + MICROSECOND):
        assert [actions.sweep(), actions.sweep()] == [1, 0]
    assert len(tombstones()) == 1


def test_a_limit_is_kept_and_the_longest_overdue_go_first():
    later = [declared(NOON + timedelta(days=1)) for _ in range(2)]
    first = declared()
    with clock.at(NOON + timedelta(days=30)):
        assert actions.sweep(limit=1) == 1
        assert not is_kept(first)
        assert actions.sweep(limit=5) == 2
    assert not any(is_kept(declaration) for declaration in later)


def test_more_than_one_chunk_goes_in_one_sweep(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions, "CHUNK", 20)
    with clock.at(NOON), transaction() as session:
        for _ in range(45):
            make_declaration(session)
    with clock.at(NOON + timedelta(days=30)):
        assert actions.sweep() == 45
    with transaction() as session:
        assert session.query(Declaration).count() == 0


def asked_for() -> list[str]:
    """What waits in the queue, by the names of the jobs."""
    jobs_there = [lane.jobs for lane in (Queue(name, connection=queue.connection()) for name in queue.LANES)]
    return [f"{job.func_name.rpartition('.')[2]}{job.args}" for lane in jobs_there for job in lane]


def clearing_of_all() -> list[str]:
    """A job for each table that a declaration takes along."""
    return [f"clear({number},)" for number in range(len(clearing.tables()))]


def test_the_job_sweeps_and_asks_for_no_other_sweep_when_all_is_done():
    declaration = declared()
    with clock.at(declaration.expires_at + MICROSECOND):
        jobs.sweep()
        assert not is_kept(declaration)
        assert asked_for() == clearing_of_all()
        jobs.sweep()
        assert asked_for() == clearing_of_all()


def test_jobs_that_are_full_go_on_by_themselves_and_then_clear_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions, "MOST", 2)
    monkeypatch.setattr(actions.sweep, "__defaults__", (2,))
    for _ in range(4):
        declared()
    with clock.at(NOON + timedelta(days=30)):
        jobs.sweep()
        assert asked_for() == ["sweep(2,)"]
        queue.connection().flushdb()
        jobs.sweep(2)
        assert asked_for() == ["sweep(4,)"]
        queue.connection().flushdb()
        jobs.sweep(4)
    assert asked_for() == clearing_of_all()
    assert len(tombstones()) == 4


def test_everything_is_gone_within_an_hour_of_its_deadline_even_if_no_job_asked_for_the_next():
    """A hundred thousand a day is far more than the country declares."""
    (periodic,) = [one for one in JOBS if one.job == "backoffice.expiry.jobs.sweep"]
    jobs_an_hour = 3600 // periodic.seconds
    assert jobs_an_hour * actions.MOST >= 100_000
    assert actions.CHUNK * 4 <= actions.MOST
