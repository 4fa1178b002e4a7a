"""The two cookies of the room: the session's token, and the token by which a browser is known again."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from backoffice.signin.queries import DEVICES_KEPT
from backoffice.signin.tries import Browser

_SESSION = "officer"
_DEVICE = "device"


def session_token() -> str | None:
    """Return the session token the browser sent, if any."""
    return request.cookies.get(_name(current_app, _SESSION)) or None


def browser() -> Browser:
    """Return what the request tells of the browser it comes from."""
    device = request.cookies.get(_name(current_app, _DEVICE)) or None
    return Browser(device, request.remote_addr or "", request.headers.get("User-Agent", ""))


def give(response: Response, session: str, device: str) -> Response:
    """Set both cookies: the session's until the browser closes, the device's for half a year."""
    _set(response, _SESSION, session, None)
    _set(response, _DEVICE, device, int(DEVICES_KEPT.total_seconds()))
    return response


def take(response: Response) -> Response:
    """Remove the session's cookie; the browser stays known."""
    secure = _is_secure(current_app)
    response.delete_cookie(_name(current_app, _SESSION), secure=secure, httponly=True, samesite="Lax")
    return response


def _set(response: Response, kind: str, value: str, seconds: int | None) -> None:
    name, secure = _name(current_app, kind), _is_secure(current_app)
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")


def _name(app: Flask, kind: str) -> str:
    return f"__Host-{kind}" if _is_secure(app) else kind


def _is_secure(app: Flask) -> bool:
    return bool(app.config["SESSION_COOKIE_SECURE"])
