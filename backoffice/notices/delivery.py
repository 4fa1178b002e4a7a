"""Sending one leased notice: prepare in a transaction, call the gateway outside any, record in another (design 4).

The clear password lives only in the parcel, in this process's memory, between the two; no error carries it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from backoffice.dossier.form01 import form01_pdf
from backoffice.gateways.delivery import GatewayDown, GatewayRefused, Sent
from backoffice.gateways.email import Attachment, Letter
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    AccountStatus,
    CredentialIssue,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Status,
)
from backoffice.notices import credentials, doors, messages, outbox
from backoffice.notices.outbox import Due, Lease

log = structlog.get_logger()

UNPREPARED = "Hệ thống gặp trục trặc khi soạn hoặc gửi tin này. Nếu lâu chưa gửi được, xin báo quản trị."
_WHILE_UNDECIDED = {NoticeKind.RECEIVED, NoticeKind.FORM01, NoticeKind.REMINDER, NoticeKind.SUPPLEMENT}
"""Kinds that ask the citizen to come: untrue once the declaration is decided."""
_UNTIL_HANDED_IN = {NoticeKind.REMINDER, NoticeKind.SUPPLEMENT}
"""Kinds that name what is still missing and a last day: untrue as soon as it was brought (K4, K7, K11)."""


@dataclass(frozen=True)
class Parcel:
    """What goes to a gateway; `words` may hold the clear password and is never shown."""

    channel: NoticeChannel
    notice_id: int
    attempt: int
    to: str
    words: str = field(repr=False)
    subject: str = ""
    html: str | None = field(default=None, repr=False)
    attachment: Attachment | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Outcome:
    """How it went: `sent`, or the reason why not, for good or for now."""

    sent: Sent | None = None
    reason: str = ""
    for_good: bool = False


def deliver(lease: Lease) -> None:
    """Send the notice under `lease` and record how it went; whatever goes wrong is recorded and stops nobody else."""
    parcel: Parcel | None = None
    try:
        parcel = _prepare(lease)
        if parcel is None:
            return
        outcome = Outcome(sent=_hand_over(parcel))
    except GatewayRefused as refusal:
        outcome = Outcome(reason=refusal.reason_vi, for_good=True)
    except GatewayDown as refusal:
        outcome = Outcome(reason=refusal.reason_vi)
    except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
        # The type alone: the words of an error may quote a message.
        log.error("notice could not be sent", notice_id=lease.notice_id, error=type(error).__name__)
        outcome = Outcome(reason=UNPREPARED)
    _record(lease, outcome, parcel)


def _prepare(lease: Lease) -> Parcel | None:
    """Return what to send, its password's hash committed; None when there is nothing to send (any more)."""
    with transaction() as session:
        due = outbox.wanted(session, lease)
        if due is None:
            return None
        if not _is_wanted(session, due):
            outbox.drop(session, lease)
            return None
        now = clock.now()
        if (morning := outbox.not_at_night(due.kind, now)) > now:
            outbox.give_back(session, lease, until=morning)
            return None
        words = due.body
        if due.credential_issue_id is not None:
            issue = session.get_one(CredentialIssue, due.credential_issue_id)
            words = messages.with_password(words, credentials.make_attempt(session, issue))
        return Parcel(
            channel=due.channel,
            notice_id=lease.notice_id,
            attempt=lease.tries,
            to=due.recipient,
            words=words,
            subject=due.subject or "",
            html=due.html,
            attachment=_form01(session, due) if due.attach_form01 else None,
        )


def _is_wanted(session: Session, due: Due) -> bool:
    """Tell whether the message is still true: its issue the one that counts, what it asks for still awaited."""
    if due.credential_issue_id is not None:
        issue = session.get_one(CredentialIssue, due.credential_issue_id)
        account = session.get_one(Account, issue.account_id)
        usable = account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)
        return usable and credentials.is_open(session, issue)
    if due.kind in _WHILE_UNDECIDED:
        handed_in = due.kind in _UNTIL_HANDED_IN and due.declaration_expires_at is None
        return due.declaration_status is Status.SUBMITTED and not handed_in
    return True


def _form01(session: Session, due: Due) -> Attachment:
    declaration = session.get_one(Declaration, due.declaration_id)
    name = f"mau-01-{format_receipt_code(declaration.receipt_code)}.pdf"
    return Attachment(name, form01_pdf(session, declaration.id))


def _hand_over(parcel: Parcel) -> Sent:
    """Call the gateway; no transaction is open and no connection is held."""
    ways = doors.current()
    if parcel.channel is NoticeChannel.SMS:
        return ways.sms.send(to=parcel.to, text=parcel.words, notice_id=parcel.notice_id, attempt=parcel.attempt)
    letter = Letter(parcel.to, parcel.subject, parcel.words, parcel.html, parcel.attachment)
    return ways.mail.send(letter, notice_id=parcel.notice_id)


def _record(lease: Lease, outcome: Outcome, parcel: Parcel | None) -> None:
    """Write how it went, unless someone else has taken the notice since; what has been deleted is forgotten."""
    with transaction() as session:
        if outcome.sent is not None and outbox.sent(session, lease, outcome.sent):
            return
        notice = outbox.held(session, lease)
        if outcome.sent is None and notice is not None:
            _settle(session, notice, outcome)
        deleted = notice is None and session.get(Notice, lease.notice_id) is None
    if deleted and parcel is not None:
        doors.forget({lease.notice_id})


def _settle(session: Session, notice: Notice, outcome: Outcome) -> None:
    if notice.status not in (NoticeStatus.SENDING, NoticeStatus.QUEUED):
        return
    if outcome.for_good:
        outbox.settle(session, notice, NoticeStatus.FAILED, failure=outcome.reason)
    else:
        outbox.retry_or_fail(session, notice, outcome.reason)
