"""Proving on a public page, by a code that went to a phone, to be somebody or to have a number (D11, K10, A7).

No officer's page takes such a code: it is typed where whoever has the phone declares.
"""

from __future__ import annotations

from datetime import timedelta

from backoffice.accounts.actions import holder
from backoffice.accounts.queries import account_by_code, phone_hold
from backoffice.identity.bhxh_code import normalize_bhxh_code
from backoffice.identity.malformed import Malformed
from backoffice.kernel import limits, rates
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.kernel.limits import Limit
from backoffice.models import Account, AccountStatus, HoldKind, TrailEvent
from backoffice.notices import guardian_codes, one_time
from backoffice.notices.one_time import Purpose
from backoffice.rules.actors import CITIZEN
from backoffice.rules.journal import record, subject_of

FROM_ADDRESS, SPAN = 60, 900
"""So many codes are ordered, and tried, from one address in so many seconds."""
OF_CODE = Limit("guardian code", 3, timedelta(hours=1))
TRIED = Limit("guardian code tried", 15, timedelta(hours=1))
OF_PHONE = Limit("new phone code", 3, timedelta(hours=1))
"""So many to one number: whoever is signed in could plague a stranger with them."""
WRONG = (
    "Mã số BHXH hoặc mã OTP chưa đúng, mã đã dùng hoặc đã quá 5 phút. Xin xem lại tin nhắn mới nhất rồi nhập lại, hoặc "
    "bấm gửi mã mới."
)
_OFTEN = (
    "Mã số BHXH này vừa được yêu cầu nhiều lần nên tạm dừng nhận. Xin đợi {wait} rồi thử lại, hoặc đăng nhập bằng mật "
    "khẩu."
)
_OFTEN_TO = "Số điện thoại này vừa nhận nhiều mã OTP nên tạm dừng gửi. Xin đợi {wait}, hoặc xác nhận số tại quầy."
_USABLE = (AccountStatus.ISSUED, AccountStatus.ACTIVE)


def order_guardian_code(code: str, address: str) -> None:
    """Send a code to the phone of the account under BHXH `code`; says nothing of whether there is one (D11).

    Neither by what is asked of the database; a child's account has none that is its own.
    Raises InvalidInput (bhxh_code) for what is no code at all, TooManyRequests, counted for unknown codes alike.
    """
    rates.count("guardian_code", address, FROM_ADDRESS, SPAN)
    known = _read(code)
    limits.spend(OF_CODE, known, _OFTEN)
    with transaction() as session:
        account = account_by_code(session, known, locked=True)
        hold = phone_hold(session, account or guardian_codes.NOBODY)
        is_to_be_told = (
            account is not None
            and account.status in _USABLE
            and not account.must_update_phone
            and hold is not None
            and hold.account_id == account.id
        )
        guardian_codes.order(session, account if is_to_be_told else None)


def prove_guardian(code: str, otp: str, address: str) -> int:
    """Return the id of the account under BHXH `code` whose phone got the code `otp`; it is used up (D11).

    Raises InvalidInput in the same words whatever is wrong, TooManyRequests.
    """
    rates.count("guardian_code", address, FROM_ADDRESS, SPAN)
    known = _read(code)
    limits.spend(TRIED, known, _OFTEN)
    with transaction() as session:
        account = account_by_code(session, known)
    try:
        one_time.check(account.id if account else 0, Purpose.GUARDIAN, otp)
    except (InvalidInput, Conflict):
        raise _wrong() from None
    if account is None:
        raise _wrong()
    with transaction() as session:
        subject = subject_of(account)
        record(session, TrailEvent.ACCOUNT_READ, CITIZEN, account=account, subject_hash=subject, what="guardian_code")
    return account.id


def order_phone_code(account_id: int, phone: str) -> None:
    """Send a code to `phone` (normal form), which the account of whoever declares is to have (K10).

    Raises TooManyRequests, InvalidInput (phone) when another open account holds it (D6), Conflict (account_unusable).
    """
    limits.spend(OF_PHONE, phone, _OFTEN_TO)
    with transaction() as session:
        account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
        if account is None or account.status not in _USABLE:
            raise Conflict(
                "Tài khoản này đang tạm khóa hoặc đã ngừng sử dụng. Xin đến cơ quan BHXH gần nhất.",
                code="account_unusable",
            )
        held = holder(session, HoldKind.PHONE, {phone})
        if held is not None and held.account_id not in (account.id, account.guardian_id):
            sentence = "Số điện thoại này đã dùng cho tài khoản của mã số BHXH khác. Xin dùng số khác."
            raise InvalidInput([Fault("phone", sentence, "phone_taken")], sentence)
        one_time.order(session, account, Purpose.NEW_PHONE, phone)


def confirm_phone(account_id: int, phone: str, otp: str) -> None:
    """Use the code `otp` that went to `phone`; raises InvalidInput (otp), Conflict (otp_*) as one_time.check does."""
    one_time.check(account_id, Purpose.NEW_PHONE, otp, sent_to=phone)


def _read(code: str) -> str:
    try:
        return normalize_bhxh_code(code)
    except Malformed as fault:
        raise InvalidInput([Fault("bhxh_code", fault.message, fault.code)], fault.message) from None


def _wrong() -> InvalidInput:
    return InvalidInput([Fault("otp", WRONG, "wrong")], WRONG)
