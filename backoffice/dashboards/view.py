"""What the pages show of the figures read: numbers as texts, each with the address of the list it counts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from backoffice.dashboards import charts
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.listed import CHANNELS, FIGURES, NAMES, TABS, TOOK, WAYS, Listed, Took, took_of
from backoffice.dashboards.numbers import change, in_words, minutes, share, short_day
from backoffice.dashboards.scope import Scope
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.whose import OfficeFigures
from backoffice.models import Figure
from backoffice.rules.figures import LONGER, UNKNOWN
from backoffice.rules.reasons import WORDING, Reason, reason_of

Shown = dict[str, Any]
DAYS, WEEK = timedelta(days=13), timedelta(days=7)
"""Fourteen days with today: this week and the same days a week ago."""
QUICK = 10
"""Minutes: so long nobody minds waiting at a counter."""
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


def tiles(figures: Figures, links: Links) -> list[Shown]:
    """Return how things are now, and what expired since Monday."""
    today = figures.today
    monday = today - timedelta(days=today.weekday())
    now = {
        Listed.DUE_TODAY: (figures.due_today, ""),
        Listed.DUE_SOON: (figures.due_in_3_days, "kể cả hôm nay"),
        Listed.WAITING: (figures.waiting, "còn trong hạn"),
        Listed.PRESENTED: (figures.presented, ""),
        Listed.SUPPLEMENT: (figures.supplement, ""),
        Listed.ESCALATED: (figures.escalated, "chờ lãnh đạo quyết định" if figures.escalated else ""),
    }
    expired = figures.within(monday, today).expired
    before = figures.within(monday - WEEK, today - WEEK).expired
    lapsed = links.during(Listed.EXPIRED, expired, monday, today, label="Quá hạn, đã xóa từ thứ Hai")
    return [
        *(links.now(what, number) | {"more": more} for what, (number, more) in now.items()),
        lapsed | {"more": f"cùng kỳ tuần trước {in_words(before)}"},
    ]


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
    numbers = [number for _, number in figures.by_day(figure, key)]
    return {
        "label": name,
        "cells": cells,
        "change": change(cells[2]["number"], cells[3]["number"]),
        "spark": charts.spark(numbers),
        "name": f"{name}, 14 ngày qua: {', '.join(map(in_words, numbers))}",
    }


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


def times(week: Figures, before: Figures, links: Links) -> Shown:
    """Return how long it took from the arrival at the desk to the decision, by classes."""
    return {
        "median": minutes(median_of(week)),
        "median_before": minutes(median_of(before)),
        "quick": _quick(week),
        "quick_before": _quick(before),
        "classes": parts(
            _by_class(week),
            _by_class(before),
            {one.value: TOOK[one] for one in Took},
            lambda key, number: links.during(Listed.DECIDED, number, week.since, week.until, took=Took(key)),
            in_order=True,
        ),
    }


def median_of(figures: Figures) -> int | None:
    """Return the median time at the desk in whole minutes; None when nothing was decided."""
    found = figures.median_minutes
    return None if found is None else round(found)


def approval(week: Figures, before: Figures, links: Links) -> Shown:
    """Return the rate of approvals, and how many were rejected."""
    return {
        "rate": share(week.approved, week.decided),
        "before": share(before.approved, before.decided),
        "rejected": links.during(Listed.REJECTED, week.rejected, week.since, week.until),
    }


def reasons(week: Figures, before: Figures, links: Links) -> list[Shown]:
    """Return why declarations were rejected; their sum may be more than the rejected, for one may have several."""
    return parts(
        _by_reason(week),
        _by_reason(before),
        {reason.value: WORDING[reason].screen for reason in Reason},
        lambda key, number: links.during(Listed.REJECTED, number, week.since, week.until, reason=Reason(key)),
        of=week.rejected,
    )


def channels(week: Figures, before: Figures, links: Links) -> list[Shown]:
    """Return how declarations came in."""
    return parts(
        week.channels,
        before.channels,
        CHANNELS,
        lambda key, number: links.during(Listed.DECLARED, number, week.since, week.until, key=key),
    )


def failed(week: Figures, before: Figures, links: Links) -> list[Shown]:
    """Return which messages did not go."""
    return parts(
        week.by_key(Figure.NOTICE_FAILED),
        before.by_key(Figure.NOTICE_FAILED),
        WAYS,
        lambda key, number: links.during(Listed.FAILED, number, week.since, week.until, key=key),
    )


def parts(
    numbers: Mapping[str, int],
    before: Mapping[str, int],
    names: Mapping[str, str],
    linked: Callable[[str, int], Shown],
    *,
    of: int | None = None,
    in_order: bool = False,
) -> list[Shown]:
    """Return the parts of a whole: the greatest first, or in the order of `names`; nothing when all are nothing."""
    known = {key: number for key, number in numbers.items() if number > 0}
    keys = [key for key in names if key in known] if in_order else sorted(known, key=lambda key: (-known[key], key))
    whole, most = (of if of is not None else sum(known.values())), max(known.values(), default=0)
    return [
        linked(key, known[key])
        | {
            "label": names.get(key, key),
            "share": share(known[key], whole),
            "length": charts.bar(known[key], most),
            "before": in_words(before.get(key, 0)),
        }
        for key in keys
    ]


def _quick(figures: Figures) -> str:
    classes = _keys(figures)
    timed = sum(number for key, number in classes.items() if key != UNKNOWN)
    return share(sum(n for key, n in classes.items() if key not in (UNKNOWN, LONGER) and int(key) <= QUICK), timed)


def _by_class(figures: Figures) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, number in _keys(figures).items():
        took = took_of(key).value
        found[took] = found.get(took, 0) + number
    return found


def _keys(figures: Figures) -> dict[str, int]:
    approved, rejected = figures.by_key(Figure.APPROVED), figures.by_key(Figure.REJECTED)
    return {key: approved.get(key, 0) + rejected.get(key, 0) for key in approved.keys() | rejected.keys()}


def _by_reason(figures: Figures) -> dict[str, int]:
    """Return how many by reason, whichever photos are meant."""
    found: dict[str, int] = {}
    for code, number in figures.reasons.items():
        reason = reason_of(code).value
        found[reason] = found.get(reason, 0) + number
    return found
