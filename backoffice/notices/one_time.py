"""One-time codes: six digits to the registered phone, for one purpose, for five minutes (A2, A3); eight by e-mail (A5).

Like temporary passwords, the worker makes one for each try at sending, and all of an order fit until the first is used.
BHXH never asks a citizen for one: no screen for officers takes it (A7).
"""

from __future__ import annotations

import hmac
import math
import secrets
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backoffice.identity.text import is_digits
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, DomainError, Fault, InvalidInput, TooManyRequests
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.queue import COUNTER
from backoffice.models import Account, AccountStatus, Notice, NoticeChannel, NoticeKind, OneTimeCode
from backoffice.notices import outbox
from backoffice.notices.account_messages import otp_sms
from backoffice.notices.rendering import CODE_LENGTH, MAIL_CODE_LENGTH

VALID = timedelta(minutes=5)
"""As the SMS says."""
MOST_WRONG = 5
"""After so many wrong tries the code is void."""
MOST_ORDERED, WINDOW = 5, timedelta(minutes=15)
"""So many codes an account is sent within so long, whatever they are for."""


class Purpose(StrEnum):
    """What a code is for: it serves nothing else."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105 (a purpose)
    CHANGE_DEVICE = "change_device"
    SIGN_IN = "sign_in"
    CHANGE_EMAIL = "change_email"
    CHANGE_PHONE = "change_phone"
    NEW_PHONE = "new_phone"
    """To a number the account does not have yet, whose owner types it on a public page (K10)."""
    GUARDIAN = "guardian"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose)
    """By e-mail alone, to a confirmed address (A5)."""


class Act(NamedTuple):
    """A purpose in words, after "to": in the SMS, and on screen."""

    sms: str
    screen: str


ACTS: dict[Purpose, Act] = {
    Purpose.CHANGE_PASSWORD: Act("doi mat khau", "đổi mật khẩu"),
    Purpose.CHANGE_DEVICE: Act("dang nhap tren thiet bi khac", "đăng nhập trên thiết bị khác"),
    Purpose.SIGN_IN: Act("dang nhap", "đăng nhập"),
    Purpose.CHANGE_EMAIL: Act("doi thu dien tu", "đổi thư điện tử"),
    Purpose.CHANGE_PHONE: Act("doi so dien thoai", "đổi số điện thoại"),
    Purpose.NEW_PHONE: Act("xac nhan so dien thoai moi", "xác nhận số điện thoại mới"),
    Purpose.GUARDIAN: Act("khai tai khoan cho con", "khai tài khoản cho con"),
}
"""The SMS says it, so that nobody gives a code for what was not asked for. What goes by e-mail is not among them."""
_VOID = f"Đã nhập sai {MOST_WRONG} lần nên mã OTP này không còn dùng được. Xin bấm gửi mã, rồi nhập mã mới nhận."
_USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)
_BY_STRANGERS = (Purpose.RESET_PASSWORD.value, Purpose.GUARDIAN.value)
"""Whoever knows a code may order these: they cost the owner none of the others, and have limits of their own."""


def order(session: Session, account: Account, purpose: Purpose, to: str | None = None) -> OneTimeCode:
    """Have a code for `purpose` sent to the account's phone, which the caller knows to be its own (D6), or `to` one.

    An older open code of the same purpose is void from now on, and not sent if it still waits. Raises TooManyRequests
    when the account has had MOST_ORDERED codes within WINDOW: each gives guesses, and costs an SMS.
    """
    session.flush()
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    _require_few(session, account)
    _void(session, *_of(account.id), OneTimeCode.purpose == purpose.value)
    now = clock.now()
    code = OneTimeCode(
        account_id=account.id, purpose=purpose.value, hashes=[], ordered_at=now, expires_at=now + VALID, wrong=0
    )
    session.add(code)
    session.flush()
    outbox.post(
        session,
        NoticeKind.OTP,
        NoticeChannel.SMS,
        to or account.phone,
        lane=COUNTER,
        body=otp_sms(ACTS[purpose].sms),
        office_id=account.office_id,
        account_id=account.id,
        one_time_code_id=code.id,
    )
    return code


def _require_few(session: Session, account: Account) -> None:
    since = clock.now() - WINDOW
    ordered = session.scalars(
        select(OneTimeCode.ordered_at)
        .where(OneTimeCode.account_id == account.id, OneTimeCode.ordered_at > since)
        .where(OneTimeCode.purpose.not_in(_BY_STRANGERS))
        .order_by(OneTimeCode.ordered_at.desc())
        .limit(MOST_ORDERED)
    ).all()
    if len(ordered) == MOST_ORDERED:
        left = math.ceil((ordered[-1] - since).total_seconds())
        raise TooManyRequests(
            f"Tài khoản này đã nhận {MOST_ORDERED} mã OTP trong {WINDOW // timedelta(minutes=1)} phút qua nên tạm dừng "
            f"gửi mã. Chưa có gì thay đổi; xin đợi {math.ceil(left / 60)} phút rồi thử lại.",
            retry_after=left,
        )


def is_open(session: Session, code: OneTimeCode) -> bool:
    """Tell whether `code` may still be sent and used: not used, void or expired, its account one to sign in to."""
    account = session.get_one(Account, code.account_id)
    return account.status in _USABLE and code.wrong < MOST_WRONG and _is_live(code) and _is_newest(session, code)


def make_attempt(session: Session, code: OneTimeCode) -> str:
    """Make the digits for one try at sending `code` and return them in clear; only their keyed hash is kept.

    Commit before handing them to a gateway. The clear digits must never be stored or logged.
    """
    session.refresh(code, with_for_update=True)
    length = MAIL_CODE_LENGTH if code.purpose == Purpose.RESET_PASSWORD else CODE_LENGTH
    digits = f"{secrets.randbelow(10**length):0{length}}"
    rows.change(session, code, hashes=[*code.hashes, _hash(code.id, digits)])
    return digits


def check(account_id: int, purpose: Purpose, given: str, *, sent_to: str | None = None) -> None:
    """Use the code that was sent to the account for `purpose`; `given` is what its owner typed, blanks do not matter.

    With `sent_to` one that went to another number counts for none.

    A use case of its own, to be called before the one it opens: a wrong try is counted and committed before it is
    refused. Raises InvalidInput (field otp: no six digits; wrong, the fifth of which voids the code); Conflict:
    otp_none (none was ordered, or it was used), otp_expired, otp_void, account_unusable.
    """
    digits = "".join(given.split())
    if len(digits) != CODE_LENGTH or not is_digits(digits):
        raise _fault(f"Mã OTP gồm {CODE_LENGTH} chữ số trong tin nhắn vừa gửi. Xin nhập lại.")
    with transaction() as session:
        refusal = _tried(session, account_id, purpose, digits, sent_to)
    if refusal is not None:
        raise refusal


def void(session: Session, account: Account) -> None:
    """Let no code of the account be used any more, nor be sent: its phone is another one now, or nobody's (D6)."""
    _void(session, *_of(account.id))


