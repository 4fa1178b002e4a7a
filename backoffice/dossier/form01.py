"""Form 01 of a declaration: where it is found, and the document itself (D2, D3, D10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice import config
from backoffice.dossier.change_words import said_part
from backoffice.dossier.photos import read_photo
from backoffice.gateways.pdf.form01 import Address, Change, Form01, Guardian, render_form01, render_forms
from backoffice.gateways.photos import PhotoMissing, PhotoUnreadable
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.errors import NotFound
from backoffice.models import Account, AccountChange, AccountStatus, Correction, Declaration, Photo, Purpose
from backoffice.rules.changes import NAMES as PARTS
from backoffice.rules.changes import changed, snapshot
from backoffice.rules.consent import consent, undertaking
from backoffice.rules.form01 import NAMES
from backoffice.rules.places import find_place

_CORRECTED = Correction.declaration_id == Declaration.id, Correction.field.in_(list(NAMES))
_FORM = select(
    Declaration,
    select(func.max(Correction.at)).where(*_CORRECTED).scalar_subquery(),
    select(func.array_agg(Correction.field.distinct())).where(*_CORRECTED).scalar_subquery(),
).options(joinedload(Declaration.office), selectinload(Declaration.photos))


def form01_url(declaration: Declaration) -> str:
    """Return the address at which the form can be fetched while the declaration lives; nothing in it names anybody."""
    return f"{config.current().public_url}/form01/{declaration.form01_token}.pdf"


def form01_pdf(session: Session, declaration_id: int) -> bytes:
    """Return form 01 of the declaration as PDF/A. Raises NotFound when it is gone, Unavailable when the store is out.

    A photo that is missing or does not open leaves a frame that says so. Renders with typst: call it only after a fork.
    """
    row = session.execute(_FORM.where(Declaration.id == declaration_id)).one_or_none()
    if row is None:
        raise NotFound("Không tìm thấy tờ khai này. Tờ khai có thể đã quá hạn và đã được xóa theo quy định.")
    return render_form01(_form(session, *row))


def form01s_pdf(session: Session, declaration_ids: Sequence[int]) -> bytes:
    """Return form 01 of these declarations, in this order, as one PDF/A; see `form01_pdf`.

    Raises NotFound when none is there any more.
    """
    rows = {row[0].id: row for row in session.execute(_FORM.where(Declaration.id.in_(declaration_ids)))}
    forms = [_form(session, *rows[one]) for one in declaration_ids if one in rows]
    if not forms:
        raise NotFound("Các tờ khai này đã quá hạn và đã được xóa theo quy định.")
    return render_forms(forms)


def _form(
    session: Session, declaration: Declaration, corrected_at: datetime | None, corrected: list[str] | None
) -> Form01:
    office, expires_at = declaration.office, declaration.expires_at
    return Form01(
        receipt_code=format_receipt_code(declaration.receipt_code),
        purpose=declaration.purpose.value,
        bhxh_code=declaration.bhxh_code,
        full_name=declaration.full_name,
        id_type=declaration.id_type.value,
        id_number=declaration.id_number,
        date_of_birth=declaration.date_of_birth,
        address=_address(declaration),
        phone=declaration.phone,
        email=declaration.email,
        start_date=declaration.start_date,
        registered_at=declaration.registered_at and declaration.registered_at.value,
        submission_method=declaration.submission_method,
        contact_person=declaration.contact_person,
        guardian=_guardian(session, declaration.guardian_bhxh_code),
        changes=_changes(session, declaration),
        population_db_verified=declaration.population_db_verified,
        office_code=office.code,
        office_name=office.name,
        office_address=office.address,
        office_phone=office.phone,
        declared_at=declaration.declared_at,
        corrected_at=corrected_at,
        corrected=tuple(words for name, words in NAMES.items() if name in (corrected or ())),
        version=declaration.version,
        deadline=clock.local(expires_at).date() if expires_at else None,
        undertaking=undertaking(declaration.consent_wording),
        consent=consent(declaration.consent_wording),
        turned={photo.kind.value: photo.rotation for photo in declaration.photos if photo.rotation},
        **{photo.kind.value: _jpeg(photo) for photo in declaration.photos},
    )


def _address(declaration: Declaration) -> Address:
    place = find_place(declaration.province_code, declaration.district_code, declaration.ward_code)
    return Address(
        province=place.province.name,
        district=place.district.name if place.district else None,
        ward=place.ward.name if place.ward else None,
        line=declaration.address_line,
    )


def _changes(session: Session, declaration: Declaration) -> tuple[Change, ...]:
    """Return what an adjustment changes, old beside new; nothing once the retention took how it was before (D2)."""
    if declaration.purpose is not Purpose.ADJUST:
        return ()
    change = session.get(AccountChange, declaration.id)
    before = change.before if change else None
    if before is None:
        return ()
    after = snapshot(declaration)
    return tuple(
        Change(label=PARTS[part], before=said_part(part, before), after=said_part(part, after))
        for part in changed(before, after)
    )


def _guardian(session: Session, code: str | None) -> Guardian | None:
    """Return the guardian of a child (D11) by the open account that the code names."""
    if code is None:
        return None
    name = session.scalar(
        select(Account.full_name)
        .where(Account.bhxh_code == code, Account.status != AccountStatus.CLOSED)
        .order_by(Account.id.desc())
        .limit(1)
    )
    return Guardian(code=code, name=name or "")


def _jpeg(photo: Photo) -> bytes:
    try:
        return read_photo(photo, "thumb")
    except (PhotoMissing, PhotoUnreadable):
        return b""
