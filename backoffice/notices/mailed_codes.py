"""Codes by e-mail that reset a password (A5): eight digits, half an hour, to an address its owner has confirmed.

Anybody may ask for one for any account, so nothing may tell whether there is one: the statements asked of the database
are the same for everybody, and so is what is asked of the queue. The worker makes the digits, as of every other code.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.queue import COUNTER
from backoffice.models import (
    Account,
    AccountStatus,
    NoticeChannel,
    NoticeKind,
    OneTimeCode,
    columns_of,
    table_of,
)
from backoffice.notices import outbox
from backoffice.notices.account_messages import email_reset_mail
from backoffice.notices.one_time import MOST_WRONG, Purpose, fits

VALID = timedelta(minutes=30)
"""As the letter says."""
MOST_ORDERED, WINDOW = 3, timedelta(hours=1)
"""So many letters an account is sent within so long: each gives guesses, and anybody may ask for them."""
NOBODY = Account(id=0, bhxh_code="0000000000", full_name="Nguyễn Văn Mẫu", email="", office_id=0)
"""Stands for the account that is not there, so that nothing is left out."""
_C = columns_of(OneTimeCode)


def takes_letters(account: Account) -> bool:
    """Tell whether the account's owner has confirmed the address it has now, and uses the account (A5)."""
    return account.status is AccountStatus.ACTIVE and bool(account.email) and account.email == account.email_confirmed


def order(session: Session, account: Account | None) -> bool:
    """Have a code sent to the account's confirmed address; return whether there will be a letter.

    Nothing is sent for no account, without such an address, or beyond MOST_ORDERED. Not voiding an older code costs
    nothing: of a purpose only the newest is looked at (one_time).
    """
    to = account if account is not None and takes_letters(account) else None
    code = add_code(session, to, Purpose.RESET_PASSWORD, VALID, MOST_ORDERED, WINDOW)
    told = to or NOBODY
    mail = email_reset_mail(told)
    outbox.post_where(
        session,
        literal(code is not None),
        NoticeKind.EMAIL_RESET,
        NoticeChannel.EMAIL,
        told.email or "",
        lane=COUNTER,
        body=mail.text,
        subject=mail.subject,
        html=mail.html,
        office_id=told.office_id,
        account_id=told.id,
        one_time_code_id=code or 0,
    )
    return code is not None


def use(session: Session, account: Account | None, given: str) -> bool:
    """Use the newest code of the account if `given`, in which blanks do not matter, is of it; else count a wrong try.

    The caller commits either way. False for no account, one that takes no letters, and a code used, past or void, by
    the same statements.
    """
    now = clock.now()
    to = account if account is not None and takes_letters(account) else None
    newest = (
        select(_C.id, _C.hashes, _C.used_at, _C.expires_at, _C.wrong)
        .where(_C.account_id == (to.id if to else 0), _C.purpose == Purpose.RESET_PASSWORD.value)
        .order_by(_C.id.desc())
        .limit(1)
        .with_for_update()
    )
    code = session.execute(newest).one_or_none()
    is_live = code is not None and code.used_at is None and code.expires_at > now and code.wrong < MOST_WRONG
    is_right = fits(code.id if code else 0, code.hashes if code else [], "".join(given.split())) and is_live
    tried = update(table_of(OneTimeCode)).where(_C.id == (code.id if code and is_live else 0))
    session.execute(tried.values(used_at=now) if is_right else tried.values(wrong=_C.wrong + 1))
    return is_right


def was_used(session: Session, account: Account, since: datetime) -> bool:
    """Tell whether the account's password was reset by e-mail after `since`."""
    used = select(_C.id).where(
        _C.account_id == account.id, _C.purpose == Purpose.RESET_PASSWORD.value, _C.used_at > since
    )
    return session.execute(used.limit(1)).first() is not None


def add_code(
    session: Session, account: Account | None, purpose: Purpose, valid: timedelta, most: int, window: timedelta
) -> int | None:
    """Add a code and return its id; None, by the same statement, where there is no account, or it had `most` of them
    within `window`.
    """
    now, account_id = clock.now(), account.id if account else 0
    had = (
        select(func.count())
        .where(_C.account_id == account_id, _C.purpose == purpose.value, _C.ordered_at > now - window)
        .scalar_subquery()
    )
    given: dict[str, Any] = {
        "account_id": account_id,
        "purpose": purpose.value,
        "hashes": [],
        "ordered_at": now,
        "expires_at": now + valid,
        "wrong": 0,
    }
    row = select(*(literal(value, _C[name].type) for name, value in given.items())).where(
        literal(account is not None), had < most
    )
    added = insert(table_of(OneTimeCode)).from_select(list(given), row, include_defaults=False).returning(_C.id)
    return session.execute(added).scalar_one_or_none()
