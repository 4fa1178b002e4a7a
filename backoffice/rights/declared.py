"""A declaration as its person is told of it: every column, and the ledger, scans, corrections and photos of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.desk.corrections import ID_TYPES
from backoffice.desk.labels import CHANNELS, FIELDS, PURPOSES
from backoffice.desk.ledger import HOWS
from backoffice.desk.opening import REASONS as OPENED_FOR
from backoffice.dossier.change_words import said_part
from backoffice.identity.phone import mask_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code, mask_email
from backoffice.models import (
    AccountChange,
    Asker,
    Claim,
    Correction,
    Declaration,
    DeskScan,
    OpenedFile,
    PhotoUpload,
    RegisteredAt,
    Verification,
)
from backoffice.rights.belongings import is_childs
from backoffice.rights.document import Adjusted, Change, DeclarationHeld, Handled, PhotoKept
from backoffice.rights.names import Names
from backoffice.rights.versions import card_words, former, photo_kept
from backoffice.rules import changes
from backoffice.rules.consent import consent, undertaking
from backoffice.rules.ledger import label
from backoffice.rules.lifecycle import LABELS
from backoffice.rules.places import find_place
from backoffice.rules.reasons import screen_reasons

_REGISTERED = {RegisteredAt.PORTAL: "Cổng thông tin BHXH", RegisteredAt.IVAN: "Tổ chức I-VAN"}
_NUMBERS = frozenset({"bhxh_code", "id_number", "phone", "email", "phone_hold"})
"""Fields whose old value may be another person's: it was a mistake."""


def declaration_held(
    session: Session, names: Names, one: Declaration, numbers: frozenset[str], asker: Asker
) -> DeclarationHeld:
    """Return all of a declaration; `numbers` are the person's own. What is the guardian's is hidden from the child."""
    is_hidden = is_childs(one) and asker is Asker.SELF
    return DeclarationHeld(
        **paper_and_place(one, is_hidden),
        receipt_code=format_receipt_code(one.receipt_code),
        purpose=PURPOSES[one.purpose],
        status=LABELS[one.status],
        channel=CHANNELS[one.channel],
        sent_through=names.client(one.client_id),
        office=names.office(one.office_id),
        send_form01_by_email=one.send_form01_by_email,
        population_db_verified=one.population_db_verified,
        guardian_bhxh_code=_hidden(one.guardian_bhxh_code, is_hidden),
        contact_person=None if is_hidden else one.contact_person,
        start_date=one.start_date,
        registered_at=_REGISTERED[one.registered_at] if one.registered_at else None,
        submission_method=one.submission_method,
        undertaking=undertaking(one.consent_wording),
        consent=consent(one.consent_wording),
        consented_at=one.consented_at,
        declared_at=one.declared_at,
        expires_at=one.expires_at,
        reminded_at=one.reminded_at,
        decided_at=one.decided_at,
        reasons=screen_reasons(one.reasons, one.rejected_note or ""),
        replaces=_replaced(session, one),
        cleared_at=one.cleared_at,
        steps=sorted(_steps(session, names, one), key=lambda step: step.at),
        photos=[*_photos(one, numbers), *_sent(session, one, numbers)],
        verified=[*_verified(session, names, one)],
        scanned=[*_scanned(session, names, one, numbers)],
        corrected=[*_corrected(session, names, one)],
        version=one.version,
        **former(session, names, one, numbers, is_hidden),
        **_adjustment(session, one, is_hidden),
    )


def paper_and_place(one: Any, is_hidden: bool) -> dict[str, Any]:
    """Return the columns that declarations and accounts share."""
    place = find_place(one.province_code, one.district_code, one.ward_code)
    return {
        "bhxh_code": one.bhxh_code,
        "full_name": one.full_name,
        "id_type": ID_TYPES[one.id_type],
        "id_number": _hidden(one.id_number, is_hidden),
        "date_of_birth": one.date_of_birth,
        "address": place.one_line(one.address_line),
        "phone": mask_phone(one.phone) if is_hidden else one.phone,
        "email": mask_email(one.email) if one.email and is_hidden else one.email,
    }


def _hidden(number: str | None, is_hidden: bool) -> Any:
    return mask_code(number) if number and is_hidden else number


