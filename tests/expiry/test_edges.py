"""K4, K7 at every edge: what expires, and when, against the law as somebody else would write it down.

The oracle knows no zone database and no table of holidays of ours: Vietnam is seven hours ahead of UTC all year round,
and the days on which offices are closed are listed here by hand (Labour Code art. 111, 112; moved days as announced).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from backoffice.decision import actions as decision
from backoffice.expiry import actions
from backoffice.kernel import clock, db
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Declaration, TrailEvent, TrailRow
from tests.expiry.helpers import MICROSECOND, NOON, Known, declared, is_kept, officer, tombstones

pytestmark = pytest.mark.usefixtures("database")

SEVEN_AHEAD = timezone(timedelta(hours=7))
CLOSED = {
    date(year, month, day)
    for year, days in {
        2026: ["2-16", "2-17", "2-18", "2-19", "2-20", "4-26", "4-27", "4-30", "5-1", "8-31", "9-1", "9-2", "11-24"],
        2027: ["1-1", "2-4", "2-5", "2-8", "2-9", "2-10", "4-16", "4-30", "5-3", "9-2", "9-3", "11-24"],
        2028: ["1-1", "1-3", "1-24", "1-25", "1-26", "1-27", "1-28"],
    }.items()
    for month, day in (map(int, written.split("-")) for written in days)
}
"""Public holidays that fall into the week, or are made up for in it."""
FIRST, LAST = datetime(2026, 2, 1, tzinfo=UTC), datetime(2028, 3, 15, tzinfo=UTC)

instants = st.one_of(
    st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)),
    st.builds(  # around midnight in Vietnam, to the microsecond
        lambda day, shift: datetime(day.year, day.month, day.day, 17, tzinfo=UTC) + timedelta(microseconds=shift),
        st.dates(FIRST.date(), LAST.date()),
        st.integers(-2, 2),
    ),
)
at_the_database = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def first_instant_after(began: datetime) -> datetime:
    """The law: ten calendar days from the day it began in Vietnam, on to a day when offices are open, to its end."""
    day = began.astimezone(SEVEN_AHEAD).date() + timedelta(days=10)
    while day.isoweekday() > 5 or day in CLOSED:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=SEVEN_AHEAD) + timedelta(days=1)


@given(instants)
@example(datetime(2028, 2, 19, 3, tzinfo=UTC))  # to leap day
@example(datetime(2028, 2, 29, 16, 59, 59, 999999, tzinfo=UTC))  # from leap day, its last microsecond
@example(datetime(2026, 12, 21, 17, tzinfo=UTC))  # over the year's end
@example(datetime(2026, 12, 31, 17, tzinfo=UTC))  # the year begins in Vietnam, not yet in UTC
@example(datetime(2027, 1, 25, 2, tzinfo=UTC))  # into Tết
@example(datetime(2027, 2, 6, 2, tzinfo=UTC))  # declared on the first day of the year of the goat
@example(datetime(2027, 4, 20, 2, tzinfo=UTC))  # 30 April, 1 May, a Sunday and the day made up for
@at_the_database
def test_k4_it_is_kept_to_the_last_microsecond_and_then_gone(began: datetime):
    declaration = declared(began)
    after = first_instant_after(began)
    assert swept_at(after - MICROSECOND) == 0
    assert is_kept(declaration)
    assert swept_at(after) == 1
    assert not is_kept(declaration)


@given(instants, st.floats(0, 1), st.booleans())
@example(datetime(2027, 1, 24, 3, tzinfo=UTC), 1.0, True)  # sent back in the last microsecond before Tết
@example(datetime(2028, 2, 15, 3, tzinfo=UTC), 0.4, False)  # asked for on the 19th: leap day
@at_the_database
def test_k7_a_supplement_runs_ten_days_of_its_own(began: datetime, share: float, is_brought: bool):
    lan = officer()
    declaration = declared(began)
    asked = began + (declaration.expires_at - began) * share
    with clock.at(asked):
        decision.claim(declaration.receipt_code, lan)
        decision.supplement(declaration.receipt_code, lan, "Thiếu chữ ký")
    after = first_instant_after(asked)
    assert swept_at(after - MICROSECOND) == 0
    if is_brought:
        with clock.at(after - MICROSECOND):
            decision.present(declaration.receipt_code, lan)
    assert swept_at(after) == (0 if is_brought else 1)
    assert is_kept(declaration) == is_brought
    forget(declaration)


ZONES = [("UTC", "UTC"), ("America/Los_Angeles", "Asia/Tokyo"), ("Pacific/Kiritimati", "America/St_Johns")]
"""Of the processes and of the database's sessions."""


