"""What the desk does to an account whose owner stands there: a new password, another phone, a lock (K9, K10, D6).

Use cases open their transaction; steps take the session of one, with the account locked by the caller.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts import guardians, sessions
from backoffice.accounts.actions import change_phone
from backoffice.accounts.queries import PLACE, account_for, holds_its_phone, phone_hold, resets_today
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import normalize_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    AccountHold,
    AccountStatus,
    Correction,
    CredentialIssue,
    Declaration,
    HoldKind,
    Notice,
    TrailEvent,
)
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.account_messages import Told
from backoffice.notices.credentials import issue_credentials, void_credentials
from backoffice.notices.undelivered import mark_resent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of
from backoffice.rules.permissions import Do, may

MOST_RESETS = 3
"""New passwords a day for one account at the desk; beyond, a supervisor looks (one person was reset 47 times)."""
CHECKS: dict[str, str] = {
    "identity": "Xin đối chiếu người đang đứng đây với giấy tờ bản gốc, rồi đánh dấu mục này.",
    "phone_own": "Xin hỏi và kiểm tra số điện thoại là của chính người này, rồi đánh dấu mục này.",
}
"""What the officer says to have made sure of before a password goes out, and the sentence where it was not said."""
CONSENT = "Công dân đồng ý đổi số điện thoại của tài khoản tại quầy."
"""What the officer ticked, kept with the correction."""
_DOUBTED = (
    "Đây chính là số đang bị đánh dấu phải cập nhật. Nếu đã gọi thử và đúng là số của công dân, xin bỏ đánh dấu; nếu "
    "không, xin nhập số mới."
)
_UNUSABLE: dict[AccountStatus, str] = {
    AccountStatus.LOCKED: "Tài khoản này đang tạm khóa nên chưa cấp lại được mật khẩu. Chưa có gì thay đổi; "
    "xin báo lãnh đạo để xem vì sao tài khoản bị khóa.",
    AccountStatus.CLOSED: "Tài khoản này đã ngừng sử dụng nên không cấp lại mật khẩu được. Chưa có gì thay đổi; "
    "đề nghị công dân khai đăng ký lại.",
}


def reset_password(account_id: int, officer: Actor, checked: Collection[str]) -> None:
    """Send a new password to the account's phone (K9); `checked` names what was made sure of, all of CHECKS.

    Raises NotFound out of reach, InvalidInput (a fault for each check that is missing), Conflict (account_locked,
    account_closed, phone_not_held: a new number first), TooManyRequests for a reception officer's fourth of the day.
    """
    require_checks(checked)
    with transaction() as session:
        reset(session, account_for(session, account_id, officer, Do.RESET_ACCOUNT, locked=True), officer)


def correct_phone(account_id: int, officer: Actor, value: str, consent: str) -> None:
    """Let the account use the number `value` (any spelling), with its owner's `consent` (not ""; K10, D6).

    The phone may be lost: its app is signed out, and every device has to be proven anew (K10, A3). What waits to be
    sent to the old number is cancelled; both numbers are told of it, the old one if it was the account's own, doubted
    or not: else doubting it first would hide the change from its owner. The next reset goes to the new one. Raises
    NotFound, InvalidInput (value, consent), Conflict (phone_taken when another account holds it, account_locked,
    account_closed).
    """
    number = _read_phone(value, consent)
    with transaction() as session:
        account = account_for(session, account_id, officer, Do.CHANGE_ACCOUNT_PHONE, locked=True)
        _give_phone(session, account, officer, number)


def give_phone(session: Session, account: Account, officer: Actor, value: str, consent: str) -> None:
    """Do what `correct_phone` promises for `account`, locked by the caller."""
    _give_phone(session, account, officer, _read_phone(value, consent))


def _give_phone(session: Session, account: Account, officer: Actor, number: str) -> None:
    _require_usable(account)
    old, was_held = account.phone, phone_hold(session, account) is not None
    if number == old and was_held and not holds_its_phone(session, account):
        raise _fault("value", _DOUBTED)
    if number == old and was_held:
        raise _fault("value", "Đây chính là số đang đăng ký. Xin nhập số mới, hoặc cấp lại mật khẩu đến số này.")
    notices.cancel_for_account(session, account)
    _keep_correction(session, account, number, officer)
    change_phone(session, account, number, officer)
    sessions.end_all(session, account, sessions.Ended.PHONE)
    sessions.forget_devices(session, account)
    if was_held:
        notices.phone_given_up(session, account, old)
    notices.phone_taken_up(session, account)


def require_checks(checked: Collection[str]) -> None:
    """Raise InvalidInput with a fault for each of CHECKS that is not in `checked`."""
    faults = [Fault(name, sentence) for name, sentence in CHECKS.items() if name not in checked]
    if faults:
        raise InvalidInput(faults, "Chưa cấp lại mật khẩu, chưa có gì thay đổi:")


def reset(
    session: Session, account: Account, officer: Actor, declaration: Declaration | None = None
) -> CredentialIssue:
    """Order a new password for the account and return its issue; `declaration` is the one closed with it, if any.

    The owner is told of it by e-mail too. The password in use signs in until the new one was used (design 4). Raises
    Conflict and TooManyRequests as `reset_password` does.
    """
    _require_usable(account)
    if not holds_its_phone(session, account):
        raise Conflict(
            "Số điện thoại của tài khoản này phải cập nhật (đã chuyển cho người khác, hoặc bị nghi ngờ). Chưa có gì "
            "thay đổi; xin ghi số mới của công dân vào tài khoản trước, rồi cấp lại mật khẩu.",
            code="phone_not_held",
        )
    _require_below_limit(session, account, officer)
    issue = issue_credentials(session, account, config.current().password_days)
    notices.reset_password(session, account, issue, declaration)
    notices.reset_told(session, account, Told.DESK, by_sms=False)
    mark_resent(session, officer, Notice.account_id == account.id, Notice.credential_issue_id.is_not(None))
    record(
        session,
        TrailEvent.RESET,
        officer,
        declaration=declaration,
        account=account,
        subject_hash=subject_of(account),
        place=PLACE,
        issue=issue.number,
    )
    return issue


def give_up_phone(session: Session, account: Account, officer: Actor) -> None:
    """Free the account's phone, which the network has given to somebody else (D6).

    The account goes on by its password; until it has a number of its own again no password is sent for it, and it is
    marked to update it.
    """
    account.must_update_phone = True
    guardians.leave_behind(session, account)
    session.execute(
        delete(AccountHold).where(
            AccountHold.kind == HoldKind.PHONE,
            AccountHold.value == account.phone,
            AccountHold.account_id == account.id,
        )
    )
    notices.cancel_for_account(session, account)
    one_time.void(session, account)
    void_credentials(session, account)
    record(session, TrailEvent.PHONE_FREE, officer, account=account, phone=lookup_hash("phone", account.phone).hex())


def _keep_correction(session: Session, account: Account, phone: str, officer: Actor) -> None:
    """Keep old and new number with the declaration that opened the account, while there is one."""
    if account.declaration_id is not None:
        session.add(
            Correction(
                declaration_id=account.declaration_id,
                field="phone",
                old_value=account.phone,
                new_value=phone,
                note=CONSENT,
                officer_id=officer.id,
                at=clock.now(),
            )
        )


def _require_usable(account: Account) -> None:
    if account.status in _UNUSABLE:
        raise Conflict(_UNUSABLE[account.status], code=f"account_{account.status}")


def _require_below_limit(session: Session, account: Account, officer: Actor) -> None:
    if may(officer, Do.RESET_ABOVE_LIMIT) or resets_today(session, account) < MOST_RESETS:
        return
    left = clock.end_of_day(clock.today()) - clock.now()
    raise TooManyRequests(
        f"Hôm nay tài khoản này đã được cấp lại mật khẩu {MOST_RESETS} lần tại quầy. Chưa có gì thay đổi; xin hỏi công "
        "dân vì sao chưa dùng được, rồi báo lãnh đạo nếu vẫn cần cấp lại.",
        retry_after=max(1, left // timedelta(seconds=1)),
    )


def _read_phone(value: str, consent: str) -> str:
    if not consent.strip():
        raise _fault("consent", "Xin hỏi công dân có đồng ý đổi số điện thoại không, rồi đánh dấu mục này.")
    try:
        return normalize_phone(value)
    except Malformed as fault:
        raise _fault("value", fault.message) from None


def _fault(field: str, sentence: str) -> InvalidInput:
    return InvalidInput([Fault(field, sentence)])
