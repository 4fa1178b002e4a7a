"""The two cookies of an owner's browser: the session's token, and the name by which the browser is known again (A3).

Officers have others (signin.cookies): neither opens anything of the other's.
"""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Response, current_app, request

from backoffice.kernel.hashing import new_token

DEVICE_KEPT = timedelta(days=180)
_SESSION, _DEVICE = "account", "account_device"
_TOKEN = re.compile(r"[\w-]{43}", re.ASCII)


def session_token() -> str | None:
    """Return the session token the browser sent, if any."""
    return request.cookies.get(_name(_SESSION)) or None


def device() -> str:
    """Return the name the browser keeps for itself; one without, or with one that is none of ours, gets a new one."""
    kept = request.cookies.get(_name(_DEVICE), "")
    return kept if _TOKEN.fullmatch(kept) else new_token()


def keep_device(response: Response, device: str) -> Response:
    """Let the browser be known again by `device` for half a year."""
    return _set(response, _DEVICE, device, int(DEVICE_KEPT.total_seconds()))


def give(response: Response, token: str) -> Response:
    """Set the session's cookie, until the browser closes."""
    return _set(response, _SESSION, token, None)


def take(response: Response) -> Response:
    """Remove the session's cookie; the browser stays known."""
    response.delete_cookie(_name(_SESSION), secure=_is_secure(), httponly=True, samesite="Lax")
    return response


def _set(response: Response, kind: str, value: str, seconds: int | None) -> Response:
    response.set_cookie(
        _name(kind), value, max_age=seconds, path="/", secure=_is_secure(), httponly=True, samesite="Lax"
    )
    return response


def _name(kind: str) -> str:
    return f"__Host-{kind}" if _is_secure() else kind


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
