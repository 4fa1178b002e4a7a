"""What the trail is proven by: its seals, one after another, and what the nightly checks found."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class SealKind(StrEnum):
    """What a seal says."""

    ROWS = "rows"
    """These rows of this month are there, and no others of these ids."""
    DROP = "drop"
    """The month went by the retention: the rows of its seals before this one are gone on purpose."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody with the key looked into what a check found; `row_marks` says what that is (trail.acknowledging)."""


class TrailSeal(Base):
    """One link of the chain: at most 10,000 rows of one month, or the drop of a month. Append-only."""

    __tablename__ = "trail_seals"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 1 without a gap: a missing one is named by its number."""
    kind: Mapped[SealKind] = mapped_column(words(SealKind))
    month: Mapped[date]
    """First day of the month (Asia/Ho_Chi_Minh) of all its rows."""
    from_id: Mapped[int]
    """Exclusive: the seal speaks of the ids above it …"""
    to_id: Mapped[int]
    """… up to and with this one. Seals of several months may share a range; ranges follow each other without a gap."""
    count: Mapped[int]
    """How many rows it holds; of a drop: how many were dropped; of an acknowledgement: how many findings."""
    row_marks: Mapped[bytes] = mapped_column(LargeBinary)
    """For each row, by id: 8 bytes of id, 12 of its keyed mac."""
    marked_at: Mapped[datetime | None]
    """When the sequence stood at `to_id`: ids above it were given later. None where a round was cut short."""
    key_id: Mapped[str]
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """HMAC-SHA256 over the previous digest and all of the above and sealed_at."""
    sealed_at: Mapped[datetime]


class TrailCheck(Base):
    """One verification of the whole trail, done in pieces; the newest with `finished_at` is the result to show."""

    __tablename__ = "trail_checks"
    __table_args__ = (Index("uq_trail_checks_running", "is_running", unique=True, postgresql_where="is_running"),)

    id: Mapped[BigId]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    """None while it is under way (or given up: then is_running is false)."""
    is_running: Mapped[bool]
    ok: Mapped[bool | None]
    """Whether nothing was found; None until it is finished."""
    rows: Mapped[int]
    """How many sealed rows were compared."""
    dropped: Mapped[int]
    """How many sealed rows are gone by the retention."""
    unsealed: Mapped[int]
    oldest_unsealed_at: Mapped[datetime | None]
    findings: Mapped[int]
    """How many were found in all."""
    new_findings: Mapped[int] = mapped_column(default=0)
    """How many of them the check before had not found."""
    acknowledged_at: Mapped[datetime | None]
    """When everything found was known to have been looked into; to show, for the proof of it is a seal."""
    named: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """The first findings as ids: {"kind": …, "seal": id | null, "row": id | null, "month": "YYYY-MM" | null}."""
    seal_id: Mapped[int]
    """The last seal that was looked at: where it goes on, and in the end the head; 0 before the first."""
    progress: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    """What the walk carries from one piece to the next (trail.verification.Walk)."""
