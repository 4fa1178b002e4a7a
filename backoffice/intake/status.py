"""Where a declaration stands, as whoever sent it is told: no name, no number, nothing an officer only may know."""

from __future__ import annotations

from backoffice.dossier.form01 import form01_url
from backoffice.gateways.photos import QualityNote
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.intake.answers import Coded, DeclarationStatus, PhotoNotes, office_brief
from backoffice.models import Declaration, Office, Photo, Status, Tombstone
from backoffice.rules import lifecycle
from backoffice.rules.reasons import Reason, reason_of, wording

_LABELS = lifecycle.LABELS


def of_declaration(declaration: Declaration, office: Office) -> DeclarationStatus:
    """Return the status of a declaration whose photos are loaded, with the `office` to go to.

    Past its deadline it is told as expired, even before the sweep comes by (K4). That it was referred to a supervisor
    (K11) is not told; nor is the note where the phone may be a stranger's, for it may name whose it is (D6).
    """
    overdue = lifecycle.is_overdue(declaration)
    state = Status.EXPIRED if overdue else declaration.status
    reasons = [reason_of(code) for code in declaration.reasons]
    waiting = state is Status.SUBMITTED and lifecycle.is_waiting_for_supplement(declaration)
    return DeclarationStatus(
        receipt_code=format_receipt_code(declaration.receipt_code),
        status=state,
        status_text=_text(declaration, state, waiting),
        purpose=declaration.purpose,
        declared_at=declaration.declared_at,
        expires_at=declaration.expires_at,
        presented_at=declaration.presented_at,
        supplement_at=declaration.supplement_at if waiting else None,
        supplement_note=declaration.supplement_note if waiting else None,
        decided_at=declaration.decided_at,
        reasons=[Coded(code=reason_of(code).value, text=wording(code).screen) for code in declaration.reasons],
        note=None if Reason.PHONE_NOT_OWN in reasons else declaration.rejected_note,
        office=office_brief(office),
        form01_url=None if overdue else form01_url(declaration),
        photos=[_photo(photo) for photo in declaration.photos],
    )


def of_tombstone(tombstone: Tombstone, office: Office, receipt_code: str) -> DeclarationStatus:
    """Return what is left to say of an expired declaration."""
    return DeclarationStatus(
        receipt_code=format_receipt_code(receipt_code),
        status=Status.EXPIRED,
        status_text=_LABELS[Status.EXPIRED],
        purpose=tombstone.purpose,
        declared_at=tombstone.declared_at,
        expires_at=tombstone.expired_at,
        deleted_at=tombstone.deleted_at,
        office=office_brief(office),
    )


def _text(declaration: Declaration, state: Status, waiting: bool) -> str:
    if state is not Status.SUBMITTED:
        return _LABELS[state]
    if waiting:
        return "Chờ bổ sung"
    return "Đã nộp, đang giải quyết" if declaration.presented_at else _LABELS[state]


def _photo(photo: Photo) -> PhotoNotes:
    notes = [QualityNote(note) for note in photo.notes]
    return PhotoNotes(kind=photo.kind, notes=[Coded(code=note.value, text=note.label) for note in notes])
