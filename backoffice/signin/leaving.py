"""Answering whoever leaves: the session ends, the browser is led to the sign-in form."""

from __future__ import annotations

from flask import Response, redirect, session, url_for

from backoffice.signin import cookies, sessions


def end_session(reason: sessions.EndReason) -> Response:
    """End the session of this browser, forget its form tokens, and lead to the sign-in form."""
    sessions.sign_out(cookies.session_token() or "", reason)
    session.clear()
    return cookies.take(redirect(url_for("signin.login_page"), 303))  # type: ignore[arg-type]
