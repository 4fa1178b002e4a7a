"""What to tell about an account, and when: each joins the caller's transaction and adds rows to the outbox.

An SMS goes to the account's phone while that is its own: whether it is (D6) the caller knows. Rules: K9, K10, A2.
"""

from __future__ import annotations

from sqlalchemy import and_
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.queue import COUNTER, DEFAULT
from backoffice.models import Account, CredentialIssue, Declaration, Notice, NoticeChannel, NoticeKind
from backoffice.notices import account_messages as words
from backoffice.notices import outbox
from backoffice.notices.rendering import Mail

_TO_FORMER = (NoticeKind.PHONE_CHANGED, NoticeKind.EMAIL_CHANGED)
"""Kinds that also go to where the account was reached before."""


def reset_password(
    session: Session, account: Account, issue: CredentialIssue, declaration: Declaration | None = None
) -> None:
    """Send a password of `issue` by SMS to the account's registered phone (K9).

    `declaration` is the one that was closed with it, if any: the message then is of its history too.
    """
    outbox.post(
        session,
        NoticeKind.RESET,
        NoticeChannel.SMS,
        account.phone,
        lane=COUNTER,
        body=words.reset_sms(account, issue),
        office_id=declaration.office_id if declaration else account.office_id,
        declaration_id=declaration.id if declaration else None,
        account_id=account.id,
        credential_issue_id=issue.id,
    )


def password_changed(session: Session, account: Account, *, by_sms: bool = True) -> None:
    """Say by SMS (`by_sms`: the phone is its own, D6) and e-mail that the password was changed now (A2)."""
    now = clock.now()
    if by_sms:
        _sms(session, NoticeKind.PASSWORD_CHANGED, account, words.password_changed_sms(account, now))
    _mail(session, NoticeKind.PASSWORD_CHANGED, account, account.email, words.password_changed_mail(account, now))


def phone_given_up(session: Session, account: Account, old: str) -> None:
    """Tell the number `old` that it is not the account's any more (K10): whoever has it learns of no name."""
    _sms(session, NoticeKind.PHONE_CHANGED, account, words.phone_given_up_sms(clock.now()), to=old)


def phone_taken_up(session: Session, account: Account) -> None:
    """Tell the account's new number that it is used from now on; its owner waits to see it arrive (K10)."""
    body = words.phone_taken_up_sms(account, clock.now())
    _sms(session, NoticeKind.PHONE_CHANGED, account, body, lane=COUNTER)


def email_changed(session: Session, account: Account, old: str | None) -> None:
    """Tell the phone, the former address `old` and the new one (each if there is one) of the change."""
    now = clock.now()
    _sms(session, NoticeKind.EMAIL_CHANGED, account, words.email_changed_sms(account, now))
    _mail(session, NoticeKind.EMAIL_CHANGED, account, old, words.email_given_up_mail(now))
    _mail(session, NoticeKind.EMAIL_CHANGED, account, account.email, words.email_taken_up_mail(account, now))


def locked(session: Session, account: Account, *, by_sms: bool) -> None:
    """Say that the account is locked, not why; `by_sms`: its phone is its own (D6)."""
    now = clock.now()
    if by_sms:
        _sms(session, NoticeKind.LOCKED, account, words.locked_sms(account, now))
    _mail(session, NoticeKind.LOCKED, account, account.email, words.locked_mail(account, now))


def closed(session: Session, account: Account, *, by_sms: bool) -> None:
    """Say that the account is closed (D2: stop using); `by_sms`: its phone is its own, or was until now (D6)."""
    now = clock.now()
    if by_sms:
        _sms(session, NoticeKind.CLOSED, account, words.closed_sms(account, now))
    _mail(session, NoticeKind.CLOSED, account, account.email, words.closed_mail(account, now))


def cancel_for_account(session: Session, account: Account) -> None:
    """Cancel what still waits to be sent about `account`: it is locked, or its phone is somebody else's (D6).

    What tells a former number or address of its end goes on: else two changes in a row would hide the first.
    """
    is_to_former = and_(Notice.kind.in_(_TO_FORMER), Notice.recipient.not_in([account.phone, account.email or ""]))
    outbox.cancel(session, Notice.account_id == account.id, ~is_to_former)


def _sms(
    session: Session, kind: NoticeKind, account: Account, body: str, *, to: str | None = None, lane: str = DEFAULT
) -> None:
    outbox.post(
        session,
        kind,
        NoticeChannel.SMS,
        to or account.phone,
        lane=lane,
        body=body,
        office_id=account.office_id,
        account_id=account.id,
    )


def _mail(session: Session, kind: NoticeKind, account: Account, to: str | None, mail: Mail) -> None:
    """Post the letter, if there is an address to send it to."""
    if to:
        outbox.post(
            session,
            kind,
            NoticeChannel.EMAIL,
            to,
            lane=DEFAULT,
            body=mail.text,
            subject=mail.subject,
            html=mail.html,
            office_id=account.office_id,
            account_id=account.id,
        )
