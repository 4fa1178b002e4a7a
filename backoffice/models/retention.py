"""What the retention deleted and when, and what is left of an approved declaration that it deleted."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Double, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words
from backoffice.models.declaration import Channel, Purpose


class KeptData(StrEnum):
    """A kind of data that is kept for a time and then deleted; rules.retention says how long and why."""

    EXPIRED = "expired"
    REJECTED = "rejected"
    APPROVED_PHOTOS = "approved_photos"
    CORRECTIONS = "corrections"
    APPROVED = "approved"
    CLOSED_ACCOUNTS = "closed_accounts"
    TOMBSTONES = "tombstones"
    NOTICES = "notices"
    ONE_TIME_CODES = "one_time_codes"
    TEMPORARY_PASSWORDS = "temporary_passwords"
    ACCOUNT_SESSIONS = "account_sessions"
    ACCOUNT_NOTES = "account_notes"
    HOTLINE_CALLS = "hotline_calls"
    ALARMS = "alarms"
    TRAIL_ALARMS = "trail_alarms"
    OPENED_FILES = "opened_files"
    OFFICER_SESSIONS = "officer_sessions"
    IDEMPOTENCY_KEYS = "idempotency_keys"
    TRAIL = "trail"
    MORNINGS = "mornings"
    PHOTO_UPLOADS = "photo_uploads"
    CLAIMS = "claims"
    IMPORT_DRAFTS = "import_drafts"
    DECLARATION_DRAFTS = "declaration_drafts"
    ANNOUNCED_CALLS = "announced_calls"
    SPOKEN_RESETS = "spoken_resets"
    SIGN_IN_FAILURES = "sign_in_failures"
    ATTEMPTS = "attempts"
    WRONG_TRIES = "wrong_tries"
    KNOWN_DEVICES = "known_devices"
    ACCOUNT_DEVICES = "account_devices"
    STRAY_RECEIPTS = "stray_receipts"
    REPORTS = "reports"
    BATCHES = "batches"


class RetentionRun(Base):
    """One run of the sweep over one kind of data that deleted something. Names nobody."""

    __tablename__ = "retention_runs"
    __table_args__ = (Index("ix_retention_runs_data", "data", "id"),)

    id: Mapped[BigId]
    data: Mapped[KeptData] = mapped_column(words(KeptData, closed=False))
    at: Mapped[datetime]
    """When the run began."""
    count: Mapped[int]
    """How many were deleted; of declarations, not of all their rows."""
    oldest: Mapped[datetime]
    """From when the oldest of them was: the instant its term was counted from."""
    seconds: Mapped[float] = mapped_column(Double)


class PastApproval(Base):
    """What is left of an approved declaration once its term is over: who approved what, when, by which proof.

    No value of it: nothing here names the person. The account, while there is one, is the person's.
    """

    __tablename__ = "past_approvals"

    declaration_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[int | None] = mapped_column(index=True)
    """The account it opened, as the number alone: the account has a term of its own."""
    office_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    declared_at: Mapped[datetime]
    presented_at: Mapped[datetime | None]
    decided_at: Mapped[datetime]
    decided_by_id: Mapped[int | None]
    ledger: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Of each item that held: {"item": …, "how": …, "officer": id | null, "at": …}."""
    deleted_at: Mapped[datetime]
