"""The outbox: every SMS and e-mail is a row, written in the transaction that causes it (design 4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words

UNDELIVERED = "status IN ('failed', 'unknown') AND handled_at IS NULL"
"""What an office still has to see to, whatever became of its cause."""


def _where_there_is_one(column: str) -> Index:
    """Return an index that costs nothing for the rows without a value: a message is rewritten at each step it takes."""
    return Index(f"ix_notices_{column}", column, postgresql_where=f"{column} IS NOT NULL")


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
    RESET_TOLD = "reset_told"
    MOVED = "moved"
    OTP = "otp"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a kind of message)
    PASSWORD_ENDS = "password_ends"  # noqa: S105 (a kind of message)
    PHONE_CHANGED = "phone_changed"
    EMAIL_CHANGED = "email_changed"
    ADJUSTED = "adjusted"
    LOCKED = "locked"
    CLOSED = "closed"
    EMAIL_RESET = "email_reset"
    EMAIL_CONFIRM = "email_confirm"
    BATCH_RESULT = "batch_result"


class NoticeStatus(StrEnum):
    """Where a notice stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Handling(StrEnum):
    """What became of a message that did not arrive: it leaves the worklist."""

    RESENT = "resent"
    GIVEN_UP = "given_up"
    LAPSED = "lapsed"
    """Nobody did anything: it was worth nothing any more."""


class Notice(Base):
    """One message to one recipient. `body` is as sent, the password or one-time code masked."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_due", "lane", "next_try_at", "id", postgresql_where="status = 'queued'"),
        Index("ix_notices_leased", "lease_until", postgresql_where="status = 'sending'"),
        Index("ix_notices_awaited", "sent_at", postgresql_where="status = 'sent' AND channel = 'sms'"),
        Index("ix_notices_undelivered", "office_id", "id", postgresql_where=UNDELIVERED),
        *(
            _where_there_is_one(name)
            for name in ("account_id", "credential_issue_id", "one_time_code_id", "batch_id", "gateway_id")
        ),
    )

    id: Mapped[BigId]
    kind: Mapped[NoticeKind] = mapped_column(words(NoticeKind, closed=False))
    channel: Mapped[NoticeChannel] = mapped_column(words(NoticeChannel))
    lane: Mapped[str]
    """Queue lane: "counter" (the citizen stands there) before "default" before "bulk" (lists and reminders)."""
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    """Whose worklist it is on when it does not arrive: the office of the declaration, else of the account."""
    recipient: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str | None]
    body: Mapped[str]
    html: Mapped[str | None]
    attach_form01: Mapped[bool] = mapped_column(default=False)
    declaration_id: Mapped[int | None] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    credential_issue_id: Mapped[int | None] = mapped_column(ForeignKey("credential_issues.id", ondelete="CASCADE"))
    one_time_code_id: Mapped[int | None] = mapped_column(ForeignKey("one_time_codes.id", ondelete="CASCADE"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    """Of a letter to a unit: its list, whose result goes with it."""
    status: Mapped[NoticeStatus] = mapped_column(words(NoticeStatus))
    tries: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(server_default="0")
    """How often its sender went silent with it."""
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    gateway: Mapped[str | None]
    """Name of the gateway that took it."""
    gateway_id: Mapped[str | None]
    """Under this name the gateway's receipt will speak of it (gateways.delivery.plain_id)."""
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """When the citizen showed the message at the desk, though no receipt came from the network."""
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    failure: Mapped[str | None]
    """Why it did not go, in plain Vietnamese (an officer reads it)."""
    handling: Mapped[Handling | None] = mapped_column(words(Handling, closed=False))
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    handled_note: Mapped[str | None]
    """Why it was given up, in the officer's words."""


class CallBack(Base):
    """What came of calling the citizen about a message that did not arrive."""

    __tablename__ = "call_backs"

    id: Mapped[BigId]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    note: Mapped[str]


class StrayReceipt(Base):
    """A receipt that came before its message was recorded, or for none of ours; kept while it may be matched."""

    __tablename__ = "stray_receipts"

    id: Mapped[BigId]
    gateway: Mapped[str]
    gateway_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """How the id may have been spelled when the message was taken, the likeliest first (delivery.spellings)."""
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    arrived: Mapped[bool]
    reason: Mapped[str]
    """Why it did not arrive, in plain Vietnamese; "" when it did."""
    at: Mapped[datetime] = mapped_column(index=True)


class Gateway(Base):
    """How one gateway fares: its circuit (notices.circuit). A row is made when it first has something to tell."""

    __tablename__ = "gateways"

    name: Mapped[str] = mapped_column(primary_key=True)
    faults: Mapped[int] = mapped_column(default=0)
    """In a row, until now."""
    reason: Mapped[str | None]
    """The last fault, in plain Vietnamese."""
    opened_at: Mapped[datetime | None]
    """Since when it has been out; None while it is in use."""
    open_until: Mapped[datetime | None]
    """Not asked before this instant; then one message tries it."""
    opened_times: Mapped[int] = mapped_column(default=0)
    """How often in a row the trial failed: each makes the pause longer."""
    trial_until: Mapped[datetime | None]
    """Until then somebody is trying it; no other does."""
    closed_at: Mapped[datetime | None]
    """When it last came back."""


class GatewayMinute(Base):
    """What one gateway was given in one minute, and how it answered."""

    __tablename__ = "gateway_minutes"

    gateway: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    taken: Mapped[int]
    refused: Mapped[int]
    down: Mapped[int]
    milliseconds: Mapped[int]
    """The time of all calls together."""
