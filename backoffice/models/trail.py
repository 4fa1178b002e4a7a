"""The trail: who did or saw what. Append-only; ids and keyed hashes, never personal data (design 5)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
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
    RESUBMIT = "resubmit"
    PREFILL = "prefill"
    ENTRY_CHECKED = "entry_checked"
    SEARCH = "search"
    QUEUE = "queue"
    REVIEW = "review"
    PHOTO = "photo"
    ROTATE = "rotate"
    RETAKE = "retake"
    PHOTO_INVITE = "photo_invite"
    PHOTO_SENT = "photo_sent"
    PHOTO_DISCARD = "photo_discard"
    PHOTO_KEYS = "photo_keys"
    PHOTO_CHECK = "photo_check"
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
    RETENTION = "retention"
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
    ACCOUNT_ADJUST = "account_adjust"
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
    OPEN = "open"
    OFFICE_CREATE = "office_create"
    OFFICE_EDIT = "office_edit"
    OFFICE_CLOSE = "office_close"
    OFFICE_REOPEN = "office_reopen"
    OFFICE_MERGE_PLANNED = "office_merge_planned"
    OFFICE_MERGE_CANCELLED = "office_merge_cancelled"
    OFFICE_MERGE = "office_merge"
    OFFICE_IMPORT = "office_import"
    OFFICE_EXPORT = "office_export"
    OFFICER_CREATE = "officer_create"
    OFFICER_EDIT = "officer_edit"
    OFFICER_DISABLE = "officer_disable"
    OFFICER_ENABLE = "officer_enable"
    OFFICER_LINK = "officer_link"
    OFFICER_LINK_USED = "officer_link_used"
    OFFICER_IMPORT = "officer_import"
    TOTP_ENROLLED = "totp_enrolled"
    TOTP_RESET = "totp_reset"
    RECOVERY_CODES = "recovery_codes"
    RECOVERY_CODE_USED = "recovery_code_used"
    STAND_IN = "stand_in"
    DEVICE_KNOWN = "device_known"
    DEVICE_FORGOTTEN = "device_forgotten"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    CLIENT_CREATE = "client_create"
    CLIENT_EDIT = "client_edit"
    CLIENT_KEY = "client_key"
    CLIENT_KEY_ENDED = "client_key_ended"
    CLIENT_DISABLE = "client_disable"
    CLIENT_ENABLE = "client_enable"
    UNIT_EDIT = "unit_edit"
    BATCH_UPLOAD = "batch_upload"
    BATCH_SEE = "batch_see"
    BATCH_CORRECT = "batch_correct"
    BATCH_APPLY = "batch_apply"
    BATCH_SECOND = "batch_second"
    BATCH_CLOSED = "batch_closed"
    BATCH_CANCEL = "batch_cancel"
    BATCH_EXPORT = "batch_export"
    TRAIL_SEARCH = "trail_search"
    TRAIL_EXPORT = "trail_export"
    TRAIL_ALARM_HANDLED = "trail_alarm_handled"
    RIGHTS_REQUEST = "rights_request"
    RIGHTS_LOOK = "rights_look"
    RIGHTS_EXPORT = "rights_export"
    RIGHTS_ANSWERED = "rights_answered"
    RIGHTS_WITHDRAWN = "rights_withdrawn"


class TrailRow(Base):
    """One line of the trail. No foreign keys: a line outlives what it speaks of."""

    __tablename__ = "trail"
    __table_args__ = (
        Index("ix_trail_at", "at", postgresql_using="brin"),  # rows lie in the order of their time
        Index("ix_trail_officer", "actor_id", "at", postgresql_where="actor_id IS NOT NULL"),
        Index("ix_trail_declaration", "declaration_id", "at"),
        Index("ix_trail_subject", "subject_hash", "at"),
        Index(
            "ix_trail_listed",
            text("(facts -> 'listed')"),
            postgresql_using="gin",
            postgresql_where="event IN ('search', 'export')",
        ),  # whom a search or an export listed, it showed (design 5)
        Index("ix_trail_hotline_act", "at", postgresql_where="event = 'hotline_act'"),
        Index("ix_trail_notice_failed", "at", postgresql_where="event = 'notice_failed'"),
        {"postgresql_partition_by": "RANGE (at)"},  # by months in Vietnam: migration 0012, trail.months
    )

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(primary_key=True)
    event: Mapped[TrailEvent] = mapped_column(words(TrailEvent, closed=False))
    actor_kind: Mapped[ActorKind] = mapped_column(words(ActorKind))
    actor_id: Mapped[int | None]
    office_id: Mapped[int | None]
    declaration_id: Mapped[int | None]
    account_id: Mapped[int | None]
    subject_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Keyed hash of the BHXH code concerned: "who looked at this person" is one hash away."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class TrailAlarmKind(StrEnum):
    """What in the trail a supervisor should look into."""

    OUT_OF_HOURS = "out_of_hours"
    MASS_LOOKUP = "mass_lookup"
    """Many people looked at without a decision."""


class TrailAlarm(Base):
    """Something unusual an officer did at an office on a day; one row for each kind, office and day."""

    __tablename__ = "trail_alarms"
    __table_args__ = (
        UniqueConstraint("kind", "officer_id", "office_id", "day"),
        Index("ix_trail_alarms_open", "office_id", "id", postgresql_where="handled_at IS NULL"),
    )

    id: Mapped[BigId]
    kind: Mapped[TrailAlarmKind] = mapped_column(words(TrailAlarmKind, closed=False))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    day: Mapped[date]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    number: Mapped[int]
    """How many people were looked at."""
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    handled_note: Mapped[str | None]


class TrailWatch(Base):
    """How far the trail has been looked through for what is unusual; one row."""

    __tablename__ = "trail_watch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[datetime]


class OpenReason(StrEnum):
    """Why a decided file, or one of another office, was opened."""

    CITIZEN_HERE = "citizen_here"
    COMPLAINT = "complaint"
    CHECK = "check"
    OTHER = "other"


class OpenedFile(Base):
    """That an officer gave a reason to open a declaration: for a while it is not asked again.

    The trail names it by its id, for a note is free text and stands in no trail. It goes with the declaration.
    """

    __tablename__ = "opened_files"
    __table_args__ = (Index("ix_opened_files_officer", "officer_id", "declaration_id", "at"),)

    id: Mapped[BigId]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    reason: Mapped[OpenReason] = mapped_column(words(OpenReason, closed=False))
    note: Mapped[str | None]
    """What `other` is, in the officer's words."""
    at: Mapped[datetime]
