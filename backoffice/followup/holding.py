"""Holding a message that did not arrive: within the scope, its row locked, not seen to by anybody else meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.decision.queries import declaration_for, officer_name
from backoffice.desk.labels import short_moment
from backoffice.followup.words import handled_sentence
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.models import Account, Declaration, Notice, NoticeStatus, Office
from backoffice.notices import undelivered
from backoffice.notices.queries import label
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import Do, require


@dataclass(frozen=True)
class Found:
    """A message and what it is about, all locked."""

    notice: Notice
    declaration: Declaration | None
    account: Account | None


@dataclass
class _Place:
    """Whose worklist a message is on."""

    office_id: int
    office: Office


def held(session: Session, notice_id: int, officer: Actor) -> Notice:
    """Return the message, its row locked, if `officer` may handle it."""
    _require(session, session.get(Notice, notice_id), officer)
    notice = session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    return _require(session, notice, officer)


def _require(session: Session, notice: Notice | None, officer: Actor) -> Notice:
    if notice is None or notice.office_id is None:
        require(officer, Do.HANDLE_NOTICE)
        raise NotFound
    require(officer, Do.HANDLE_NOTICE, _Place(notice.office_id, session.get_one(Office, notice.office_id)))
    return notice


def with_its_cause(session: Session, notice_id: int, officer: Actor) -> Found:
    """Return the message with what it is about: declaration, account, message are locked in this order everywhere."""
    notice = _require(session, session.get(Notice, notice_id), officer)
    declaration = account = None
    if notice.declaration_id is not None:
        code = select(Declaration.receipt_code).where(Declaration.id == notice.declaration_id)
        declaration = declaration_for(
            session, session.scalars(code).one_or_none() or "", officer, Do.HANDLE_NOTICE, locked=True
        )
    if notice.account_id is not None:
        account = session.get(Account, notice.account_id, with_for_update=True, populate_existing=True)
    return Found(held(session, notice_id, officer), declaration, account)


def require_unhandled(session: Session, notice: Notice) -> None:
    """Raise Conflict (handled) when somebody has seen to it: who did what, and when."""
    if notice.handling is not None:
        name = officer_name(session, notice.handled_by_id)
        did = handled_sentence(notice.handling, name, notice.handled_at, notice.handled_note)
        raise Conflict(f"{did}. Việc vừa bấm chưa được ghi, không có tin nào gửi thêm.", code="handled")


def require_wanted(session: Session, notice: Notice) -> None:
    """Raise Conflict (handled, not_needed) when there is nothing to be sent again."""
    require_unhandled(session, notice)
    if undelivered.is_still_wanted(session, notice):
        return
    later = undelivered.later_than(session, notice)
    if notice.status not in (NoticeStatus.FAILED, NoticeStatus.UNKNOWN):
        why = f"Tin này hiện ở tình trạng “{label(notice.channel, notice.status)}”."
    elif later is not None:
        state = label(later.channel, later.status)
        why = f"Tin này đã được thay bằng tin gửi lúc {short_moment(later.created_at)}, hiện “{state}”."
    else:
        why = "Tin này không còn cần gửi: hồ sơ đã nộp hoặc đã giải quyết, hoặc công dân đã dùng được tài khoản."
    raise Conflict(f"{why} Chưa gửi thêm tin nào; xin tải lại trang để xem danh sách mới nhất.", code="not_needed")
