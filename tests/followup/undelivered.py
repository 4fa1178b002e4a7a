"""Messages that did not arrive, of every kind, and what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.followup import queries
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import (
    Account,
    CallBack,
    CredentialIssue,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Office,
    TrailEvent,
    TrailRow,
)
from backoffice.notices.credentials import issue_credentials
from backoffice.rules.actors import Actor
from tests.factories import make_office

GONE = "Nhà mạng báo thuê bao không tồn tại."


def make_notice(session: Session, kind: NoticeKind = NoticeKind.RECEIVED, **values: Any) -> Notice:
    """An SMS of office 00114 that failed for good; every value can be given."""
    now = clock.now()
    about: Declaration | Account | None = values.pop("about", None)
    office: Office | None = values.pop("office", None)
    defaults: dict[str, Any] = {
        "channel": NoticeChannel.SMS,
        "lane": "default",
        "office_id": about.office_id if about else (office or make_office(session)).id,
        "recipient": about.phone if about else "0981230001",
        "body": "BHXH: Noi dung tin.",
        "declaration_id": about.id if isinstance(about, Declaration) else None,
        "account_id": about.id if isinstance(about, Account) else None,
        "status": NoticeStatus.FAILED,
        "tries": 1,
        "created_at": now,
        "next_try_at": now,
        "finished_at": now,
        "failure": GONE,
    }
    notice = Notice(kind=kind, **defaults | values)
    session.add(notice)
    session.flush()
    return notice


def make_reset(session: Session, account: Account, **values: Any) -> Notice:
    """A new password that did not arrive; its issue is the account's newest."""
    issue: CredentialIssue = issue_credentials(session, account, 7)
    body = "BHXH: Mat khau moi cua tai khoan VssID duoi 0001 la ******** (dung truoc 10:00)."
    known: dict[str, Any] = {"about": account, "credential_issue_id": issue.id, "lane": "counter", "body": body}
    return make_notice(session, NoticeKind.RESET, **known | values)


def worklist(officer: Actor) -> list[int]:
    """The ids on the officer's worklist, in their order."""
    with transaction() as session:
        found, after = [], None
        while True:
            page = queries.page(session, officer, after)
            found += [line.id for line in page.lines]
            after = page.next
            if after is None:
                assert len(found) == queries.count(session, officer)
                return found


def reread(notice: Notice) -> Notice:
    with transaction() as session:
        return session.get_one(Notice, notice.id)


def later_than(notice: Notice) -> list[Notice]:
    """What was ordered after it, oldest first."""
    with transaction() as session:
        return session.query(Notice).filter(Notice.id > notice.id).order_by(Notice.id).all()


def call_backs(notice: Notice) -> list[str]:
    with transaction() as session:
        return [one.note for one in session.query(CallBack).filter_by(notice_id=notice.id).order_by(CallBack.id)]


def trail(event: TrailEvent) -> list[TrailRow]:
    with transaction() as session:
        return session.query(TrailRow).filter_by(event=event).order_by(TrailRow.id).all()
