"""Sending leased notices: prepare in a transaction, call the gateway outside any, record in another (design 4).

Many go in one slice, of a second at most: one statement tells what is still wanted, one records how they went, and a
killed sender has at most that second's messages sent again. The clear password lives only in the parcel, in this
process's memory, between the two; no error carries it on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
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
from backoffice.notices import credentials, doors, leases, messages, outbox
from backoffice.notices.leases import Due, Lease

log = structlog.get_logger()

SLICE = 1.0
"""Seconds of sending that are recorded at once."""
UNPREPARED = "Hệ thống gặp trục trặc khi soạn hoặc gửi tin này. Nếu lâu chưa gửi được, xin báo quản trị."
_WHILE_UNDECIDED = {NoticeKind.RECEIVED, NoticeKind.FORM01, NoticeKind.REMINDER, NoticeKind.SUPPLEMENT}
"""Kinds that ask the citizen to come: untrue once the declaration is decided."""
_UNTIL_HANDED_IN = {NoticeKind.REMINDER, NoticeKind.SUPPLEMENT}
"""Kinds that name what is still missing and a last day: untrue as soon as it was brought (K4, K7, K11)."""


@dataclass(slots=True)
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


@dataclass(slots=True)
class Outcome:
    """How it went: `sent`, or the reason why not, for good or for now; dropped: there was nothing to send any more."""

    sent: Sent | None = None
    reason: str = ""
    for_good: bool = False
    is_dropped: bool = False


def deliver(taken: Sequence[Lease], *, end: float = math.inf) -> list[Lease]:
    """Send the notices under the leases `taken` in turn and record how it went; whatever goes wrong stops nobody else.

    Return those not begun at `end` (of time.monotonic).
    """
    left = list(taken)
    while left and time.monotonic() < end:
        left = _slice(left, end)
    return left


def _slice(taken: Sequence[Lease], end: float) -> list[Lease]:
    """Send for at most SLICE seconds, and the message under way; return the leases that are left."""
    wanted = _wanted(taken)
    end = min(end, time.monotonic() + SLICE)
    done: list[tuple[Lease, Outcome]] = []
    for due in wanted:
        done.append((due.lease, _sent(due)))
        if time.monotonic() >= end:
            break
    if done:
        _record(done)
    return [due.lease for due in wanted[len(done) :]]


def _wanted(taken: Sequence[Lease]) -> list[Due]:
    """Return what is to be sent now; what is not true any more is cancelled, what must not ring at night given back."""
    now = clock.now()
    wanted = []
    with transaction() as session:
        for due in leases.due(session, taken):
            if not _is_true(due):
                leases.drop(session, due.lease)
            elif (morning := outbox.not_at_night(due.lane, due.channel, now)) > now:
                leases.give_back(session, due.lease, until=morning)
            else:
                wanted.append(due)
    return wanted


def _is_true(due: Due) -> bool:
    """Tell whether what the message asks for is still awaited."""
    if due.kind not in _WHILE_UNDECIDED:
        return True
    handed_in = due.kind in _UNTIL_HANDED_IN and due.declaration_expires_at is None
    return due.declaration_status is Status.SUBMITTED and not handed_in


def _sent(due: Due) -> Outcome:
    """Send one message and return how it went."""
    try:
        parcel = _parcel(due)
        return Outcome(sent=_hand_over(parcel)) if parcel else Outcome(is_dropped=True)
    except GatewayRefused as refusal:
        return Outcome(reason=refusal.reason_vi, for_good=True)
    except GatewayDown as refusal:
        return Outcome(reason=refusal.reason_vi)
    except Exception as error:  # noqa: BLE001 (one poisoned row must not hold up the lane)
        # The type alone: the words of an error may quote a message.
        log.error("notice could not be sent", notice_id=due.lease.notice_id, error=type(error).__name__)
        return Outcome(reason=UNPREPARED)


def _parcel(due: Due) -> Parcel | None:
    """Return what goes to the gateway, its password's hash committed; None when its issue does not count any more."""
    words, attachment = due.body, None
    if due.credential_issue_id is not None or due.attach_form01:
        with transaction() as session:
            if due.credential_issue_id is not None:
                issue = session.get_one(CredentialIssue, due.credential_issue_id)
                if not _counts(session, issue):
                    leases.drop(session, due.lease)
                    return None
                words = messages.with_password(words, credentials.make_attempt(session, issue))
            attachment = _form01(session, due) if due.attach_form01 else None
    return Parcel(
        channel=due.channel,
        notice_id=due.lease.notice_id,
        attempt=due.lease.tries,
        to=due.recipient,
        words=words,
        subject=due.subject or "",
        html=due.html,
        attachment=attachment,
    )


def _counts(session: Session, issue: CredentialIssue) -> bool:
    """Tell whether `issue` is the one that counts, and its account one that can be signed in to."""
    account = session.get_one(Account, issue.account_id)
    usable = account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)
    return usable and credentials.is_open(session, issue)


def _form01(session: Session, due: Due) -> Attachment:
    declaration = session.get_one(Declaration, due.declaration_id)
    name = f"mau-01-{format_receipt_code(declaration.receipt_code)}.pdf"
    return Attachment(name, form01_pdf(session, declaration.id))


def _hand_over(parcel: Parcel) -> Sent:
    """Call the gateway; no transaction is open and no connection is held."""
    ways = doors.current()
    if parcel.channel is NoticeChannel.SMS:
        return ways.sms[0].send(to=parcel.to, text=parcel.words, notice_id=parcel.notice_id, attempt=parcel.attempt)
    letter = Letter(parcel.to, parcel.subject, parcel.words, parcel.html, parcel.attachment)
    return ways.mail.send(letter, notice_id=parcel.notice_id)


def _record(done: Sequence[tuple[Lease, Outcome]]) -> None:
    """Write how it went, unless someone else has taken a notice since; what has been deleted is forgotten."""
    gone_out = [(lease, outcome.sent) for lease, outcome in done if outcome.sent is not None]
    deleted: set[int] = set()
    with transaction() as session:
        mine = leases.sent(session, gone_out) if gone_out else set()
        for lease, outcome in done:
            if outcome.is_dropped or lease.notice_id in mine:
                continue
            notice = leases.held(session, lease)
            if notice is not None and outcome.sent is None:
                _settle(session, notice, outcome)
            if notice is None and session.get(Notice, lease.notice_id) is None:
                deleted.add(lease.notice_id)
    if deleted:
        doors.forget(deleted)


def _settle(session: Session, notice: Notice, outcome: Outcome) -> None:
    if notice.status not in (NoticeStatus.SENDING, NoticeStatus.QUEUED):
        return
    if outcome.for_good:
        outbox.settle(session, notice, NoticeStatus.FAILED, failure=outcome.reason)
    else:
        outbox.retry_or_fail(session, notice, outcome.reason)
