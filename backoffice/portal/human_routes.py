"""Picture and sound of the digits that show that no machine fills the form in: /declare/human."""

from __future__ import annotations

from flask import Response, request

from backoffice.kernel import rates
from backoffice.portal import human
from backoffice.portal.declare_room import draft, lead, room, token
from backoffice.web.guard import public

pages = room("declare_human", __name__)

MADE_A_MINUTE = 60
"""Pictures and sounds for one address; a sound takes a tenth of a second to make."""


@pages.get("/human.png")
@public
def picture() -> Response:
    """Show the digits."""
    rates.count("declare_human", request.remote_addr or "", MADE_A_MINUTE, 60)
    return Response(human.picture(draft(), token()), mimetype="image/png")


@pages.get("/human.wav")
@public
def sound() -> Response:
    """Speak the digits."""
    rates.count("declare_human", request.remote_addr or "", MADE_A_MINUTE, 60)
    return Response(human.sound(draft(), token()), mimetype="audio/wav")


@pages.post("/human")
@public
def renew() -> Response:
    """Show other digits."""
    human.renew(draft(), token())
    return lead("/declare/look#human")
