"""K4: calendar days in Vietnam, ending with a working day (Civil Code art. 148); K5: the day of the reminder."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.clock import VIETNAM
from backoffice.rules.deadlines import deadline, deadline_day, is_night, is_working_day, reminder_day

CASES = {
    "an ordinary week": (date(2026, 11, 9), date(2026, 11, 19)),
    "the tenth day is a Saturday": (date(2026, 11, 11), date(2026, 11, 23)),
    "the tenth day is a Sunday": (date(2026, 11, 12), date(2026, 11, 23)),
    "the tenth day is the eve of a weekend": (date(2026, 11, 10), date(2026, 11, 20)),
    "the tenth day is a public holiday in the week": (date(2026, 11, 14), date(2026, 11, 25)),
    "the last working day before Tết 2027": (date(2027, 1, 24), date(2027, 2, 3)),
    "the first day off of Tết 2027": (date(2027, 1, 25), date(2027, 2, 11)),
    "the last day off of Tết 2027": (date(2027, 1, 31), date(2027, 2, 11)),
    "30 April and 1 May on Thursday and Friday": (date(2026, 4, 20), date(2026, 5, 4)),
    "30 April and 1 May before a weekend, made up for on Monday": (date(2027, 4, 20), date(2027, 5, 4)),
    "New Year's Day before a weekend": (date(2026, 12, 22), date(2027, 1, 4)),
    "the last day of the year": (date(2026, 12, 21), date(2026, 12, 31)),
    "leap day": (date(2028, 2, 19), date(2028, 2, 29)),
    "over leap day": (date(2028, 2, 21), date(2028, 3, 2)),
    "the end of February without leap day": (date(2027, 2, 19), date(2027, 3, 1)),
}

days = st.dates(date(2026, 1, 1), date(2031, 12, 31))


@pytest.mark.parametrize(("declared", "last"), CASES.values(), ids=CASES)
def test_k4_the_deadline_day(declared: date, last: date):
    assert deadline_day(declared, 10) == last


@pytest.mark.parametrize(
    ("declared", "last"),
    [
        (datetime(2026, 11, 9, 23, 59, tzinfo=VIETNAM), date(2026, 11, 19)),
        (datetime(2026, 11, 10, 0, 1, tzinfo=VIETNAM), date(2026, 11, 20)),
        (datetime(2026, 11, 9, 16, 59, 59, tzinfo=UTC), date(2026, 11, 19)),
        (datetime(2026, 11, 9, 17, 0, tzinfo=UTC), date(2026, 11, 20)),
    ],
)
def test_k4_the_day_of_declaring_is_vietnams(declared: datetime, last: date):
    assert deadline(declared, 10) == datetime.combine(last, time.max, tzinfo=VIETNAM)


def test_k4_a_deadline_is_the_last_microsecond_of_its_day_told_in_utc():
    at = deadline(datetime(2026, 11, 9, 8, 0, tzinfo=VIETNAM), 10)
    assert at == datetime(2026, 11, 19, 16, 59, 59, 999999, tzinfo=UTC)
    assert at.tzinfo is UTC


@given(days, st.integers(1, 60))
def test_k4_the_deadline_is_the_first_working_day_from_the_last_calendar_day_on(declared: date, count: int):
    last = deadline_day(declared, count)
    assert is_working_day(last)
    earliest = declared + timedelta(days=count)
    assert last >= earliest
    assert not any(is_working_day(earliest + timedelta(days=n)) for n in range((last - earliest).days))


@given(days)
def test_k4_nobody_has_less_time_than_who_declared_before(declared: date):
    assert deadline_day(declared, 10) <= deadline_day(declared + timedelta(days=1), 10)


def test_k5_the_reminder_day_is_three_days_before_in_vietnam():
    assert reminder_day(datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)) == date(2026, 11, 20)
    assert reminder_day(datetime(2026, 11, 23, 17, 0, tzinfo=UTC)) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("clock_time", "night"),
    [
        (time(7, 59, 59), True),
        (time(8, 0), False),
        (time(19, 59, 59), False),
        (time(20, 0), True),
        (time(0, 0), True),
    ],
)
def test_night_is_from_20_to_8_oclock_in_vietnam(clock_time: time, night: bool):
    assert is_night(datetime.combine(date(2026, 11, 20), clock_time, tzinfo=VIETNAM).astimezone(UTC)) is night
