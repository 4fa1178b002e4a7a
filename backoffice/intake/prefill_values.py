"""What a form is filled in with from a declaration: all that was declared, or what was right of a refused one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backoffice.accounts.queries import account_by_code
from backoffice.intake.account_values import PROVEN, PROVEN_AT, values_for
from backoffice.intake.draft_values import written_day
from backoffice.models import Account, AccountChange, Declaration, DraftKind, Photo, PhotoKind, Purpose
from backoffice.rules.reasons import Reason, photos_of, reason_of, screen_reasons, wording
from backoffice.rules.serving import serving

REFUSED, MARK = "_refused", "_wrong_"
"""A draft's own notes: why the declaration was refused, and by field (MARK before its name) what was wrong with it."""
_ID_PHOTOS = (PhotoKind.ID_FRONT, PhotoKind.ID_BACK)
_WRONG: dict[Reason, tuple[str, ...]] = {
    Reason.ID_NUMBER_DIFFERS: ("id_number",),
    Reason.NAME_DIFFERS: ("full_name",),
    Reason.CODE_WRONG: ("bhxh_code",),
    Reason.NOT_THE_PERSON: (PhotoKind.PORTRAIT.value,),
    Reason.ID_INVALID: ("id_number", *(kind.value for kind in _ID_PHOTOS)),
    Reason.CHILD_PROOF_MISSING: (PhotoKind.BIRTH_CERTIFICATE.value,),
    Reason.WRONG_OFFICE: ("office_code",),
}
"""What is to be filled in or photographed anew; with phone_not_own all of it."""
_NOT_TYPED: dict[DraftKind, tuple[str, ...]] = {
    DraftKind.CHILD: ("id_type", "id_number", "phone", "email"),
    DraftKind.STOP: ("full_name", "date_of_birth", "id_type", "id_number", "phone", "email"),
}
"""What the account says, not the form: it may say otherwise by now."""


@dataclass(frozen=True)
class Filled:
    """What a new draft holds, and which declaration it stands for."""

    kind: DraftKind
    values: Mapping[str, str]
    photos: Sequence[Photo] = field(repr=False)
    replaces_id: int | None = None
    corrects_id: int | None = None
    account_id: int | None = None


def kind_of(declaration: Declaration) -> DraftKind:
    """Return the form that is filled in from a declaration."""
    if declaration.purpose is Purpose.REGISTER:
        return DraftKind.CHILD if declaration.guardian_bhxh_code else DraftKind.REGISTER
    return DraftKind.ADJUST if declaration.purpose is Purpose.ADJUST else DraftKind.STOP


def account_of(session: Session, declaration: Declaration) -> int | None:
    """Return the account that a declaration rests on, whose owner has to prove to be it (D2, D11); None without one."""
    if declaration.purpose is not Purpose.REGISTER:
        change = session.get(AccountChange, declaration.id)
        return change.account_id if change else None
    guardian = account_by_code(session, declaration.guardian_bhxh_code) if declaration.guardian_bhxh_code else None
    return guardian.id if guardian else None


def is_strangers(declaration: Declaration) -> bool:
    """Tell whether the phone declared may be somebody else's: then nothing of the declaration is shown (D6)."""
    return Reason.PHONE_NOT_OWN in map(reason_of, declaration.reasons)


def right(session: Session, declaration: Declaration, account: Account | None = None) -> Filled:
    """Return what was right of a refused declaration; where the phone may be a stranger's, nothing of what it said.

    `account`: whose owner proved to be it; then what is no secret to its owner is filled in all the same.
    """
    kind, account_id = kind_of(declaration), account.id if account else None
    note = "" if is_strangers(declaration) else declaration.rejected_note or ""
    told = {"consent": "1", REFUSED: "\n".join(screen_reasons(declaration.reasons, note))}
    if is_strangers(declaration):
        known = values_for(kind, account) if account else {}
        return Filled(kind, {**known, **told}, [], replaces_id=declaration.id, account_id=account_id)
    wrong = _wrong(declaration)
    values = {name: text for name, text in values_of(session, declaration).items() if name not in wrong}
    marks = {MARK + name: text for name, text in wrong.items()}
    photos = [photo for photo in declaration.photos if photo.kind.value not in wrong]
    return Filled(kind, {**values, **told, **marks}, photos, replaces_id=declaration.id, account_id=account_id)


def _wrong(declaration: Declaration) -> dict[str, str]:
    """Return by field and photo what the reasons say is wrong with it."""
    found: dict[str, str] = {}
    for code in declaration.reasons:
        reason, names = reason_of(code), _WRONG.get(reason_of(code), ())
        if reason is Reason.PHOTO_UNUSABLE:
            names = tuple(kind.value for kind in photos_of(code) or PhotoKind)
        found |= dict.fromkeys(names, f"Tờ khai trước không được chấp nhận: {wording(code).screen}. Xin ghi lại.")
    return {name: text.replace("ghi lại", "chụp lại") if name in _PHOTOS else text for name, text in found.items()}


_PHOTOS: Collection[str] = frozenset(kind.value for kind in PhotoKind)


def values_of(session: Session, declaration: Declaration) -> dict[str, str]:
    """Return what a person would have typed to declare this."""
    born, start = declaration.date_of_birth, declaration.start_date
    values = {
        "full_name": declaration.full_name,
        "bhxh_code": declaration.bhxh_code,
        "id_type": declaration.id_type.value,
        "id_number": declaration.id_number,
        "date_of_birth": written_day(born.isoformat()) if born else "",
        "province": declaration.province_code,
        "district": declaration.district_code or "",
        "ward": declaration.ward_code,
        "line": declaration.address_line,
        "phone": declaration.phone,
        "email": declaration.email or "",
        "send_form01_by_email": "1" if declaration.send_form01_by_email else "",
        "office_code": serving(session, declaration.office).code,
        "contact_person": declaration.contact_person or "",
        "start_date": written_day(start.isoformat()) if start else "",
        "registered_at": declaration.registered_at.value if declaration.registered_at else "",
        "submission_method": declaration.submission_method or "",
    }
    left_out = _NOT_TYPED.get(kind_of(declaration), ())
    return {name: text for name, text in values.items() if name not in left_out} | _proven(session, declaration)


def _proven(session: Session, declaration: Declaration) -> dict[str, str]:
    """Return the draft's notes of a code that was read on the new number (K10)."""
    change = session.get(AccountChange, declaration.id) if declaration.purpose is Purpose.ADJUST else None
    if change is None or change.proven_at is None or change.proven_phone != declaration.phone:
        return {}
    return {PROVEN: declaration.phone, PROVEN_AT: change.proven_at.isoformat()}
