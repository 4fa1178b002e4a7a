"""The second step after a right password, and how often it may be wrong (design 5).

Six digits can be guessed by whoever has the password and patience: at the pace that signin.throttle leaves, within some
months. So wrong ones are counted for good, until a right one comes, and from CLOSED_FROM on none is looked at any more.
A stolen password must not shut its owner out by that: a device that is vouched for (signin.devices) counts for itself,
so strangers close only the way of strangers. What opens it again keeps the thief out, too: a new password, by one-time
link or chosen, or a new authenticator.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backoffice.kernel.errors import Fault
from backoffice.kernel.hashing import token_hash
from backoffice.models import KnownDevice, Officer, OfficerSession
from backoffice.signin import devices, totp
from backoffice.signin.tries import Browser

CLOSED_FROM = 50
"""Wrong ones one after another: a guesser has come to about one chance in 7,000."""
FIELD = "totp"
WRONG = (
    "Mã xác thực chưa đúng hoặc đã dùng rồi. Xin đợi mã mới trên ứng dụng xác thực rồi nhập lại, "
    "hoặc nhập một mã khôi phục chưa dùng."
)
CLOSED = (
    f"Mã xác thực đã bị nhập sai {CLOSED_FROM} lần liên tiếp nên hệ thống không nhận mã ở đây nữa. Xin đăng nhập ở máy "
    "quen, hoặc liên hệ người quản trị của đơn vị để nhận liên kết đặt lại mật khẩu."
)


def fault_of(session: Session, officer: Officer, code: str, browser: Browser) -> Fault | None:
    """Return what is wrong with `code`, given by `browser` after the right password; None: right, or none is due.

    A right one is used up. The officer's row must be locked by the caller, and what was counted be committed.
    """
    if not totp.is_due(officer):
        return None
    device = _vouched(session, officer, browser)
    counted = device or officer
    if counted.wrong_codes >= CLOSED_FROM:
        return Fault(FIELD, CLOSED, "closed")
    if totp.take_second_step(session, officer, code):
        counted.wrong_codes = 0
        return None
    counted.wrong_codes += 1
    if device is None:
        _let_be_told(session, officer)
    return Fault(FIELD, WRONG, "wrong")


def _let_be_told(session: Session, officer: Officer) -> None:
    """Let the officer be told (signin.news): on the next page, should they be at work while somebody guesses."""
    officer.untold_codes += 1
    open_now = (OfficerSession.officer_id == officer.id, OfficerSession.ended_at.is_(None))
    session.execute(update(OfficerSession).where(*open_now).values(has_news=True))


def _vouched(session: Session, officer: Officer, browser: Browser) -> KnownDevice | None:
    if browser.device_token is None:
        return None
    known = devices.vouched(officer.id, token_hash(browser.device_token))
    return session.scalars(select(KnownDevice).where(*known).with_for_update()).one_or_none()
