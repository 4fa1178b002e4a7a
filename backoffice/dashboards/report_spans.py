"""The spans a report is about: a day, an ISO week (from Monday), a month, a quarter of the calendar year."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple


class Span(StrEnum):
    """How long a report's span is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Days(NamedTuple):
    """From the first day to the last, both counted."""

    first: date
    last: date

    @property
    def number(self) -> int:
        """Return how many days these are."""
        return (self.last - self.first).days + 1

    @property
    def each(self) -> list[date]:
        """Return every day, in order."""
        return [self.first + timedelta(days=number) for number in range(self.number)]


_MONTHS = {Span.MONTH: 1, Span.QUARTER: 3}


def days_of(span: Span, day: date) -> Days:
    """Return the days of the span that `day` lies in."""
    if span is Span.DAY:
        return Days(day, day)
    if span is Span.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Days(monday, monday + timedelta(days=6))
    length = _MONTHS[span]
    number = (day.month - 1) // length * length
    first = date(day.year, number + 1, 1)
    return Days(first, _first_of(day.year * 12 + number + length) - timedelta(days=1))


def before(span: Span, days: Days) -> Days:
    """Return the span before: the week before a week, the quarter before a quarter."""
    return days_of(span, days.first - timedelta(days=1))


def until_today(days: Days, today: date) -> Days:
    """Return those of the days that have come."""
    return Days(days.first, min(days.last, today))


def same_part(whole: Days, part: Days) -> Days:
    """Return as many first days of `whole` as `part` has, so that a span under way is compared with its like."""
    return Days(whole.first, min(whole.last, whole.first + timedelta(days=part.number - 1)))


def told(span: Span, days: Days) -> str:
    """Return the span in words: "tuần 45 năm 2026 (02/11/2026 – 08/11/2026)", "quý IV năm 2026 (…)"."""
    if span is Span.DAY:
        return f"ngày {days.first:%d/%m/%Y}"
    return f"{_name(span, days.first)} ({days.first:%d/%m/%Y} – {days.last:%d/%m/%Y})"


def file_part(span: Span, days: Days) -> str:
    """Return the span as part of a file's name: "ngay-20261109", "tuan-2026-45", "thang-202611", "quy-2026-4"."""
    if span is Span.DAY:
        return f"ngay-{days.first:%Y%m%d}"
    if span is Span.WEEK:
        year, week, _ = days.first.isocalendar()
        return f"tuan-{year}-{week:02}"
    if span is Span.MONTH:
        return f"thang-{days.first:%Y%m}"
    return f"quy-{days.first.year}-{_quarter(days.first)}"


def _name(span: Span, first: date) -> str:
    if span is Span.WEEK:
        year, week, _ = first.isocalendar()
        return f"tuần {week} năm {year}"
    if span is Span.MONTH:
        return f"tháng {first.month} năm {first.year}"
    return f"quý {('I', 'II', 'III', 'IV')[_quarter(first) - 1]} năm {first.year}"


def _quarter(day: date) -> int:
    return (day.month - 1) // 3 + 1


def _first_of(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)
