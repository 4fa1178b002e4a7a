"""A password reset by e-mail, and the confirming of an address that it takes (A5).

The link in the letter proves itself: its token holds the account's number, the keyed hash of the address, the last day,
and a keyed hash over them; nothing is kept of it, and nothing personal is in it.
"""

from __future__ import annotations

import base64
import hmac
import struct
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts import passwords, resets, sessions
from backoffice.accounts.owner import Owner, mine
from backoffice.accounts.queries import account_by_code
from backoffice.accounts.resets import Place
from backoffice.accounts.sign_in import set_password
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.kernel import clock, limits, rates
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput, NotFound, TooManyRequests
from backoffice.kernel.hashing import HASH_BYTES, lookup_hash
from backoffice.kernel.limits import Limit
from backoffice.kernel.passwords import hash_password
from backoffice.models import Account, AccountStatus, Notice, NoticeKind, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import mailed_codes
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record

FROM_ADDRESS, TRIES_FROM_ADDRESS, SPAN = 60, 120, 900
"""So many letters may be asked for from one address, and codes tried, in so many seconds."""
ASKED = Limit("email reset", 6, timedelta(minutes=15))
TRIED = Limit("email reset tried", 30, timedelta(minutes=15))
"""Of one BHXH code, whether it has an account or not."""
LINK_DAYS = 7
MOST_LINKS, LINK_WINDOW = 3, timedelta(days=1)
WRONG = (
    "Chưa đặt lại được mật khẩu: mã số BHXH hoặc mã trong thư chưa đúng, mã đã dùng hoặc đã quá 30 phút. "
    "Xin xem lại thư mới nhất rồi nhập lại, hoặc yêu cầu gửi mã mới."
)
NO_LINK = (
    "Liên kết xác nhận này không đúng, đã hết hạn, hoặc địa chỉ thư của tài khoản đã thay đổi. "
    "Xin đăng nhập rồi yêu cầu gửi lại thư xác nhận."
)
TOO_OFTEN = (
    "Mã số BHXH này vừa được yêu cầu đặt lại mật khẩu nhiều lần nên tạm dừng nhận. Xin đợi {wait} rồi thử lại, hoặc "
    "gọi 1900 9068 (phím 8) bằng số điện thoại đã đăng ký."
)
_TOKEN = struct.Struct(f">Q{HASH_BYTES}sI{HASH_BYTES}s")


def request_reset(code: str, address: str) -> None:
    """Have a code sent to the confirmed address of the account under BHXH `code`; says nothing of whether there is one.

    Nor is one sent after resets.MOST resets within a week: the desk helps then. The same statements are asked of the
    database whatever is found. Raises InvalidInput (bhxh_code) for what is no code
    at all, TooManyRequests, counted for unknown codes alike.
    """
    rates.count("email_reset", address, FROM_ADDRESS, SPAN)
    code = _counted(ASKED, code)
    with transaction() as session:
        account = account_by_code(session, code, locked=True)
        is_often = resets.lately(session, account or mailed_codes.NOBODY) >= resets.MOST
        is_sent = mailed_codes.order(session, None if is_often else account)
        _record(session, account, code, "letter" if is_sent else "none")


def confirm_reset(code: str, given: str, new: str, repeat: str, device: str, address: str) -> None:
    """Set the password by the code from the letter: every session ends, the owner is told by SMS and e-mail.

    It counts as a reset of the week (resets.lately). Raises InvalidInput in the same words whatever is wrong with code
    or account; only whoever has the right code learns what is wrong with the new password (new, repeat), and may use
    the code again. TooManyRequests.
    """
    rates.count("email_reset_try", address, TRIES_FROM_ADDRESS, SPAN)
    code = _counted(TRIED, code)
    with transaction() as session:
        account = account_by_code(session, code, locked=True)
        is_right = mailed_codes.use(session, account, given)
        if account is not None and is_right:
            password = passwords.read_new(session, account, new, repeat)
            set_password(session, account, hash_password(password))
            known = sessions.is_known(session, account.id, sessions.device_hash(account.id, device))
            _record(session, account, code, "done", TrailEvent.RESET, place=Place.EMAIL.value, known_device=known)
        else:
            _record(session, account, code, "wrong")
    if not is_right:
        raise InvalidInput([Fault("code", WRONG, "wrong")], WRONG)


