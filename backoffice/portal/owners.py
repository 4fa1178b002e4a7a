"""Who is asking, and what the next page says to them: every route of the room asks `owner()`, or is open to all."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, g, redirect, session, url_for
from flask_wtf.csrf import CSRFError

from backoffice.accounts.owner import Owner, who
from backoffice.kernel.errors import DomainError, Unauthenticated
from backoffice.models import SessionKind
from backoffice.portal import cookies
from backoffice.web.fragments import show
from backoffice.web.refusals import faults_of, with_wait

SIGN_IN, HOME = "account_sign_in.sign_in_page", "account.account_page"
_SAID, _NEXT = "account_said", "account_next"
_NOBODY = "Xin đăng nhập để xem tài khoản."
_TOO_OLD = (
    "Trang đã mở quá lâu, hoặc trình duyệt không cho lưu cookie, nên việc vừa bấm chưa được nhận. Chưa có gì thay đổi; "
    "xin mở lại trang rồi làm lại."
)


def room(name: str, module: str, prefix: str) -> Blueprint:
    """Return a blueprint whose refusals look like the owner's pages, and which no other site learns of."""
    pages = Blueprint(name, module, url_prefix=prefix)
    pages.url_value_preprocessor(_look)
    pages.after_request(_tell_nobody)
    pages.register_error_handler(Unauthenticated, _to_sign_in)
    pages.register_error_handler(CSRFError, _no_token)
    return pages


def owner() -> Owner:
    """Return the owner signed in on this browser.

    Raises Unauthenticated, which leads to the sign-in page and says there why (signed in elsewhere, locked, too long
    ago). An officer's cookie counts for nothing.
    """
    token = cookies.session_token()
    if token is None:
        raise Unauthenticated(_NOBODY, code="not_signed_in")
    return who(token, SessionKind.WEB)


def say(kind: str, text: str) -> None:
    """Let the next page say `text` once; no personal data. Kinds: good, warn, bad, info."""
    session[_SAID] = [kind, text]


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    """Show a page of the room, with what there is to say."""
    return show(f"portal/{template}.html", status=status, said=session.pop(_SAID, None), **values)


def refused(template: str, refusal: DomainError, **values: Any) -> Response:
    """Show the form again with what was wrong: `faults`, by field; "" holds what is of no field.

    Raises Unauthenticated again: then there is no form to go on with, and the sign-in page says why.
    """
    if isinstance(refusal, Unauthenticated):
        raise refusal
    return with_wait(page(template, status=refusal.status, faults=faults_of(refusal), **values), refusal)


def come_back_to(path: str) -> None:
    """Let whoever is going to sign in go on at `path` of ours then, in place of the account's page."""
    session[_NEXT] = path


def home() -> Response:
    """Send whoever has signed in on to where they came from, else to the account's page."""
    path = session.pop(_NEXT, "")
    return redirect(path, 303) if path else lead(HOME)  # type: ignore[return-value]


def lead(endpoint: str) -> Response:
    """Send the browser on to a page of the room."""
    return redirect(url_for(endpoint), 303)  # type: ignore[return-value]


def _look(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    g.refusal_page = "portal/refused.html"


def _tell_nobody(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _to_sign_in(error: Unauthenticated) -> Response:
    if error.code == "proof_over" and _is_signed_in():
        return lead(HOME)  # the form was sent twice, and the first has done it
    if error.code != "not_signed_in":
        say("warn", error.message)
    return cookies.take(lead(SIGN_IN))


def _is_signed_in() -> bool:
    with suppress(Unauthenticated):
        owner()
        return True
    return False


def _no_token(error: CSRFError) -> Response:
    return show("portal/refused.html", status=error.code, title="Trang hết hiệu lực", message=_TOO_OLD)
