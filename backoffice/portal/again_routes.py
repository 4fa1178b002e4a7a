"""The link in the letter of a refusal: /declare/again/<token> (issue 10, point 11)."""

from __future__ import annotations

from flask import Response, request

from backoffice.intake import again
from backoffice.kernel.errors import DomainError, NotFound
from backoffice.models import DraftKind
from backoffice.portal.status_room import STATUS, give, lead, refused, room
from backoffice.portal.status_routes import NO_CONSENT, consent_wording, opened
from backoffice.web.fragments import show
from backoffice.web.guard import public

pages = room("declare_again", __name__)


@pages.get("/again/<token>")
@public
def again_page(token: str) -> Response:
    """Ask for the end of the phone and the consent: what looks through letters opens links, and uses none up."""
    return _page(token)


@pages.post("/again/<token>")
@public
def open_form(token: str) -> Response:
    """Open the form with what was right; of one that rests on an account once its owner proves to be it."""
    signs_in = again.look(token) is not DraftKind.REGISTER
    if request.form.get("consent") != "1" and not signs_in:
        return _page(token, {"consent": NO_CONSENT}, 422)
    digits, address = request.form.get("digits", ""), request.remote_addr or ""
    try:
        if signs_in:
            return give(lead(f"{STATUS}/own/again"), again.let_in(token, digits, address))
        return opened(again.open_form(token, digits, address))
    except NotFound:
        raise
    except DomainError as refusal:
        return refused("link", refusal, token=token, consent=consent_wording(), signs_in=signs_in)


def _page(token: str, faults: dict[str, str] | None = None, status: int = 200) -> Response:
    signs_in = again.look(token) is not DraftKind.REGISTER
    return show(
        "portal/status/link.html",
        status=status,
        token=token,
        faults=faults or {},
        consent=consent_wording(),
        signs_in=signs_in,
    )
