"""What to tell about an account, and when: each joins the caller's transaction and adds rows to the outbox.

An SMS goes to the account's phone while that is its own: whether it is (D6) the caller knows. Rules: K9, K10, A2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_
from sqlalchemy.orm import Session

from backoffice.kernel import clock
from backoffice.kernel.queue import BULK, COUNTER, DEFAULT
from backoffice.models import (
    Account,
    AccountHold,
    CredentialIssue,
    Declaration,
    HoldKind,
    Notice,
    NoticeChannel,
    NoticeKind,
)
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
        body=words.reset_sms(account, issue, child=_is_read_by_guardian(session, account)),
        office_id=declaration.office_id if declaration else account.office_id,
        declaration_id=declaration.id if declaration else None,
        account_id=account.id,
        credential_issue_id=issue.id,
    )


def reset_told(session: Session, account: Account, by: words.Told, *, by_sms: bool) -> None:
    """Tell the owner that a password was given out, without it: by e-mail, and (`by_sms`) by SMS if none bears it."""
    now, child = clock.now(), _is_read_by_guardian(session, account)
    if by_sms:
        _sms(session, NoticeKind.RESET_TOLD, account, words.reset_told_sms(account, by, now, child=child))
    letter = words.reset_told_mail(account, by, now, child=child)
    _mail(session, NoticeKind.RESET_TOLD, account, account.email, letter)


def password_changed(session: Session, account: Account, *, by_sms: bool = True) -> None:
    """Say by SMS (`by_sms`: the phone is its own, D6) and e-mail that the password was changed now (A2).

    A reminder that the old one ends is not sent any more.
    """
    outbox.cancel(session, Notice.account_id == account.id, Notice.kind == NoticeKind.PASSWORD_ENDS)
    now, child = clock.now(), _is_read_by_guardian(session, account)
    if by_sms:
        _sms(session, NoticeKind.PASSWORD_CHANGED, account, words.password_changed_sms(account, now, child=child))
    _mail(
        session,
        NoticeKind.PASSWORD_CHANGED,
        account,
        account.email,
        words.password_changed_mail(account, now, child=child),
    )


def password_ends(session: Session, account: Account, ends: datetime) -> None:
    """Remind by SMS that the password ends at `ends` (A1); not at night, for nobody waits for it."""
    body = words.password_ends_sms(account, ends, child=_is_read_by_guardian(session, account))
    _sms(session, NoticeKind.PASSWORD_ENDS, account, body, lane=BULK)


def phone_given_up(session: Session, account: Account, old: str) -> None:
    """Tell the number `old` that it is not the account's any more (K10): whoever has it learns of no name."""
    _sms(session, NoticeKind.PHONE_CHANGED, account, words.phone_given_up_sms(clock.now()), to=old)


def phone_taken_up(session: Session, account: Account) -> None:
    """Tell the account's new number that it is used from now on; its owner waits to see it arrive (K10)."""
    body = words.phone_taken_up_sms(account, clock.now(), child=_is_read_by_guardian(session, account))
    _sms(session, NoticeKind.PHONE_CHANGED, account, body, lane=COUNTER)


def email_changed(session: Session, account: Account, old: str | None, *, by_sms: bool = True) -> None:
    """Tell the phone (`by_sms`), the former address `old` and the new one (each if there is one) of the change."""
    now, child = clock.now(), _is_read_by_guardian(session, account)
    if by_sms:
        _sms(session, NoticeKind.EMAIL_CHANGED, account, words.email_changed_sms(account, now, child=child))
    _mail(session, NoticeKind.EMAIL_CHANGED, account, old, words.email_given_up_mail(now))
    _mail(
        session, NoticeKind.EMAIL_CHANGED, account, account.email, words.email_taken_up_mail(account, now, child=child)
    )


def email_link(session: Session, account: Account, link: str, last: date) -> None:
    """Send the `link` that confirms the account's address, good to the end of the day `last`, to that address (A5)."""
    mail = words.email_confirm_mail(account, link, last)
    _mail(session, NoticeKind.EMAIL_CONFIRM, account, account.email, mail)


def adjusted(
    session: Session, account: Account, declaration: Declaration, parts: Sequence[str], *, by_sms: bool
) -> None:
    """Say that `declaration` was approved and which `parts` of the account it adjusted (D2); `by_sms` as in locked."""
    now, child, code = clock.now(), _is_read_by_guardian(session, account), declaration.receipt_code
    if by_sms:
        body = words.adjusted_sms(account, code, child=child)
        _sms(session, NoticeKind.ADJUSTED, account, body, lane=COUNTER, declaration=declaration)
    letter = words.adjusted_mail(account, code, parts, now, child=child)
    _mail(session, NoticeKind.ADJUSTED, account, account.email, letter, declaration=declaration)


def locked(session: Session, account: Account, *, by_sms: bool) -> None:
    """Say that the account is locked, not why; `by_sms`: its phone is its own (D6)."""
    now, child = clock.now(), _is_read_by_guardian(session, account)
    if by_sms:
        _sms(session, NoticeKind.LOCKED, account, words.locked_sms(account, now, child=child))
    _mail(session, NoticeKind.LOCKED, account, account.email, words.locked_mail(account, now, child=child))


def closed(session: Session, account: Account, declaration: Declaration | None = None, *, by_sms: bool) -> None:
    """Say that the account is closed (D2: stop using); `by_sms`: its phone is its own, or was until now (D6).

    `declaration` is the one that asked for it, if any: the messages then are of its history too.
    """
    now, child = clock.now(), _is_read_by_guardian(session, account)
    if by_sms:
        body = words.closed_sms(account, now, child=child)
        lane = COUNTER if declaration else DEFAULT
        _sms(session, NoticeKind.CLOSED, account, body, lane=lane, declaration=declaration)
    letter = words.closed_mail(account, now, child=child)
    _mail(session, NoticeKind.CLOSED, account, account.email, letter, declaration=declaration)


def cancel_for_account(session: Session, account: Account) -> None:
    """Cancel what still waits to be sent about `account`: it is locked, or its phone is somebody else's (D6).

    What tells a former number or address of its end goes on: else two changes in a row would hide the first.
    """
    is_to_former = and_(Notice.kind.in_(_TO_FORMER), Notice.recipient.not_in([account.phone, account.email or ""]))
    outbox.cancel(session, Notice.account_id == account.id, ~is_to_former)


def _is_read_by_guardian(session: Session, account: Account) -> bool:
    """Tell whether the account's phone is that of the child's guardian (D11)."""
    if account.guardian_id is None:
        return False
    hold = session.get(AccountHold, (HoldKind.PHONE, account.phone), populate_existing=True)
    return hold is not None and hold.account_id == account.guardian_id


def _sms(
    session: Session,
    kind: NoticeKind,
    account: Account,
    body: str,
    *,
    to: str | None = None,
    lane: str = DEFAULT,
    declaration: Declaration | None = None,
) -> None:
    outbox.post(
        session,
        kind,
        NoticeChannel.SMS,
        to or account.phone,
        lane=lane,
        body=body,
        office_id=declaration.office_id if declaration else account.office_id,
        declaration_id=declaration.id if declaration else None,
        account_id=account.id,
    )


def _mail(
    session: Session,
    kind: NoticeKind,
    account: Account,
    to: str | None,
    mail: Mail,
    declaration: Declaration | None = None,
) -> None:
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
            office_id=declaration.office_id if declaration else account.office_id,
            declaration_id=declaration.id if declaration else None,
            account_id=account.id,
        )
