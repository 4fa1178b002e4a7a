"""/notices/catalogue: all messages as citizens get them, for who answers for their words."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.notices import catalogue
from backoffice.rules.permissions import Do
from backoffice.web.fragments import show
from backoffice.web.guard import permit

pages = Blueprint("catalogue", __name__)


@pages.get("/notices/catalogue")
@permit(Do.SEE_CATALOGUE)
def every_message() -> Response:
    """Show every message with invented data, the SMS with what they cost."""
    return show("notices/catalogue.html", groups=catalogue.groups())
