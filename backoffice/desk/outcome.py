"""What became of a declaration, and how its messages fare: the moment after the decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backoffice.decision.queries import officer_name
from backoffice.desk.labels import short_moment
from backoffice.models import Declaration, NoticeKind, NoticeStatus, Status
from backoffice.notices.queries import for_declaration
from backoffice.rules.lifecycle import LABELS
from backoffice.rules.reasons import Reason, screen_reasons

_KINDS: dict[Status, str] = {Status.APPROVED: "good", Status.REJECTED: "bad"}
_OF_DECISION = (NoticeKind.APPROVED, NoticeKind.REJECTED)
_TONES: dict[NoticeStatus, str] = {
    NoticeStatus.DELIVERED: "good",
    NoticeStatus.FAILED: "bad",
    NoticeStatus.UNKNOWN: "warn",
}
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
        "pending": any(notice.status in (NoticeStatus.QUEUED, NoticeStatus.SENDING) for notice in notices),
        "notices": [
            {
                "channel": _CHANNELS[notice.channel],
                "recipient": notice.recipient,
                "state": notice.label,
                "tone": _TONES.get(notice.status, "none"),
                "detail": notice.failure or "",
            }
            for notice in notices
        ],
    }
