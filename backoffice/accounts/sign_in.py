"""An owner signs in: with the temporary password to choose an own one, on a second device with a code (A1, A3, A7)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.accounts import passwords, proofs, sessions, tries
from backoffice.accounts.coming_in import Due, SignedIn, begin, go_on, needs_code, next_step
from backoffice.accounts.life import activate
from backoffice.accounts.proofs import Proof, Step
from backoffice.accounts.queries import account_by_code, holds_its_phone
from backoffice.accounts.sessions import Ended
from backoffice.accounts.tries import Reserved
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.kernel import clock, rates
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Fault, InvalidInput
from backoffice.kernel.passwords import hash_password, may_be_temporary, verify_password
from backoffice.models import (
    Account,
    AccountStatus,
    Alarm,
    AlarmKind,
    CredentialIssue,
    SessionKind,
    TrailEvent,
)
from backoffice.notices import account_actions as notices
from backoffice.notices import one_time
from backoffice.notices.credentials import NOBODY, check_temporary, is_open, newest_issue, use
from backoffice.notices.one_time import Purpose
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

FROM_ADDRESS, SPAN = 300, 300
"""So many tries from one address in so many seconds: many people sit behind one."""
WRONG = "Mã số BHXH hoặc mật khẩu chưa đúng. Xin kiểm tra lại rồi nhập lại."
LOCKED = "Tài khoản này đang tạm khóa nên chưa đăng nhập được. Xin gọi 1900 9068 hoặc đến cơ quan BHXH gần nhất."
NO_PHONE = (
    "Tài khoản này cần cập nhật số điện thoại nên chưa gửi được mã OTP. Xin mang giấy tờ đến cơ quan BHXH gần nhất."
)


def sign_in(code: str, password: str, *, device: str, kind: SessionKind, address: str) -> SignedIn | Due:
    """Sign in by BHXH code (any spelling, 10 or 12 digits) and password on `device`, a name the device keeps.

    Raises InvalidInput in the same words, after the same work, for an unknown code and a wrong password;
    TooManyRequests (the door is closed for a while, or the address is too eager); Conflict: needs_reset, and, after the
    right password alone, account_locked.
    """
    rates.count("account_sign_in", address, FROM_ADDRESS, SPAN)
    try:
        code = normalize_bhxh_code(code)
    except Malformed as fault:
        raise InvalidInput([Fault("bhxh_code", fault.message)], fault.message) from None
    password = passwords.normal(password)
    with transaction() as session:
        account = account_by_code(session, code)
        key = _key(session, code, account, device)
        reserved = tries.reserve(session, key, account)
    with transaction() as session:
        if reserved.refusal is not None and not may_be_temporary(password):
            raise reserved.refusal
        found = account_by_code(session, code)
        account, temporary = _right(session, found, password, reserved)
        if account is None:
            _note_failure(session, found, reserved)
            refusal: DomainError = reserved.refusal or InvalidInput([Fault("", WRONG, "wrong")], WRONG)
        else:
            tries.forgive(session, key)
            if account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE):
                return go_on(session, account, kind, device, temporary)
            refusal = Conflict(LOCKED, code="account_locked")
    raise refusal


def choose_password(proof: str, new: str, repeat: str, otp: str = "") -> SignedIn | Due:
    """Choose an own password in place of the temporary one, or (with a code, A2) of one older than six months (A1).

    Raises InvalidInput (new, repeat, otp), Unauthenticated (proof_over), Conflict (otp_*, password_used).
    """
    proven = proofs.read(proof, Step.FIRST_PASSWORD, Step.NEW_PASSWORD)
    with transaction() as session:
        password = passwords.read_new(session, _proven(session, proven, locked=False), new, repeat)
    password_hash = hash_password(password)  # takes its time: nothing is locked meanwhile
    if proven.step is Step.NEW_PASSWORD:
        one_time.check(proven.account_id, Purpose.CHANGE_PASSWORD, otp)
    with transaction() as session:
        account = _proven(session, proven)
        issue = newest_issue(session, account.id)
        if proven.step is Step.FIRST_PASSWORD:
            if issue is None or not is_open(session, issue):
                raise proofs.over()
            use(session, issue)
        set_password(session, account, password_hash)
        hashed = sessions.device_hash(account.id, proven.device)
        if proven.has_code or not needs_code(session, account, hashed, by_sms=True):
            return begin(session, account, proven.kind, proven.device)
        return Due(Step.DEVICE, proofs.prove(session, Step.DEVICE, account, proven.kind, proven.device))


def order_code(proof: str) -> None:
    """Send the code that is due to the account's phone (A2, A3); raises Unauthenticated, Conflict (no_phone),
    TooManyRequests.
    """
    proven = proofs.read(proof, Step.DEVICE, Step.NEW_PASSWORD)
    purpose = Purpose.CHANGE_DEVICE if proven.step is Step.DEVICE else Purpose.CHANGE_PASSWORD
    with transaction() as session:
        order_for(session, _proven(session, proven), purpose)


def confirm_device(proof: str, otp: str) -> SignedIn | Due:
    """Prove the device with the code that went to the phone: signed in, and the first is signed out (A3); or, with a
    temporary password or one too old, what is due next. No password is changed before the phone has spoken.

    Raises InvalidInput (otp), Unauthenticated (proof_over), Conflict (otp_*).
    """
    proven = proofs.read(proof, Step.DEVICE)
    one_time.check(proven.account_id, Purpose.CHANGE_DEVICE, otp)
    with transaction() as session:
        account = _proven(session, proven)
        return next_step(session, account, proven.kind, proven.device, is_temporary=proven.is_temporary, has_code=True)


def order_for(session: Session, account: Account, purpose: Purpose) -> None:
    """Send a code for `purpose` to the account's phone; raises Conflict (no_phone) when that is not its own (D6)."""
    if not holds_its_phone(session, account):
        raise Conflict(NO_PHONE, code="no_phone")
    one_time.order(session, account, purpose)


