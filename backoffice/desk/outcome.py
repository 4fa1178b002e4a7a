"""What became of a declaration, and how its messages fare: the moment after the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision.queries import officer_name
from backoffice.desk.labels import short_moment
from backoffice.kernel import clock
from backoffice.models import Declaration, NoticeChannel, NoticeKind, NoticeStatus, Status
from backoffice.notices.queries import NoticeLine, for_declaration
from backoffice.rules.lifecycle import LABELS
from backoffice.rules.reasons import Reason, screen_reasons

_KINDS: dict[Status, str] = {Status.APPROVED: "good", Status.REJECTED: "bad"}
_OF_DECISION = (NoticeKind.APPROVED, NoticeKind.REJECTED)
_TONES: dict[NoticeStatus, str] = {
    NoticeStatus.DELIVERED: "good",
    NoticeStatus.FAILED: "bad",
    NoticeStatus.UNKNOWN: "warn",
}
RECEIPT_EXPECTED = timedelta(seconds=60)
"""How long the network's receipt is waited for before the officer asks the citizen (screens.md)."""
_CHANNELS = {"sms": "Tin nhắn", "email": "Thư điện tử"}


def outcome_of(session: Session, declaration: Declaration) -> dict[str, Any] | None:
    """Return the decision and the state of its notices; None while undecided. `pending`: ask again, it may change."""
    if declaration.status is Status.SUBMITTED:
        return None
    notices = [notice for notice in for_declaration(session, declaration.id) if notice.kind in _OF_DECISION]
    return {
        "kind": _KINDS.get(declaration.status, "none"),
        "text": f"{LABELS[declaration.status]} lúc {short_moment(declaration.decided_at)}",
        "by": officer_name(session, declaration.decided_by_id),
        "reasons": screen_reasons([Reason(code) for code in declaration.reasons], declaration.rejected_note or ""),
        "pending": any(_may_change(notice) for notice in notices),
        "notices": [
            {
                "channel": _CHANNELS[notice.channel],
                "recipient": notice.recipient,
                "state": notice.label,
                "tone": _TONES.get(notice.status, "none"),
                "detail": notice.failure or _advice(notice),
            }
            for notice in notices
        ],
    }


def _may_change(notice: NoticeLine) -> bool:
    """Tell whether the page asks again: under way, or just sent and the network's receipt still to be expected."""
    return notice.status in (NoticeStatus.QUEUED, NoticeStatus.SENDING) or (
        _wants_receipt(notice) and not _late(notice)
    )


def _advice(notice: NoticeLine) -> str:
    """Return what to do about a text message without a receipt; "" when there is nothing to do."""
    if not (_wants_receipt(notice) and _late(notice)):
        return ""
    return "Nhà mạng chưa báo tin đã đến. Xin hỏi công dân xem máy đã nhận được tin nhắn chưa."


def _wants_receipt(notice: NoticeLine) -> bool:
    return notice.channel is NoticeChannel.SMS and notice.status is NoticeStatus.SENT


def _late(notice: NoticeLine) -> bool:
    return notice.sent_at is None or clock.now() - notice.sent_at > RECEIPT_EXPECTED
