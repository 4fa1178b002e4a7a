"""Where a declaration stands, for whoever has its receipt code and the end of the phone declared (issue 10, point 7).

What is shown names nobody: with a mistyped number the receipt code went to a stranger (D6). Whoever was let in has the
declaration's id, sealed for a quarter of an hour; nothing is kept here for it.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from backoffice.decision import claims
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import format_receipt_code, normalize_receipt_code
from backoffice.identity.text import compact, is_digits
from backoffice.intake import queries, status_door
from backoffice.intake.answers import OfficeBrief, office_brief
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Declaration, Notice, NoticeKind, Office, Purpose, Status, Tombstone, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import is_overdue, is_waiting_for_supplement
from backoffice.rules.reasons import Reason, reason_of, screen_reasons
from backoffice.rules.serving import serving

SHOWN_FOR = timedelta(minutes=15)
DIGITS = 3
_PURPOSE = "status page"
_NO_DIGITS = f"Xin nhập {DIGITS} chữ số cuối của số điện thoại đã khai."
_WRONG = (
    f"Mã hồ sơ hoặc {DIGITS} chữ số cuối của số điện thoại không đúng. Xin xem lại mẫu số 01 hoặc tin nhắn xác nhận, "
    "rồi nhập lại."
)
_LEFT = "Đã quá 15 phút nên trang này đã khóa để giữ an toàn. Xin nhập lại mã hồ sơ và 3 chữ số cuối của số điện thoại."


class ProofOver(NotFound):
    """Nobody was let in by this browser, or too long ago."""

    code = "proof_over"

    def __init__(self) -> None:
        super().__init__(_LEFT)


@dataclass(frozen=True)
class Standing:
    """Where a declaration stands. Of an expired one only the dates are left (K4)."""

    id: int
    receipt_code: str
    """With hyphens; "" of an expired one, which only its hash is left of."""
    purpose: Purpose
    is_child: bool
    status: Status
    is_presented: bool
    declared_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    deleted_at: datetime | None
    supplement: str
    """What is still to be brought, "" for nothing."""
    reasons: Sequence[str]
    """Why it was not accepted, the note last; without the note where the phone may be a stranger's."""
    reason_codes: Sequence[Reason]
    was_moved: bool
    in_hand: bool
    """An officer examines it at this moment."""
    version: int
    form01_token: str
    office: OfficeBrief

    @property
    def rests_on_account(self) -> bool:
        """Tell whether only who proves to own an account opens its form: its own, or the guardian's (D2, D11)."""
        return self.is_child or self.purpose is not Purpose.REGISTER


def prove(receipt_code: str, digits: str, address: str) -> str:
    """Return the proof of who knows a declaration's receipt code and the last three digits of its phone.

    Whichever of the two is wrong, the answer and the statements are the same: InvalidInput. Of an expired declaration
    no phone is left, so its code is enough; it shows dates alone (K4). Raises TooManyRequests (status_door).
    """
    code, ending = _read(receipt_code, digits)
    status_door.knock(code, address)
    with transaction() as session:
        found = session.execute(
            select(Declaration.id, Declaration.phone).where(Declaration.receipt_code == code)
        ).one_or_none()
        left = queries.tombstone_by_receipt(session, code)
        fits = found is not None and hmac.compare_digest(found.phone[-DIGITS:].encode(), ending.encode())
        if not fits and (left is None or found is not None):
            raise InvalidInput([Fault("receipt_code", _WRONG, "wrong_pair")], _WRONG)
        status_door.let_in(session, code)
        return proof_of(found.id if found is not None else left[0].declaration_id if left else 0)


def proof_of(declaration_id: int) -> str:
    """Return the proof that whoever has it was let in to a declaration now."""
    said = json.dumps([declaration_id, (clock.now() + SHOWN_FOR).timestamp()])
    return base64.urlsafe_b64encode(seal(_PURPOSE, "", said.encode())).decode()


