"""Reports of figures as workbooks: asked for by an officer, made by a worker, kept for some days."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office
from backoffice.models.officer import Officer


class ReportState(StrEnum):
    """How far a report has come."""

    ASKED = "asked"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ReportFault(StrEnum):
    """Why a report failed."""

    BROKEN = "broken"
    SLOW = "slow"
    LOST = "lost"
    """Whoever made it vanished, time and again."""


class Report(Base):
    """One workbook of figures of an office and those under it. It names officers, never a citizen.

    The row is the work: a worker takes it, `tries` tells whose it is now, `worked_at` that somebody is at it.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index(
            "uq_reports_open",
            "officer_id",
            "office_id",
            "span",
            "first_day",
            "with_officers",
            unique=True,
            postgresql_where="state IN ('asked', 'working')",
        ),
        Index("ix_reports_officer", "officer_id", "id"),
        Index("ix_reports_ended", "ended_at", postgresql_where="ended_at IS NOT NULL"),
    )

    id: Mapped[BigId]
    token: Mapped[str] = mapped_column(unique=True)
    """What stands for it in an address; alone it opens nothing."""
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    with_officers: Mapped[bool]
    span: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[ReportState] = mapped_column(words(ReportState))
    fault: Mapped[ReportFault | None] = mapped_column(words(ReportFault))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Steps: how many of how many."""
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    worked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When it was done, failed or cancelled: from then on it is kept for its term."""
    lines: Mapped[int | None]
    """Rows of all its tables."""
    size: Mapped[int | None]
    """Of the file, in bytes."""
    file: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)
    officer: Mapped[Officer] = relationship()
