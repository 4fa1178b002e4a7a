"""The words of every message about an account; pure: no database, no clock (wording.md, K9, K10, A1, A2, A5).

An SMS tells of the user name its last four digits alone. What goes to a former number or address may reach a stranger:
it names nobody. `child`: it is read by the guardian of the child whose account it is (D11).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum

from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.models import Account, CredentialIssue, NoticeKind
from backoffice.notices.rendering import CODE_MASK, MAIL_CODE_MASK, MASK, Mail, mail, mail_time, sms, sms_time


def reset_sms(account: Account, issue: CredentialIssue, *, child: bool = False) -> str:
    """Return the SMS with a new password, as MASK (K9)."""
    until = clock.local(issue.expires_at).strftime("%H:%M %d/%m")
    return sms(NoticeKind.RESET, tail=_tail(account), password=MASK, until=until, child=child)


class Told(Enum):
    """Who gave a password out, as its owner is told: in the SMS, and in the letter."""

    DESK = ("co quan BHXH", "cơ quan BHXH")
    HOTLINE = ("tong dai", "tổng đài 1900 9068")
    EMAIL = ("he thong", "hệ thống (theo yêu cầu qua thư điện tử)")


def reset_told_sms(account: Account, by: Told, at: datetime, *, child: bool = False) -> str:
    """Return the SMS that a password was given out, without it (issue: the owner is told of every reset)."""
    return sms(NoticeKind.RESET_TOLD, tail=_tail(account), who=by.value[0], at=sms_time(at), child=child)


def reset_told_mail(account: Account, by: Told, at: datetime, *, child: bool = False) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.RESET_TOLD, **_letter(account, at), who=by.value[1], child=child)


def otp_sms(act: str) -> str:
    """Return the SMS with a one-time code, as CODE_MASK; `act` is what it is for ("doi mat khau") (A2, A3)."""
    return sms(NoticeKind.OTP, code=CODE_MASK, act=act)


def password_changed_sms(account: Account, at: datetime, *, child: bool = False) -> str:
    """Return the SMS that says when the password was changed, and what to do if it was somebody else."""
    return sms(NoticeKind.PASSWORD_CHANGED, tail=_tail(account), at=sms_time(at), child=child)


def password_changed_mail(account: Account, at: datetime, *, child: bool = False) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.PASSWORD_CHANGED, **_letter(account, at), child=child)


def password_ends_sms(account: Account, ends: datetime, *, child: bool = False) -> str:
    """Return the SMS that says on which day the password ends (A1)."""
    return sms(NoticeKind.PASSWORD_ENDS, tail=_tail(account), day=clock.local(ends).strftime("%d/%m/%Y"), child=child)


def phone_given_up_sms(at: datetime) -> str:
    """Return what the old number is told (K10): it names nobody."""
    return sms(NoticeKind.PHONE_CHANGED, is_old=True, tail="", at=sms_time(at))


def phone_taken_up_sms(account: Account, at: datetime, *, child: bool = False) -> str:
    """Return what the new number is told: for which account it is used from now on (K10)."""
    return sms(NoticeKind.PHONE_CHANGED, is_old=False, tail=_tail(account), at=sms_time(at), child=child)


def email_changed_sms(account: Account, at: datetime, *, child: bool = False) -> str:
    """Return the SMS that says when the e-mail address was changed."""
    return sms(NoticeKind.EMAIL_CHANGED, tail=_tail(account), at=sms_time(at), child=child)


def email_given_up_mail(at: datetime) -> Mail:
    """Return the letter to the old address: it names nobody."""
    return mail(NoticeKind.EMAIL_CHANGED, is_old=True, tail="", at=mail_time(at))


def email_taken_up_mail(account: Account, at: datetime, *, child: bool = False) -> Mail:
    """Return the letter to the new address."""
    return mail(NoticeKind.EMAIL_CHANGED, **_letter(account, at), is_old=False, child=child)


def adjusted_sms(account: Account, receipt_code: str, *, child: bool = False) -> str:
    """Return the SMS that the account was adjusted by the declaration of `receipt_code` (D2)."""
    return sms(NoticeKind.ADJUSTED, tail=_tail(account), receipt=format_receipt_code(receipt_code), child=child)


def adjusted_mail(
    account: Account, receipt_code: str, parts: Sequence[str], at: datetime, *, child: bool = False
) -> Mail:
    """Return the letter that says in which `parts` ("Họ và tên"), not what stands there now."""
    receipt = format_receipt_code(receipt_code)
    return mail(NoticeKind.ADJUSTED, **_letter(account, at), receipt=receipt, parts=parts, child=child)


def locked_sms(account: Account, at: datetime, *, child: bool = False) -> str:
    """Return the SMS that the account is locked, and where help is to be had; it does not say why."""
    return sms(NoticeKind.LOCKED, tail=_tail(account), at=sms_time(at), child=child)


def locked_mail(account: Account, at: datetime, *, child: bool = False) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.LOCKED, **_letter(account, at), child=child)


def closed_sms(account: Account, at: datetime, *, child: bool = False) -> str:
    """Return the SMS that the account is closed (D2: stop using)."""
    return sms(NoticeKind.CLOSED, tail=_tail(account), at=sms_time(at), child=child)


def closed_mail(account: Account, at: datetime, *, child: bool = False) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.CLOSED, **_letter(account, at), child=child)


def email_reset_mail(account: Account) -> Mail:
    """Return the letter with the code that resets the password, as MAIL_CODE_MASK (A5)."""
    return mail(NoticeKind.EMAIL_RESET, name=account.full_name, tail=_tail(account), code=MAIL_CODE_MASK)


def email_confirm_mail(account: Account, link: str, last: date) -> Mail:
    """Return the letter with the `link` that confirms the address, good to the end of the day `last` (A5)."""
    day = last.strftime("%d/%m/%Y")
    return mail(NoticeKind.EMAIL_CONFIRM, name=account.full_name, tail=_tail(account), link=link, day=day)


def _tail(account: Account) -> str:
    return account.bhxh_code[-4:]


def _letter(account: Account, at: datetime) -> dict[str, object]:
    return {"name": account.full_name, "tail": _tail(account), "at": mail_time(at)}
