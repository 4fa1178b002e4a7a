"""Signing in with a browser, step by step: /account/sign-in (A1, A3, A7).

Between two steps the sealed proof of the right password travels in a hidden field; it is in no address.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request

from backoffice.accounts import proofs
from backoffice.accounts import sign_in as use_cases
from backoffice.accounts.coming_in import Due, SignedIn
from backoffice.accounts.owner import sign_out
from backoffice.accounts.proofs import Step
from backoffice.kernel.errors import DomainError, Unauthenticated
from backoffice.models import SessionKind
from backoffice.portal import cookies, forms
from backoffice.portal.owners import HOME, SIGN_IN, home, lead, owner, page, refused, room
from backoffice.web.guard import public

pages = room("account_sign_in", __name__, "/account/sign-in")

_TEMPLATES = {
    Step.FIRST_PASSWORD: "choose_password",
    Step.NEW_PASSWORD: "choose_password",
    Step.DEVICE: "second_device",
}
_NEEDS_CODE = (Step.NEW_PASSWORD, Step.DEVICE)


@pages.get("")
@public
def sign_in_page() -> Response:
    """Show the sign-in form; who is signed in already goes on."""
    with suppress(Unauthenticated):
        owner()
        return lead(HOME)
    return page("sign_in", bhxh_code="")


@pages.post("")
@public
def sign_in() -> Response:
    """Sign in by BHXH code and password, or go on to what is due then."""
    sent, device = forms.read(request.form), cookies.device()
    try:
        forms.require(sent, "bhxh_code", "password")
        result = use_cases.sign_in(
            sent.bhxh_code,
            sent.password,
            device=device,
            kind=SessionKind.WEB,
            address=request.remote_addr or "",
        )
    except DomainError as refusal:
        return refused("sign_in", refusal, bhxh_code=sent.bhxh_code)
    return cookies.keep_device(_went(result), device)


@pages.post("/code")
@public
def order_code() -> Response:
    """Send the code that is due to the registered phone, and ask for it (A2, A3)."""
    sent = forms.read(request.form)
    step = proofs.read(sent.proof, *_NEEDS_CODE).step
    try:
        use_cases.order_code(sent.proof)
    except DomainError as refusal:
        return refused(_TEMPLATES[step], refusal, step=step, proof=sent.proof, ordered=request.form.get("again") == "1")
    return _due(Due(step, sent.proof), ordered=True)


@pages.post("/password")
@public
def choose_password() -> Response:
    """Choose an own password in place of the temporary or the old one (A1)."""
    sent = forms.read(request.form)
    step = proofs.read(sent.proof, Step.FIRST_PASSWORD, Step.NEW_PASSWORD).step
    code = ("otp",) if step is Step.NEW_PASSWORD else ()
    try:
        forms.require(sent, "new", "repeat", *code)
        result = use_cases.choose_password(sent.proof, sent.new, sent.repeat, sent.otp)
    except DomainError as refusal:
        return refused("choose_password", refusal, step=step, proof=sent.proof, ordered=True, otp_typed=sent.otp)
    return _went(result)


@pages.post("/device")
@public
def confirm_device() -> Response:
    """Sign in on this device by the code that went to the phone; the other one is signed out (A3)."""
    sent = forms.read(request.form)
    try:
        forms.require(sent, "otp")
        result = use_cases.confirm_device(sent.proof, sent.otp)
    except DomainError as refusal:
        return refused("second_device", refusal, step=Step.DEVICE, proof=sent.proof, ordered=True)
    return _went(result)


@pages.get("/<step>")
@public
def begin_again(step: str) -> Response:
    """Lead whoever opens the address of a step to the first one: a step without its proof is nothing."""
    return lead(SIGN_IN)


def _went(result: SignedIn | Due) -> Response:
    if isinstance(result, Due):
        return _due(result)
    with suppress(Unauthenticated):
        sign_out(owner())  # whoever was signed in here before, under another code
    return cookies.give(home(), result.tokens.access)


def _due(due: Due, *, ordered: bool = False) -> Response:
    return page(_TEMPLATES[due.step], step=due.step, proof=due.proof, ordered=ordered)
