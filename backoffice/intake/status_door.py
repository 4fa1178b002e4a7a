"""The door before a declaration's status page: receipt code and a few digits, which nobody shall guess (issue 10).

A thousand guesses would do for three digits, so misses close the door of that code, longer each time. It opens again by
itself, never for good: the owner is never shut out for longer than a day, and finds out at the office meanwhile. Codes
that are none of ours close alike, so that nobody learns which are.
"""

from __future__ import annotations

import math
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.kernel import clock, limits
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.limits import Limit
from backoffice.kernel.rates import neighbourhood
from backoffice.models import WrongTries

FROM_ADDRESS = Limit("status page from", 60, timedelta(hours=1))
"""An office, and all who wait in it, may share one address."""
FREE = 5
"""Misses before the door first closes."""
CLOSED = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=24))
"""For how long each miss from then on closes it."""
_TOO_MANY_FROM = "Có quá nhiều lần tra cứu từ mạng này. Xin đợi {wait} rồi thử lại, hoặc gọi tổng đài 1900 9068."
_CLOSED = (
    "Mã hồ sơ này đã bị nhập sai nhiều lần nên tạm dừng tra cứu. Xin đợi {wait} rồi thử lại; cần ngay, xin đến cơ quan "
    "BHXH ghi trên mẫu số 01 hoặc gọi 1900 9068."
)


def knock(code: str, address: str) -> None:
    """Count a try at the declaration of a normal receipt `code` as missed until `let_in`; written at once, so that
    tries side by side cannot pass.

    Raises TooManyRequests: from this address there were too many, or the door of the code is closed.
    """
    limits.spend(FROM_ADDRESS, neighbourhood(address), _TOO_MANY_FROM)
    now = clock.now()
    with transaction() as session:
        tries = _held(session, code)
        is_closed = tries.closed_until is not None and tries.closed_until > now
        left = math.ceil((tries.closed_until - now).total_seconds()) if is_closed and tries.closed_until else 0
        if not is_closed:
            tries.number += 1
            tries.last_at = now
            over = tries.number - FREE
            tries.closed_until = now + CLOSED[min(over, len(CLOSED) - 1)] if over >= 0 else None
    if is_closed:
        raise TooManyRequests(_CLOSED.format(wait=_in_words(left)), retry_after=left)


def let_in(session: Session, code: str) -> None:
    """Note that the last try was right: of the misses half are forgotten, for a guesser may be at it all the same."""
    tries = _held(session, code)
    tries.number //= 2
    tries.closed_until = None
    if tries.number == 0:
        session.delete(tries)


def _held(session: Session, code: str) -> WrongTries:
    """Return the row of the code's misses, made where there is none, and locked: written even where it is there, for
    somebody let in at this moment may delete it.
    """
    key = lookup_hash("wrong_tries", f"status:{code}")
    new = insert(WrongTries).values(key_hash=key, account_id=None, number=0, last_at=clock.now())
    written = {"key_hash": new.excluded.key_hash}
    session.execute(new.on_conflict_do_update(index_elements=[WrongTries.key_hash], set_=written))
    found = select(WrongTries).where(WrongTries.key_hash == key).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one()


def _in_words(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return f"{minutes} phút" if minutes < 120 else f"{math.ceil(minutes / 60)} giờ"
