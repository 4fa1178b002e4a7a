"""A form that is filled in from a declaration: to correct it before the visit, or to declare anew after a refusal.

What was declared is shown to whoever opens it, so that takes more than the receipt code, which may be a stranger's
(D6): also the end of the number on the declared paper, or the link in the letter. What rests on an account opens for
whoever proves to own it alone, as when it was declared (D2, D11).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice.dossier.photos import StoredPhoto, copy_photos, discard
from backoffice.identity.text import compact
from backoffice.intake import own, status_door
from backoffice.intake.account_values import usable
from backoffice.intake.draft_rows import begin_in, held, put_photo_in, values_of
from backoffice.intake.draft_values import seal
from backoffice.intake.prefill_values import Filled, account_of, kind_of, right
from backoffice.intake.prefill_values import values_of as declared_values
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound
from backoffice.models import Account, Declaration, DraftKind, Status, TrailEvent
from backoffice.rules import declared
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record

COPIED, BASE = "_copied", "_base"
"""A draft's own notes: photos as they came from the declaration, and what it said then (declared.mark)."""
PAPER_DIGITS = 4
_GONE = "Tờ khai này không còn. Xin khai lại."
_NOT_HERE = (
    "Tờ khai này dựa trên tài khoản nên chỉ chủ tài khoản (hoặc người giám hộ) mở được. Chưa có gì thay đổi; xin đăng "
    "nhập, hoặc nói với cán bộ khi đến nộp."
)
_ANOTHER_ACCOUNT = (
    "Tờ khai này không phải của tài khoản đang dùng. Chưa có gì thay đổi; xin đăng nhập bằng tài khoản đã khai tờ này."
)
_NOT_REFUSED = "Tờ khai này không ở tình trạng “Không chấp nhận” nên không khai lại từ đây được. Chưa có gì thay đổi."
_WRONG_PAPER = (
    f"{PAPER_DIGITS} ký tự cuối của số giấy tờ không khớp với tờ khai. Chưa có gì thay đổi; xin ghi như trên mẫu số 01 "
    "đã gửi, kể cả khi số đó khai sai. Không còn mẫu, xin đến cơ quan BHXH đã chọn hoặc gọi 1900 9068."
)
_NO_PAPER = f"Xin nhập {PAPER_DIGITS} ký tự cuối của số giấy tờ đã khai."


def correct(declaration_id: int, paper: str, address: str) -> str:
    """Begin a form with what was declared, its photos too, and return its token; sending it makes a new version.

    `paper`: the last four characters of the number of the declared paper. Raises InvalidInput (paper), TooManyRequests
    (status_door), Conflict when it is too late or the declaration rests on an account (`correct_own`).
    """
    require_paper(declaration_id, paper, address)
    return _correct(declaration_id, None)


def correct_own(declaration_id: int, account_id: int) -> str:
    """Do as `correct` with a declaration that rests on an account, for whoever proved to own it.

    Raises Conflict when it is too late, for another account, or one that is locked or closed by now.
    """
    return _correct(declaration_id, account_id)


def again(declaration_id: int, paper: str, address: str) -> str:
    """Begin a form with what was right of a refused declaration, from its status page; return its token.

    Raises InvalidInput (paper), TooManyRequests, Conflict when it is not refused, or rests on an account (`again_own`).
    """
    require_paper(declaration_id, paper, address)
    return after_refusal(declaration_id)


def again_own(declaration_id: int, account_id: int) -> str:
    """Do as `again` with one that rests on an account, for whoever proved to own it. Raises as `correct_own`."""
    return _again(declaration_id, account_id)


def after_refusal(declaration_id: int) -> str:
    """Begin a form with what was right of a refused declaration and return its token; the caller knows who asks.

    What a reason says is wrong is left empty and marked; where the phone is not the person's own, all of it. The new
    declaration will name the old one. Raises Conflict as `again`.
    """
    return _again(declaration_id, None)


def guardian_of(declaration_id: int) -> str:
    """Return the guardian's code of a child's declaration, to which a code may be ordered; "" of any other (D11)."""
    with transaction() as session:
        declaration = _found(session, declaration_id)
        is_child = kind_of(declaration) is DraftKind.CHILD
        return declaration.guardian_bhxh_code or "" if is_child else ""


def _correct(declaration_id: int, account_id: int | None) -> str:
    with transaction() as session:
        declaration = _found(session, declaration_id)
        own.require_open(declaration, "sửa")
        account = _proven(session, declaration, account_id)
        record(session, TrailEvent.PREFILL, CITIZEN, declaration=declaration, to="correct")
        filled = Filled(
            kind_of(declaration),
            {**declared_values(session, declaration), "consent": "1", BASE: declared.mark(declaration)},
            declaration.photos,
            corrects_id=declaration.id,
            account_id=account.id if account else None,
        )
    return _begin(filled)


def _again(declaration_id: int, account_id: int | None) -> str:
    with transaction() as session:
        declaration = _found(session, declaration_id)
        if declaration.status is not Status.REJECTED:
            raise Conflict(_NOT_REFUSED, code="not_refused")
        account = _proven(session, declaration, account_id)
        record(session, TrailEvent.PREFILL, CITIZEN, declaration=declaration, to="again")
        filled = right(session, declaration, account)
    return _begin(filled)


def _proven(session: Session, declaration: Declaration, account_id: int | None) -> Account | None:
    """Return the account the declaration rests on, None where it rests on none; raises Conflict unless it is that of
    `account_id`: else whoever finds a receipt code could have a stranger's new number confirmed (A7, D2).
    """
    if kind_of(declaration) is DraftKind.REGISTER:
        return None
    if account_id is None:
        raise Conflict(_NOT_HERE, code="not_here")
    if account_of(session, declaration) != account_id:
        raise Conflict(_ANOTHER_ACCOUNT, code="another_account")
    return usable(session, account_id)


def _begin(filled: Filled) -> str:
    """Begin the draft, with copies of the photos that are its own: dropping it takes nothing from the declaration."""
    copies = copy_photos(filled.photos)
    try:
        with transaction() as session:
            return _begun(session, filled, copies)
    except BaseException:
        discard(copies)
        raise


def _begun(session: Session, filled: Filled, copies: Sequence[StoredPhoto]) -> str:
    token = begin_in(
        session,
        filled.kind,
        filled.values,
        account_id=filled.account_id,
        replaces_id=filled.replaces_id,
        corrects_id=filled.corrects_id,
    )
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
