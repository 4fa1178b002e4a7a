"""The address of the table of who may do what."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.officers.permits import NEVER, show_permits
from backoffice.rules.permissions import Do
from backoffice.rules.role_words import ROLES
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit

pages = Blueprint("permits", __name__, url_prefix="/permits")


@pages.get("")
@permit(Do.SEE_PERMITS)
def permits_page() -> Response:
    """Show who may do what."""
    groups = show_permits(me(), tuple(ROLES))
    return show("officers/permits.html", groups=groups, roles=list(ROLES.values()), never=NEVER)
