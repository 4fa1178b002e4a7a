"""The dashboard of a country, a province or an office, all of it by one statement; nothing on it names a citizen."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.dashboards import calls, rosters, shares, standing, view
from backoffice.dashboards.asked import Asked
from backoffice.dashboards.figures import board, by_officer
from backoffice.dashboards.listed import TABS, Listed
from backoffice.dashboards.numbers import share, short_day
from backoffice.dashboards.out_of_line import OfOffice, Sentence, Situation, Topic, Week, crowded_office, sentences
from backoffice.dashboards.scope import Scope, above, scope_of, sees_hotline, sought_code
from backoffice.dashboards.tallies import Figures
from backoffice.dashboards.view import DAYS, WEEK, Links
from backoffice.dashboards.whose import Board
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import is_working_day
from backoffice.rules.permissions import Do, require

Values = dict[str, Any]


@clock.held()
def show_dashboard(officer: Actor, code: str) -> Values:
    """Return what templates/dashboards/dashboard.html shows of the office with this code, the own one for "".

    Raises NotFound for an office out of scope.
    """
    with transaction() as session:
        found, scope = _board(session, code, officer)
        up = above(session, scope, officer)
    return {
        "scope": scope,
        "above": up,
        "sees_hotline": sees_hotline(officer),
        "figures": _shown(found, scope, officer),
    }


@clock.held()
def show_live(officer: Actor, code: str) -> Values:
    """Return the figures alone, for the page that asks every minute: one statement, whichever office it is."""
    with transaction() as session:
        found, scope = _board(session, code, officer)
    return {"scope": scope, "figures": _shown(found, scope, officer)}


@clock.held()
def show_officers(officer: Actor, code: str) -> Values:
    """Return what each officer of one office did today, in seven days and in those before; NotFound out of scope.

    Of that very office alone, also where others are under it: nobody's figures are among those of a branch.
    """
    today = clock.today()
    named = (
        ("Hôm nay", today, today),
        ("7 ngày qua", today - WEEK + timedelta(days=1), today),
        ("7 ngày trước đó", today - DAYS, today - WEEK),
    )
    with transaction() as session:
        scope = scope_of(session, code, officer)
        spans = [
            (words, rosters.officers(by_officer(session, scope.office_id, since, until), since, until, Links(scope)))
            for words, since, until in named
        ]
    return {"scope": scope, "spans": spans, "columns": rosters.OFFICER_COLUMNS}


def situation(figures: Figures, hotline: Figures) -> Situation:
    """Return what the rules of out_of_line look at, of fourteen days with today."""
    today = figures.today
    monday = today - timedelta(days=today.weekday())
    return Situation(
        escalated=figures.escalated,
        due_today=figures.due_today,
        presented=figures.presented,
        per_day=_per_day(figures),
        expired=figures.within(monday, today).expired,
        expired_before=figures.within(monday - WEEK, today - WEEK).expired,
        week=_week(shares.two_weeks(figures)[0], shares.two_weeks(hotline)[0]),
        before=_week(shares.two_weeks(figures)[1], shares.two_weeks(hotline)[1]),
    )


def _board(session: Session, code: str, officer: Actor) -> tuple[Board, Scope]:
    require(officer, Do.SEE_DASHBOARD)
    today, sought = clock.today(), sought_code(code, officer)
    with_hotline = sought == officer.office_code and sees_hotline(officer)
    found = board(session, officer, sought, today - DAYS, today, hotline=with_hotline)
    here = found.office
    return found, Scope(here.office_id, here.code, here.name, here.path, here.office_id == officer.office_id)


def _shown(found: Board, scope: Scope, officer: Actor) -> Values:
    figures, links = found.figures, Links(scope)
    today = figures.today
    is_one = not found.below
    return {
        "href": f"/dashboard/live?office={scope.code}",
        "as_of": f"{clock.local(clock.now()):%H:%M}",
        "today": short_day(today),
        "label": _label(scope, is_one),
        "sentences": _sentences(found, scope),
        "tiles": standing.tiles(figures, links),
        "mornings": standing.mornings(figures),
        "flows": view.flows(figures, links),
        "times": shares.times(figures, links),
        "approval": shares.approval(figures, links),
        "reasons": shares.reasons(figures, links),
        "channels": shares.channels(figures, links),
        "failed": shares.failed(figures, links),
        "hotline": _hotline(found.hotline) if scope.is_own and sees_hotline(officer) else None,
        "officers": rosters.todays_officers(found, links) if is_one else None,
        "officer_columns": rosters.TODAYS_COLUMNS,
        "offices": None if is_one else rosters.offices(found.below, links),
        "office_columns": rosters.OFFICE_COLUMNS,
        **view.results(figures, links),
    }


def _label(scope: Scope, is_one: bool) -> str:
    if scope.is_root:
        return "Cả nước"
    return "Một cơ quan" if is_one else "Cơ quan này và các đơn vị trực thuộc"


def _sentences(found: Board, scope: Scope) -> list[Values]:
    those = sentences(situation(found.figures, found.hotline))
    crowded = crowded_office([OfOffice(one.code, one.name, one.figures.due_today) for one in found.below])
    told = [one for one in (*those, crowded) if one is not None]
    told.sort(key=lambda one: not one.is_urgent)
    return [_sentence(one, scope) for one in told]


_LISTS: dict[Topic, tuple[Listed, str]] = {
    Topic.ESCALATED: (Listed.ESCALATED, "Xem hồ sơ báo lãnh đạo"),
    Topic.DUE_TODAY: (Listed.DUE_TODAY, "Xem hồ sơ hạn hôm nay"),
    Topic.BACKLOG: (Listed.PRESENTED, "Xem hồ sơ đã nộp"),
}
_PLACES: dict[Topic, tuple[str, str]] = {
    Topic.REJECTED: ("#reasons_title", "Xem lý do"),
    Topic.EXPIRED: ("#flows_title", "Xem số liệu"),
    Topic.FAILED: ("/notices", "Xem tin chưa đến"),
    Topic.SLOWER: ("#times_title", "Xem thời gian"),
    Topic.MISSES: ("/dashboard/hotline", "Xem tổng đài"),
}


def _sentence(one: Sentence, scope: Scope) -> Values:
    if one.topic is Topic.OFFICE:
        href, label = f"/dashboard?office={one.office_code}", "Xem đơn vị này"
    elif one.topic in _PLACES:
        href, label = _PLACES[one.topic]
    else:
        what, label = _LISTS[one.topic]
        href = TABS[what] if scope.is_own else Asked(what, date.min, date.min).href(scope.code)
    return {"text": one.text, "is_urgent": one.is_urgent, "href": href, "label": label}


def _per_day(figures: Figures) -> float:
    """Return how many were decided on a working day on average before today."""
    past = figures.within(figures.since, figures.today - timedelta(days=1))
    working = sum(is_working_day(past.since + timedelta(days=n)) for n in range((past.until - past.since).days + 1))
    return past.decided / working if working else 0


def _week(figures: Figures, hotline: Figures) -> Week:
    return Week(
        approved=figures.approved,
        rejected=figures.rejected,
        failed=figures.notices_failed,
        median_minutes=shares.median_of(figures),
        calls=hotline.calls,
        misses=hotline.calls_missed,
    )


def _hotline(figures: Figures) -> Values:
    today = figures.within(figures.today, figures.today)
    return {
        "flows": calls.flows(figures, calls.ALL),
        "share": share(today.calls_missed, today.calls) if today.calls else "",
    }
