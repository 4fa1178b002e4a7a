"""What the pages about a declaration that was sent share: the proof's cookie, the frame, how a refusal looks.

The cookie holds the declaration's id, sealed for a quarter of an hour (intake.standing); nothing stands in an address.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, request

from backoffice.intake import standing
from backoffice.intake.standing import ProofOver
from backoffice.kernel.errors import DomainError
from backoffice.portal import declare_room
from backoffice.web.fragments import show
from backoffice.web.refusals import faults_of, with_wait

STATUS = "/declare/status"


def room(name: str, module: str) -> Blueprint:
    """Return a blueprint of pages under /declare whose lapsed proof leads to the question for a new one."""
    pages = declare_room.room(name, module)
    pages.register_error_handler(ProofOver, _over)
    return pages


def proof() -> str:
    """Return the proof this browser has, "" without one."""
    return request.cookies.get(_name(), "")


def declaration_id() -> int:
    """Return the id of the declaration this browser was let in to; raises ProofOver."""
    return standing.proven(proof())


def give(response: Response, proof: str) -> Response:
    """Let the browser have the proof for as long as it counts."""
    seconds = int(standing.SHOWN_FOR / timedelta(seconds=1))
    secure = declare_room.is_secure()
    response.set_cookie(_name(), proof, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")
    return response


def take(response: Response) -> Response:
    """Remove the proof."""
    response.delete_cookie(_name(), path="/", secure=declare_room.is_secure(), httponly=True, samesite="Lax")
    return response


def lead(where: str = STATUS) -> Response:
    """Send the browser on by 303."""
    return redirect(where, 303)  # type: ignore[return-value]


def refused(template: str, refusal: DomainError, **values: Any) -> Response:
    """Show a page of the room again with what was wrong, by field; "" holds what is of no field."""
    return with_wait(
        show(f"portal/status/{template}.html", status=refusal.status, faults=faults_of(refusal), **values), refusal
    )


def _over(error: ProofOver) -> Response:
    return take(show("portal/status/ask.html", status=401, faults={"": error.message}, receipt_code=""))


def _name() -> str:
    return "__Host-declared" if declare_room.is_secure() else "declared"
