"""The addresses of the figures and of the lists they count. Offices, days and codes stand in them, no citizen."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from backoffice.dashboards import asked, boards, calls, lists, mine
from backoffice.dashboards.listed import Listed
from backoffice.dashboards.report_routes import pages as report_pages
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit

pages = Blueprint("dashboards", __name__, url_prefix="/dashboard")
pages.register_blueprint(report_pages)
LONGEST = 20
"""Characters of an office's code that are looked at."""
BOARD, LIST, CALLS = "dashboards/dashboard.html", "dashboards/list.html", "dashboards/calls.html"


@pages.get("")
@permit(Do.SEE_DASHBOARD)
def dashboard_page() -> Response:
    """Show the figures of an office with all under it, the own one unless `office` names another."""
    return show(BOARD, **boards.show_dashboard(me(), _office()))


@pages.get("/live")
@permit(Do.SEE_DASHBOARD)
def live() -> Response:
    """Show the figures alone; asked for once a minute by a page that is seen, keeps no session awake."""
    if not is_fragment():
        return go(f"/dashboard?{urlencode({'office': _office()[:LONGEST]})}")
    return show(BOARD, block="figures", **boards.show_live(me(), _office()))


@pages.get("/officers")
@permit(Do.SEE_DASHBOARD)
def officers_page() -> Response:
    """Show what each officer of one office decided."""
    return show("dashboards/officers.html", **boards.show_officers(me(), _office()))


@pages.get("/hotline")
@permit(Do.SEE_DASHBOARD)
def hotline_page() -> Response:
    """Show the figures of the hotline to the root's supervisors."""
    return show("dashboards/hotline.html", **calls.show_hotline(me()))


@pages.get("/hotline/calls")
@permit(Do.SEE_DASHBOARD)
def calls_page() -> Response:
    """List the calls that a figure of the hotline counts."""
    return show(CALLS, block="rows", **calls.show_calls(me(), calls.read(request.args), _before()))


@pages.get("/me")
@permit(Do.SEE_OWN_FIGURES)
def own_page() -> Response:
    """Show an officer's own figures to that officer."""
    return show("dashboards/mine.html", **mine.show_own(me()))


@pages.get("/me/calls")
@permit(Do.SEE_OWN_FIGURES)
def own_calls() -> Response:
    """List the officer's own calls."""
    return show(CALLS, block="rows", **calls.show_calls(me(), calls.read(request.args), _before(), mine=True))


def _office() -> str:
    return request.args.get("office", "")


def _before() -> str:
    return request.args.get("before", "")


def _after() -> str:
    return request.args.get("after", "")


def _list_of(what: Listed) -> Callable[[], Response]:
    """Return the page of one list: a list is a page of its own, not a word in an address."""

    @permit(Do.SEE_DASHBOARD)
    def list_page() -> Response:
        wanted = asked.read(what, request.args)
        shown = lists.show_list(wanted, _office(), me(), _after())
        more = wanted.href(shown["scope"].code, shown["after"]) if shown["after"] else None
        return show(LIST, block="rows", more_href=more, **shown)

    return list_page


def _own_list_of(what: Listed) -> Callable[[], Response]:
    @permit(Do.REVIEW)  # what is listed can be opened: the hotline has figures of its own, and no declarations
    def own_list() -> Response:
        wanted = asked.read(what, request.args)
        shown = lists.show_own_list(wanted, me(), _after())
        more = mine.href(what, wanted.since, wanted.until, shown["after"]) if shown["after"] else None
        return show(LIST, block="rows", more_href=more, **shown)

    return own_list


for _what in Listed:
    pages.add_url_rule(f"/list/{_what}", f"list_{_what}", _list_of(_what), methods=["GET"])
for _what in mine.LISTS:
    pages.add_url_rule(f"/me/{_what}", f"own_{_what}", _own_list_of(_what), methods=["GET"])
