"""What became of the messages, for the desk's outcome box and for the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.models import Notice, NoticeChannel, NoticeKind, NoticeStatus

LABELS: dict[NoticeStatus, str] = {
    NoticeStatus.QUEUED: "Chờ gửi",
    NoticeStatus.SENDING: "Đang gửi",
    NoticeStatus.SENT: "Đã gửi, nhà mạng chưa báo",
    NoticeStatus.DELIVERED: "Đã đến máy",
    NoticeStatus.FAILED: "Không gửi được",
    NoticeStatus.CANCELLED: "Đã hủy",
    NoticeStatus.UNKNOWN: "Không rõ",
}
"""wording.md, Notice."""
MAIL_LABELS: dict[NoticeStatus, str] = {
    NoticeStatus.SENT: "Đã gửi đến máy chủ thư",
    NoticeStatus.DELIVERED: "Đã đến hộp thư",
}
"""Where an e-mail reads otherwise than an SMS."""
KIND_LABELS: dict[NoticeKind, str] = {
    NoticeKind.RECEIVED: "Xác nhận đã nhận tờ khai",
    NoticeKind.FORM01: "Mẫu số 01",
    NoticeKind.REMINDER: "Nhắc hạn nộp",
    NoticeKind.APPROVED: "Cấp tài khoản",
    NoticeKind.REJECTED: "Không chấp nhận",
    NoticeKind.SUPPLEMENT: "Yêu cầu bổ sung",
    NoticeKind.RESET: "Cấp lại mật khẩu",
}


@dataclass(frozen=True)
class NoticeLine:
    """One message as the desk shows it; the recipient is masked ("098…567", "n…@example.vn")."""

    id: int
    kind: NoticeKind
    kind_label: str
    channel: NoticeChannel
    recipient: str
    status: NoticeStatus
    label: str
    failure: str | None
    """Why it did not go; beside status queued: why the last try did not."""
    tries: int
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None


def for_declaration(session: Session, declaration_id: int) -> list[NoticeLine]:
    """Return all messages about a declaration, oldest first."""
    rows = session.scalars(select(Notice).where(Notice.declaration_id == declaration_id).order_by(Notice.id))
    return [_line(notice) for notice in rows]


def ids_for_declaration(session: Session, declaration_id: int) -> set[int]:
    """Return the ids of all messages about a declaration (what `doors.forget` takes once it is deleted)."""
    return set(session.scalars(select(Notice.id).where(Notice.declaration_id == declaration_id)))


def label(notice: Notice) -> str:
    """Return where the message stands, in the words of the desk."""
    if notice.channel is NoticeChannel.EMAIL and notice.status in MAIL_LABELS:
        return MAIL_LABELS[notice.status]
    return LABELS[notice.status]


def _line(notice: Notice) -> NoticeLine:
    masked = mask_phone(notice.recipient) if notice.channel is NoticeChannel.SMS else mask_email(notice.recipient)
    return NoticeLine(
        id=notice.id,
        kind=notice.kind,
        kind_label=KIND_LABELS[notice.kind],
        channel=notice.channel,
        recipient=masked,
        status=notice.status,
        label=label(notice),
        failure=notice.failure,
        tries=notice.tries,
        created_at=notice.created_at,
        next_try_at=notice.next_try_at,
        sent_at=notice.sent_at,
        finished_at=notice.finished_at,
    )
