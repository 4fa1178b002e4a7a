"""Where a declaration stands, and withdrawing or correcting it before the visit: /declare/status (issue 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from backoffice.intake import drafts, own, prefill, standing
from backoffice.intake.standing import ProofOver, Standing
from backoffice.kernel import rates
from backoffice.kernel.errors import DomainError
from backoffice.models import Status
from backoffice.offices import public as offices
from backoffice.portal import declare_room, status_room
from backoffice.portal.declare_steps import FORMS
from backoffice.portal.status_room import STATUS, give, lead, proof, refused, room, take
from backoffice.portal.status_words import PURPOSES, words_of
from backoffice.rules import consent
from backoffice.rules.reasons import Reason
from backoffice.web.fragments import show
from backoffice.web.guard import public

pages = room("declare_status", __name__)

Begin = Callable[[str, str], str]
"""Begins a draft from the end of the paper's number, asked from an address; returns its token."""
LOOKS_A_MINUTE = 120
"""From one address: each is a row of the trail."""
NO_CONSENT = "Cần đánh dấu đồng ý thì mới khai lại được."


@pages.get("/status")
@public
def status_page() -> Response:
    """Show where the declaration stands that this browser was let in to, else ask for which."""
    rates.count("declare_status", request.remote_addr or "", LOOKS_A_MINUTE, 60)
    if not proof():
        return show("portal/status/ask.html", receipt_code="", faults={})
    return shown("standing")


@pages.post("/status")
@public
def ask() -> Response:
    """Let in whoever knows the receipt code and the end of the phone declared."""
    typed = request.form.get("receipt_code", "")[:100]
    try:
        found = standing.prove(typed, request.form.get("digits", ""), request.remote_addr or "")
    except DomainError as refusal:
        return refused("ask", refusal, receipt_code=typed)
    return give(lead(), found)


@pages.post("/status/leave")
@public
def leave() -> Response:
    """Forget which declaration was shown; another may be asked for."""
    response = take(lead())
    response.headers["Clear-Site-Data"] = '"cache"'  # and the pages that Back would show without asking
    return response


@pages.get("/status/withdraw")
@public
def withdraw_page() -> Response:
    """Say what withdrawing means, and ask once more."""
    return shown("withdraw", unless=lambda one: not may_change(one))


@pages.post("/status/withdraw")
@public
def withdraw() -> Response:
    """Withdraw the declaration for whoever knows the end of the declared paper's number; pressed again it has been.

    With a mistyped phone the receipt code is a stranger's, who shall undo nothing of another's (D6).
    """
    declaration_id = status_room.declaration_id()
    try:
        prefill.require_paper(declaration_id, request.form.get("paper", ""), request.remote_addr or "")
        own.withdraw(declaration_id)
    except ProofOver:
        raise
    except DomainError as refusal:
        if refusal.code != "already_withdrawn":
            return refused_here("withdraw", refusal)
    return lead()


@pages.get("/status/correct")
@public
def correct_page() -> Response:
    """Ask for the end of the declared paper's number: what was declared is shown from here on."""
    return shown("correct", unless=lambda one: one.rests_on_account or not may_change(one))


@pages.post("/status/correct")
@public
def correct() -> Response:
    """Open the form with what was declared."""
    return _open("correct", lambda paper, address: prefill.correct(status_room.declaration_id(), paper, address))


@pages.get("/status/again")
@public
def again_page() -> Response:
    """Offer to declare anew with what was right of a refused declaration."""
    return shown("again", unless=lambda one: one.rests_on_account or not may_redeclare(one), consent=consent_wording())


@pages.post("/status/again")
@public
def again() -> Response:
    """Open the form with what was right, once the consent is given (D13)."""
    if request.form.get("consent") != "1":
        return shown("again", 422, faults={"consent": NO_CONSENT}, consent=consent_wording())
    return _open(
        "again",
        lambda paper, address: prefill.again(status_room.declaration_id(), paper, address),
        consent=consent_wording(),
    )


def may_change(one: Standing) -> bool:
    """Tell whether it is before the visit still, so that it may be withdrawn."""
    return one.status is Status.SUBMITTED and not one.is_presented and not one.supplement


def may_redeclare(one: Standing) -> bool:
    """Tell whether the form may be opened with what was right of it; of a stranger's phone nothing is (D6)."""
    return one.status is Status.REJECTED and (one.rests_on_account or Reason.PHONE_NOT_OWN not in one.reason_codes)


def _open(template: str, begin: Begin, **values: Any) -> Response:
    try:
        token = begin(request.form.get("paper", ""), request.remote_addr or "")
    except ProofOver:
        raise
    except DomainError as refusal:
        return refused_here(template, refusal, **values)
    return opened(token)


def opened(token: str) -> Response:
    """Lead to the form of a draft just begun; the one this browser had before goes."""
    drafts.drop(declare_room.token())
    return declare_room.give(lead(FORMS[drafts.open_draft(token).kind].first), token)


def refused_here(template: str, refusal: DomainError, **values: Any) -> Response:
    """Show a page about the declaration again with what was wrong."""
    return refused(template, refusal, **_values(standing.standing(proof())), **values)


def shown(
    template: str, status: int = 200, *, unless: Callable[[Standing], bool] | None = None, **values: Any
) -> Response:
    """Show a page about the declaration; `unless` it is not open to that any more: then where it stands."""
    one = standing.standing(proof())
    if unless is not None and unless(one):
        return lead()
    faults = values.pop("faults", {})
    return show(f"portal/status/{template}.html", status=status, faults=faults, **_values(one), **values)


def _values(one: Standing) -> dict[str, Any]:
    return {
        "one": one,
        "words": words_of(one),
        "purpose": PURPOSES[one.purpose],
        "place": offices.by_code(one.office.code),
        "form01_url": f"{STATUS}/form01" if has_form01(one) else "",
        "may_withdraw": may_change(one),
        "form_under": f"{STATUS}/own" if one.rests_on_account else STATUS,
        "may_redeclare": may_redeclare(one),
        "asked_from": STATUS,
    }


def has_form01(one: Standing) -> bool:
    """Tell whether its form 01 may be viewed still: it is undecided."""
    return one.status is Status.SUBMITTED and bool(one.form01_token)


def consent_wording() -> str:
    """Return what is agreed to (D13)."""
    return consent.consent(consent.current())
