"""What an officer has typed but not yet sent: kept when refused, previewed as the citizen would receive it."""

from __future__ import annotations

from typing import Any

from backoffice.decision.queries import declaration_for
from backoffice.decision.reading import read_reasons
from backoffice.desk.looks import note_look
from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import InvalidInput
from backoffice.notices import actions as notices
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do


def refused_draft(act: str, fault: InvalidInput, note: str, reasons: list[str] | None = None) -> dict[str, Any]:
    """Return the draft of `act` with its faults, for the form to show again."""
    faults = {one.field: one.message for one in fault.faults}
    return {"act": act, "reasons": reasons or [], "note": note, "faults": faults}


def preview_rejection(receipt_code: str, officer: Actor, reasons: list[str], note: str) -> dict[str, Any]:
    """Return the message of a rejection exactly as it would be sent; no preview while the reasons are incomplete."""
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.REJECT)
        note_look(session, declaration, officer)
    shown: dict[str, Any] = {"declaration": {"receipt_code": declaration.receipt_code}, "preview": None}
    try:
        coded, note = read_reasons(reasons, note)
    except InvalidInput:
        return shown
    made = notices.preview_rejection(declaration, coded, note)
    shown["preview"] = {
        "sms": made.sms,
        "sms_to": mask_phone(declaration.phone),
        "sms_length": len(made.sms),
        "email": made.mail if declaration.email else "",
        "email_to": mask_email(declaration.email) if declaration.email else "",
    }
    return shown
