"""Declarations that an officer entered for a citizen at the desk (issue 10, point 10), and how a sample was checked."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base


class DeskEntry(Base):
    """Who entered a declaration; once the same officer has approved it, what a supervisor's sample is drawn from."""

    __tablename__ = "desk_entries"
    __table_args__ = (
        Index("ix_desk_entries_approved", "approved_on", "officer_id", postgresql_where="approved_on IS NOT NULL"),
        CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name="checked_by"),
        CheckConstraint("checked_at IS NOT NULL OR NOT is_objected", name="objected_when_checked"),
    )

    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    entered_at: Mapped[datetime]
    draw: Mapped[int] = mapped_column(SmallInteger)
    """0 to 9999 by a keyed hash: the lowest of them are in the sample, which nobody can foretell."""
    approved_on: Mapped[date | None]
    """The day (Asia/Ho_Chi_Minh) on which whoever entered it approved it too; None while nobody or another did."""
    checked_at: Mapped[datetime | None]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    is_objected: Mapped[bool] = mapped_column(server_default="false", default=False)
    note: Mapped[str | None]
    """The supervisor's words."""
