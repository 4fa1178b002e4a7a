"""Where a declaration meets an account that is there already: help and close, free a phone, lock (K9, D6, design 4)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from backoffice.accounts import desk_actions, life
from backoffice.accounts.actions import holder, person_codes
from backoffice.accounts.queries import account_of_person, declaration_of, phone_hold
from backoffice.decision import claims, steps
from backoffice.decision.queries import declaration_for
from backoffice.decision.reading import read_note
from backoffice.decision.refusals import require_decider, require_open
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import (
    Account,
    AccountHold,
    Correction,
    Declaration,
    HoldKind,
    LockReason,
    Purpose,
    Status,
    TrailEvent,
)
from backoffice.notices import actions as notices
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.lifecycle import move
from backoffice.rules.permissions import Do, require

CAUSE = "has_account"
FREED, LOCKED = "phone_hold", "account_lock"
"""Under these names a supervisor's reasons are kept among what was corrected at the desk."""


def reset_and_close(receipt_code: str, officer: Actor, checked: Collection[str]) -> int:
    """Send a new password to the account the person already has and withdraw the declaration (K9).

    Returns the account's id. The password goes to the account's phone, not to the one declared. Raises as a decision
    does (NotFound, Conflict) and as `desk_actions.reset_password` does; Conflict (no_account) when the person has none,
    (not_registering) when the declaration is to adjust or stop that account. Then nothing was done.
    """
    desk_actions.require_checks(checked)
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.CLOSE_WITH_RESET, locked=True)
        require_open(session, declaration)
        require_decider(declaration, officer)
        claims.require_mine(session, declaration, officer)
        _require_registering(declaration)
        account = account_of_person(session, declaration, locked=True)
        if account is None:
            raise Conflict(
                "Người này chưa có tài khoản, nên không cấp lại mật khẩu được. Chưa có gì thay đổi; "
                "xin xét duyệt tờ khai.",
                code="no_account",
            )
        _close(session, declaration, account, officer)
        return account.id


def free_phone(receipt_code: str, officer: Actor, note: str) -> None:
    """Free the declared phone from an older account of somebody else: the network has given the number anew (D6).

    Its owner, the declaration's person, is present; `note` says how that was made sure of. Whose the old account is
    stays untold; it goes on without a phone and corrects that at its next reset. Raises NotFound, InvalidInput (note),
    Conflict when the declaration is decided or overdue, when no account holds the phone (phone_free), or the person's
    own does (phone_own).
    """
    note = read_note(note, "Xin ghi đã kiểm tra thế nào rằng số này là của người đang nộp hồ sơ.")
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.FREE_PHONE, locked=True)
        require_open(session, declaration)
        account = holding_account(session, declaration, locked=True)
        desk_actions.give_up_phone(session, account, officer)
        reason = _keep_reason(session, declaration, officer, FREED, note)
        record(session, TrailEvent.PHONE_FREE, officer, declaration=declaration, account=account, reason=reason)


def holding_account(session: Session, declaration: Declaration, *, locked: bool = False) -> Account:
    """Return the account of somebody else that holds the declared phone; `locked` holds its row.

    Raises Conflict when there is none (phone_free), or when it is the person's own, or of the child's guardian
    (phone_own).
    """
    hold = session.get(AccountHold, (HoldKind.PHONE, declaration.phone))
    account = session.get(Account, hold.account_id, with_for_update=locked or None) if hold else None
    if account is None or account.phone != declaration.phone or phone_hold(session, account) is None:
        raise Conflict(
            "Số điện thoại này không còn tài khoản nào giữ. Chưa có gì thay đổi; có thể xét duyệt tờ khai.",
            code="phone_free",
        )
    if declaration.guardian_bhxh_code is not None:
        guardian = holder(session, HoldKind.CODE, {declaration.guardian_bhxh_code})
        if guardian is not None and guardian.account_id == account.id:
            raise Conflict(
                "Số điện thoại này là của người giám hộ; trẻ dùng chung số đó. Chưa có gì thay đổi; có thể xét duyệt "
                "tờ khai.",
                code="phone_own",
            )
    own = holder(session, HoldKind.CODE, person_codes(declaration))
    if own is not None and own.account_id == account.id:
        raise Conflict(
            "Số điện thoại này đang ở chính tài khoản của người nộp. Chưa có gì thay đổi; xin cấp lại mật khẩu và đóng "
            "tờ khai.",
            code="phone_own",
        )
    return account


def lock_account(account_id: int, officer: Actor, note: str) -> str:
    """Lock the account that a wrong approval opened; return the receipt code of its declaration, which stays as it is.

    Passwords are void, holds stay (design 4). Raises NotFound unless the approval is of the officer's branch,
    InvalidInput (note), Conflict (account_locked, account_closed).
    """
    note = read_note(note, "Xin ghi duyệt nhầm ở điểm nào.")
    with transaction() as session:
        require(officer, Do.LOCK_ACCOUNT)
        account = session.get(Account, account_id, with_for_update=True)
        declaration = declaration_of(session, account) if account else None
        if account is None or declaration is None:
            raise NotFound
        require(officer, Do.LOCK_ACCOUNT, declaration)
        reason = _keep_reason(session, declaration, officer, LOCKED, note)
        life.lock(session, account, officer, LockReason.WRONG_APPROVAL, declaration=declaration, reason=reason)
        return declaration.receipt_code


def _require_registering(declaration: Declaration) -> None:
    """Raise Conflict (not_registering) for what is about the very account: who has one is meant to (D2)."""
    if declaration.purpose is not Purpose.REGISTER:
        raise Conflict(
            "Tờ khai này điều chỉnh hoặc ngừng sử dụng chính tài khoản đang có, nên không đóng bằng cách cấp lại mật "
            "khẩu. Chưa có gì thay đổi; xin giải quyết tờ khai, cần mật khẩu thì mở tài khoản để cấp lại.",
            code="not_registering",
        )


def _close(session: Session, declaration: Declaration, account: Account, officer: Actor) -> None:
    steps.present(session, declaration, officer)
    move(session, declaration, Status.WITHDRAWN, officer, cause=CAUSE, account_id=account.id)
    notices.cancel_for(session, declaration)
    desk_actions.reset(session, account, officer, declaration)
    claims.end(session, declaration)


def _keep_reason(session: Session, declaration: Declaration, officer: Actor, field: str, note: str) -> int:
    """Keep why something was done and return its id, by which the trail, which takes no free text, leads to it."""
    reason = Correction(
        declaration_id=declaration.id,
        field=field,
        old_value=None,
        new_value=None,
        note=note,
        officer_id=officer.id,
        at=clock.now(),
    )
    rows.add(session, reason)
    return reason.id
