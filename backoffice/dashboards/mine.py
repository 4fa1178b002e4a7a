"""An officer's own figures, for that officer alone (fairness): what I decided, how long it took, my calls."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from backoffice.dashboards import calls, shares, view
from backoffice.dashboards.figures import own
from backoffice.dashboards.listed import FIGURES, NAMES, Listed
from backoffice.dashboards.numbers import minutes, share, short_day
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.view import DAYS
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import HOTLINE, Do, may, require

Values = dict[str, Any]
LISTS = (Listed.APPROVED, Listed.REJECTED)


@clock.held()
def show_own(officer: Actor) -> Values:
    """Return what templates/dashboards/mine.html shows: the last fourteen days of the officer's own work, anywhere."""
    require(officer, Do.SEE_OWN_FIGURES)
    today = clock.today()
    with transaction() as session:
        figures = own(session, officer.id or 0, today - DAYS, today)
    at_desk = may(officer, Do.REVIEW)
    return {
        "today": short_day(today),
        "as_of": f"{clock.local(clock.now()):%H:%M}",
        "flows": [_flow(figures, what) for what in LISTS] if at_desk else [],
        "measures": _measures(figures) if at_desk else [],
        "calls": calls.flows(figures, calls.MINE) if may(officer, Do.USE_HOTLINE, HOTLINE) else [],
    }


def href(what: Listed, since: date, until: date, after: str | None = None) -> str:
    """Return the address of a list of the officer's own."""
    given = {"since": since.isoformat(), "until": until.isoformat()} | ({"after": after} if after else {})
    return f"/dashboard/me/{what}?{urlencode(given)}"


def _flow(figures: Figures, what: Listed) -> Values:
    return view.flow(NAMES[what], figures, FIGURES[what], None, partial(href, what))


def _measures(figures: Figures) -> list[Values]:
    week, before = shares.two_weeks(figures)
    return [
        {
            "label": "Tỷ lệ duyệt, 7 ngày qua",
            "text": share(week.approved, week.decided),
            "before": share(before.approved, before.decided),
            "line": shares.rate_line(figures),
        },
        {
            "label": "Từ khi nộp đến khi có kết quả, một nửa xong trong",
            "text": minutes(shares.median_of(week)),
            "before": minutes(shares.median_of(before)),
            "line": shares.median_line(figures),
        },
    ]
