"""Rates, times, and the parts of a whole: reasons, channels, messages; by day, and the week before. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from backoffice.dashboards import charts
from backoffice.dashboards.listed import CHANNELS, TOOK, WAYS, Listed, Took, took_of
from backoffice.dashboards.numbers import in_words, minutes, share
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.view import DAYS, WEEK, Links, line
from backoffice.models import Figure
from backoffice.rules.figures import LONGER, UNKNOWN
from backoffice.rules.reasons import WORDING, Reason, reason_of

Shown = dict[str, Any]
_T = TypeVar("_T")
Numbers = Mapping[str, int]
QUICK = 10
"""Minutes: so long nobody minds waiting at a counter."""


def two_weeks(figures: Figures) -> tuple[Figures, Figures]:
    """Return the seven days with today, and the seven before them."""
    today = figures.today
    return figures.within(today - WEEK + timedelta(days=1), today), figures.within(today - DAYS, today - WEEK)


def times(figures: Figures, links: Links) -> Shown:
    """Return how long it took from the arrival at the desk to the decision, by classes."""
    week, before = two_weeks(figures)
    return {
        "median": minutes(median_of(week)),
        "median_before": minutes(median_of(before)),
        "median_line": median_line(figures),
        "quick": _quick(week),
        "quick_before": _quick(before),
        "classes": parts(
            figures,
            _by_class,
            {one.value: TOOK[one] for one in Took},
            lambda key, number: links.during(Listed.DECIDED, number, week.since, week.until, took=Took(key)),
            in_order=True,
        ),
    }


def median_of(figures: Figures) -> int | None:
    """Return the median time at the desk in whole minutes; None when nothing was decided."""
    found = figures.median_minutes
    return None if found is None else round(found)


def median_line(figures: Figures) -> Shown:
    """Return the line of the median, day by day; broken where nothing was decided."""
    return line("Một nửa số hồ sơ xong trong", _daily(figures, median_of), minutes)


def approval(figures: Figures, links: Links) -> Shown:
    """Return the rate of approvals, and how many were rejected."""
    week, before = two_weeks(figures)
    return {
        "rate": share(week.approved, week.decided),
        "before": share(before.approved, before.decided),
        "line": rate_line(figures),
        "rejected": links.during(Listed.REJECTED, week.rejected, week.since, week.until),
    }


def rate_line(figures: Figures) -> Shown:
    """Return the line of the rate of approvals, day by day; broken where nothing was decided."""
    return line("Tỷ lệ duyệt", _daily(figures, _rate), "{} %".format)


def reasons(figures: Figures, links: Links) -> list[Shown]:
    """Return why declarations were rejected; their sum may be more than the rejected, for one may have several."""
    week, _ = two_weeks(figures)
    return parts(
        figures,
        _by_reason,
        {reason.value: WORDING[reason].screen for reason in Reason},
        lambda key, number: links.during(Listed.REJECTED, number, week.since, week.until, reason=Reason(key)),
        of=week.rejected,
    )


def channels(figures: Figures, links: Links) -> list[Shown]:
    """Return how declarations came in."""
    week, _ = two_weeks(figures)
    return parts(
        figures,
        lambda of: of.channels,
        CHANNELS,
        lambda key, number: links.during(Listed.DECLARED, number, week.since, week.until, key=key),
    )


def failed(figures: Figures, links: Links) -> list[Shown]:
    """Return which messages did not go."""
    week, _ = two_weeks(figures)
    return parts(
        figures,
        lambda of: of.by_key(Figure.NOTICE_FAILED),
        WAYS,
        lambda key, number: links.during(Listed.FAILED, number, week.since, week.until, key=key),
    )


def parts(
    figures: Figures,
    read: Callable[[Figures], Numbers],
    names: Mapping[str, str],
    linked: Callable[[str, int], Shown],
    *,
    of: int | None = None,
    in_order: bool = False,
) -> list[Shown]:
    """Return the parts of a whole in seven days, as `read` finds them in figures; `of`: the whole, if not their sum.

    The greatest first, or in the order of `names`; nothing when all are nothing.
    """
    week, before = (read(one) for one in two_weeks(figures))
    known = {key: number for key, number in week.items() if number > 0}
    keys = [key for key in names if key in known] if in_order else sorted(known, key=lambda key: (-known[key], key))
    whole, most = (of if of is not None else sum(known.values())), max(known.values(), default=0)
    by_day = _daily(figures, read)
    return [
        linked(key, known[key])
        | {
            "label": names.get(key, key),
            "share": share(known[key], whole),
            "length": charts.bar(known[key], most),
            "before": in_words(before.get(key, 0)),
            "line": line(names.get(key, key), [day.get(key, 0) for day in by_day]),
        }
        for key in keys
    ]


def _daily(figures: Figures, read: Callable[[Figures], _T]) -> list[_T]:
    return [read(figures.within(day, day)) for day in figures.days]


def _rate(figures: Figures) -> int | None:
    rate = figures.approval_rate
    return None if rate is None else round(100 * rate)


def _quick(figures: Figures) -> str:
    classes = figures.classes
    timed = sum(number for key, number in classes.items() if key != UNKNOWN)
    return share(sum(n for key, n in classes.items() if key not in (UNKNOWN, LONGER) and int(key) <= QUICK), timed)


def _by_class(figures: Figures) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, number in figures.classes.items():
        took = took_of(key).value
        found[took] = found.get(took, 0) + number
    return found


def _by_reason(figures: Figures) -> dict[str, int]:
    """Return how many by reason, whichever photos are meant."""
    found: dict[str, int] = {}
    for code, number in figures.reasons.items():
        reason = reason_of(code).value
        found[reason] = found.get(reason, 0) + number
    return found
