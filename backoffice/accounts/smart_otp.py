"""SmartOTP (A6): an authenticator of the owner's own, six digits by time (RFC 6238), each accepted once."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass, field
from datetime import timedelta

import pyotp
import structlog
from sqlalchemy.orm import Session

from backoffice.accounts.owner import Owner, check_password, mine
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Fault, InvalidInput, TooManyRequests
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import Account, Authenticator, TrailEvent
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

log = structlog.get_logger()

ISSUER = "VssID"
MOST_WRONG = 5
"""Wrong codes in a row, after which none is looked at for CLOSED."""
CLOSED = timedelta(minutes=5)
_DRIFT = 1
"""Steps of 30 seconds by which the clock of the owner's device may be early or late (RFC 6238, 5.2)."""
_WRONG = "Mã SmartOTP chưa đúng hoặc đã dùng. Xin đợi mã mới trên thiết bị rồi nhập lại."
_NONE = "Tài khoản này chưa có SmartOTP đang dùng. Xin đăng ký SmartOTP trước."
_THERE = "Tài khoản này đã có SmartOTP. Muốn đăng ký lại, xin hủy SmartOTP đang dùng trước."
_UNREADABLE = "SmartOTP này không còn dùng được với hệ thống. Xin hủy rồi đăng ký lại."


@dataclass(frozen=True)
class Secret:
    """What an authenticator is told, once."""

    uri: str = field(repr=False)
    secret: str = field(repr=False)


def enrol(owner: Owner, password: str) -> Secret:
    """Make a secret for the owner's authenticator; it serves after `confirm`. One that was never confirmed is replaced.

    Raises InvalidInput (password) and what owner.check_password does, Conflict (smart_otp_there).
    """
    check_password(owner, password, "password")
    with transaction() as session:
        account = mine(session, owner)
        kept = session.get(Authenticator, account.id)
        if kept is not None and kept.confirmed_at is not None:
            raise Conflict(_THERE, code="smart_otp_there")
        secret = pyotp.random_base32()
        kept = kept or Authenticator(account_id=account.id, wrong=0)
        kept.secret, kept.made_at = seal("smart_otp", _owner_of(account.id), secret.encode()), clock.now()
        session.add(kept)
        _record(session, account, "made")
        uri = pyotp.TOTP(secret).provisioning_uri(name=f"...{account.bhxh_code[-4:]}", issuer_name=ISSUER)
        return Secret(uri, secret)


def confirm(owner: Owner, code: str) -> None:
    """Take the first code, which shows that the authenticator has the secret: it serves from now on.

    Raises InvalidInput (code), Conflict (smart_otp_none, smart_otp_there), TooManyRequests while it is closed.
    """
    with transaction() as session:
        account = mine(session, owner)
        kept = session.get(Authenticator, account.id)
        if kept is None:
            raise Conflict(_NONE, code="smart_otp_none")
        if kept.confirmed_at is not None:
            raise Conflict(_THERE, code="smart_otp_there")
        refusal: DomainError | None = None
        if _take(session, account, kept, code):
            kept.confirmed_at = clock.now()
            _record(session, account, "confirmed")
        else:
            refusal = InvalidInput([Fault("code", _WRONG, "wrong")], _WRONG)
    if refusal is not None:
        raise refusal


def check(owner: Owner, code: str) -> bool:
    """Tell whether `code` is right now and was not used before; then it is used up.

    Raises Conflict (smart_otp_none, smart_otp_unreadable), TooManyRequests while it is closed.
    """
    with transaction() as session:
        account = mine(session, owner)
        kept = session.get(Authenticator, account.id)
        if kept is None or kept.confirmed_at is None:
            raise Conflict(_NONE, code="smart_otp_none")
        return _take(session, account, kept, code)


def remove(owner: Owner, password: str) -> None:
    """Let the authenticator serve no more; raises what `enrol` does for the password, Conflict (smart_otp_none)."""
    check_password(owner, password, "password")
    with transaction() as session:
        account = mine(session, owner)
        kept = session.get(Authenticator, account.id)
        if kept is None:
            raise Conflict(_NONE, code="smart_otp_none")
        session.delete(kept)
        _record(session, account, "removed")


def is_in_use(owner: Owner) -> bool:
    """Tell whether the owner has an authenticator that serves."""
    with transaction() as session:
        kept = session.get(Authenticator, mine(session, owner).id)
        return kept is not None and kept.confirmed_at is not None


def _take(session: Session, account: Account, kept: Authenticator, code: str) -> bool:
    """Tell whether `code` fits, and count it if not. The account is locked: of two with one code, one wins."""
    now = clock.now()
    if kept.closed_until is not None and kept.closed_until > now:
        raise _closed(math.ceil((kept.closed_until - now).total_seconds()))
    step = _fitting_step(kept, "".join(code.split()))
    if step is not None and (kept.last_step is None or step > kept.last_step):
        kept.last_step, kept.wrong = step, 0
        return True
    kept.wrong += 1
    if kept.wrong >= MOST_WRONG:
        kept.wrong, kept.closed_until = 0, now + CLOSED
        _record(session, account, "closed")
    return False


def _fitting_step(kept: Authenticator, code: str) -> int | None:
    try:
        totp = pyotp.TOTP(unseal("smart_otp", _owner_of(kept.account_id), kept.secret).decode())
    except BrokenSeal as broken:
        log.error("authenticator does not open: was SECRET_KEY changed?", account_id=kept.account_id)
        raise Conflict(_UNREADABLE, code="smart_otp_unreadable") from broken
    middle, fitting = totp.timecode(clock.now()), None
    for step in range(middle - _DRIFT, middle + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            fitting = step
    return fitting


def _closed(seconds: int) -> TooManyRequests:
    return TooManyRequests(
        f"Đã nhập sai mã SmartOTP {MOST_WRONG} lần liền nên tạm dừng nhận. Xin đợi {math.ceil(seconds / 60)} phút rồi "
        "nhập mã mới.",
        retry_after=seconds,
    )


def _record(session: Session, account: Account, what: str) -> None:
    record(session, TrailEvent.SMART_OTP, CITIZEN, account=account, subject_hash=subject_of(account), what=what)


def _owner_of(account_id: int) -> str:
    return f"account {account_id}"
