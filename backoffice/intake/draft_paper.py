"""Form 01 for the browser that sent a declaration, or was let in to it; its address names nothing (D9, D10)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.dossier.form01 import form01_pdf
from backoffice.intake.actions import GONE
from backoffice.intake.draft_rows import held
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import NotFound
from backoffice.models import Declaration, Status, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue


def form01_of(token: str) -> bytes:
    """Return form 01 of the declaration that became of the draft, as PDF.

    Raises DraftOver; NotFound when it was not sent yet, and once the declaration is gone or overdue.
    """
    with transaction() as session:
        declaration_id = held(session, token, locked=False).declaration_id
        return _paper(session, session.get(Declaration, declaration_id) if declaration_id else None)


def form01_by_id(declaration_id: int) -> bytes:
    """Return form 01 of an undecided declaration, as PDF, to a browser that was let in to it (intake.standing).

    Raises NotFound once it is gone, decided or overdue.
    """
    with transaction() as session:
        declaration = session.get(Declaration, declaration_id)
        is_open = declaration is not None and declaration.status is Status.SUBMITTED
        return _paper(session, declaration if is_open else None)


def _paper(session: Session, declaration: Declaration | None) -> bytes:
    if declaration is None or is_overdue(declaration):
        raise NotFound(GONE)
    record(session, TrailEvent.FORM01, CITIZEN, declaration=declaration)
    return form01_pdf(session, declaration.id)
