"""The words of every message about a declaration; pure: no database, no clock (wording.md, D11).

Those about an account alone: account_messages. A child's declaration is told to the guardian, in words of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.identity.phone import mask_phone
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.models import Account, CredentialIssue, Declaration, IdType, NoticeKind, Office, Purpose
from backoffice.notices.redeclaring import rests_on_account
from backoffice.notices.rendering import (
    CODE_MASK,
    LINK_DAYS,
    MASK,
    SMS_LENGTH,
    Mail,
    cut,
    mail,
    mail_time,
    sms,
    with_code,
    with_password,
)
from backoffice.rules.reasons import Reason, plain_sms, screen_reasons, sms_reasons

__all__ = [
    "CODE_MASK",
    "ID_LABELS",
    "LINK_LENGTH",
    "MASK",
    "OFFICE_LENGTH",
    "PAPERS",
    "PAPERS_OF_CHILD",
    "SMS_LENGTH",
    "Mail",
    "approved_mail",
    "approved_sms",
    "form01_mail",
    "is_to_guardian",
    "last_day",
    "moved_mail",
    "moved_sms",
    "papers",
    "received_sms",
    "rejected_mail",
    "rejected_sms",
    "reminder_sms",
    "supplement_mail",
    "supplement_sms",
    "with_code",
    "with_password",
]

OFFICE_LENGTH = 24
LINK_LENGTH = 32
"""A longer address does not fit into one part beside the longest office."""

PAPERS = (
    "Mẫu số 01 đã in, ký và ghi rõ họ tên",
    "Căn cước/CCCD hoặc hộ chiếu, bản gốc còn hạn (hoặc xuất trình trên VNeID)",
    "Thẻ BHYT (nếu có)",
)
"""What an adult brings to the desk (K1, D10)."""
PAPERS_OF_CHILD = (
    "Mẫu số 01 đã in, có chữ ký và họ tên của cha, mẹ hoặc người giám hộ",
    "Giấy khai sinh của trẻ; nếu không phải cha, mẹ thì thêm giấy tờ chứng minh việc giám hộ",
    "Căn cước/CCCD hoặc hộ chiếu của cha, mẹ hoặc người giám hộ, bản gốc còn hạn (hoặc xuất trình trên VNeID)",
    "Thẻ BHYT của trẻ (nếu có)",
)
"""What a guardian brings for a child (D11)."""
ID_LABELS = {IdType.CITIZEN_ID: "Căn cước/CCCD", IdType.OLD_ID: "CMND", IdType.PASSPORT: "Hộ chiếu"}
_ACTS = {Purpose.ADJUST: "điều chỉnh thông tin", Purpose.STOP: "ngừng sử dụng"}
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def is_to_guardian(declaration: Declaration) -> bool:
    """Tell whether what is said about `declaration` is said to a child's guardian (D11)."""
    return declaration.guardian_bhxh_code is not None


def papers(declaration: Declaration) -> tuple[str, ...]:
    """Return what is to be brought to the desk for `declaration`."""
    return PAPERS_OF_CHILD if is_to_guardian(declaration) else PAPERS


def received_sms(declaration: Declaration, office: Office, link: str = "") -> str:
    """Return the confirmation: where to go, with which papers, by which day (D7, D10, K5).

    `link`: a public address of a child's declaration for the guardian (D11), told when it is of LINK_LENGTH at most.
    """
    words = _where_and_when(declaration, office, "%d/%m/%Y")
    return sms(NoticeKind.RECEIVED, **words, link=link if len(link) <= LINK_LENGTH else "")


def reminder_sms(declaration: Declaration, office: Office) -> str:
    """Return the reminder of a declaration nobody has handed in yet (K4, K5)."""
    return sms(NoticeKind.REMINDER, **_where_and_when(declaration, office, "%d/%m/%Y"))


def approved_sms(account: Account, issue: CredentialIssue, *, child: bool = False) -> str:
    """Return the SMS with user name and password (K2), the password as MASK; `child`: to the guardian (D11)."""
    until = clock.local(issue.expires_at).strftime("%H:%M %d/%m")
    return sms(NoticeKind.APPROVED, username=account.bhxh_code, password=MASK, until=until, child=child)


def rejected_sms(declaration: Declaration, reasons: Sequence[str], note: str) -> str:
    """Return the refusal with as many reasons as fit (K3); with phone_not_own it names nobody."""
    return sms(
        NoticeKind.REJECTED,
        receipt=format_receipt_code(declaration.receipt_code),
        phone_not_own=Reason.PHONE_NOT_OWN in reasons,
        reasons_sms=sms_reasons(reasons, note),
        child=is_to_guardian(declaration),
    )


