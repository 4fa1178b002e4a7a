"""Deadlines (K4, K7): calendar days in Asia/Ho_Chi_Minh, ending with a working day (Civil Code art. 148)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from backoffice.kernel import clock

REMINDER_DAYS = 3
NIGHT_FROM, NIGHT_TO = 20, 8
"""Hours of the day in Vietnam between which no reminder goes out (wording.md)."""


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("VN", years=year))


def is_working_day(day: date) -> bool:
    """Tell whether offices are open on `day`: neither a weekend nor a public holiday (Tết too)."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def deadline_day(start: date, days: int) -> date:
    """Return the last day to hand in what was declared on `start`: day D+`days`, or the next working day."""
    day = start + timedelta(days=days)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_days_after(start: date, days: int) -> date:
    """Return the working day that is the `days`th after `start`, which itself is not counted (Civil Code art. 147)."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def deadline(start: datetime, days: int) -> datetime:
    """Return the last instant (UTC) of the deadline day for what began at the aware instant `start` (K4)."""
    return clock.end_of_day(deadline_day(clock.local(start).date(), days))


def reminder_day(deadline_at: datetime) -> date:
    """Return the day from which the citizen is reminded: 3 days before the deadline day (K5)."""
    return clock.local(deadline_at).date() - timedelta(days=REMINDER_DAYS)


def is_night(instant: datetime) -> bool:
    """Tell whether it is between 20:00 and 08:00 in Vietnam, when only what the citizen waits for may go out."""
    hour = clock.local(instant).hour
    return hour >= NIGHT_FROM or hour < NIGHT_TO
