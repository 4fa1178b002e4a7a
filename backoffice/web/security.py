"""Headers on every answer (nothing kept by browsers or proxies, a strict content policy, no framing); form tokens."""

from __future__ import annotations

from typing import cast

from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)


def install(app: Flask) -> None:
    """Set the headers on every answer of `app`."""
    app.after_request(_headers)
    app.session_interface = _Sessions()


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


class _Sessions(SecureCookieSessionInterface):
    """The cookie of forms. Static files are everybody's: by `Vary: Cookie` all were asked for anew at each sign-in."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, and say that the answer depends on it, unless it is a static file."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def form_token() -> str:
    """Return the request's token, made once however many forms its page has."""
    if "form_token" not in g:
        g.form_token = generate_csrf()
    return cast(str, g.form_token)


class FormTokens(CSRFProtect):
    """Asks every form for its token, which templates take from `form_token`."""

    def init_app(self, app: Flask) -> None:
        """Join `app`."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token

    def _get_csrf_token(self) -> str | None:
        """Return the token sent; a form with a part that has no name is a bad request (the parent trips over it)."""
        if None in request.form:
            raise BadRequest
        token: str | None = super()._get_csrf_token()
        return token
