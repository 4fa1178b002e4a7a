"""Reports as Excel files: /dashboard/reports. A report is a token in the address, which alone opens nothing."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from backoffice.dashboards import report_actions as actions
from backoffice.gateways.sheets import XLSX
from backoffice.kernel.errors import Conflict, DomainError, InvalidInput, TooManyRequests
from backoffice.rules.permissions import Do
from backoffice.web import downloads
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit
from backoffice.web.refusals import faults_of, with_wait

pages = Blueprint("reports", __name__, url_prefix="/reports")

PAGE, HOME = "dashboards/reports.html", "/dashboard/reports"
_PREFILLED = ("span", "day", "office", "officers")
_REFUSALS = (InvalidInput, Conflict, TooManyRequests)


@pages.get("")
@permit(Do.SEE_DASHBOARD)
def reports_page() -> Response:
    """Show the form, filled with what the address gives (span, day, office, officers), and the officer's reports."""
    return _page({name: request.args[name] for name in _PREFILLED if name in request.args})


@pages.post("")
@permit(Do.SEE_DASHBOARD)
def ask() -> Response:
    """Ask for a report; a refusal is told on the page, with what was typed."""
    form = request.form.to_dict()
    try:
        actions.ask(me(), form)
    except _REFUSALS as refusal:
        return _page(form, refusal)
    return go(HOME)


@pages.get("/now")
@permit(Do.SEE_DASHBOARD)
def reports_now() -> Response:
    """Show the list alone, 204 while the page shows it already; asked every 2 s, keeps no session awake."""
    if not is_fragment():
        return go(HOME)
    shown = actions.show_list(me())
    if shown["state"] == request.args.get("state"):
        return make_response("", 204)
    return show(PAGE, block="reports_now", **shown)


@pages.post("/<report_token>/cancel")
@permit(Do.SEE_DASHBOARD)
def cancel(report_token: str) -> Response:
    """Stop a report; one that has ended stays as it is."""
    actions.cancel(me(), report_token)
    return _list()


@pages.post("/<report_token>/again")
@permit(Do.SEE_DASHBOARD)
def again(report_token: str) -> Response:
    """Ask for the same once more."""
    try:
        actions.again(me(), report_token)
    except _REFUSALS as refusal:
        return _page({}, refusal)
    return go(HOME)


@pages.get("/<report_token>/file.xlsx")
@permit(Do.SEE_DASHBOARD)
def download(report_token: str) -> Response:
    """Answer with the finished file."""
    try:
        file = actions.download(me(), report_token)
    except Conflict as refusal:
        return _page({}, refusal)
    return downloads.download(file.data, XLSX, file.name)


def _list() -> Response:
    if not is_fragment():
        return go(HOME)
    return show(PAGE, block="reports_now", **actions.show_list(me()))


def _page(typed: dict[str, str], refusal: DomainError | None = None) -> Response:
    """Show the page; after a refusal with what was `typed` and what is wrong with it."""
    values = actions.show(me(), typed) | {"faults": faults_of(refusal) if refusal else {}}
    if refusal is None:
        return show(PAGE, **values)
    return with_wait(show(PAGE, status=refusal.status, **values), refusal)
