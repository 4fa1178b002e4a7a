"""The address of the hotline's day."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.hotline.log import day
from backoffice.rules.permissions import Do
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit

pages = Blueprint("hotline_log", __name__, url_prefix="/hotline/log")


@pages.get("")
@permit(Do.USE_HOTLINE)
def log_page() -> Response:
    """Show the officer's calls of today; to a supervisor everybody's figures too."""
    return show("hotline/log.html", **day(me()))
