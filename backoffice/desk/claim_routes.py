"""Addresses of having a declaration in hand: taken, kept, given back, handed over, watched; of a press gone astray."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, request

from backoffice.decision import actions as decide
from backoffice.decision import handover as handing
from backoffice.decision.settled import Done, NotDone, settled, settled_account
from backoffice.desk.answers import changed, number_of, of_an_open_page, receipt_of
from backoffice.desk.claim_view import claim_now
from backoffice.desk.settled import sentence
from backoffice.kernel.errors import InvalidInput, NotFound
from backoffice.rules.permissions import Do
from backoffice.web.fragments import go, is_fragment, show
from backoffice.web.guard import me, permit
from backoffice.web.presses import is_name

pages = Blueprint("claims", __name__, url_prefix="/desk")


@pages.post("/<receipt_code>/claim")
@permit(Do.CLAIM)
def claim(receipt_code: str) -> Response:
    """Take the declaration in hand."""
    decide.claim(receipt_of(receipt_code), me())
    return changed(receipt_code)


@pages.post("/<receipt_code>/release")
@permit(Do.RELEASE)
def release(receipt_code: str) -> Response:
    """Give the declaration back."""
    decide.release(receipt_of(receipt_code), me())
    return changed(receipt_code)


@pages.post("/<receipt_code>/leave")
@permit(Do.RELEASE)
def leave(receipt_code: str) -> Response:
    """Note that the page was left: the claim runs out in 15 seconds unless the page comes back."""
    decide.leave(receipt_of(receipt_code), me())
    return make_response("", 204)


@pages.post("/<receipt_code>/heartbeat")
@permit(Do.CLAIM)
def heartbeat(receipt_code: str) -> Response:
    """Prolong my claim after real input; shows at once when it was lost."""
    code = receipt_of(receipt_code)
    with of_an_open_page():
        decide.prolong(code, me())
    return _whose(code, request.form.get("seen", ""))


@pages.get("/<receipt_code>/claim-state")
@permit(Do.REVIEW)
def claim_state(receipt_code: str) -> Response:
    """Show whose the declaration is when that is not what the page has `seen`; else 204. Keeps nothing alive."""
    return _whose(receipt_of(receipt_code), request.args.get("seen", ""), lost="lost" in request.args)


@pages.get("/<receipt_code>/work")
@permit(Do.REVIEW)
def work(receipt_code: str) -> Response:
    """Show the parts of an open page that change with an act, after somebody else's."""
    return changed(receipt_code)


@pages.get("/<receipt_code>/handover")
@permit(Do.HANDOVER)
def colleagues(receipt_code: str) -> Response:
    """Show to whom the declaration can be handed over now."""
    return _colleagues(receipt_of(receipt_code))


@pages.post("/<receipt_code>/handover")
@permit(Do.HANDOVER)
def hand_over(receipt_code: str) -> Response:
    """Hand the declaration over to the colleague `officer`."""
    code, chosen = receipt_of(receipt_code), request.form.get("officer", "")
    try:
        handing.hand_over(code, me(), chosen)
    except InvalidInput as fault:
        return _colleagues(code, chosen, fault)
    return changed(receipt_code)


@pages.get("/<receipt_code>/settled")
@permit(Do.REVIEW)
def what_became(receipt_code: str) -> Response:
    """Tell what became of the press of that name: the header X-Settled says done or undone, the banner when.

    Of one that was done the page is to be loaded anew; the sentence waits there.
    """
    code = receipt_of(receipt_code)
    return _told(settled(code, me(), _press()), f"/desk/{code}")


@pages.get("/accounts/<account_id>/settled")
@permit(Do.SEE_ACCOUNT)
def what_became_of_account(account_id: str) -> Response:
    """Tell the same of a press on an account's page."""
    number = number_of(account_id)
    return _told(settled_account(number, me(), _press()), f"/desk/accounts/{number}")


def _press() -> str:
    press = request.args.get("press", "")
    if not is_name(press):
        raise NotFound
    return press


def _told(result: Done | NotDone, page: str) -> Response:
    if isinstance(result, Done):
        flash(sentence(result), "good")
        response = make_response("", 200) if is_fragment() else go(page)
    else:
        response = show("desk/settled.html", block="told", text=sentence(result), back=page)
    response.headers["X-Settled"] = "done" if isinstance(result, Done) else "undone"
    return response


def _whose(code: str, seen: str, *, lost: bool = False) -> Response:
    if not is_fragment():
        return go(f"/desk/{code}")
    with of_an_open_page():
        now = claim_now(code, me(), seen, lost=lost)
    if now is None:
        return make_response("", 204)
    return show("desk/_claim.html", block="holder", also=("told_of",), **now)


def _colleagues(code: str, chosen: str = "", fault: InvalidInput | None = None) -> Response:
    response = show(
        "desk/handover.html",
        block="colleagues",
        status=fault.status if fault else 200,
        receipt_code=code,
        colleagues=handing.colleagues_for(code, me()),
        chosen=chosen,
        fault=fault.faults[0].message if fault else "",
    )
    response.headers["HX-Retarget"] = "#colleagues"
    return response
