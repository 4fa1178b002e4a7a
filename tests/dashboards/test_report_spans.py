"""The spans of reports: ISO weeks from Monday, months, quarters of the calendar year."""

from __future__ import annotations

from datetime import date

import pytest

from backoffice.dashboards.report_spans import Days, Span, before, days_of, file_part, same_part, told, until_today


@pytest.mark.parametrize(
    ("span", "day", "first", "last", "words", "part"),
    [
        (Span.DAY, date(2024, 2, 29), date(2024, 2, 29), date(2024, 2, 29), "ngày 29/02/2024", "ngay-20240229"),
        (Span.WEEK, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3), "tuần 53 năm 2026", "tuan-2026-53"),
        (Span.WEEK, date(2026, 11, 2), date(2026, 11, 2), date(2026, 11, 8), "tuần 45 năm 2026", "tuan-2026-45"),
        (Span.WEEK, date(2026, 11, 8), date(2026, 11, 2), date(2026, 11, 8), "tuần 45 năm 2026", "tuan-2026-45"),
        (Span.MONTH, date(2024, 2, 10), date(2024, 2, 1), date(2024, 2, 29), "tháng 2 năm 2024", "thang-202402"),
        (Span.MONTH, date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31), "tháng 12 năm 2026", "thang-202612"),
        (Span.QUARTER, date(2026, 3, 31), date(2026, 1, 1), date(2026, 3, 31), "quý I năm 2026", "quy-2026-1"),
        (Span.QUARTER, date(2026, 4, 1), date(2026, 4, 1), date(2026, 6, 30), "quý II năm 2026", "quy-2026-2"),
        (Span.QUARTER, date(2026, 10, 1), date(2026, 10, 1), date(2026, 12, 31), "quý IV năm 2026", "quy-2026-4"),
    ],
)
def test_a_span_begins_and_ends_with_its_calendar(
    span: Span, day: date, first: date, last: date, words: str, part: str
):
    days = days_of(span, day)
    assert days == (first, last)
    assert told(span, days).startswith(words)
    assert file_part(span, days) == part


@pytest.mark.parametrize("span", Span)
def test_the_span_before_ends_the_day_before_and_every_day_is_in_one(span: Span):
    days = days_of(span, date(2026, 12, 31))
    for _ in range(20):
        former = before(span, days)
        assert (days.first - former.last).days == 1
        assert {days_of(span, day) for day in former.each} == {former}
        days = former


def test_a_span_under_way_is_compared_with_as_many_days():
    quarter = days_of(Span.QUARTER, date(2026, 5, 3))
    part = until_today(quarter, date(2026, 5, 3))
    assert part == Days(date(2026, 4, 1), date(2026, 5, 3))
    assert same_part(before(Span.QUARTER, quarter), part) == (date(2026, 1, 1), date(2026, 2, 2))
    march = days_of(Span.MONTH, date(2026, 3, 31))
    assert same_part(before(Span.MONTH, march), until_today(march, date(2026, 3, 30))).last == date(2026, 2, 28)
