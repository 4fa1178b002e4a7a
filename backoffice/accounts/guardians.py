"""Children under a guardian: an account without a phone of its own, that uses the guardian's (D11, D6).

Steps take the session of the use case. Order of locks: a guardian's account before its children's.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts import sessions
from backoffice.kernel import rows
from backoffice.kernel.errors import Conflict
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import Account, AccountHold, AccountStatus, Declaration, HoldKind, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.credentials import void_credentials
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of

_USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)


def guardian_of(session: Session, declaration: Declaration) -> Account | None:
    """Return the account, locked, whose phone the child of `declaration` is going to use; None for an adult.

    Raises Conflict: guardian_missing (no open account under the code declared), guardian_unusable (it is locked),
    guardian_phone (the phone declared is not the one that account holds).
    """
    code = declaration.guardian_bhxh_code
    if code is None:
        return None
    held = select(AccountHold.account_id).where(AccountHold.kind == HoldKind.CODE, AccountHold.value == code)
    guardian = session.scalars(
        select(Account).where(Account.id.in_(held)).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if guardian is None:
        raise Conflict(
            "Người giám hộ chưa có tài khoản giao dịch điện tử, nên chưa duyệt được cho trẻ. Chưa có gì thay đổi; xin "
            "giúp người giám hộ đăng ký trước.",
            code="guardian_missing",
        )
    if guardian.status not in _USABLE:
        raise Conflict(
            "Tài khoản của người giám hộ đang tạm khóa, nên chưa duyệt được cho trẻ. Chưa có gì thay đổi; xin báo lãnh "
            "đạo xem vì sao tài khoản bị khóa.",
            code="guardian_unusable",
        )
    if guardian.phone != declaration.phone or not _holds(session, guardian.id, declaration.phone):
        raise Conflict(
            "Số điện thoại khai cho trẻ khác số đang đăng ký của người giám hộ. Chưa có gì thay đổi; xin sửa số trên "
            "tờ khai theo số của người giám hộ, hoặc ghi số mới vào tài khoản của người giám hộ trước.",
            code="guardian_phone",
        )
    return guardian


def is_guardians(session: Session, account: Account, phone: str) -> bool:
    """Tell whether `phone` is held by the guardian of the child whose `account` it is."""
    return account.guardian_id is not None and _holds(session, account.guardian_id, phone)


def children_on(session: Session, account: Account, phone: str) -> Sequence[Account]:
    """Return the children's open accounts, locked, that use `phone` of their guardian's `account`."""
    found = select(Account).where(
        Account.guardian_id == account.id, Account.phone == phone, Account.status != AccountStatus.CLOSED
    )
    children = session.scalars(
        found.order_by(Account.id).with_for_update().execution_options(populate_existing=True)
    ).all()
    return [child for child in children if not _holds(session, child.id, phone)]


def bring_along(session: Session, account: Account, old: str, actor: Actor) -> None:
    """Let the children that used the number `old` of their guardian's `account` use the one it has now.

    What waits to be sent to the old one is cancelled, codes and temporary passwords that went there are void, and
    whoever has the old phone is signed out.
    """
    for child in children_on(session, account, old):
        notices.cancel_for_account(session, child)
        one_time.void(session, child)
        void_credentials(session, child)
        sessions.end_all(session, child, sessions.Ended.PHONE)
        sessions.forget_devices(session, child)
        rows.change(session, child, phone=account.phone, must_update_phone=False)
        record(
            session,
            TrailEvent.PHONE_CHANGE,
            actor,
            account=child,
            subject_hash=subject_of(child),
            old=lookup_hash("phone", old).hex(),
            new=lookup_hash("phone", account.phone).hex(),
            guardian=account.id,
        )


def follow_paper(session: Session, account: Account, old: str, actor: Actor) -> None:
    """Let children whose paper is their guardian's `account`'s, `old` until now, have the one it has now (D11)."""
    found = select(Account).where(
        Account.guardian_id == account.id, Account.id_number == old, Account.status != AccountStatus.CLOSED
    )
    for child in session.scalars(found.order_by(Account.id).with_for_update()).all():
        rows.change(session, child, id_type=account.id_type, id_number=account.id_number)
        subject, parts = subject_of(child), ["id_number"]
        event = TrailEvent.ACCOUNT_ADJUST
        record(session, event, actor, account=child, subject_hash=subject, parts=parts, guardian=account.id)


def leave_behind(session: Session, account: Account) -> None:
    """Mark the children whose phone the guardian's `account` holds no more: nothing is sent for them there (D6)."""
    for child in children_on(session, account, account.phone):
        notices.cancel_for_account(session, child)
        one_time.void(session, child)
        void_credentials(session, child)
        rows.change(session, child, must_update_phone=True)


def _holds(session: Session, account_id: int, phone: str) -> bool:
    hold = session.get(AccountHold, (HoldKind.PHONE, phone), populate_existing=True)
    return hold is not None and hold.account_id == account_id
