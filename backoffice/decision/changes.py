"""Deciding on what an account there is becomes: an adjustment, or its end (D2).

Steps take the session of the use case, with the declaration locked by it. All declarations about one account have its
code, and are decided one after the other (decision.actions.for_decision).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts import adjusting, life
from backoffice.decision import claims, steps
from backoffice.kernel.errors import Conflict
from backoffice.models import Account, AccountChange, AccountStatus, Declaration, Item, Purpose, Status
from backoffice.notices import actions as notices
from backoffice.rules import changes
from backoffice.rules.actors import Actor
from backoffice.rules.lifecycle import move

_NOTHING = "Chưa có gì thay đổi;"


def approve(session: Session, declaration: Declaration, officer: Actor) -> None:
    """Adjust or close the account the declaration is about, and tell its owner.

    With a stop the person's other undecided declarations about the account are withdrawn. Raises Conflict:
    account_gone, account_locked, nothing_changed, another_person, phone_taken, code_taken, own_phone (D2, D6).
    """
    change = _change(session, declaration)
    account = session.get(Account, change.account_id, with_for_update=True, populate_existing=True)
    if account is None or account.status is AccountStatus.CLOSED:
        raise _gone()
    _require_its_person(declaration, account)
    steps.present(session, declaration, officer)
    if declaration.purpose is Purpose.STOP:
        life.close(session, account, officer, declaration=declaration)
    else:
        _adjust(session, account, change, declaration, officer)
    move(session, declaration, Status.APPROVED, officer)
    if declaration.purpose is Purpose.STOP:
        _withdraw_others(session, account, declaration, officer)
    claims.end(session, declaration)


def touched_items(session: Session, declaration: Declaration) -> frozenset[Item] | None:
    """Return what is to be verified of an adjustment: who it is and what it touches; None for any other purpose."""
    if declaration.purpose is not Purpose.ADJUST:
        return None
    change = session.get(AccountChange, declaration.id)
    parts = changes.changed(change.before or {}, changes.snapshot(declaration)) if change else list(changes.Part)
    is_proven = change is not None and change.proven_phone == declaration.phone
    return changes.touched_items(parts, is_phone_proven=is_proven)


def _change(session: Session, declaration: Declaration) -> AccountChange:
    change = session.get(AccountChange, declaration.id)
    if change is None:
        raise _gone()
    return change


def _require_its_person(declaration: Declaration, account: Account) -> None:
    """Raise Conflict (another_person) when the declaration, as corrected by now, is not of whoever has the account.

    Else a few corrections at the desk would close, or hand over, a stranger's account to whoever shows an ID.
    """
    is_its = declaration.bhxh_code in {account.bhxh_code, account.id_number}
    if declaration.purpose is Purpose.STOP:
        is_its &= changes.is_same_person(changes.snapshot(account), changes.snapshot(declaration))
    if not is_its:
        raise Conflict(
            f"Mã số hoặc thông tin nhân thân trên tờ khai không phải của chủ tài khoản. Chưa duyệt, "
            f"{_NOTHING.lower()} xin xem lại các mục đã sửa, hoặc không chấp nhận tờ khai.",
            code="another_person",
        )


def _adjust(
    session: Session, account: Account, change: AccountChange, declaration: Declaration, officer: Actor
) -> None:
    if account.status is AccountStatus.LOCKED:
        raise Conflict(
            f"Tài khoản này đang tạm khóa nên chưa điều chỉnh được. {_NOTHING} xin báo lãnh đạo xem vì sao bị khóa, mở "
            "khóa rồi duyệt.",
            code="account_locked",
        )
    before, after, now = change.before or {}, changes.snapshot(declaration), changes.snapshot(account)
    merged = _merged(now, after, changes.changed(before, after))
    parts = changes.changed(now, merged)
    if not parts:
        raise Conflict(
            f"Tài khoản đã có đúng các thông tin của tờ khai này nên không còn gì để điều chỉnh. {_NOTHING} xin xem "
            f"lại tờ khai, hoặc không chấp nhận và ghi rõ lý do.",
            code="nothing_changed",
        )
    if not (changes.is_same_person(before, after) and changes.is_same_person(now, merged)):
        raise Conflict(f"{changes.ANOTHER_PERSON} Chưa duyệt, chưa có gì thay đổi.", code="another_person")
    adjusting.adjust(session, account, parts, after, officer, declaration)


def _merged(now: Mapping[str, Any], after: Mapping[str, Any], parts: list[changes.Part]) -> dict[str, Any]:
    """Return how the account would stand: as it is now, but for the parts the declaration changes."""
    return {**now, **{name: after[name] for part in parts for name in changes.columns_of_part(part)}}


def _withdraw_others(session: Session, account: Account, approved: Declaration, officer: Actor) -> None:
    """Withdraw what else waits about an account that is closed now: there is nothing left to adjust or stop."""
    others = session.scalars(
        select(Declaration)
        .join(AccountChange, AccountChange.declaration_id == Declaration.id)
        .where(AccountChange.account_id == account.id, Declaration.status == Status.SUBMITTED)
        .where(Declaration.id != approved.id)
        .order_by(Declaration.id)
        .with_for_update(of=Declaration)
    ).all()
    for other in others:
        move(session, other, Status.WITHDRAWN, officer, cause="account_closed", approved=approved.id)
        notices.cancel_for(session, other)
        claims.end(session, other)


def _gone() -> Conflict:
    return Conflict(
        f"Tài khoản mà tờ khai này nói đến không còn mở. {_NOTHING} xin không chấp nhận tờ khai, hoặc giúp công dân "
        f"đăng ký mới.",
        code="account_gone",
    )
