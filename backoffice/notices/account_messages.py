"""The words of every message about an account; pure: no database, no clock (wording.md, K9, K10, A1, A2).

An SMS tells of the user name its last four digits alone. What goes to a former number or address may reach a stranger:
it names nobody.
"""

from __future__ import annotations

from datetime import datetime

from backoffice.kernel import clock
from backoffice.models import Account, CredentialIssue, NoticeKind
from backoffice.notices.rendering import CODE_MASK, MASK, Mail, mail, mail_time, sms, sms_time


def reset_sms(account: Account, issue: CredentialIssue) -> str:
    """Return the SMS with a new password, as MASK (K9)."""
    until = clock.local(issue.expires_at).strftime("%H:%M %d/%m")
    return sms(NoticeKind.RESET, tail=_tail(account), password=MASK, until=until)


def otp_sms(act: str) -> str:
    """Return the SMS with a one-time code, as CODE_MASK; `act` is what it is for ("doi mat khau") (A2, A3)."""
    return sms(NoticeKind.OTP, code=CODE_MASK, act=act)


def password_changed_sms(account: Account, at: datetime) -> str:
    """Return the SMS that says when the password was changed, and what to do if it was somebody else."""
    return sms(NoticeKind.PASSWORD_CHANGED, tail=_tail(account), at=sms_time(at))


def password_changed_mail(account: Account, at: datetime) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.PASSWORD_CHANGED, **_letter(account, at))


def phone_given_up_sms(at: datetime) -> str:
    """Return what the old number is told (K10): it names nobody."""
    return sms(NoticeKind.PHONE_CHANGED, is_old=True, tail="", at=sms_time(at))


def phone_taken_up_sms(account: Account, at: datetime) -> str:
    """Return what the new number is told: for which account it is used from now on (K10)."""
    return sms(NoticeKind.PHONE_CHANGED, is_old=False, tail=_tail(account), at=sms_time(at))


def email_changed_sms(account: Account, at: datetime) -> str:
    """Return the SMS that says when the e-mail address was changed."""
    return sms(NoticeKind.EMAIL_CHANGED, tail=_tail(account), at=sms_time(at))


def email_given_up_mail(at: datetime) -> Mail:
    """Return the letter to the old address: it names nobody."""
    return mail(NoticeKind.EMAIL_CHANGED, is_old=True, tail="", at=mail_time(at))


def email_taken_up_mail(account: Account, at: datetime) -> Mail:
    """Return the letter to the new address."""
    return mail(NoticeKind.EMAIL_CHANGED, **_letter(account, at), is_old=False)


def locked_sms(account: Account, at: datetime) -> str:
    """Return the SMS that the account is locked, and where help is to be had; it does not say why."""
    return sms(NoticeKind.LOCKED, tail=_tail(account), at=sms_time(at))


def locked_mail(account: Account, at: datetime) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.LOCKED, **_letter(account, at))


def closed_sms(account: Account, at: datetime) -> str:
    """Return the SMS that the account is closed (D2: stop using)."""
    return sms(NoticeKind.CLOSED, tail=_tail(account), at=sms_time(at))


def closed_mail(account: Account, at: datetime) -> Mail:
    """Return the letter that says the same."""
    return mail(NoticeKind.CLOSED, **_letter(account, at))


def _tail(account: Account) -> str:
    return account.bhxh_code[-4:]


def _letter(account: Account, at: datetime) -> dict[str, object]:
    return {"name": account.full_name, "tail": _tail(account), "at": mail_time(at)}
