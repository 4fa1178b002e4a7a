"""Form 01 to be viewed, saved and printed on a machine that others use too (D9, D10): after sending, and later.

At these addresses nothing opens without the cookie of the draft, or of the proof: so what a history keeps is of no use
to who comes next. Later it takes the end of the declared paper's number too: the receipt code may be a stranger's (D6).
"""

from __future__ import annotations

from flask import Response, request

from backoffice.intake.draft_paper import form01_by_id, form01_of
from backoffice.intake.prefill import require_paper
from backoffice.kernel import rates
from backoffice.kernel.errors import InvalidInput, TooManyRequests
from backoffice.portal import declare_room, status_room
from backoffice.portal.status_routes import has_form01, refused_here, shown
from backoffice.web.guard import public

pages = declare_room.room("declare_paper", __name__)
later = status_room.room("status_paper", __name__)

PAPERS_A_MINUTE = 60
"""From one address: each is made anew."""


@pages.get("/form01.pdf")
@public
def form01() -> Response:
    """Show form 01 of what this browser sent."""
    _count()
    return _inline(form01_of(declare_room.token()))


@later.get("/status/form01")
@public
def form01_page() -> Response:
    """Ask for the end of the declared paper's number: form 01 shows all that was declared."""
    return shown("paper", unless=lambda one: not has_form01(one))


@later.post("/status/form01")
@public
def form01_later() -> Response:
    """Show form 01 of what this browser was let in to."""
    _count()
    declaration_id = status_room.declaration_id()
    try:
        require_paper(declaration_id, request.form.get("paper", ""), request.remote_addr or "")
    except (InvalidInput, TooManyRequests) as refusal:
        return refused_here("paper", refusal)
    return _inline(form01_by_id(declaration_id))


def _count() -> None:
    rates.count("declare_form01", request.remote_addr or "", PAPERS_A_MINUTE, 60)


def _inline(pdf: bytes) -> Response:
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="mau-so-01.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
