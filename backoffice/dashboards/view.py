"""What the pages show of the figures read: numbers as texts, each with the address of the list it counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from backoffice.dashboards import charts
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import FIGURES, NAMES, TABS, Listed
from backoffice.dashboards.numbers import NOTHING, change, in_words, short_day
from backoffice.dashboards.scope import Scope
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.whose import OfficeFigures
from backoffice.models import Figure

Shown = dict[str, Any]
DAYS, WEEK = timedelta(days=13), timedelta(days=7)
"""Fourteen days with today: this week and the same days a week ago."""
FLOWS = (Listed.DECLARED, Listed.APPROVED, Listed.REJECTED, Listed.WITHDRAWN, Listed.EXPIRED, Listed.FAILED)
SERIES = (Listed.APPROVED, Listed.REJECTED, Listed.EXPIRED)


class Links:
    """The addresses of the lists of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def now(self, what: Listed, number: int, *, label: str = "", office: OfficeFigures | None = None) -> Shown:
        """Return a number of how things are, with its list: the queue's tab where that counts the very same."""
        own = self._scope.is_own and office is None
        href = TABS[what] if own and what in TABS else Asked(what, date.min, date.min).href(self._code(office))
        return cell(number, href, label or NAMES[what])

    def during(
        self,
        what: Listed,
        number: int,
        since: date,
        until: date,
        *,
        label: str = "",
        office: OfficeFigures | None = None,
        **part: Any,
    ) -> Shown:
        """Return a number of what happened from `since` to `until`, with its list; `part` narrows it (Asked)."""
        return cell(number, Asked(what, since, until, **part).href(self._code(office)), label)

    def href(self, what: Listed, since: date, until: date) -> str:
        """Return the address of the list of what happened from `since` to `until`."""
        return Asked(what, since, until).href(self._scope.code)

    def _code(self, office: OfficeFigures | None) -> str:
        return office.code if office else self._scope.code


def cell(number: int, href: str, label: str) -> Shown:
    """Return a number; nothing has no list."""
    return {"text": in_words(number), "href": href if number else "", "label": label, "number": number}


def flows(figures: Figures, links: Links) -> list[Shown]:
    """Return what happened: today and a week ago, in seven days and in the seven before, and day by day."""
    return [flow(NAMES[what], figures, FIGURES[what], None, partial(links.href, what)) for what in FLOWS]


def flow(name: str, figures: Figures, figure: Figure, key: str | None, href: Callable[[date, date], str]) -> Shown:
    """Return one line of what happened; `href` is the address of the list of the days from one to another."""
    today = figures.today
    spans = (
        ("Hôm nay", today, today),
        (short_day(today - WEEK), today - WEEK, today - WEEK),
        ("7 ngày qua", today - WEEK + timedelta(days=1), today),
        ("7 ngày trước", today - DAYS, today - WEEK),
    )
    cells = [
        cell(figures.within(since, until).number(figure, key), href(since, until), label)
        for label, since, until in spans
    ]
    return {
        "label": name,
        "cells": cells,
        "change": change(cells[2]["number"], cells[3]["number"]),
        **line(name, [number for _, number in figures.by_day(figure, key)]),
    }


def line(name: str, numbers: Sequence[int | None], say: Callable[[int], str] = in_words) -> Shown:
    """Return the line of the last days (spark), and in its name each number of it as `say` puts it, – for none."""
    said = ", ".join(NOTHING if number is None else say(number) for number in numbers)
    return {"spark": charts.spark(numbers), "name": f"{name}, {len(numbers)} ngày qua: {said}"}


def results(figures: Figures, links: Links) -> Shown:
    """Return the chart of results day by day, the table beside it, and what is to be seen in a sentence."""
    days = [day for day, _ in figures.by_day(Figure.APPROVED)]
    series = [[number for _, number in figures.by_day(FIGURES[what])] for what in SERIES]
    lines = [
        {
            "day": short_day(day),
            "cells": [
                links.during(what, numbers[at], day, day, label=NAMES[what])
                for what, numbers in zip(SERIES, series, strict=True)
            ],
        }
        for at, day in enumerate(days)
    ]
    sums = [sum(numbers[at] for numbers in series) for at in range(len(days))]
    busiest = max(range(len(days)), key=lambda at: sums[at])
    desc = "Chưa có kết quả nào."
    if sums[busiest]:
        most = in_words(sums[busiest])
        desc = f"Nhiều nhất là {short_day(days[busiest])} với {most} tờ khai. Từng số ở bảng bên dưới."
    return {
        "series": [NAMES[what] for what in SERIES],
        "chart": charts.columns([f"{day:%d/%m}" for day in days], series),
        "chart_days": lines[::-1],
        "chart_desc": desc,
    }
