"""An account's life: issued → active → locked → closed, through one door (A1, A7, D2, design 4).

Steps take the session of the use case, with the account locked by it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backoffice.accounts import guardians, sessions
from backoffice.accounts.queries import holds_its_phone
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountHold, AccountStatus, Declaration, LockReason, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.credentials import void_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of

_MOVES: dict[AccountStatus, set[AccountStatus]] = {
    AccountStatus.ISSUED: {AccountStatus.ACTIVE, AccountStatus.LOCKED, AccountStatus.CLOSED},
    AccountStatus.ACTIVE: {AccountStatus.LOCKED, AccountStatus.CLOSED},
    AccountStatus.LOCKED: {AccountStatus.ISSUED, AccountStatus.ACTIVE, AccountStatus.CLOSED},
    AccountStatus.CLOSED: set(),
}
_EVENTS = {
    AccountStatus.LOCKED: TrailEvent.ACCOUNT_LOCK,
    AccountStatus.CLOSED: TrailEvent.ACCOUNT_CLOSE,
}
_NOTHING = "Chưa có gì thay đổi."


def activate(session: Session, account: Account, actor: Actor) -> None:
    """Let an account that was just issued be in use: its owner has chosen a password (A1)."""
    _move(session, account, AccountStatus.ACTIVE, actor, TrailEvent.ACCOUNT_ACTIVE)


def lock(
    session: Session,
    account: Account,
    actor: Actor,
    why: LockReason,
    *,
    declaration: Declaration | None = None,
    **facts: Any,
) -> None:
    """Lock the account: signed out, temporary passwords void, nothing sent any more; holds on code and phone stay.

    A wrong approval takes its password as well (design 4). Its owner is told that it is locked, not why. `facts` go to
    the trail. Raises Conflict (account_locked, account_closed) when it cannot be used already.
    """
    if account.status in (AccountStatus.LOCKED, AccountStatus.CLOSED):
        word = "đã được khóa" if account.status is AccountStatus.LOCKED else "đã ngừng sử dụng"
        raise Conflict(f"Tài khoản này {word} từ trước, nên không có gì thay đổi.", code=f"account_{account.status}")
    _shut(session, account, sessions.Ended.LOCKED)
    if why is LockReason.WRONG_APPROVAL:
        account.password_hash = account.password_set_at = None
    account.lock_reason, account.locked_at = why, clock.now()
    _move(session, account, AccountStatus.LOCKED, actor, declaration=declaration, why=why.value, **facts)
    notices.locked(session, account, by_sms=holds_its_phone(session, account))


def unlock(session: Session, account: Account, actor: Actor, **facts: Any) -> None:
    """Let a locked account be used again: by its old password, or by a new one where that is gone.

    Raises Conflict (not_locked).
    """
    if account.status is not AccountStatus.LOCKED:
        raise Conflict(f"Tài khoản này không bị khóa. {_NOTHING}", code="not_locked")
    to = AccountStatus.ACTIVE if account.password_hash else AccountStatus.ISSUED
    account.lock_reason = account.locked_at = None
    _move(session, account, to, actor, TrailEvent.ACCOUNT_UNLOCK, **facts)


def close(
    session: Session, account: Account, actor: Actor, *, declaration: Declaration | None = None, **facts: Any
) -> None:
    """Close the account for good (D2): signed out, its code and phone free for another. Raises Conflict.

    Children's accounts that used its phone stay, and are marked to update their number (D11).
    """
    if account.status is AccountStatus.CLOSED:
        raise Conflict(f"Tài khoản này đã ngừng sử dụng từ trước. {_NOTHING}", code="account_closed")
    by_sms = holds_its_phone(session, account)
    _shut(session, account, sessions.Ended.CLOSED)
    guardians.leave_behind(session, account)
    session.execute(delete(AccountHold).where(AccountHold.account_id == account.id))
    account.password_hash = account.password_set_at = None
    account.closed_at = clock.now()
    _move(session, account, AccountStatus.CLOSED, actor, declaration=declaration, **facts)
    notices.closed(session, account, declaration, by_sms=by_sms)


def _shut(session: Session, account: Account, why: sessions.Ended) -> None:
    void_credentials(session, account)
    notices.cancel_for_account(session, account)
    one_time.void(session, account)
    sessions.end_all(session, account, why)


def _move(
    session: Session,
    account: Account,
    to: AccountStatus,
    actor: Actor,
    event: TrailEvent | None = None,
    *,
    declaration: Declaration | None = None,
    **facts: Any,
) -> None:
    """Write status and trail row together: the one door for where an account stands."""
    before = account.status
    if to not in _MOVES[before]:
        raise Conflict(f"Tài khoản này đã thay đổi trong lúc đó. {_NOTHING}", code="account_changed")
    account.status = to
    session.flush()
    record(
        session,
        event or _EVENTS[to],
        actor,
        declaration=declaration,
        account=account,
        subject_hash=subject_of(account),
        before=before.value,
        **facts,
    )
