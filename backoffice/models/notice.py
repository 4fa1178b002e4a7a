"""The outbox: every SMS and e-mail is a row, written in the transaction that causes it (design 4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class NoticeChannel(StrEnum):
    """By which way a notice goes."""

    SMS = "sms"
    EMAIL = "email"


class NoticeKind(StrEnum):
    """What a notice says (wording.md); one template per kind and channel in templates/messages."""

    RECEIVED = "received"
    FORM01 = "form01"
    REMINDER = "reminder"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPPLEMENT = "supplement"
    RESET = "reset"


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Notice(Base):
    """One message to one recipient. `body` is as sent, the password masked."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_due", "lane", "next_try_at", "id", postgresql_where="status = 'queued'"),
        Index("ix_notices_leased", "lease_until", postgresql_where="status = 'sending'"),
    )

    id: Mapped[BigId]
    kind: Mapped[NoticeKind] = mapped_column(words(NoticeKind, closed=False))
    channel: Mapped[NoticeChannel] = mapped_column(words(NoticeChannel))
    lane: Mapped[str]
    """Queue lane: "counter" (the citizen stands there) before "default"."""
    recipient: Mapped[str]
    subject: Mapped[str | None]
    body: Mapped[str]
    html: Mapped[str | None]
    attach_form01: Mapped[bool] = mapped_column(default=False)
    declaration_id: Mapped[int | None] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    credential_issue_id: Mapped[int | None] = mapped_column(
        ForeignKey("credential_issues.id", ondelete="CASCADE"), index=True
    )
    status: Mapped[NoticeStatus] = mapped_column(words(NoticeStatus))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    gateway_id: Mapped[str | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the citizen showed the message at the desk, though no receipt came from the network."""
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    failure: Mapped[str | None]
    """Why it did not go, in plain Vietnamese (an officer reads it)."""
