"""What an officer has typed but not yet sent: kept when refused, previewed as the citizen would receive it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice import config
from backoffice.decision.reading import read_note, read_reasons
from backoffice.desk.looks import note_look
from backoffice.desk.opening import declaration_to_show
from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.models import Declaration
from backoffice.notices import actions as notices
from backoffice.rules.actors import Actor
from backoffice.rules.deadlines import deadline
from backoffice.rules.permissions import Do

Values = dict[str, Any]


def refused_draft(act: str, fault: InvalidInput, note: str = "", **typed: Any) -> Values:
    """Return the draft of `act` with its faults, for the form to show again; `typed` is what its other fields held."""
    faults = {one.field: one.message for one in fault.faults}
    return {"act": act, "reasons": [], "photos": [], "note": note, **typed, "faults": faults}


def preview_rejection(receipt_code: str, officer: Actor, reasons: list[str], photos: list[str], note: str) -> Values:
    """Return the messages of a rejection exactly as they would be sent; none while the reasons are incomplete."""
    with transaction() as session:
        declaration = _looked_at(session, receipt_code, officer, Do.REJECT)
    try:
        codes, note = read_reasons(reasons, note, photos)
    except InvalidInput:
        return _shown("reject", declaration, None)
    return _shown("reject", declaration, notices.preview_rejection(declaration, codes, note))


def preview_supplement(receipt_code: str, officer: Actor, note: str) -> Values:
    """Return the messages of a supplement as they would be sent, with the deadline that would run from now on (K7)."""
    with transaction() as session:
        declaration = _looked_at(session, receipt_code, officer, Do.SUPPLEMENT)
    try:
        note = read_note(note, "")
    except InvalidInput:
        return _shown("supplement", declaration, None)
    until = deadline(clock.now(), config.current().expiry_days)
    return _shown("supplement", declaration, notices.preview_supplement(declaration, note, until))


def _looked_at(session: Session, receipt_code: str, officer: Actor, do: Do) -> Declaration:
    declaration = declaration_to_show(session, receipt_code, officer, do, is_open=True)
    note_look(session, declaration, officer)
    return declaration


def _shown(act: str, declaration: Declaration, made: notices.Preview | None) -> Values:
    """Return the values of desk/_preview.html."""
    shown: Values = {"act": act, "declaration": {"receipt_code": declaration.receipt_code}, "preview": None}
    if made is not None:
        shown["preview"] = {
            "sms": made.sms,
            "sms_to": mask_phone(declaration.phone),
            "sms_length": len(made.sms),
            "subject": made.subject,
            "email": made.mail,
            "email_to": mask_email(declaration.email) if declaration.email else "",
        }
    return shown
