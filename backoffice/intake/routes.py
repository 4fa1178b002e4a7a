"""The one page of intake that a citizen fetches: form 01, at an address nobody can guess."""

from __future__ import annotations

from flask import Blueprint, Response

from backoffice.intake import actions
from backoffice.web.guard import public

pages = Blueprint("intake", __name__)


@pages.get("/form01/<token>.pdf")
@public
def form01(token: str) -> Response:
    """Show form 01 to be saved and printed; it is there as long as the declaration lives."""
    response = Response(actions.hand_out_form01(token), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="mau-so-01.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
