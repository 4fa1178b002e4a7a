"""Messages when many are approved at once, by a list (D12): what actions.approved says to one.

On the lane of lists, which rings nobody at night: whoever a list speaks of does not stand at the counter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.kernel.queue import BULK
from backoffice.models import (
    Account,
    CredentialIssue,
    Declaration,
    IdType,
    NoticeChannel,
    NoticeKind,
    Office,
)
from backoffice.notices import messages, outbox


class Approved(Protocol):
    """What of an approved declaration its messages say."""

    @property
    def id(self) -> int:
        """Return its id."""

    @property
    def receipt_code(self) -> str:
        """Return its receipt code."""

    @property
    def office_id(self) -> int:
        """Return its office."""

    @property
    def bhxh_code(self) -> str:
        """Return the code, which is the user name."""

    @property
    def full_name(self) -> str:
        """Return the name."""

    @property
    def id_type(self) -> IdType:
        """Return the kind of paper."""

    @property
    def id_number(self) -> str:
        """Return the paper's number."""

    @property
    def phone(self) -> str:
        """Return where the password goes."""

    @property
    def email(self) -> str | None:
        """Return where the acceptance goes."""

    @property
    def guardian_bhxh_code(self) -> str | None:
        """Return the guardian's code, of a child's (D11)."""


_ANYBODY = "0000000000"
"""A user name in whose place each person's own is put."""


@dataclass(frozen=True)
class Opened:
    """An approved declaration with the account it opened, at which instant, and the issue of its password."""

    declaration: Approved
    account_id: int
    opened_at: datetime
    issue: CredentialIssue


def approved_each(session: Session, opened: Sequence[Opened]) -> None:
    """Send to each user name and a password by SMS, and the acceptance by e-mail where there is an address (K2)."""
    outbox.post_each(session, _sms(opened))
    with_mail = [one for one in opened if one.declaration.email]
    if with_mail:
        ids = {one.declaration.office_id for one in with_mail}
        offices = {office.id: office for office in session.scalars(select(Office).where(Office.id.in_(ids)))}
        outbox.post_each(session, [_mail(one, offices[one.declaration.office_id]) for one in with_mail])


def _sms(opened: Sequence[Opened]) -> list[dict[str, Any]]:
    """Return the SMS to each; they differ in the user name alone, so of each sort one is rendered."""
    words: dict[tuple[datetime, bool], tuple[str, str]] = {}
    drafts = []
    sample = outbox.draft(NoticeKind.APPROVED, NoticeChannel.SMS, "", lane=BULK, body="")
    for one in opened:
        said, child = one.declaration, one.declaration.guardian_bhxh_code is not None
        sort = one.issue.expires_at, child
        if sort not in words:
            body = messages.approved_sms(Account(bhxh_code=_ANYBODY), one.issue, child=child)
            before, _, after = body.partition(_ANYBODY)
            words[sort] = before, after
        body = said.bhxh_code.join(words[sort])
        known = {"recipient": said.phone, "body": body, "credential_issue_id": one.issue.id}
        drafts.append(sample | _about(one) | known)
    return drafts


def _mail(one: Opened, office: Office) -> dict[str, Any]:
    said = one.declaration
    names = ("bhxh_code", "full_name", "id_type", "id_number", "phone")
    account = Account(opened_at=one.opened_at, **{name: getattr(said, name) for name in names})
    declared = Declaration(receipt_code=said.receipt_code, guardian_bhxh_code=said.guardian_bhxh_code)
    mail = messages.approved_mail(declared, account, one.issue, office)
    known = _about(one) | {"body": mail.text, "subject": mail.subject, "html": mail.html}
    return outbox.draft(NoticeKind.APPROVED, NoticeChannel.EMAIL, said.email or "", **known)


def _about(one: Opened) -> dict[str, Any]:
    declaration = one.declaration
    about = {"office_id": declaration.office_id, "declaration_id": declaration.id, "account_id": one.account_id}
    return {"lane": BULK, **about}