def supplement_sms(declaration: Declaration, office: Office, note: str, until: datetime | None = None) -> str:
    """Return the SMS that says what is missing, where and until when to bring it (K7); a long note is cut.

    `until` is the deadline; by default the one the declaration has.
    """
    known = _where_and_when(declaration, office, "%d/%m", until)
    room = SMS_LENGTH - len(sms(NoticeKind.SUPPLEMENT, note_sms="", **known))
    words = plain_sms(note)
    if not any(char.isalpha() for char in words):  # nothing of it is left in an SMS
        words = "xem phieu yeu cau bo sung"
    return sms(NoticeKind.SUPPLEMENT, note_sms=cut(words, room), **known)


def moved_sms(declaration: Declaration, office: Office) -> str:
    """Return the SMS that says which office has the declaration now, and until when it is awaited there (K8).

    Without a deadline it has been handed in, and nothing is to be done.
    """
    return sms(NoticeKind.MOVED, **_where_and_when(declaration, office, "%d/%m", or_none=True))


def form01_mail(declaration: Declaration, office: Office) -> Mail:
    """Return the letter that carries form 01 (D9), with deadline, office and papers to bring (D10)."""
    return mail(NoticeKind.FORM01, **_letter(declaration), office=office, deadline=last_day(_expires(declaration)))


def approved_mail(declaration: Declaration, account: Account, issue: CredentialIssue, office: Office) -> Mail:
    """Return the acceptance with the account's data, the password never (K2).

    To a guardian no paper is told: the one declared is the guardian's (D11).
    """
    return mail(
        NoticeKind.APPROVED,
        receipt=format_receipt_code(declaration.receipt_code),
        name=account.full_name,
        username=account.bhxh_code,
        id_label=ID_LABELS[account.id_type],
        id_masked=mask_code(account.id_number),
        phone_masked=mask_phone(account.phone),
        opened_day=clock.local(account.opened_at).strftime("%d/%m/%Y"),
        until=mail_time(issue.expires_at),
        office=office,
        child=is_to_guardian(declaration),
    )


def rejected_mail(declaration: Declaration, reasons: Sequence[str], note: str, link: str = "") -> Mail:
    """Return the refusal with every reason and the note (K3); `link`: where to declare anew, "" for nowhere special."""
    told = {"reasons": screen_reasons(reasons, note), "link": link, "days": LINK_DAYS}
    signs_in = rests_on_account(declaration)
    return mail(NoticeKind.REJECTED, **_letter(declaration), **told, signs_in=signs_in)


def supplement_mail(declaration: Declaration, office: Office, note: str, until: datetime | None = None) -> Mail:
    """Return the letter that says all of what is missing (K7); `until` as in the SMS."""
    last = last_day(until or _expires(declaration))
    return mail(NoticeKind.SUPPLEMENT, **_letter(declaration), office=office, deadline=last, note=note)


def moved_mail(declaration: Declaration, office: Office) -> Mail:
    """Return the letter that says the same as the SMS, with the office's address and the papers to bring (K8)."""
    until = declaration.expires_at
    return mail(
        NoticeKind.MOVED, **_letter(declaration), office=office, deadline=last_day(until) if until is not None else ""
    )


def last_day(until: datetime) -> str:
    """Return the day of a deadline in words: "hết ngày 30/11/2026 (thứ Hai)"."""
    day = clock.local(until).date()
    return f"hết ngày {day:%d/%m/%Y} ({_WEEKDAYS[day.weekday()]})"


def _where_and_when(
    declaration: Declaration, office: Office, day: str, until: datetime | None = None, *, or_none: bool = False
) -> dict[str, object]:
    """Return receipt code, office and day; `or_none`: a declaration without a deadline has the day ""."""
    without = or_none and until is None and declaration.expires_at is None
    return {
        "receipt": format_receipt_code(declaration.receipt_code),
        "office_sms": plain_sms(office.short_name)[:OFFICE_LENGTH],
        "day": "" if without else clock.local(until or _expires(declaration)).strftime(day),
        "child": is_to_guardian(declaration),
    }


def _letter(declaration: Declaration) -> dict[str, object]:
    return {
        "receipt": format_receipt_code(declaration.receipt_code),
        "name": declaration.full_name,
        "papers": papers(declaration),
        "act": _ACTS.get(declaration.purpose, "đăng ký"),
        "child": is_to_guardian(declaration),
    }


def _expires(declaration: Declaration) -> datetime:
    if declaration.expires_at is None:
        raise ValueError("this declaration has no deadline to tell")
    return declaration.expires_at
