"""How an account stands, in plain words, and what an officer may do about it now (A7, D6, K10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.accounts import sessions, tries
from backoffice.accounts.desk_acts import may_in_branch
from backoffice.accounts.passwords import ends_at
from backoffice.desk.account_words import LOCKED_FOR, SIGNED_IN_BY, USABLE, moment
from backoffice.kernel import clock
from backoffice.models import Account, AccountStatus, LockReason
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, may

Values = dict[str, Any]
MUST_UPDATE_PHONE = "Phải cập nhật số điện thoại"


def life_of(session: Session, account: Account, officer: Actor, *, is_held: bool) -> Values:
    """Return the values `life` of desk/account.html, and what is to be known first as `warnings`."""
    is_usable, is_locked = account.status in USABLE, account.status is AccountStatus.LOCKED
    is_shut = is_usable and tries.is_closed(session, account)
    is_open = account.status is not AccountStatus.CLOSED
    in_branch = {do: may_in_branch(session, officer, do, account) for do in (Do.LOCK_ACCOUNT, Do.UNLOCK_ACCOUNT)}
    return {
        "warnings": _warnings(account, is_shut=is_shut, is_held=is_held),
        "unlock_warning": _unlock_warning(account),
        "may": {
            "lock_for_owner": is_usable and may(officer, Do.LOCK_FOR_OWNER),
            "lock_on_suspicion": is_usable and in_branch[Do.LOCK_ACCOUNT],
            "unlock": is_locked and in_branch[Do.UNLOCK_ACCOUNT],
            "open_door": is_shut and may(officer, Do.REOPEN_DOOR),
            "doubt": is_open and not account.must_update_phone and may(officer, Do.DOUBT_PHONE),
            "trust": is_open and account.must_update_phone and is_held and may(officer, Do.DOUBT_PHONE),
        },
    }


def signed_in(session: Session, account: Account) -> str:
    """Return by what and since when the owner is signed in, without naming the device."""
    found = sessions.open_session(session, account)
    now = clock.now()
    is_over = found is None or found.until <= now or (found.refresh_hash is None and found.access_until <= now)
    if found is None or is_over:
        return "hiện không đăng nhập"
    return f"{SIGNED_IN_BY[found.kind]}, từ {moment(found.began_at)}"


def password_ends(account: Account) -> str:
    """Return until when the password of the owner's choice is good; "" where there is none."""
    ends = ends_at(account)
    if ends is None:
        return ""
    day = f"{clock.local(ends):%d/%m/%Y}"
    return f"đến ngày {day}" if ends > clock.now() else f"đã hết từ ngày {day}; phải đổi khi đăng nhập"


def locked_since(account: Account) -> str:
    """Return since when and why the account is locked; "" when it is not."""
    if account.status is not AccountStatus.LOCKED:
        return ""
    since = f" từ {moment(account.locked_at)}" if account.locked_at else ""
    why = f": {LOCKED_FOR[account.lock_reason]}" if account.lock_reason else ""
    return f"Tài khoản tạm khóa{since}{why}"


def _warnings(account: Account, *, is_shut: bool, is_held: bool) -> list[str]:
    told = []
    if locked := locked_since(account):
        told.append(f"{locked}.")
    if is_shut:
        told.append(
            "Mật khẩu bị nhập sai nhiều lần nên tạm không nhận mật khẩu từ thiết bị lạ. Nếu chính công dân nhập sai, "
            "xin đối chiếu giấy tờ rồi mở lại, hoặc cấp lại mật khẩu."
        )
    if account.must_update_phone and account.status is not AccountStatus.CLOSED:
        why = "số này cần được kiểm tra" if is_held else "số cũ không còn dùng được"
        told.append(f"{MUST_UPDATE_PHONE}: {why}. Xin hỏi số đang dùng và ghi vào tài khoản.")
    return told


def _unlock_warning(account: Account) -> str:
    """Return what a supervisor must know before a wrong approval's lock is lifted."""
    if account.lock_reason is not LockReason.WRONG_APPROVAL:
        return ""
    return (
        "Tài khoản này bị khóa vì duyệt nhầm: người đã khai có thể không phải chủ mã số. Chỉ mở khóa khi đã gặp đúng "
        "người và đối chiếu giấy tờ bản gốc. Mật khẩu cũ đã bị hủy, cần cấp lại sau khi mở."
    )