def set_password(session: Session, account: Account, password_hash: str, keep: int | None = None) -> None:
    """Let a password its owner chose be the account's: temporary ones are void, sessions but `keep` (an id) end.

    The owner is told, unless it is the first one of all. Raises Conflict when the account cannot be used.
    """
    is_first = account.status is AccountStatus.ISSUED
    if is_first:
        activate(session, account, CITIZEN)
    elif account.status is not AccountStatus.ACTIVE:
        raise Conflict(LOCKED, code="account_locked")
    issue = newest_issue(session, account.id)
    if issue is not None and issue.used_at is None:
        use(session, issue)
    passwords.keep(session, account, password_hash)
    tries.forgive_all(session, account)
    is_open = sessions.open_session(session, account)
    if is_open is not None and is_open.id != keep:
        sessions.end_all(session, account, Ended.PASSWORD)
    record(session, TrailEvent.PASSWORD_CHANGE, CITIZEN, account=account, subject_hash=subject_of(account))
    if not is_first:
        notices.password_changed(session, account, by_sms=holds_its_phone(session, account))


def _right(
    session: Session, account: Account | None, password: str, reserved: Reserved
) -> tuple[Account | None, CredentialIssue | None]:
    """Return the account, locked from now on, if `password` is right, and whose temporary one it is; else None.

    Where the door is closed only a temporary password counts, which nobody guesses: else a stranger's tries would keep
    out whoever was just sent one. Nothing is locked while passwords are looked at, so nobody learns by waiting.
    """
    own = verify_password(account.password_hash if account else None, password) and reserved.refusal is None
    temporary = check_temporary(session, account, password)
    if account is None or not (own or temporary):
        return None, None
    before = account.password_hash
    session.refresh(account, with_for_update=True)
    if account.password_hash != before or (temporary is not None and not is_open(session, temporary)):
        return None, None
    return account, temporary


def _key(session: Session, code: str, account: Account | None, device: str) -> bytes:
    account_id = account.id if account else NOBODY
    hashed = sessions.device_hash(account_id, device)
    return tries.key_of(code, account, hashed if sessions.is_known(session, account_id, hashed) else None)


def _note_failure(session: Session, account: Account | None, reserved: Reserved) -> None:
    record(
        session,
        TrailEvent.ACCOUNT_SIGN_IN_FAILED,
        CITIZEN,
        account=account,
        subject_hash=subject_of(account) if account else None,
    )
    if account is not None and reserved.number == tries.MOST:
        session.add(Alarm(kind=AlarmKind.GUESSED_AT, account_id=account.id, at=clock.now()))


def _proven(session: Session, proven: Proof, *, locked: bool = True) -> Account:
    """Return the account, its row `locked`, if nothing about its password has changed since it was given."""
    account = session.get(Account, proven.account_id, with_for_update=locked or None, populate_existing=True)
    if account is None or proofs.mark_of(session, account) != proven.mark:
        raise proofs.over()
    return account
