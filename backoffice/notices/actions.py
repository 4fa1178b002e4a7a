"""What to tell about a declaration, and when: each joins the caller's transaction and adds rows to the outbox.

Words are rendered here and kept as they go out, the password masked. Sent after the commit, by backoffice.notices.jobs.
A child's declaration is told to the guardian, whose phone and address are in it (D11). About an account alone:
account_actions. Rules: K2, K3, K4, K7, K8, D9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.kernel import clock, rows
from backoffice.kernel.queue import BULK, COUNTER, DEFAULT
from backoffice.models import (
    Account,
    Channel,
    CredentialIssue,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Office,
)
from backoffice.notices import messages, outbox, undelivered
from backoffice.notices.messages import Mail
from backoffice.notices.queries import newest
from backoffice.notices.redeclaring import link_for
from backoffice.rules.actors import Actor

STATUS_PATH = "/declare/status"
"""Where a declaration is found again by its receipt code and the end of its phone; nothing personal is in it."""
NAME_OFFICE = (NoticeKind.RECEIVED, NoticeKind.REMINDER, NoticeKind.MOVED)
"""Kinds that say nothing but where to go until when."""


@dataclass(frozen=True)
class Preview:
    """What would be said: `sms`, and subject and plain text of the e-mail ("" when no address is on file)."""

    sms: str
    subject: str
    mail: str


def declaration_received(session: Session, declaration: Declaration) -> None:
    """Confirm a declaration by SMS, and send form 01 by e-mail when that was asked for (D7, D9, D10).

    `declaration` is flushed and has its deadline. Who was helped at the desk is there: no SMS tells them
    to come. Of a unit's list nobody waits for it: low lane, not at night.
    """
    office = _office(session, declaration.office_id)
    if declaration.channel is not Channel.DESK:
        body = messages.received_sms(declaration, office, _link())
        lane = BULK if declaration.channel is Channel.LIST else DEFAULT
        _sms(session, NoticeKind.RECEIVED, declaration, body, lane=lane)
    if declaration.send_form01_by_email:
        _form01(session, declaration, office)


def corrected(session: Session, declaration: Declaration, *, elsewhere: bool) -> None:
    """Confirm a declaration that its person corrected (D10): form 01 by e-mail anew where that is asked for.

    `elsewhere`: another phone or office was declared, so what waits under the former goes no more, and the SMS is sent
    again; else the one before still says all.
    """
    office, own = _office(session, declaration.office_id), Notice.declaration_id == declaration.id
    outbox.cancel(session, own, Notice.kind.in_(NAME_OFFICE if elsewhere else ()) | (Notice.kind == NoticeKind.FORM01))
    if elsewhere:
        session.execute(update(Notice).where(own).values(office_id=office.id))
        body = messages.received_sms(declaration, office, _link())
        _sms(session, NoticeKind.RECEIVED, declaration, body, lane=DEFAULT)
    if declaration.send_form01_by_email:
        _form01(session, declaration, office)


def reminder(session: Session, declaration: Declaration) -> None:
    """Remind of a declaration that was not handed in, by SMS; at night it waits until eight (K4, K5)."""
    office = _office(session, declaration.office_id)
    _sms(session, NoticeKind.REMINDER, declaration, messages.reminder_sms(declaration, office), lane=BULK)


def approved(session: Session, declaration: Declaration, account: Account, issue: CredentialIssue) -> None:
    """Send user name and a password of `issue` by SMS, and the acceptance by e-mail if there is an address (K2)."""
    _credentials(session, declaration, account, issue)
    if account.email:
        _acceptance(session, declaration, account, issue)


def approved_again(
    session: Session, declaration: Declaration, account: Account, issue: CredentialIssue, *, by_mail: bool
) -> None:
    """Send a password of the newer `issue` by SMS; `by_mail`: the acceptance too, in place of one not sent yet (K2)."""
    _credentials(session, declaration, account, issue)
    if account.email and by_mail:
        outbox.cancel(
            session,
            Notice.declaration_id == declaration.id,
            Notice.kind == NoticeKind.APPROVED,
            Notice.channel == NoticeChannel.EMAIL,
        )
        _acceptance(session, declaration, account, issue)


def _credentials(session: Session, declaration: Declaration, account: Account, issue: CredentialIssue) -> None:
    outbox.post(
        session,
        NoticeKind.APPROVED,
        NoticeChannel.SMS,
        account.phone,
        lane=COUNTER,
        body=messages.approved_sms(account, issue, child=messages.is_to_guardian(declaration)),
        office_id=declaration.office_id,
        declaration_id=declaration.id,
        account_id=account.id,
        credential_issue_id=issue.id,
    )


def _acceptance(session: Session, declaration: Declaration, account: Account, issue: CredentialIssue) -> None:
    mail = messages.approved_mail(declaration, account, issue, _office(session, account.office_id))
    _mail(session, NoticeKind.APPROVED, account.email or "", mail, declaration=declaration, account_id=account.id)


def rejected(session: Session, declaration: Declaration, reasons: Sequence[str], note: str) -> None:
    """Say by SMS, and by e-mail if there is an address, why it was not accepted (K3).

    `reasons` are codes of rules.reasons. With phone_not_own the SMS may reach a stranger: it names nobody.
    """
    body = messages.rejected_sms(declaration, reasons, note)
    _sms(session, NoticeKind.REJECTED, declaration, body, lane=COUNTER)
    if declaration.email:
        mail = messages.rejected_mail(declaration, reasons, note, link_for())
        _mail(session, NoticeKind.REJECTED, declaration.email, mail, declaration=declaration)


def preview_rejection(declaration: Declaration, reasons: Sequence[str], note: str) -> Preview:
    """Return exactly what `rejected` would send; reads and writes nothing."""
    mail = messages.rejected_mail(declaration, reasons, note, link_for()) if declaration.email else None
    return _preview(messages.rejected_sms(declaration, reasons, note), mail)


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


def preview_supplement(declaration: Declaration, note: str, until: datetime) -> Preview:
    """Return exactly what `supplement` would send with the deadline `until`; reads and writes nothing.

    The office of `declaration` is loaded.
    """
    office = declaration.office
    mail = messages.supplement_mail(declaration, office, note, until) if declaration.email else None
    return _preview(messages.supplement_sms(declaration, office, note, until), mail)


def moved(session: Session, declaration: Declaration) -> None:
    """Say by SMS, and by e-mail if there is an address, that another office has the declaration now (K8).

    `declaration` is flushed with its new office, which gets all its messages on its own worklist. What still waits to
    be sent and names the former office goes no more: this says the same; form 01 goes with a letter that names the new.
    """
    office = _office(session, declaration.office_id)
    session.execute(update(Notice).where(Notice.declaration_id == declaration.id).values(office_id=office.id))
    outbox.cancel(session, Notice.declaration_id == declaration.id, Notice.kind.in_(NAME_OFFICE))
    _sms(session, NoticeKind.MOVED, declaration, messages.moved_sms(declaration, office), lane=DEFAULT)
    if declaration.email:
        mail = messages.moved_mail(declaration, office)
        _mail(session, NoticeKind.MOVED, declaration.email, mail, declaration=declaration)
    if declaration.expires_at is not None and _cancelled_form01(session, declaration):
        _form01(session, declaration, office)


def same_again(session: Session, declaration: Declaration, kind: NoticeKind) -> bool:
    """Send the latest SMS of `kind` (a refusal, a supplement) again, in the very words it was kept with.

    Likewise the e-mail, when it had failed. What still waits of the former is cancelled, so that nothing comes twice.
    Tells whether there was an SMS to repeat. Raises ValueError for one with a password: that is never sent again.
    """
    sms = newest(session, declaration.id, kind, NoticeChannel.SMS)
    if sms is None:
        return False
    if sms.credential_issue_id is not None:
        raise ValueError("a password is not sent again: a new issue is made")
    _repeat(session, sms)
    mail = newest(session, declaration.id, kind, NoticeChannel.EMAIL)
    if mail is not None and mail.status is NoticeStatus.FAILED:
        _repeat(session, mail)
    return True


def seen(session: Session, notice: Notice, officer: Actor) -> None:
    """Note that the citizen showed `notice` to `officer` at the desk, whatever the network says of it."""
    rows.change(session, notice, seen_at=clock.now(), seen_by_id=officer.id)


def cancel_for(session: Session, declaration: Declaration) -> None:
    """Cancel what still waits to be sent about `declaration`, which is withdrawn."""
    outbox.cancel(session, Notice.declaration_id == declaration.id)


def _cancelled_form01(session: Session, declaration: Declaration) -> bool:
    """Cancel the letter with form 01 where it still waits; tell whether it did."""
    waits = Notice.declaration_id == declaration.id, Notice.kind == NoticeKind.FORM01
    return outbox.cancel(session, *waits) > 0


def _form01(session: Session, declaration: Declaration, office: Office) -> None:
    if declaration.email:
        mail = messages.form01_mail(declaration, office)
        _mail(session, NoticeKind.FORM01, declaration.email, mail, declaration=declaration, attach_form01=True)


def _repeat(session: Session, notice: Notice) -> None:
    outbox.cancel(session, Notice.id == notice.id)
    undelivered.repeat(session, notice)


def _preview(sms: str, mail: Mail | None) -> Preview:
    return Preview(sms, mail.subject, mail.text) if mail else Preview(sms, "", "")


def _link() -> str:
    """Return where a guardian finds the child's declaration (D11); without "https://" where that is too long."""
    link = f"{config.current().public_url}{STATUS_PATH}"
    return link if len(link) <= messages.LINK_LENGTH else link.partition("://")[2]


def _office(session: Session, office_id: int) -> Office:
    return session.get_one(Office, office_id)


def _sms(session: Session, kind: NoticeKind, declaration: Declaration, body: str, *, lane: str) -> None:
    outbox.post(
        session,
        kind,
        NoticeChannel.SMS,
        declaration.phone,
        lane=lane,
        body=body,
        office_id=declaration.office_id,
        declaration_id=declaration.id,
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
        office_id=declaration.office_id,
        declaration_id=declaration.id,
        account_id=account_id,
        attach_form01=attach_form01,
    )
