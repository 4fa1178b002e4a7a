"""The second step (RFC 6238): six digits from an authenticator, each accepted once, the secret sealed at rest.

A recovery code stands once for the digits (signin.recovery).
"""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import structlog
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.kernel import clock
from backoffice.kernel.errors import Forbidden
from backoffice.kernel.sealing import BrokenSeal, seal, unseal
from backoffice.models import KnownDevice, Officer, RecoveryCode, Role
from backoffice.signin import recovery

log = structlog.get_logger()

ISSUER = "VssID Mot cua"
UNREADABLE = (
    "Ứng dụng xác thực của bạn không còn dùng được với hệ thống này. "
    "Xin liên hệ người quản trị của đơn vị để được cấp lại mã."
)
_DRIFT = 1
"""Steps of 30 seconds by which the officer's clock may be early or late."""


def is_obligatory(role: Role) -> bool:
    """Tell whether `role` must have a second step: in production all but reception officers (design 2)."""
    return config.current().is_production and role is not Role.RECEPTION


def is_due(officer: Officer) -> bool:
    """Tell whether `officer` is asked for the six digits after the password."""
    return officer.totp_secret is not None


def is_missing(officer: Officer) -> bool:
    """Tell whether `officer` must take an authenticator before they are let in."""
    return officer.totp_secret is None and is_obligatory(officer.role)


def give_secret(officer: Officer) -> str:
    """Give `officer` (already flushed: it has an id) a new secret and return its otpauth URI, which is shown once."""
    secret = pyotp.random_base32()
    officer.totp_secret = seal("totp", _owner(officer), secret.encode())
    officer.totp_last_step = None
    return uri_of(officer.username, secret)


def uri_of(username: str, secret: str) -> str:
    """Return the otpauth URI by which an authenticator takes `secret` (base 32)."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def adopt(officer: Officer, secret: str, code: str) -> bool:
    """Tell whether `code` proves that an authenticator holds `secret`; then it is the officer's from now on.

    The row of `officer` must be locked by the caller. The digits that prove it are used up.
    """
    step = _fitting_step(pyotp.TOTP(secret), "".join(code.split()), clock.now())
    if step is None:
        return False
    officer.totp_secret = seal("totp", _owner(officer), secret.encode())
    officer.totp_last_step = step
    return True


def forget(session: Session, officer: Officer) -> None:
    """Let `officer` have no authenticator and no recovery codes: where one is obligatory it is asked for anew."""
    officer.totp_secret = officer.totp_last_step = None
    open_again(session, officer)
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer.id))


def open_again(session: Session, officer: Officer) -> None:
    """Let wrong second steps of before count no more: who gave them is kept out by what has changed since."""
    officer.wrong_codes = 0
    session.execute(update(KnownDevice).where(KnownDevice.officer_id == officer.id).values(wrong_codes=0))


def take_second_step(session: Session, officer: Officer, code: str) -> bool:
    """Tell whether `code` is the digits of now or a recovery code; then it is used up. As `take_step`."""
    if (recovery_code := recovery.normal(code)) is not None:
        return recovery.take(session, officer, recovery_code)
    return take_step(officer, code)


def take_step(officer: Officer, code: str) -> bool:
    """Tell whether `code` is right now and was not used before; then it is used up.

    The row of `officer` must be locked by the caller. Raises Forbidden when the secret does not open any more.
    """
    if officer.totp_secret is None:
        return False
    totp = _authenticator(officer, officer.totp_secret)
    step = _fitting_step(totp, "".join(code.split()), clock.now())
    if step is None or (officer.totp_last_step is not None and step <= officer.totp_last_step):
        return False
    officer.totp_last_step = step
    return True


def _authenticator(officer: Officer, sealed: bytes) -> pyotp.TOTP:
    try:
        return pyotp.TOTP(unseal("totp", _owner(officer), sealed).decode())
    except BrokenSeal as broken:
        log.error("authenticator does not open: was SECRET_KEY changed?", officer_id=officer.id)
        raise Forbidden(UNREADABLE, code="authenticator_unreadable") from broken


def _fitting_step(totp: pyotp.TOTP, code: str, now: datetime) -> int | None:
    middle, fitting = totp.timecode(now), None
    for step in range(middle - _DRIFT, middle + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            fitting = step
    return fitting


def _owner(officer: Officer) -> str:
    return f"officer {officer.id}"
