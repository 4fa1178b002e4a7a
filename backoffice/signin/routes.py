"""Pages and acts of signing in: /, /login, /logout, /lock, /unlock."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, request, session, url_for
from flask_login import current_user

from backoffice.decision.handover import holds_any
from backoffice.kernel.errors import DomainError, InvalidInput, TooManyRequests, Unauthenticated
from backoffice.rules.permissions import Do, may
from backoffice.signin import actions, coming_in, cookies, sessions
from backoffice.signin.coming_in import see
from backoffice.signin.entry import Outcome, SignInResult
from backoffice.signin.forms import LoginForm, local_path, read_login
from backoffice.signin.leaving import end_session
from backoffice.web.fragments import is_fragment, show
from backoffice.web.guard import me, permit, public
from backoffice.web.refusals import faults_of, with_wait
from backoffice.web.security import form_token

pages = Blueprint("signin", __name__)

_WORK = (("desk.queue_page", Do.USE_DESK), ("hotline.screen", Do.USE_HOTLINE))
"""Where an officer begins: the first page of these that the role may see."""


@pages.get("/")
@permit(Do.OWN_SESSION)
def home() -> Response:
    """Lead to where the officer works; who has no page of work sees who is signed in."""
    if current_user.locked:
        return see(url_for("signin.lock_page"))
    for endpoint, do in _WORK:
        if endpoint in current_app.view_functions and may(me(), do):
            return see(url_for(endpoint))
    return show("signin/home.html")


@pages.get("/login")
@public
def login_page() -> Response:
    """Show the sign-in form; who is signed in already goes on."""
    follow = local_path(request.args.get("next", ""))
    if current_user.is_authenticated and not current_user.locked:
        return see(follow or url_for("signin.home"))
    coming_in.forget_pending()
    return coming_in.login_form("", follow)


@pages.post("/login")
@public
def login() -> Response:
    """Sign in by user name and password, then a code or an authenticator to be taken, where due."""
    form = read_login(request.form)
    try:
        result = _sign_in(form)
    except DomainError as refusal:
        return _refused(form, refusal)
    return coming_in.go_on(result, form.username, form.follow)


@pages.post("/logout")
@permit(Do.OWN_SESSION)
def logout() -> Response:
    """End the session; `next=switch` leaves the desk to another officer, who holds something is asked about it first.

    From a locked screen the desk is left at once: what the officer holds stays theirs until its time is over.
    """
    is_switch = request.form.get("next") == "switch"
    if is_switch and not current_user.locked and holds_any(me()):
        return see(url_for("switch.switch_page"))
    return end_session(sessions.EndReason.SWITCH if is_switch else sessions.EndReason.LOGOUT)


@pages.get("/lock")
@permit(Do.OWN_SESSION)
def lock_page() -> Response:
    """Show the lock screen; when nothing is locked, go on."""
    follow = local_path(request.args.get("next", ""))
    if not current_user.locked:
        return see(follow or url_for("signin.home"))
    return _lock_form(follow)


@pages.post("/lock")
@permit(Do.OWN_SESSION)
def lock() -> Response:
    """Lock the screen: nothing but the password opens it again."""
    sessions.lock(cookies.session_token() or "")
    if is_fragment():
        return Response(status=204)
    return see(url_for("signin.lock_page", next=_where_from()))


@pages.post("/unlock")
@public
def unlock() -> Response:
    """Open the screen again with the password; the fifth wrong one ends the session.

    The dialog over a page begins a new session for the same officer when the former has ended, so that the page, and
    what was typed in it, stays where it is.
    """
    follow = local_path(request.form.get("next", ""))
    try:
        return _unlock(follow, request.form.get("password", ""), request.form.get("username", ""))
    except (InvalidInput, TooManyRequests) as wrong:
        return with_wait(_lock_form(follow, wrong.message, wrong.status), wrong)
    except Unauthenticated as ended:
        if is_fragment():
            raise
        flash(ended.message, "warn")
        return see(url_for("signin.login_page", next=follow or None))


def _unlock(follow: str, password: str, username: str) -> Response:
    if current_user.is_authenticated:
        sessions.unlock(cookies.session_token() or "", password, username=username)
        return Response(status=204) if is_fragment() else see(follow or url_for("signin.home"))
    if not (is_fragment() and sessions.may_begin_anew(cookies.session_token() or "", username)):
        raise Unauthenticated(sessions.ENDED, code="ended")
    result = actions.sign_in(username, password, browser=cookies.browser())
    if not isinstance(result, SignInResult):
        raise Unauthenticated(sessions.ENDED, code="ended")
    session.clear()
    response = Response(status=204)
    response.headers["X-CSRFToken"] = form_token()
    return cookies.give(response, result.token, result.device_token)


def _sign_in(form: LoginForm) -> Outcome:
    if form.is_second_step:
        return actions.confirm_totp(session.get(coming_in.PROOF, ""), form.code, browser=cookies.browser())
    return actions.sign_in(form.username, form.password, form.code, browser=cookies.browser())


def _refused(form: LoginForm, refusal: DomainError) -> Response:
    faults = faults_of(refusal)
    totp_due = form.is_second_step and "totp" in faults
    again = coming_in.login_form(form.username, form.follow, faults, refusal.status, totp_due=totp_due)
    return with_wait(again, refusal)


def _lock_form(follow: str, fault: str = "", status: int = 200) -> Response:
    """Show the lock screen, or for HTMX only what was wrong; its frame shows nothing of the officer's menu."""
    return show(
        "signin/lock.html",
        block="unlock_fault",
        status=status,
        me=None,
        menu=[],
        name=current_user.actor.name if current_user.is_authenticated else "",
        faults={"password": fault} if fault else {},
        next=follow,
    )


def _where_from() -> str | None:
    """Return the path of our page the form was on, so that unlocking leads back to it."""
    referrer = request.referrer or ""
    own = request.host_url.rstrip("/")
    return (local_path(referrer.removeprefix(own)) if referrer.startswith(own) else "") or None
