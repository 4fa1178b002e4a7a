"""A message made ready for its gateway: secrets made and their hashes committed, attachments drawn (design 4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backoffice.dossier.form01 import form01_pdf
from backoffice.gateways.delivery import Sms
from backoffice.gateways.email import Attachment, Letter
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.kernel.db import transaction
from backoffice.models import Account, AccountStatus, CredentialIssue, Declaration, OneTimeCode
from backoffice.notices import batch_results, credentials, leases, messages, one_time, redeclaring
from backoffice.notices.leases import Due


@dataclass(slots=True)
class Parcel:
    """What goes to a gateway; `words` may hold a clear password and is never shown."""

    due: Due
    words: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    attachment: Attachment | None = field(default=None, repr=False)
    reason: str = ""
    """Why the gateway before did not take it."""

    def sms(self) -> Sms:
        """Return it as an SMS."""
        return Sms(self.due.recipient, self.words, self.due.lease.notice_id, self.due.lease.tries)

    def letter(self) -> Letter:
        """Return it as an e-mail."""
        return Letter(self.due.recipient, self.due.subject or "", self.words, self.html, self.attachment)


def made_of(due: Due) -> Parcel | None:
    """Return what goes to the gateway, its secret's hash committed; None when the secret does not count any more."""
    words, html, attachment = due.body, due.html, None
    if due.has_secret or due.attach_form01 or due.batch_id is not None or redeclaring.has_link(due.body):
        with transaction() as session:
            secret = _with_secret(session, due)
            if secret is None:
                leases.drop(session, due.lease)
                return None
            words, html = secret
            attachment = _attachment(session, due)
    return Parcel(due, words, html, attachment)


def still_counts(due: Due) -> bool:
    """Tell whether the secret of a parcel that no gateway took yet may still go out; else its message is cancelled."""
    if not due.has_secret:
        return True
    with transaction() as session:
        if due.credential_issue_id is not None:
            counts = _counts(session, session.get_one(CredentialIssue, due.credential_issue_id))
        else:
            counts = one_time.is_open(session, session.get_one(OneTimeCode, due.one_time_code_id))
        if not counts:
            leases.drop(session, due.lease)
    return counts


def _with_secret(session: Session, due: Due) -> tuple[str, str | None] | None:
    """Return words and HTML with the secret made for this try in its place; None when none may go out."""
    if due.credential_issue_id is not None:
        issue = session.get_one(CredentialIssue, due.credential_issue_id)
        if not _counts(session, issue):
            return None
        return messages.with_password(due.body, credentials.make_attempt(session, issue)), due.html
    if due.one_time_code_id is not None:
        code = session.get_one(OneTimeCode, due.one_time_code_id)
        if not one_time.is_open(session, code):
            return None
        digits = one_time.make_attempt(session, code)
        return messages.with_code(due.body, digits), messages.with_code(due.html, digits) if due.html else None
    if due.declaration_id is not None and redeclaring.has_link(due.body):
        token = redeclaring.make_link(session, due.declaration_id)
        return messages.with_code(due.body, token), messages.with_code(due.html, token) if due.html else None
    return due.body, due.html


def _counts(session: Session, issue: CredentialIssue) -> bool:
    """Tell whether `issue` is the one that counts, and its account one that can be signed in to."""
    account = session.get_one(Account, issue.account_id)
    usable = account.status in (AccountStatus.ISSUED, AccountStatus.ACTIVE)
    return usable and credentials.is_open(session, issue)


def _attachment(session: Session, due: Due) -> Attachment | None:
    if due.batch_id is not None:
        return batch_results.attachment(session, due.batch_id)
    return _form01(session, due) if due.attach_form01 else None


def _form01(session: Session, due: Due) -> Attachment:
    declaration = session.get_one(Declaration, due.declaration_id)
    name = f"mau-01-{format_receipt_code(declaration.receipt_code)}.pdf"
    return Attachment(name, form01_pdf(session, declaration.id))
