"""Headers on every answer (nothing kept by browsers or proxies, a strict content policy, no framing); form tokens."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; object-src 'none'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)


def install(app: Flask) -> None:
    """Set the headers on every answer of `app`."""
    app.after_request(_headers)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if request.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


class FormTokens(CSRFProtect):
    """Asks every form for its token."""

    def _get_csrf_token(self) -> str | None:
        """Return the token sent; a form with a part that has no name is a bad request (the parent trips over it)."""
        if None in request.form:
            raise BadRequest
        token: str | None = super()._get_csrf_token()
        return token
