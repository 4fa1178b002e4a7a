"""The link in the letter of a refusal: it opens the form once, to whoever knows the end of the phone too (issue 10)."""

from __future__ import annotations

import hmac

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.identity.text import compact
from backoffice.intake import drafts, prefill, status_door
from backoffice.intake.standing import DIGITS
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.hashing import token_hash
from backoffice.models import Declaration, RedeclareLink

_OVER = (
    "Liên kết này không còn dùng được: đã dùng rồi, đã quá hạn, hoặc tờ khai không còn. Xin khai lại, hoặc mở trang "
    "tra cứu bằng mã hồ sơ để khai lại từ đó."
)
_WRONG = f"{DIGITS} chữ số cuối không khớp với số điện thoại đã khai. Xin xem lại rồi nhập lại."


def look(token: str) -> None:
    """Raise NotFound unless the link may still be used."""
    with transaction() as session:
        _usable(session, token)


def open_form(token: str, digits: str, address: str) -> str:
    """Begin a form with what was right of the refused declaration; return the draft's token, the link is used then.

    `digits`: the last three of the phone declared; misses count at the status door. Raises NotFound when the link is
    none any more, InvalidInput (digits), TooManyRequests, Conflict.
    """
    with transaction() as session:
        declaration_id, code, _ = _usable(session, token)
    status_door.knock(code, address)
    with transaction() as session:
        _, _, phone = _usable(session, token)
        if not hmac.compare_digest(phone[-DIGITS:].encode(), compact(digits[:40]).encode()):
            raise InvalidInput([Fault("digits", _WRONG, "wrong")], _WRONG)
        status_door.let_in(session, code)
    draft = prefill.after_refusal(declaration_id)
    if not _use(token):
        drafts.drop(draft)
        raise NotFound(_OVER)
    return draft


def _usable(session: Session, token: str) -> tuple[int, str, str]:
    """Return id, receipt code and phone of the declaration that the link opens."""
    found = session.execute(
        select(Declaration.id, Declaration.receipt_code, Declaration.phone)
        .join(RedeclareLink, RedeclareLink.declaration_id == Declaration.id)
        .where(
            RedeclareLink.token_hash == token_hash(token),
            RedeclareLink.used_at.is_(None),
            RedeclareLink.expires_at > clock.now(),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_OVER)
    return found.id, found.receipt_code, found.phone


def _use(token: str) -> bool:
    """Use the link, and with it those of other tries at the same letter; tell whether it was still unused."""
    mine = RedeclareLink.token_hash == token_hash(token)
    with transaction() as session:
        used = update(RedeclareLink).where(mine, RedeclareLink.used_at.is_(None)).values(used_at=clock.now())
        of = session.scalar(used.returning(RedeclareLink.declaration_id))
        others = RedeclareLink.declaration_id == of, RedeclareLink.used_at.is_(None)
        session.execute(update(RedeclareLink).where(*others).values(used_at=clock.now()))
        return of is not None
