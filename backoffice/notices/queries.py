"""What became of the messages, for the desk's outcome box and for the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, RowMapping, bindparam, select
from sqlalchemy.orm import Session

from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.models import Notice, NoticeChannel, NoticeKind, NoticeStatus, Officer, columns_of, table_of

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
    NoticeStatus.SENT: "Đã gửi, chưa rõ đã đến hộp thư",
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
    NoticeKind.RESET_TOLD: "Báo đã cấp lại mật khẩu",
    NoticeKind.MOVED: "Chuyển cơ quan tiếp nhận",
    NoticeKind.OTP: "Mã OTP",
    NoticeKind.PASSWORD_CHANGED: "Đã đổi mật khẩu",
    NoticeKind.PASSWORD_ENDS: "Nhắc đổi mật khẩu",
    NoticeKind.PHONE_CHANGED: "Đổi số điện thoại",
    NoticeKind.EMAIL_CHANGED: "Đổi thư điện tử",
    NoticeKind.ADJUSTED: "Điều chỉnh thông tin",
    NoticeKind.LOCKED: "Tạm khóa tài khoản",
    NoticeKind.CLOSED: "Ngừng sử dụng tài khoản",
    NoticeKind.EMAIL_RESET: "Mã đặt lại mật khẩu",
    NoticeKind.EMAIL_CONFIRM: "Xác nhận thư điện tử",
    NoticeKind.BATCH_RESULT: "Kết quả danh sách của đơn vị",
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
    seen_at: datetime | None
    """When the citizen showed it at the desk."""
    seen_by: str
    """Full name of the officer it was shown to, or ""."""


_N, _O = columns_of(Notice), columns_of(Officer)
_LINES = select(
    *(_N[name] for name in ("id", "kind", "channel", "recipient", "status", "failure", "tries")),
    *(_N[name] for name in ("created_at", "next_try_at", "sent_at", "finished_at", "seen_at")),
    _O.full_name.label("seen_by"),
).select_from(table_of(Notice).outerjoin(table_of(Officer), _O.id == _N.seen_by_id))
_OF_DECLARATION = _LINES.where(_N.declaration_id == bindparam("declaration", type_=BigInteger())).order_by(_N.id)
_OF_ACCOUNT = (
    _LINES.where(_N.account_id == bindparam("account", type_=BigInteger()))
    .order_by(_N.id.desc())
    .limit(bindparam("most", type_=BigInteger()))
)


def for_declaration(session: Session, declaration_id: int) -> list[NoticeLine]:
    """Return all messages about a declaration, oldest first."""
    return [_line(row) for row in session.execute(_OF_DECLARATION, {"declaration": declaration_id}).mappings()]


def newest(session: Session, declaration_id: int, kind: NoticeKind, channel: NoticeChannel) -> Notice | None:
    """Return the latest message of this kind and way about a declaration, if there is one."""
    return session.scalars(
        select(Notice)
        .where(Notice.declaration_id == declaration_id, Notice.kind == kind, Notice.channel == channel)
        .order_by(Notice.id.desc())
        .limit(1)
    ).one_or_none()


def sms_times(session: Session, declaration_id: int, kind: NoticeKind, since: datetime) -> list[datetime]:
    """Return when each SMS of this kind about a declaration was ordered, from `since` on, latest first."""
    return list(
        session.scalars(
            select(Notice.created_at)
            .where(Notice.declaration_id == declaration_id, Notice.kind == kind, Notice.created_at >= since)
            .where(Notice.channel == NoticeChannel.SMS)
            .order_by(Notice.created_at.desc())
        )
    )


def for_account(session: Session, account_id: int, limit: int = 5) -> list[NoticeLine]:
    """Return the latest messages about an account, latest first."""
    return [_line(row) for row in session.execute(_OF_ACCOUNT, {"account": account_id, "most": limit}).mappings()]


def ids_for_declaration(session: Session, declaration_id: int) -> set[int]:
    """Return the ids of all messages about a declaration (what `doors.forget` takes once it is deleted)."""
    return set(session.scalars(select(Notice.id).where(Notice.declaration_id == declaration_id)))


def label(channel: NoticeChannel, status: NoticeStatus) -> str:
    """Return where a message stands, in the words of the desk."""
    if channel is NoticeChannel.EMAIL and status in MAIL_LABELS:
        return MAIL_LABELS[status]
    return LABELS[status]


def _line(row: RowMapping) -> NoticeLine:
    masked = mask_phone if row["channel"] is NoticeChannel.SMS else mask_email
    known = {name: value for name, value in row.items() if name not in ("recipient", "seen_by")}
    return NoticeLine(
        **known,
        recipient=masked(row["recipient"]),
        kind_label=KIND_LABELS[row["kind"]],
        label=label(row["channel"], row["status"]),
        seen_by=row["seen_by"] or "",
    )
