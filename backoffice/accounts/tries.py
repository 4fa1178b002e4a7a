"""Wrong passwords (A7): five in a row close the door for a while, longer each time, and at last until a new password.

Counted apart for every device the owner has proven: whoever guesses from elsewhere closes the door for strangers, and
the owner goes on. Codes without an account close like the others, so that nobody learns which have one.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict, DomainError, TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, WrongTries
from backoffice.notices.credentials import NOBODY, newest_issue

ROUND = 5
"""Wrong tries, after each so many of which the door is closed."""
CLOSED = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))
MOST = ROUND * (len(CLOSED) + 1)
"""After so many only a new password opens it."""
KEPT = timedelta(days=30)

NEEDS_RESET = (
    "Tài khoản này đã bị nhập sai mật khẩu nhiều lần nên tạm không nhận mật khẩu từ thiết bị lạ. Xin lấy mật khẩu mới: "
    "gọi 1900 9068 (phím 8) bằng số điện thoại đã đăng ký, hoặc đến cơ quan BHXH gần nhất."
)


def key_of(code: str, account: Account | None, device: bytes | None) -> bytes:
    """Return under what a try counts; `device`: of the account, and known."""
    if account is None:
        return lookup_hash("wrong_tries", f"code:{code}")
    return lookup_hash("wrong_tries", f"account:{account.id}:{device.hex() if device else ''}")


class Reserved(NamedTuple):
    """A try that is counted: the `number` of tries in a row, or why none is taken now."""

    number: int
    refusal: DomainError | None = None


def reserve(session: Session, key: bytes, account: Account | None) -> Reserved:
    """Count a try as wrong until `forgive`; commit before the password is looked at, so that races cannot pass.

    Refused is TooManyRequests while the door is closed, Conflict (needs_reset) when only a new password opens it.
    """
    now = clock.now()
    new = insert(WrongTries).values(key_hash=key, account_id=account.id if account else None, number=0, last_at=now)
    session.execute(new.on_conflict_do_nothing())
    tries = session.scalars(
        select(WrongTries).where(WrongTries.key_hash == key).with_for_update().execution_options(populate_existing=True)
    ).one()
    if _has_newer_password(session, account, tries):
        tries.number, tries.closed_until = 0, None
    if tries.closed_until is not None and tries.closed_until > now:
        return Reserved(tries.number, _closed(math.ceil((tries.closed_until - now).total_seconds())))
    if tries.number >= MOST:
        return Reserved(tries.number, Conflict(NEEDS_RESET, code="needs_reset"))
    tries.number += 1
    tries.last_at = now
    if tries.number % ROUND == 0 and tries.number < MOST:
        tries.closed_until = now + CLOSED[tries.number // ROUND - 1]
    session.flush()
    return Reserved(tries.number)


def forgive(session: Session, key: bytes) -> None:
    """Forget the tries: the password was right."""
    session.execute(delete(WrongTries).where(WrongTries.key_hash == key))


def forgive_all(session: Session, account: Account) -> None:
    """Open the door: whoever asked is the owner (hotline, desk)."""
    session.execute(delete(WrongTries).where(WrongTries.account_id == account.id))


def is_closed(session: Session, account: Account) -> bool:
    """Tell whether strangers' devices, or one of the owner's, are shut out now."""
    tries = session.scalars(select(WrongTries).where(WrongTries.account_id == account.id)).all()
    return any(
        not _has_newer_password(session, account, one)
        and (one.number >= MOST or (one.closed_until is not None and one.closed_until > clock.now()))
        for one in tries
    )


def left(session: Session, key: bytes) -> int:
    """Return how many tries are left before the door closes: of ROUND."""
    tries = session.get(WrongTries, key)
    return ROUND - tries.number % ROUND if tries is not None else ROUND


def tidy(session: Session) -> None:
    """Forget tries of long ago."""
    session.execute(delete(WrongTries).where(WrongTries.last_at < clock.now() - KEPT))


def _has_newer_password(session: Session, account: Account | None, tries: WrongTries) -> bool:
    issue = newest_issue(session, account.id if account else NOBODY)
    return issue is not None and issue.issued_at > tries.last_at


def _closed(seconds: int) -> TooManyRequests:
    minutes = math.ceil(seconds / 60)
    return TooManyRequests(
        f"Đã nhập sai {ROUND} lần liền nên tạm dừng nhận. Xin đợi {minutes} phút rồi thử lại; nếu quên mật khẩu, "
        "xin gọi 1900 9068 (phím 8) bằng số điện thoại đã đăng ký để lấy mật khẩu mới.",
        retry_after=seconds,
    )
