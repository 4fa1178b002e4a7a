"""Form 01 for the browser that sent the declaration: opened by its draft's token, gone with it (issue 10, point 6)."""

from __future__ import annotations

from backoffice.dossier.form01 import form01_pdf
from backoffice.intake.actions import GONE
from backoffice.intake.draft_rows import held
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue


def form01_of(token: str) -> bytes:
    """Return form 01 of the declaration that became of the draft, as PDF.

    Raises DraftOver; NotFound when it was not sent yet, and once the declaration is gone or overdue.
    """
    with transaction() as session:
        row = held(session, token, locked=False)
        declaration = session.get(Declaration, row.declaration_id) if row.declaration_id else None
        if declaration is None or is_overdue(declaration):
            raise NotFound(GONE)
        record(session, TrailEvent.FORM01, CITIZEN, declaration=declaration)
        return form01_pdf(session, declaration.id)
