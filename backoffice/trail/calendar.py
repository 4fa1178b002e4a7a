"""The months the trail lies in: calendar months in Asia/Ho_Chi_Minh, each known by its first day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from backoffice.kernel import clock


def month_of(day: date) -> date:
    """Return the first day of the month `day` is in."""
    return day.replace(day=1)


def this_month() -> date:
    """Return the month it is now in Vietnam."""
    return month_of(clock.today())


def month_after(month: date, count: int = 1) -> date:
    """Return the month `count` months later; a negative count goes back."""
    years, place = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, place + 1, 1)


def first_instant(month: date) -> datetime:
    """Return when the month begins in Vietnam, in UTC."""
    return datetime.combine(month, time.min, tzinfo=clock.VIETNAM).astimezone(UTC)


def written(month: date) -> str:
    """Return the month as "YYYY-MM"."""
    return month.isoformat()[:7]


def read_month(text: str) -> date:
    """Return the month written as "YYYY-MM"; raises ValueError."""
    return date.fromisoformat(f"{text}-01")
