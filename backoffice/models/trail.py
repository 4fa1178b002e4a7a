"""The trail: who did or saw what. Append-only; ids and keyed hashes, never personal data (design 5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class ActorKind(StrEnum):
    """Who acted."""

    OFFICER = "officer"
    CLIENT = "client"
    CITIZEN = "citizen"
    SYSTEM = "system"


class TrailEvent(StrEnum):
    """What happened."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    LOCK = "lock"
    UNLOCK = "unlock"
    UNLOCK_FAILED = "unlock_failed"
    DECLARE = "declare"
    SEARCH = "search"
    QUEUE = "queue"
    REVIEW = "review"
    PHOTO = "photo"
    ROTATE = "rotate"
    RETAKE = "retake"
    PHOTO_INVITE = "photo_invite"
    PHOTO_SENT = "photo_sent"
    PHOTO_DISCARD = "photo_discard"
    FORM01 = "form01"
    CLAIM = "claim"
    RELEASE = "release"
    HANDOVER = "handover"
    PRESENT = "present"
    SCAN = "scan"
    VERIFY = "verify"
    UNVERIFY = "unverify"
    LEDGER = "ledger"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SUPPLEMENT = "supplement"
    ESCALATE = "escalate"
    CORRECT = "correct"
    SLIP = "slip"
    DEESCALATE = "deescalate"
    PRESENT_LATE = "present_late"
    EXTEND = "extend"
    EXTENDED = "extended"
    EXPORT = "export"
    TRANSFER = "transfer"
    ACCOUNT = "account"
    ACCOUNT_COMPARE = "account_compare"
    ACCOUNT_OPEN = "account_open"
    ACCOUNT_LOCK = "account_lock"
    ACCOUNT_UNLOCK = "account_unlock"
    ACCOUNT_ACTIVE = "account_active"
    ACCOUNT_CLOSE = "account_close"
    ACCOUNT_SIGN_IN = "account_sign_in"
    ACCOUNT_SIGN_IN_FAILED = "account_sign_in_failed"
    ACCOUNT_SIGN_OUT = "account_sign_out"
    ACCOUNT_READ = "account_read"
    PASSWORD_CHANGE = "password_change"  # noqa: S105 (an event)
    EMAIL_CONFIRM = "email_confirm"
    EMAIL_RESET = "email_reset"
    SMART_OTP = "smart_otp"
    HOTLINE_LOOK = "hotline_look"
    HOTLINE_MISS = "hotline_miss"
    HOTLINE_ACT = "hotline_act"
    ALARM_HANDLED = "alarm_handled"
    PHONE_DOUBTED = "phone_doubted"
    DOOR_OPENED = "door_opened"
    RESET = "reset"
    PHONE_FREE = "phone_free"
    NOTICE_FAILED = "notice_failed"
    NOTICE_SEEN = "notice_seen"
    NOTICES = "notices"
    NOTICE_SEARCH = "notice_search"
    NOTICE_CALL_BACK = "notice_call_back"
    NOTICE_GIVEN_UP = "notice_given_up"
    RESEND = "resend"
    PHONE_CHANGE = "phone_change"
    STATUS_READ = "status_read"


class TrailRow(Base):
    """One line of the trail. No foreign keys: a line outlives what it speaks of."""

    __tablename__ = "trail"
    __table_args__ = (
        Index("ix_trail_at", "at", postgresql_using="brin"),  # rows lie in the order of their time
        Index("ix_trail_officer", "actor_id", "at", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_trail_declaration", "declaration_id", "at"),
        Index("ix_trail_subject", "subject_hash", "at"),
    )

    id: Mapped[BigId]
    at: Mapped[datetime]
    event: Mapped[TrailEvent] = mapped_column(words(TrailEvent, closed=False))
    actor_kind: Mapped[ActorKind] = mapped_column(words(ActorKind))
    actor_id: Mapped[int | None]
    office_id: Mapped[int | None]
    declaration_id: Mapped[int | None]
    account_id: Mapped[int | None]
    subject_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Keyed hash of the BHXH code concerned: "who looked at this person" is one hash away."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
