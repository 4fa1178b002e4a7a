"""The address of what is kept how long, and what was deleted when."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.expiry.retention_page import show_retention
from backoffice.rules.permissions import Do
from backoffice.web.fragments import show
from backoffice.web.guard import me, permit

pages = Blueprint("retention", __name__, url_prefix="/retention")


@pages.get("")
@permit(Do.SEE_RETENTION)
def retention_page() -> Response:
    """Show the terms, what is due, and the latest deletions."""
    return show("expiry/retention.html", **show_retention(me()))
