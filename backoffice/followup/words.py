"""How a message and what was done about it read on the page."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from backoffice.desk.labels import short_moment
from backoffice.followup.queries import Call, Line
from backoffice.identity.phone import mask_phone
from backoffice.identity.redaction import mask_email
from backoffice.models import AccountStatus, Handling, NoticeChannel, NoticeKind, NoticeStatus, Status
from backoffice.notices.queries import KIND_LABELS, label
from backoffice.notices.undelivered import ASK_TO_COME

WAYS: dict[NoticeChannel, str] = {NoticeChannel.SMS: "tin nhắn", NoticeChannel.EMAIL: "thư điện tử"}
DID: dict[Handling, str] = {
    Handling.RESENT: "đã gửi lại",
    Handling.GIVEN_UP: "đã ghi thôi gửi",
    Handling.LAPSED: "ghi là không còn cần gửi",
}
_TONES: dict[NoticeStatus, str] = {
    NoticeStatus.DELIVERED: "good",
    NoticeStatus.FAILED: "bad",
    NoticeStatus.UNKNOWN: "warn",
}
_ENDED: dict[NoticeStatus, str] = {
    NoticeStatus.DELIVERED: "Đến nơi",
    NoticeStatus.FAILED: "Ngừng gửi",
    NoticeStatus.UNKNOWN: "Thôi đợi nhà mạng báo",
    NoticeStatus.CANCELLED: "Hủy",
}
_FAILED = "Không gửi được. Xin liên hệ công dân bằng cách khác."


class Fix(StrEnum):
    """How a wrong number or address is put right for a message."""

    NUMBER = "number"
    """Of the account an approval opened, which still waits: a new password goes there (aftercare)."""
    ACCOUNT = "account"
    """Of an account whose password was reset: the same (desk_actions)."""
    MESSAGE = "message"
    """Of this message alone: what was declared, and decided upon, stays."""
    FILE = "file"
    """In the file, by whoever has its claim: it is undecided."""
    NONE = "none"


def fix_of(kind: NoticeKind, channel: NoticeChannel, *, with_password: bool) -> Fix:
    """Return how the recipient of such a message is corrected."""
    if with_password:
        return Fix.NUMBER if kind is NoticeKind.APPROVED else Fix.ACCOUNT
    if kind is NoticeKind.REJECTED or (kind is NoticeKind.APPROVED and channel is NoticeChannel.EMAIL):
        return Fix.MESSAGE
    return Fix.FILE if kind in ASK_TO_COME else Fix.NONE


def shown(line: Line, calls: list[Call], *, with_office: bool, draft: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what templates/followup/_item.html shows of a message."""
    masked = mask_phone if line.channel is NoticeChannel.SMS else mask_email
    return {
        "id": line.id,
        "at": short_moment(line.created_at),
        "name": line.declared_name or line.account_name or "",
        "href": _href(line),
        "kind": KIND_LABELS[line.kind],
        "way": WAYS[line.channel],
        "recipient": masked(line.recipient),
        "state": label(line.channel, line.status),
        "tone": "good" if line.seen_at else _TONES.get(line.status, "none"),
        "why": _why(line),
        "calls": [{"at": short_moment(one.at), "who": one.who, "note": one.note} for one in calls],
        "office": f"{line.office_code} {line.office_name}" if with_office else "",
        "wanted": line.wanted,
        "handled": handled_sentence(line.handling, line.handled_by, line.handled_at, line.handled_note),
        "resent": line.handling is Handling.RESENT,
        "facts": _facts(line),
        "subject": line.subject or "",
        "body": line.body,
        "fix": fix_of(line.kind, line.channel, with_password=line.credential_issue_id is not None).value,
        "is_sms": line.channel is NoticeChannel.SMS,
        "has_password": line.credential_issue_id is not None,
        "draft": draft or {},
    }


def handled_sentence(handling: Handling | None, who: str | None, at: datetime | None, note: str | None = None) -> str:
    """Return who did what about it, and when: "Lan đã gửi lại lúc 09:42"; "" when nobody has."""
    if handling is None or at is None:
        return ""
    why = f": {note}" if note else ""
    return f"{who or 'Hệ thống'} {DID[handling]} lúc {short_moment(at)}{why}"


def _href(line: Line) -> str:
    """Return the page where its citizen can be seen to: phone, address, and what else is to be done."""
    if line.receipt_code:
        return f"/desk/{line.receipt_code}"
    return f"/desk/accounts/{line.account_id}" if line.account_id else ""


def _why(line: Line) -> str:
    """Return why it did not arrive, in the words it was kept with; beside a queued one why the last try failed."""
    if line.status is NoticeStatus.UNKNOWN:
        sent = f"Đã gửi lúc {short_moment(line.sent_at)}, nhưng" if line.sent_at else "Đã gửi, nhưng"
        return f"{sent} nhà mạng không báo tin đã đến máy hay chưa."
    if line.status is NoticeStatus.FAILED:
        return line.failure or _FAILED
    if line.status in (NoticeStatus.QUEUED, NoticeStatus.SENDING) and line.failure:
        return f"{line.failure} Hệ thống tự gửi lại lúc {short_moment(line.next_try_at)}."
    return line.failure or ""


def _facts(line: Line) -> list[dict[str, str]]:
    """Return the times and tries, folded away with the text."""
    facts = [("Đặt gửi", short_moment(line.created_at)), ("Số lần thử", str(line.tries))]
    if line.sent_at:
        facts.append(
            ("Nhà mạng nhận" if line.channel is NoticeChannel.SMS else "Đã gửi đi", short_moment(line.sent_at))
        )
    if line.finished_at:
        facts.append((_ENDED.get(line.status, "Xong"), short_moment(line.finished_at)))
    if line.seen_at:
        facts.append(("Công dân đã thấy tin", short_moment(line.seen_at)))
    if line.gateway:
        facts.append(("Cổng gửi", line.gateway))
    facts += [("Tờ khai", _DECLARATION[line.declaration_status])] if line.declaration_status else []
    facts += [("Tài khoản", _ACCOUNT[line.account_status])] if line.account_status else []
    return [{"label": name, "value": value} for name, value in facts]


_DECLARATION: dict[Status, str] = {
    Status.SUBMITTED: "chưa giải quyết",
    Status.APPROVED: "đã duyệt",
    Status.REJECTED: "không chấp nhận",
    Status.WITHDRAWN: "đã rút",
    Status.EXPIRED: "quá hạn, đã xóa",
}
_ACCOUNT: dict[AccountStatus, str] = {
    AccountStatus.ISSUED: "đã cấp, chưa đăng nhập",
    AccountStatus.ACTIVE: "đang sử dụng",
    AccountStatus.LOCKED: "tạm khóa",
    AccountStatus.CLOSED: "đã ngừng sử dụng",
}