def proven(proof: str) -> int:
    """Return the id of the declaration that whoever has `proof` was let in to. Raises ProofOver."""
    try:
        declaration_id, until = json.loads(unseal(_PURPOSE, "", base64.urlsafe_b64decode(proof.encode())))
    except (BrokenSeal, ValueError):
        raise ProofOver from None
    if until < clock.now().timestamp():
        raise ProofOver
    return int(declaration_id)


def standing(proof: str) -> Standing:
    """Return where the declaration stands, and note the look. Raises ProofOver, NotFound when nothing is left."""
    declaration_id = proven(proof)
    with transaction() as session:
        declaration = session.scalars(
            select(Declaration)
            .where(Declaration.id == declaration_id)
            .options(joinedload(Declaration.office), selectinload(Declaration.photos))
        ).one_or_none()
        if declaration is not None:
            record(session, TrailEvent.STATUS_READ, CITIZEN, declaration=declaration)
            return of_declaration(session, declaration)
        stone = session.get(Tombstone, declaration_id)
        if stone is None:
            raise ProofOver
        record(
            session, TrailEvent.STATUS_READ, CITIZEN, subject_hash=stone.bhxh_code_hash, tombstone=stone.declaration_id
        )
        return _of_tombstone(session, stone)


def of_declaration(session: Session, declaration: Declaration) -> Standing:
    """Return where a declaration stands whose office is loaded; past its deadline as expired (K4)."""
    codes = [reason_of(code) for code in declaration.reasons]
    note = "" if Reason.PHONE_NOT_OWN in codes else declaration.rejected_note or ""
    waits = declaration.status is Status.SUBMITTED and is_waiting_for_supplement(declaration)
    return Standing(
        id=declaration.id,
        receipt_code=format_receipt_code(declaration.receipt_code),
        purpose=declaration.purpose,
        is_child=declaration.guardian_bhxh_code is not None,
        status=Status.EXPIRED if is_overdue(declaration) else declaration.status,
        is_presented=declaration.presented_at is not None,
        declared_at=declaration.declared_at,
        expires_at=declaration.expires_at,
        decided_at=declaration.decided_at,
        deleted_at=None,
        supplement=(declaration.supplement_note or "") if waits else "",
        reasons=screen_reasons(declaration.reasons, note),
        reason_codes=codes,
        was_moved=_was_moved(session, declaration.id),
        in_hand=claims.live(session, declaration.id) is not None,
        version=declaration.version,
        form01_token=declaration.form01_token,
        office=office_brief(serving(session, declaration.office)),
    )


def _of_tombstone(session: Session, stone: Tombstone) -> Standing:
    office = session.get_one(Office, stone.office_id)
    return Standing(
        id=stone.declaration_id,
        receipt_code="",
        purpose=stone.purpose,
        is_child=False,
        status=Status.EXPIRED,
        is_presented=False,
        declared_at=stone.declared_at,
        expires_at=stone.expired_at,
        decided_at=None,
        deleted_at=stone.deleted_at,
        supplement="",
        reasons=(),
        reason_codes=(),
        was_moved=False,
        in_hand=False,
        version=1,
        form01_token="",
        office=office_brief(serving(session, office)),
    )


def _read(receipt_code: str, digits: str) -> tuple[str, str]:
    faults: list[Fault] = []
    code, ending = "", compact(digits[:40])
    try:
        code = normalize_receipt_code(receipt_code[:100])
    except Malformed as error:
        faults.append(Fault("receipt_code", error.message, error.code))
    if len(ending) != DIGITS or not is_digits(ending):
        faults.append(Fault("digits", _NO_DIGITS, "digits"))
    if faults:
        raise InvalidInput(faults, faults[0].message)
    return code, ending


def _was_moved(session: Session, declaration_id: int) -> bool:
    told = exists().where(Notice.declaration_id == declaration_id, Notice.kind == NoticeKind.MOVED)
    return bool(session.scalar(select(told)))