@pytest.mark.parametrize(("of_process", "of_database"), ZONES)
@pytest.mark.parametrize(
    "began",
    [
        datetime(2026, 11, 9, 16, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 11, 9, 17, tzinfo=UTC),
        datetime(2026, 3, 4, 9, tzinfo=UTC),  # ten days on, Los Angeles and St. John's have put their clocks forward
        datetime(2026, 10, 22, 9, tzinfo=UTC),  # and back
        datetime(2026, 12, 31, 16, 59, tzinfo=UTC),
        datetime(2028, 2, 19, 9, tzinfo=UTC),
    ],
)
def test_k4_wherever_the_servers_stand_the_day_is_vietnams(began: datetime, of_process: str, of_database: str):
    with zones(of_process, of_database):
        declaration = declared(began)
        after = first_instant_after(began)
        assert declaration.expires_at == after - MICROSECOND
        assert swept_at(after - MICROSECOND) == 0
        assert is_kept(declaration)
        assert swept_at(after) == 1
    (stone,) = tombstones()
    assert (stone.declared_at, stone.expired_at, stone.deleted_at) == (began, after - MICROSECOND, after)


@given(st.lists(st.integers(-3 * 86_400, 3 * 86_400), min_size=1, max_size=6))
@example([-1, 0, 1, -86_400, 1])
@at_the_database
def test_a_clock_that_steps_back_and_forth_deletes_once_and_never_before_it_shows_the_deadline(steps: list[int]):
    """A server whose clock is put right meanwhile: what is not due by it waits, what is gone stays gone."""
    declaration = declared()
    seen = [declaration.expires_at + timedelta(seconds=step) for step in steps]
    for number, instant in enumerate(seen):
        swept_at(instant)
        assert is_kept(declaration) == (max(seen[: number + 1]) <= declaration.expires_at)
    with transaction() as session:
        events = {"event": TrailEvent.EXPIRE, "declaration_id": declaration.id}
        told = session.query(TrailRow).filter_by(**events).count()
    assert told == len([stone for stone in tombstones() if stone.declaration_id == declaration.id])
    assert told == (0 if is_kept(declaration) else 1)
    forget(declaration)


def test_a_sweep_missed_for_three_days_is_made_up_for_and_nobody_gains_by_it():
    """What is overdue cannot be handed in any more, swept or not; what is in time stays in time."""
    lan = officer()
    by_day = [declared(NOON + timedelta(days=back)) for back in range(-3, 2)]
    back = by_day[3].expires_at  # the fourth's last microsecond: the sweep has not run since three days before
    late = [one for one in by_day if one.expires_at < back]
    assert len(late) >= 2
    with clock.at(back):
        for one in late:
            with pytest.raises(Conflict):
                decision.present(one.receipt_code, lan)
        decision.present(by_day[3].receipt_code, lan)
        assert actions.sweep() == len(late)
        for one in late:
            with pytest.raises(NotFound):
                decision.present(one.receipt_code, lan)
        assert actions.sweep() == 0
    assert [is_kept(one) for one in by_day] == [one not in late for one in by_day]
    assert {stone.deleted_at for stone in tombstones()} == {back}


def swept_at(instant: datetime) -> int:
    with clock.at(instant):
        return actions.sweep()


def forget(declaration: Known) -> None:
    """Leave nothing for the next example."""
    with transaction() as session:
        session.query(Declaration).filter_by(id=declaration.id).delete()


@contextmanager
def zones(of_process: str, of_database: str) -> Iterator[None]:
    """Let this process and all new sessions of the database have these zones."""

    def placed(connection: object, _record: object) -> None:
        connection.execute(f"SET timezone = '{of_database}'")  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    before = os.environ.get("TZ")
    os.environ["TZ"] = of_process
    time.tzset()
    event.listen(db.engine(), "connect", placed)
    db.engine().dispose()
    try:
        with transaction() as session:
            assert session.connection().exec_driver_sql("SHOW timezone").scalar_one() == of_database
        yield
    finally:
        event.remove(db.engine(), "connect", placed)
        db.engine().dispose()
        del os.environ["TZ"]
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
