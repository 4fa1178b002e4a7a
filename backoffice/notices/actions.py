"""What to tell the citizen, and when: each joins the caller's transaction and adds rows to the outbox (K2, K3, K7, D9).

Words are rendered here and kept as they go out, the password masked. Sent after the commit, by backoffice.notices.jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backoffice.kernel.queue import COUNTER, DEFAULT
from backoffice.models import (
    Account,
    CredentialIssue,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    Office,
)
from backoffice.notices import messages, outbox
from backoffice.notices.messages import Mail
from backoffice.rules.reasons import Reason


@dataclass(frozen=True)
class Preview:
    """What a refusal would say: `sms`, and subject and plain text of the e-mail ("" when no address is on file)."""

    sms: str
    subject: str
    mail: str


def declaration_received(session: Session, declaration: Declaration) -> None:
    """Confirm a declaration by SMS, and send form 01 by e-mail when that was asked for (D7, D9, D10).

    `declaration` is flushed and has its deadline.
    """
    office = _office(session, declaration.office_id)
    _sms(session, NoticeKind.RECEIVED, declaration, messages.received_sms(declaration, office), lane=DEFAULT)
    if declaration.send_form01_by_email and declaration.email:
        mail = messages.form01_mail(declaration, office)
        _mail(session, NoticeKind.FORM01, declaration.email, mail, declaration=declaration, attach_form01=True)


def reminder(session: Session, declaration: Declaration) -> None:
    """Remind of a declaration that was not handed in, by SMS; at night it waits until eight (K4, K5)."""
    office = _office(session, declaration.office_id)
    _sms(session, NoticeKind.REMINDER, declaration, messages.reminder_sms(declaration, office), lane=DEFAULT)


def approved(session: Session, declaration: Declaration, account: Account, issue: CredentialIssue) -> None:
    """Send user name and a password of `issue` by SMS, and the acceptance by e-mail if there is an address (K2)."""
    outbox.post(
        session,
        NoticeKind.APPROVED,
        NoticeChannel.SMS,
        account.phone,
        lane=COUNTER,
        body=messages.approved_sms(account, issue),
        declaration_id=declaration.id,
        account_id=account.id,
        credential_issue_id=issue.id,
    )
    if account.email:
        mail = messages.approved_mail(declaration, account, issue, _office(session, account.office_id))
        _mail(session, NoticeKind.APPROVED, account.email, mail, declaration=declaration, account_id=account.id)


def rejected(session: Session, declaration: Declaration, reasons: Sequence[Reason], note: str) -> None:
    """Say by SMS, and by e-mail if there is an address, why it was not accepted (K3).

    With phone_not_own the SMS may reach a stranger: it names nobody.
    """
    body = messages.rejected_sms(declaration, reasons, note)
    _sms(session, NoticeKind.REJECTED, declaration, body, lane=COUNTER)
    if declaration.email:
        mail = messages.rejected_mail(declaration, reasons, note)
        _mail(session, NoticeKind.REJECTED, declaration.email, mail, declaration=declaration)


def preview_rejection(declaration: Declaration, reasons: Sequence[Reason], note: str) -> Preview:
    """Return exactly what `rejected` would send; reads and writes nothing."""
    sms = messages.rejected_sms(declaration, reasons, note)
    if not declaration.email:
        return Preview(sms, "", "")
    mail = messages.rejected_mail(declaration, reasons, note)
    return Preview(sms, mail.subject, mail.text)


def supplement(session: Session, declaration: Declaration, note: str) -> None:
    """Say by SMS, and by e-mail if there is an address, what is missing and until when to bring it (K7).

    The new deadline is already in `declaration`.
    """
    office = _office(session, declaration.office_id)
    body = messages.supplement_sms(declaration, office, note)
    _sms(session, NoticeKind.SUPPLEMENT, declaration, body, lane=COUNTER)
    if declaration.email:
        mail = messages.supplement_mail(declaration, office, note)
        _mail(session, NoticeKind.SUPPLEMENT, declaration.email, mail, declaration=declaration)


def cancel_for(session: Session, declaration: Declaration) -> None:
    """Cancel what still waits to be sent about `declaration`, which is withdrawn."""
    outbox.cancel(session, Notice.declaration_id == declaration.id)


def _office(session: Session, office_id: int) -> Office:
    return session.get_one(Office, office_id)


def _sms(session: Session, kind: NoticeKind, declaration: Declaration, body: str, *, lane: str) -> None:
    outbox.post(
        session, kind, NoticeChannel.SMS, declaration.phone, lane=lane, body=body, declaration_id=declaration.id
    )


def _mail(
    session: Session,
    kind: NoticeKind,
    recipient: str,
    mail: Mail,
    *,
    declaration: Declaration,
    account_id: int | None = None,
    attach_form01: bool = False,
) -> None:
    outbox.post(
        session,
        kind,
        NoticeChannel.EMAIL,
        recipient,
        lane=DEFAULT,
        body=mail.text,
        subject=mail.subject,
        html=mail.html,
        declaration_id=declaration.id,
        account_id=account_id,
        attach_form01=attach_form01,
    )
