"""The link in the letter of a refusal: it opens the form once, to whoever knows the end of the phone too (issue 10)."""

from __future__ import annotations

import hmac

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.identity.text import compact
from backoffice.intake import drafts, prefill, status_door
from backoffice.intake.prefill_values import kind_of
from backoffice.intake.standing import DIGITS, proof_of
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Fault, InvalidInput, NotFound
from backoffice.kernel.hashing import token_hash
from backoffice.models import Declaration, DraftKind, RedeclareLink

_OVER = (
    "Liên kết này không còn dùng được: đã dùng rồi, đã quá hạn, hoặc tờ khai không còn. Xin khai lại, hoặc mở trang "
    "tra cứu bằng mã hồ sơ để khai lại từ đó."
)
_WRONG = f"{DIGITS} chữ số cuối không khớp với số điện thoại đã khai. Xin xem lại rồi nhập lại."


def look(token: str) -> DraftKind:
    """Return which form the link leads to; raises NotFound unless it may still be used."""
    with transaction() as session:
        return kind_of(_usable(session, token))


def open_form(token: str, digits: str, address: str) -> str:
    """Begin a form with what was right of the refused declaration; return the draft's token, the link is used then.

    `digits`: the last three of the phone declared; misses count at the status door. Raises NotFound when the link is
    none any more, InvalidInput (digits), TooManyRequests, Conflict.
    """
    declaration_id = _known(token, digits, address)
    draft = prefill.after_refusal(declaration_id)
    if not _use(token):
        drafts.drop(draft)
        raise NotFound(_OVER)
    return draft


def let_in(token: str, digits: str, address: str) -> str:
    """Return the proof (intake.standing) of a declaration that rests on an account. Raises as `open_form`.

    Its form opens for whoever proves to own the account: the link, which opens nothing by itself, goes on fitting.
    """
    return proof_of(_known(token, digits, address))


def _known(token: str, digits: str, address: str) -> int:
    """Return the id of the declaration that the link opens, to whoever knows the end of its phone."""
    with transaction() as session:
        code = _usable(session, token).receipt_code
    status_door.knock(code, address)
    with transaction() as session:
        declaration = _usable(session, token)
        if not hmac.compare_digest(declaration.phone[-DIGITS:].encode(), compact(digits[:40]).encode()):
            raise InvalidInput([Fault("digits", _WRONG, "wrong")], _WRONG)
        status_door.let_in(session, code)
        return declaration.id


def _usable(session: Session, token: str) -> Declaration:
    found = session.scalars(
        select(Declaration)
        .join(RedeclareLink, RedeclareLink.declaration_id == Declaration.id)
        .where(
            RedeclareLink.token_hash == token_hash(token),
            RedeclareLink.used_at.is_(None),
            RedeclareLink.expires_at > clock.now(),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_OVER)
    return found


def _use(token: str) -> bool:
    """Use the link, and with it those of other tries at the same letter; tell whether it was still unused."""
    mine = RedeclareLink.token_hash == token_hash(token)
    with transaction() as session:
        used = update(RedeclareLink).where(mine, RedeclareLink.used_at.is_(None)).values(used_at=clock.now())
        of = session.scalar(used.returning(RedeclareLink.declaration_id))
        others = RedeclareLink.declaration_id == of, RedeclareLink.used_at.is_(None)
        session.execute(update(RedeclareLink).where(*others).values(used_at=clock.now()))
        return of is not None