def _replaced(session: Session, one: Declaration) -> str | None:
    """Return the receipt code of the declaration that it replaced, where that is of the same code."""
    code = session.scalar(
        select(Declaration.receipt_code).where(
            Declaration.id == one.replaces_id, Declaration.bhxh_code == one.bhxh_code
        )
    )
    return format_receipt_code(code) if code else None


def _steps(session: Session, names: Names, one: Declaration) -> Iterator[Handled]:
    if one.presented_at:
        yield names.handled(one.presented_at, one.presented_to_id, "Nhận hồ sơ nộp tại quầy")
    if one.supplement_at:
        yield names.handled(one.supplement_at, one.supplement_by_id, "Yêu cầu bổ sung", one.supplement_note)
    if one.escalated_at:
        yield names.handled(one.escalated_at, one.escalated_by_id, "Báo lãnh đạo", one.escalated_note)
    if one.decided_at:
        yield names.handled(one.decided_at, one.decided_by_id, LABELS[one.status], one.rejected_note)
    for claim in session.scalars(select(Claim).where(Claim.declaration_id == one.id)):
        yield names.handled(claim.since, claim.officer_id, "Đang xử lý")
    for file in session.scalars(select(OpenedFile).where(OpenedFile.declaration_id == one.id)):
        yield names.handled(file.at, file.officer_id, f"Mở xem: {OPENED_FOR[file.reason].lower()}", file.note)


def _photos(one: Declaration, numbers: frozenset[str]) -> Iterator[PhotoKept]:
    for photo in one.photos:
        yield photo_kept(photo, photo.created_at, photo.missing_since is None, numbers)


def _sent(session: Session, one: Declaration, numbers: frozenset[str]) -> Iterator[PhotoKept]:
    """Yield photos sent from a phone that wait for an officer."""
    query = select(PhotoUpload).where(PhotoUpload.declaration_id == one.id, PhotoUpload.photo_id.is_not(None))
    for upload in session.scalars(query):
        yield photo_kept(upload, upload.used_at or upload.created_at, True, numbers)


def _verified(session: Session, names: Names, one: Declaration) -> Iterator[Handled]:
    query = select(Verification).where(Verification.declaration_id == one.id).order_by(Verification.id)
    for entry in session.scalars(query):
        lapsed = " (không còn hiệu lực)" if entry.lapsed_at else ""
        what = f"{label(entry.item, child=is_childs(one))}: {HOWS[entry.how]}{lapsed}"
        yield names.handled(entry.at, entry.officer_id, what, entry.note)


def _scanned(session: Session, names: Names, one: Declaration, numbers: frozenset[str]) -> Iterator[Handled]:
    for scan in session.scalars(select(DeskScan).where(DeskScan.declaration_id == one.id).order_by(DeskScan.id)):
        yield Handled(at=scan.at, by=names.officer(scan.officer_id), what=card_words(scan.read, numbers))


def _corrected(session: Session, names: Names, one: Declaration) -> Iterator[Change]:
    for change in session.scalars(
        select(Correction).where(Correction.declaration_id == one.id).order_by(Correction.id)
    ):
        done = names.handled(change.at, change.officer_id, "", change.note)
        is_numbers = change.field in _NUMBERS
        yield Change(
            at=done.at,
            by=done.by,
            field=FIELDS.get(change.field, "ghi chú của việc khác"),
            old_value=_hidden(change.old_value, is_numbers),
            new_value=change.new_value,
            note=done.note,
            blanked_at=change.blanked_at,
        )


def _adjustment(session: Session, one: Declaration, is_hidden: bool) -> dict[str, Any]:
    """Return what an adjustment asks for beside what the account held; that is gone after a while (retention)."""
    change = session.get(AccountChange, one.id)
    phone = change.proven_phone if change else None
    return {
        "adjusted": [*_adjusted(change.before, changes.snapshot(one), is_hidden)] if change and change.before else [],
        "proven_phone": mask_phone(phone) if phone and is_hidden else phone,
        "proven_at": change.proven_at if change else None,
    }


def _adjusted(before: dict[str, Any], after: dict[str, Any], is_hidden: bool) -> Iterator[Adjusted]:
    for part in changes.changed(before, after):
        hides = is_hidden and part in (changes.Part.PHONE, changes.Part.PAPER)
        old, new = (said_part(part, values) or None for values in (before, after))
        yield Adjusted(field=changes.NAMES[part], old_value=_hidden(old, hides), new_value=_hidden(new, hides))