def _tried(session: Session, account_id: int, purpose: Purpose, digits: str, sent_to: str | None) -> DomainError | None:
    """Use the newest code if `digits` are of it; return what is to be raised otherwise."""
    code = session.scalars(
        select(OneTimeCode)
        .where(OneTimeCode.account_id == account_id, OneTimeCode.purpose == purpose.value)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if code is not None and sent_to is not None and not _went_to(session, code, sent_to):
        code = None
    refusal = _refusal(session, code)
    if code is None or refusal is not None:
        return refusal
    if not fits(code.id, code.hashes, digits):
        rows.change(session, code, wrong=code.wrong + 1)
        return _wrong(code)
    rows.change(session, code, used_at=clock.now())
    outbox.cancel(session, Notice.one_time_code_id == code.id)
    return None


def _went_to(session: Session, code: OneTimeCode, phone: str) -> bool:
    sent = select(Notice.id).where(Notice.one_time_code_id == code.id, Notice.recipient == phone)
    return session.scalars(sent.limit(1)).first() is not None


def _refusal(session: Session, code: OneTimeCode | None) -> Conflict | None:
    """Return why no code can be used now; None when `code` can."""
    if code is None or code.used_at is not None:
        return Conflict("Chưa có mã OTP nào đang chờ nhập. Xin bấm gửi mã, rồi nhập mã mới nhận.", code="otp_none")
    if code.wrong >= MOST_WRONG:
        return Conflict(_VOID, code="otp_void")
    if not _is_live(code):
        return Conflict(
            "Mã OTP đã hết hiệu lực (5 phút từ lúc yêu cầu). Xin bấm gửi mã, rồi nhập mã mới nhận.", code="otp_expired"
        )
    if not is_open(session, code):
        return Conflict(
            "Tài khoản này đang tạm khóa hoặc đã ngừng sử dụng. Xin gọi tổng đài 1900 9068 hoặc đến cơ quan BHXH.",
            code="account_unusable",
        )
    return None


def _wrong(code: OneTimeCode) -> InvalidInput:
    left = MOST_WRONG - code.wrong
    return _fault(f"Mã OTP chưa đúng. Xin xem lại tin nhắn mới nhất; còn {left} lần nhập." if left else _VOID)


def _fault(sentence: str) -> InvalidInput:
    return InvalidInput([Fault("otp", sentence)], sentence)


def _is_newest(session: Session, code: OneTimeCode) -> bool:
    """Tell whether nothing newer takes the place of `code`: an order by e-mail voids none (notices.mailed_codes)."""
    newer = select(OneTimeCode.id).where(
        OneTimeCode.account_id == code.account_id, OneTimeCode.purpose == code.purpose, OneTimeCode.id > code.id
    )
    return session.scalars(newer.limit(1)).first() is None


def _is_live(code: OneTimeCode) -> bool:
    return code.used_at is None and code.expires_at > clock.now()


def _of(account_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on the account's codes that are neither used nor past."""
    return (
        OneTimeCode.account_id == account_id,
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > clock.now(),
    )


def _void(session: Session, *which: ColumnElement[bool]) -> None:
    """End the codes that fit all of `which`, and cancel what still waits of them."""
    codes = session.scalars(select(OneTimeCode).where(*which).order_by(OneTimeCode.id).with_for_update()).all()
    for code in codes:
        rows.change(session, code, expires_at=clock.now())
        outbox.cancel(session, Notice.one_time_code_id == code.id)


def fits(code_id: int, hashes: list[bytes], digits: str) -> bool:
    """Tell whether `digits` were made for the code of that id, of which these hashes are kept."""
    given = _hash(code_id, digits)
    return any([hmac.compare_digest(given, kept) for kept in hashes])  # noqa: C419 (each takes its time)


def _hash(code_id: int, digits: str) -> bytes:
    """Return what is kept of `digits`: with the code's own number, so that equal ones of two codes look different."""
    return lookup_hash("one_time_code", f"{code_id}:{digits}")
