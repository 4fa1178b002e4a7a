"""Addresses of people's requests. Nothing in them names anybody: a request has a number of its own."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request

from backoffice.desk.answers import number_of
from backoffice.kernel import clock
from backoffice.kernel.errors import DomainError, InvalidInput, NotFound
from backoffice.rights import actions
from backoffice.rights.actions import Form
from backoffice.rights.forms import LONGEST_NUMBER
from backoffice.rights.words import ASKERS
from backoffice.rules.permissions import Do
from backoffice.web.downloads import download
from backoffice.web.fragments import go, show
from backoffice.web.guard import me, permit

pages = Blueprint("rights", __name__, url_prefix="/rights")
_TYPES = {Form.PDF: "application/pdf", Form.JSON: "application/json"}


@pages.get("")
@permit(Do.ANSWER_PERSON)
def requests_page() -> Response:
    """List the requests, beside the form for a new one."""
    return _list()


@pages.post("")
@permit(Do.ANSWER_PERSON)
def register() -> Response:
    """Enter a request; what was typed comes back with its faults."""
    try:
        request_id = actions.register(me(), request.form)
    except (InvalidInput, NotFound) as fault:
        return _list(fault)
    return go(f"/rights/{request_id}")


@pages.get("/<request_id>")
@permit(Do.ANSWER_PERSON)
def request_page(request_id: str) -> Response:
    """Show a request."""
    return _page(number_of(request_id))


@pages.post("/<request_id>/pdf")
@permit(Do.ANSWER_PERSON)
def pdf(request_id: str) -> Response:
    """Answer with the document."""
    return _file(request_id, Form.PDF)


@pages.post("/<request_id>/json")
@permit(Do.ANSWER_PERSON)
def data(request_id: str) -> Response:
    """Answer with the data."""
    return _file(request_id, Form.JSON)


@pages.post("/<request_id>/answered")
@permit(Do.ANSWER_PERSON)
def answered(request_id: str) -> Response:
    """Note that the answer was handed over."""
    number = number_of(request_id)
    try:
        actions.answer(me(), number)
    except DomainError as fault:
        return _refused(number, fault)
    flash("Đã ghi là đã trả lời. Thông tin về người yêu cầu không còn được giữ ở yêu cầu này.", "good")
    return go(f"/rights/{number}")


@pages.post("/<request_id>/withdraw")
@permit(Do.ANSWER_PERSON)
def withdraw(request_id: str) -> Response:
    """Close a request without an answer."""
    number = number_of(request_id)
    try:
        actions.withdraw(me(), number, request.form.get("why", ""))
    except DomainError as fault:
        return _refused(number, fault)
    flash("Đã đóng yêu cầu.", "good")
    return go(f"/rights/{number}")


def _file(request_id: str, form: Form) -> Response:
    number = number_of(request_id)
    try:
        made = actions.make(me(), number, form)
    except DomainError as fault:
        return _refused(number, fault)
    return download(made, _TYPES[form], f"du-lieu-ca-nhan-{number}.{form}")


def _refused(number: int, fault: DomainError) -> Response:
    """Show the request with why nothing was done; one that is not there is not shown."""
    if isinstance(fault, NotFound):
        raise fault
    return _page(number, fault)


def _page(number: int, fault: DomainError | None = None) -> Response:
    shown = actions.show_request(me(), number)
    return show(
        "rights/request.html", status=fault.status if fault else 200, message=fault.message if fault else "", **shown
    )


def _list(fault: InvalidInput | NotFound | None = None) -> Response:
    faults = {one.field: one.message for one in fault.faults} if isinstance(fault, InvalidInput) else {}
    typed = request.form.to_dict() if fault else {"received_on": clock.today().isoformat(), "asker": "self"}
    return show(
        "rights/requests.html",
        status=fault.status if fault else 200,
        typed=typed,
        faults=faults,
        nothing=fault.message if isinstance(fault, NotFound) else "",
        askers={one.value: words for one, words in ASKERS.items()},
        longest_number=LONGEST_NUMBER,
        today=clock.today().isoformat(),
        **actions.show_requests(me()),
    )
