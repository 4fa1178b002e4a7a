"""The one clock. Instants are aware UTC datetimes; days are calendar days in Asia/Ho_Chi_Minh (K4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """Return this instant as an aware datetime in UTC (or the instant set by `at`)."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """Return the calendar day it is now in Vietnam."""
    return local(now()).date()


def local(instant: datetime) -> datetime:
    """Return the aware `instant` as Vietnam's wall clock shows it."""
    return instant.astimezone(VIETNAM)


def end_of_day(day: date) -> datetime:
    """Return the last microsecond of `day` in Vietnam, as an instant in UTC."""
    return datetime.combine(day, time.max, tzinfo=VIETNAM).astimezone(UTC)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let `now()` be the aware `instant` inside the block (tests, demo data, `expire --at`)."""
    if instant.tzinfo is None:
        raise ValueError("the clock takes aware datetimes only")
    token = _frozen.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


@contextmanager
def held() -> Iterator[None]:
    """Let it be one and the same instant throughout the block: what midnight comes into is of one day.

    Of a function too, as `@held()`: each call takes the time anew.
    """
    with at(now()):
        yield
