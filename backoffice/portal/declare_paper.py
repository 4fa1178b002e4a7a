"""Form 01 to be viewed, saved and printed on a machine that others use too: GET /declare/form01.pdf (D9, D10).

At this address nothing opens without the draft's cookie: so what a history keeps is of no use to who comes next.
"""

from __future__ import annotations

from flask import Response, request

from backoffice.intake.draft_paper import form01_of
from backoffice.kernel import rates
from backoffice.portal.declare_room import room, token
from backoffice.web.guard import public

pages = room("declare_paper", __name__)

PAPERS_A_MINUTE = 60
"""From one address: each is made anew."""


@pages.get("/form01.pdf")
@public
def form01() -> Response:
    """Show form 01 of what this browser sent."""
    rates.count("declare_form01", request.remote_addr or "", PAPERS_A_MINUTE, 60)
    response = Response(form01_of(token()), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="mau-so-01.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