def send_link(owner: Owner) -> None:
    """Send the letter with the link that confirms the account's address.

    Raises Conflict: no_email, email_confirmed (it is already); TooManyRequests beyond MOST_LINKS a day.
    """
    with transaction() as session:
        account = mine(session, owner)
        if not account.email:
            raise Conflict(
                "Tài khoản này chưa có địa chỉ thư điện tử. Xin khai điều chỉnh thông tin để bổ sung.",
                code="no_email",
            )
        if account.email == account.email_confirmed:
            raise Conflict("Địa chỉ thư của tài khoản đã được xác nhận, không cần làm lại.", code="email_confirmed")
        _require_few_links(session, account)
        last = clock.today() + timedelta(days=LINK_DAYS)
        link = f"{config.current().public_url}/account/email/{token_for(account, last)}"
        notices.email_link(session, account, link, last)
        _record(session, account, account.bhxh_code, "link", TrailEvent.EMAIL_CONFIRM)


def confirm(token: str) -> None:
    """Confirm the address to which the link with `token` was sent; again does no harm.

    Raises NotFound: not made by us, past its last day, another address by now, or an account not in use.
    """
    account_id, email_hash, last = _read(token)
    with transaction() as session:
        account = session.get(Account, account_id, with_for_update=True)
        usable = account is not None and account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)
        if account is None or not usable or not account.email or _email_hash(account.email) != email_hash:
            raise NotFound(NO_LINK)
        if clock.today() > last:
            raise NotFound(NO_LINK)
        account.email_confirmed = account.email
        _record(session, account, account.bhxh_code, "confirmed", TrailEvent.EMAIL_CONFIRM)


def token_for(account: Account, last: date) -> str:
    """Return the token that confirms the address the account has now, good to the end of the day `last`."""
    said = (account.id, _email_hash(account.email or ""), last.toordinal())
    return base64.urlsafe_b64encode(_TOKEN.pack(*said, _mark(*said))).decode().rstrip("=")


def _read(token: str) -> tuple[int, bytes, date]:
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        account_id, email_hash, day, mark = _TOKEN.unpack(sealed)
    except (ValueError, struct.error):
        raise NotFound(NO_LINK) from None
    if not hmac.compare_digest(mark, _mark(account_id, email_hash, day)):
        raise NotFound(NO_LINK)
    return account_id, email_hash, date.fromordinal(day)


def _mark(account_id: int, email_hash: bytes, day: int) -> bytes:
    return lookup_hash("email_link", f"{account_id}:{email_hash.hex()}:{day}")


def _email_hash(email: str) -> bytes:
    return lookup_hash("email", email)


def _counted(limit: Limit, code: str) -> str:
    """Return the code in normal form, counted; raises InvalidInput (bhxh_code), TooManyRequests."""
    try:
        code = normalize_bhxh_code(code)
    except Malformed as fault:
        raise InvalidInput([Fault("bhxh_code", fault.message)], fault.message) from None
    limits.spend(limit, code, TOO_OFTEN)
    return code


def _require_few_links(session: Session, account: Account) -> None:
    since = clock.now() - LINK_WINDOW
    sent = select(func.count()).where(
        Notice.account_id == account.id, Notice.kind == NoticeKind.EMAIL_CONFIRM, Notice.created_at > since
    )
    if session.scalars(sent).one() >= MOST_LINKS:
        raise TooManyRequests(
            f"Đã gửi {MOST_LINKS} thư xác nhận trong 24 giờ qua. Xin tìm thư trong hộp thư, kể cả mục thư rác, "
            "hoặc thử lại vào ngày mai.",
            retry_after=int(LINK_WINDOW.total_seconds()),
        )


def _record(
    session: Session,
    account: Account | None,
    code: str,
    what: str,
    event: TrailEvent = TrailEvent.EMAIL_RESET,
    **facts: Any,
) -> None:
    subject = lookup_hash("bhxh_code", account.bhxh_code if account else code)
    record(session, event, CITIZEN, account=account, subject_hash=subject, what=what, **facts)
