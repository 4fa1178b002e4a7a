"""Pages before the session: choosing a password by a one-time link, taking an authenticator that is obligatory."""

from __future__ import annotations

from flask import Blueprint, Response, request, session

from backoffice.kernel import rates
from backoffice.kernel.errors import DomainError, InvalidInput, TooManyRequests
from backoffice.signin import actions, coming_in, cookies, passwords, redeeming
from backoffice.signin.authenticator_page import authenticator_page
from backoffice.signin.forms import local_path
from backoffice.signin.recovery import LONGEST_TYPED
from backoffice.web.fragments import show
from backoffice.web.guard import public
from backoffice.web.refusals import faults_of, with_wait

pages = Blueprint("enrolment", __name__)

LINKS_A_MINUTE = 60
"""Opened or used from one address: a whole office may share one."""
_TYPED = 1100
"""Characters of a password that are looked at; what is longer is cut, and still too long."""


@pages.get("/link/<token>")
@public
def link_page(token: str) -> Response:
    """Show whom the link is for and ask for a password; opening it uses nothing up."""
    rates.count("officer_link", request.remote_addr or "", LINKS_A_MINUTE, 60)
    return _link_form(token)


@pages.post("/link/<token>")
@public
def use_link(token: str) -> Response:
    """Choose the password, and go on as after signing in by it."""
    rates.count("officer_link", request.remote_addr or "", LINKS_A_MINUTE, 60)
    new, repeat = (request.form.get(field, "")[:_TYPED] for field in ("new", "repeat"))
    try:
        outcome = redeeming.redeem(token, new, repeat, browser=cookies.browser())
    except InvalidInput as refusal:
        return _link_form(token, faults_of(refusal), refusal.status)
    coming_in.forget_pending()
    return _unreferred(coming_in.go_on(outcome, "", ""))


@pages.get("/login/authenticator")
@public
def enrolment_page() -> Response:
    """Show the authenticator's secret, as QR and for typing; who has not given the password is led to do so."""
    try:
        return _enrolment_form()
    except InvalidInput as over:
        return _back_to_sign_in(over)


@pages.post("/login/authenticator")
@public
def enrol() -> Response:
    """Take the authenticator by its six digits: the session begins, the recovery codes are shown once."""
    code = request.form.get("totp", "")[:LONGEST_TYPED]
    try:
        result = actions.enrol(session.get(coming_in.PROPOSAL, ""), code, browser=cookies.browser())
    except (InvalidInput, TooManyRequests) as refusal:
        return _not_enrolled(refusal)
    return coming_in.come_in(result)


def _not_enrolled(refusal: InvalidInput | TooManyRequests) -> Response:
    if isinstance(refusal, InvalidInput) and refusal.faults[0].field != "totp":
        return _back_to_sign_in(refusal)
    return with_wait(_enrolment_form(refusal.message, refusal.status), refusal)


def _back_to_sign_in(refusal: DomainError) -> Response:
    follow = local_path(session.get(coming_in.FOLLOW, ""))
    coming_in.forget_pending()
    return coming_in.login_form("", follow, {"": refusal.message}, refusal.status)


def _enrolment_form(fault: str = "", status: int = 200) -> Response:
    proposal = session.get(coming_in.PROPOSAL, "")
    return authenticator_page(proposal, "/login/authenticator", is_due=True, fault=fault, status=status)


def _link_form(token: str, faults: dict[str, str] | None = None, status: int = 200) -> Response:
    username = redeeming.whose(token)
    page = show("signin/link.html", status=status, username=username, faults=faults or {}, rules=passwords.RULES)
    return _unreferred(page)


def _unreferred(response: Response) -> Response:
    """Let no page that is opened from here learn the address."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
