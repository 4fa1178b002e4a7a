"""The link in the letter of a refusal: /declare/again/<token> (issue 10, point 11)."""

from __future__ import annotations

from flask import Response, request

from backoffice.intake import again
from backoffice.kernel.errors import DomainError, NotFound
from backoffice.portal.status_room import refused, room
from backoffice.portal.status_routes import NO_CONSENT, opened
from backoffice.rules import consent
from backoffice.web.fragments import show
from backoffice.web.guard import public

pages = room("declare_again", __name__)


@pages.get("/again/<token>")
@public
def again_page(token: str) -> Response:
    """Ask for the end of the phone and the consent: what looks through letters opens links, and uses none up."""
    again.look(token)
    return _page(token)


@pages.post("/again/<token>")
@public
def open_form(token: str) -> Response:
    """Open the form with what was right of the refused declaration."""
    if request.form.get("consent") != "1":
        again.look(token)
        return _page(token, {"consent": NO_CONSENT}, 422)
    try:
        return opened(again.open_form(token, request.form.get("digits", ""), request.remote_addr or ""))
    except NotFound:
        raise
    except DomainError as refusal:
        return refused("link", refusal, token=token, consent=consent.CONSENT[consent.CURRENT])


def _page(token: str, faults: dict[str, str] | None = None, status: int = 200) -> Response:
    return show(
        "portal/status/link.html",
        status=status,
        token=token,
        faults=faults or {},
        consent=consent.CONSENT[consent.CURRENT],
    )
