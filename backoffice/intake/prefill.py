"""A form that is filled in from a declaration: to correct it before the visit, or to declare anew after a refusal.

What was declared is shown to whoever opens it, so that takes more than the receipt code, which may be a stranger's
(D6): also the end of the number on the declared paper, or the link in the letter.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice.dossier.photos import StoredPhoto, copy_photos, discard
from backoffice.identity.text import compact
from backoffice.intake import own, status_door
from backoffice.intake.draft_rows import begin_in, held, put_photo_in, values_of
from backoffice.intake.draft_values import seal, written_day
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import Declaration, DraftKind, Photo, PhotoKind, Purpose, Status, TrailEvent
from backoffice.rules import declared
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record
from backoffice.rules.reasons import Reason, photos_of, reason_of, screen_reasons, wording
from backoffice.rules.serving import serving

COPIED, BASE, REFUSED, MARK = "_copied", "_base", "_refused", "_wrong_"
"""A draft's own notes: photos as they came from the declaration, what it said then (declared.mark), why it was refused,
and by field (MARK before its name) what was wrong with it.
"""
PAPER_DIGITS = 4
_GONE = "Tờ khai này không còn. Xin khai lại."
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
_NOT_HERE = (
    "Tờ khai loại này không sửa được ở đây. Chưa có gì thay đổi; xin rút tờ khai rồi khai lại, hoặc đến cơ quan BHXH "
    "đã chọn."
)
_NOT_REFUSED = "Tờ khai này không ở tình trạng “Không chấp nhận” nên không khai lại từ đây được. Chưa có gì thay đổi."
_WRONG_PAPER = (
    f"{PAPER_DIGITS} ký tự cuối của số giấy tờ không khớp với tờ khai. Chưa có gì thay đổi; xin ghi như trên mẫu số 01 "
    "đã gửi, kể cả khi số đó khai sai. Không còn mẫu, xin đến cơ quan BHXH đã chọn hoặc gọi 1900 9068."
)
_NO_PAPER = f"Xin nhập {PAPER_DIGITS} ký tự cuối của số giấy tờ đã khai."


@dataclass(frozen=True)
class _Filled:
    values: Mapping[str, str]
    photos: Sequence[Photo] = field(repr=False)
    replaces_id: int | None = None
    corrects_id: int | None = None


def kind_of(declaration: Declaration) -> DraftKind | None:
    """Return the form that is filled in from a declaration; None where an account has to be proven first (D2, D11)."""
    is_own = declaration.purpose is Purpose.REGISTER and declaration.guardian_bhxh_code is None
    return DraftKind.REGISTER if is_own else None


def correct(declaration_id: int, paper: str, address: str) -> str:
    """Begin a form with what was declared, its photos too, and return its token; sending it makes a new version.

    `paper`: the last four characters of the number of the declared paper. Raises InvalidInput (paper), TooManyRequests
    (status_door), Conflict when it is too late or the declaration is of a kind that is corrected otherwise.
    """
    require_paper(declaration_id, paper, address)
    with transaction() as session:
        declaration = _found(session, declaration_id)
        own.require_open(declaration, "sửa")
        if kind_of(declaration) is None:
            raise Conflict(_NOT_HERE, code="not_here")
        record(session, TrailEvent.PREFILL, CITIZEN, declaration=declaration, to="correct")
        values = {**_values(session, declaration), "consent": "1", BASE: declared.mark(declaration)}
        filled = _Filled(values, declaration.photos, corrects_id=declaration.id)
    return _begin(filled)


def again(declaration_id: int, paper: str, address: str) -> str:
    """Begin a form with what was right of a refused declaration, from its status page; return its token.

    Raises InvalidInput (paper), TooManyRequests, Conflict when it is not refused, or of a kind that begins otherwise.
    """
    require_paper(declaration_id, paper, address)
    return after_refusal(declaration_id)


def after_refusal(declaration_id: int) -> str:
    """Begin a form with what was right of a refused declaration and return its token; the caller knows who asks.

    What a reason says is wrong is left empty and marked; where the phone is not the person's own, all of it. The new
    declaration will name the old one. Raises Conflict as `again`.
    """
    with transaction() as session:
        declaration = _found(session, declaration_id)
        if declaration.status is not Status.REJECTED:
            raise Conflict(_NOT_REFUSED, code="not_refused")
        if kind_of(declaration) is None:
            raise Conflict(_NOT_HERE, code="not_here")
        record(session, TrailEvent.PREFILL, CITIZEN, declaration=declaration, to="again")
        filled = _right(session, declaration)
    return _begin(filled)


def is_strangers(declaration: Declaration) -> bool:
    """Tell whether the phone declared may be somebody else's: then nothing of the declaration is shown (D6)."""
    return Reason.PHONE_NOT_OWN in map(reason_of, declaration.reasons)


def _right(session: Session, declaration: Declaration) -> _Filled:
    note = "" if is_strangers(declaration) else declaration.rejected_note or ""
    told = {"consent": "1", REFUSED: "\n".join(screen_reasons(declaration.reasons, note))}
    if is_strangers(declaration):
        return _Filled(told, [], replaces_id=declaration.id)
    wrong = _wrong(declaration)
    values = {name: text for name, text in _values(session, declaration).items() if name not in wrong}
    marks = {MARK + name: text for name, text in wrong.items()}
    photos = [photo for photo in declaration.photos if photo.kind.value not in wrong]
    return _Filled({**values, **told, **marks}, photos, replaces_id=declaration.id)


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


def _values(session: Session, declaration: Declaration) -> dict[str, str]:
    """Return what a person would have typed to declare this."""
    born, start = declaration.date_of_birth, declaration.start_date
    return {
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


def _begin(filled: _Filled) -> str:
    """Begin the draft, with copies of the photos that are its own: dropping it takes nothing from the declaration."""
    copies = copy_photos(filled.photos)
    try:
        with transaction() as session:
            return _begun(session, filled, copies)
    except BaseException:
        discard(copies)
        raise


def _begun(session: Session, filled: _Filled, copies: Sequence[StoredPhoto]) -> str:
    ids = {"replaces_id": filled.replaces_id, "corrects_id": filled.corrects_id}
    token = begin_in(session, DraftKind.REGISTER, filled.values, **ids)
    row = held(session, token)
    for copy in copies:
        put_photo_in(session, row, copy)
    copied = " ".join(f"{copy.kind.value}:{copy.id}" for copy in copies)
    row.sealed = seal(token, {**values_of(row, token), COPIED: copied})
    return token


def require_paper(declaration_id: int, paper: str, address: str) -> None:
    """Raise InvalidInput unless `paper` is the end of the declared paper's number; misses count at the status door."""
    typed = compact(paper[:40]).upper()
    if len(typed) < PAPER_DIGITS:
        raise InvalidInput([Fault("paper", _NO_PAPER, "missing")], _NO_PAPER)
    with transaction() as session:
        code = _found(session, declaration_id).receipt_code
    status_door.knock(code, address)
    with transaction() as session:
        number = _found(session, declaration_id).id_number
        if not hmac.compare_digest(number[-PAPER_DIGITS:].encode(), typed[-PAPER_DIGITS:].encode()):
            raise InvalidInput([Fault("paper", _WRONG_PAPER, "wrong")], _WRONG_PAPER)
        status_door.let_in(session, code)


def _found(session: Session, declaration_id: int) -> Declaration:
    declaration = session.scalars(
        select(Declaration)
        .where(Declaration.id == declaration_id)
        .options(joinedload(Declaration.office), selectinload(Declaration.photos))
    ).one_or_none()
    if declaration is None:
        raise NotFound(_GONE)
    return declaration
