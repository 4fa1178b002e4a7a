"""What an officer does to an account's life: lock and unlock it, doubt its phone, open its door again (A7, D6, K10).

Common to all: NotFound for an account out of the officer's reach, Conflict when it is no longer as the officer saw it;
then nothing was done. Why, in the officer's words, is kept apart from the trail, which leads to it (`note`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backoffice.accounts import life, tries
from backoffice.accounts.desk_actions import CHECKS
from backoffice.accounts.queries import account_for, phone_hold
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import Account, AccountNote, AccountStatus, LockReason, Office, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.credentials import void_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of
from backoffice.rules.notes import read_note
from backoffice.rules.permissions import Do, may, require

_NOTHING = "Chưa có gì thay đổi."
_IDENTITY, _PHONE = "identity", "phone_own"


@dataclass
class _InCharge:
    """The office that is in charge of an account, as permissions ask for it."""

    office_id: int
    office: Office


def lock_for_owner(account_id: int, officer: Actor, note: str, checked: Collection[str]) -> None:
    """Lock the account because its owner, who stands here with an ID, asks for it; `checked` has "identity".

    Not that the phone is at hand: a lost or stolen one is why most owners ask. Raises InvalidInput (note, identity),
    Conflict (account_locked, account_closed).
    """
    note = read_note(note, "Xin ghi vì sao chủ tài khoản yêu cầu khóa, ví dụ: mất điện thoại.")
    _require_checked(checked, _IDENTITY)
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.LOCK_FOR_OWNER, locked=True)
        _lock(session, account, officer, LockReason.OWNER_ASKED, note)


def lock_on_suspicion(account_id: int, officer: Actor, note: str) -> None:
    """Lock an account of the supervisor's branch that seems to be in other hands; its owner need not be there.

    Raises InvalidInput (note), Conflict (account_locked, account_closed).
    """
    note = read_note(note, "Xin ghi vì sao nghi tài khoản bị lợi dụng.")
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.LOCK_ACCOUNT, locked=True)
        require(officer, Do.LOCK_ACCOUNT, _in_charge(session, account))
        _lock(session, account, officer, LockReason.SUSPICION, note)


def unlock(account_id: int, officer: Actor, note: str) -> None:
    """Let a locked account of the supervisor's branch be used again, whatever it was locked for.

    By its old password; where a wrong approval's lock took that, a new one is to be given out. Raises InvalidInput
    (note), Conflict (not_locked).
    """
    note = read_note(note, "Xin ghi vì sao mở khóa: đã kiểm tra những gì.")
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.UNLOCK_ACCOUNT, locked=True)
        require(officer, Do.UNLOCK_ACCOUNT, _in_charge(session, account))
        why = account.lock_reason
        kept = _keep(session, account, officer, note)
        life.unlock(session, account, officer, was=why.value if why else None, note=kept)


def reopen_door(account_id: int, officer: Actor, checked: Collection[str]) -> None:
    """Let the owner, who stands here with an ID, try passwords again (A7); `checked` has "identity".

    Raises InvalidInput (identity), Conflict (door_open, account_closed).
    """
    _require_checked(checked, _IDENTITY)
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.REOPEN_DOOR, locked=True)
        _require_not_closed(account)
        if not tries.is_closed(session, account):
            raise Conflict(
                f"Tài khoản này đang nhận mật khẩu bình thường. {_NOTHING} Nếu công dân quên mật khẩu, xin cấp lại.",
                code="door_open",
            )
        tries.forgive_all(session, account)
        record(session, TrailEvent.DOOR_OPENED, officer, account=account, subject_hash=subject_of(account))


def doubt_phone(account_id: int, officer: Actor, note: str) -> None:
    """Mark the account "phải cập nhật số" (D6): seen by every officer until its owner has another number.

    Until then nothing that opens it is sent or read out to that number: no password, no code.

    Raises InvalidInput (note), Conflict (phone_doubted, account_closed).
    """
    note = read_note(note, "Xin ghi vì sao số điện thoại này phải cập nhật.")
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.DOUBT_PHONE, locked=True)
        _require_not_closed(account)
        if account.must_update_phone:
            raise Conflict(
                f"Tài khoản này đã được đánh dấu phải cập nhật số từ trước. {_NOTHING}", code="phone_doubted"
            )
        account.must_update_phone = True
        notices.cancel_for_account(session, account)
        one_time.void(session, account)
        void_credentials(session, account)
        _record_doubt(session, account, officer, doubted=True, note=_keep(session, account, officer, note))


def trust_phone(account_id: int, officer: Actor, checked: Collection[str]) -> None:
    """Take the mark off again: the number was tried, and is the owner's; `checked` has all of CHECKS.

    Raises InvalidInput (identity, phone_own), Conflict (phone_not_doubted, account_closed; phone_not_held: it was freed
    for somebody else, so a new number is needed).
    """
    _require_checked(checked, _IDENTITY, _PHONE)
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.DOUBT_PHONE, locked=True)
        _require_not_closed(account)
        if not account.must_update_phone:
            raise Conflict(f"Số của tài khoản này không còn bị đánh dấu. {_NOTHING}", code="phone_not_doubted")
        if phone_hold(session, account) is None:
            raise Conflict(
                f"Số điện thoại này đã chuyển cho người khác. {_NOTHING} Xin ghi số mới của công dân vào tài khoản.",
                code="phone_not_held",
            )
        account.must_update_phone = False
        _record_doubt(session, account, officer, doubted=False)


def may_in_branch(session: Session, officer: Actor, do: Do, account: Account) -> bool:
    """Tell whether `officer` may `do` to the account as one of the own office or branch."""
    return may(officer, do, _in_charge(session, account))


def _lock(session: Session, account: Account, officer: Actor, why: LockReason, note: str) -> None:
    kept = _keep(session, account, officer, note)
    life.lock(session, account, officer, why, note=kept)


def _record_doubt(session: Session, account: Account, officer: Actor, **facts: Any) -> None:
    session.flush()
    record(session, TrailEvent.PHONE_DOUBTED, officer, account=account, subject_hash=subject_of(account), **facts)


def _keep(session: Session, account: Account, officer: Actor, note: str) -> int:
    """Keep why something was done and return its id."""
    kept = AccountNote(account_id=account.id, officer_id=officer.id, at=clock.now(), note=note)
    rows.add(session, kept)
    return kept.id


def _in_charge(session: Session, account: Account) -> _InCharge:
    return _InCharge(account.office_id, session.get_one(Office, account.office_id))


def _require_not_closed(account: Account) -> None:
    if account.status is AccountStatus.CLOSED:
        raise Conflict(f"Tài khoản này đã ngừng sử dụng. {_NOTHING}", code="account_closed")


def _require_checked(checked: Collection[str], *names: str) -> None:
    """Raise InvalidInput with a fault for each of `names` (of CHECKS) that the officer did not tick."""
    faults = [Fault(name, CHECKS[name]) for name in names if name not in checked]
    if faults:
        raise InvalidInput(faults, "Chưa có gì thay đổi:")
