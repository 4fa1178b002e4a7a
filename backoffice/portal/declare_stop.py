"""The step that says what stopping means: /declare/stop (D2)."""

from __future__ import annotations

from flask import Response, request

from backoffice.intake import account_drafts
from backoffice.portal import declare_room
from backoffice.portal.declare_room import draft, go_on, lead, room, show_step
from backoffice.portal.declare_steps import beside
from backoffice.web.guard import public

pages = room("declare_stop", __name__)


@pages.get("/stop")
@public
def stop_page() -> Response:
    """Say what happens to the account, and to children's that use its phone (D11)."""
    found = draft()
    at = declare_room.step(found, "stop")
    return show_step(found, at, children=account_drafts.children_of(found))


@pages.post("/stop")
@public
def leave_stop() -> Response:
    """Go on or back."""
    found = draft()
    at = declare_room.step(found, "stop")
    return lead(beside(found.kind, at)[0]) if request.form.get("act") == "back" else go_on(found, at, {})
