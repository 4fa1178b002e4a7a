"""Figures: what is counted, in small signed steps written with what they count, and the sums of those (dashboards)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class Figure(StrEnum):
    """What is counted. Standing figures say how things are, their day is that of the deadline; the others happened."""

    WAITING = "waiting"
    """Standing: undecided, not handed in yet."""
    PRESENTED = "presented"
    """Standing: handed in, being examined; without a deadline."""
    SUPPLEMENT = "supplement"
    """Standing: something must still be brought."""
    ESCALATED = "escalated"
    """Standing: left to a supervisor; counted in one of the three above as well, and without a deadline here."""

    DECLARED = "declared"
    """Key: the channel."""
    ARRIVED = "arrived"
    """Handed in at the desk, by the officer who noted it; once more after a supplement."""
    APPROVED = "approved"
    """Key: how long it took (rules.figures.MINUTES), `seconds` exactly."""
    REJECTED = "rejected"
    """As APPROVED."""
    REASON = "reason"
    """Key: a reason it was rejected for; one rejection may have several."""
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """On the day it was deleted."""
    ASKED = "asked"
    """Sent back for a supplement."""
    NOTICE_FAILED = "notice_failed"
    """Key: the channel. One that arrived after all stays counted."""
    CALL = "call"
    """Key: matched, missed. Calls are of no office."""
    RESET = "reset"
    """A new password given out elsewhere than at a desk; key: where. Of no office."""
    UNLOCKED = "unlocked"
    """Passwords may be tried again, by an agent's act. Of no office."""


class Stood(StrEnum):
    """How things stood when a day began, to be compared with: of standing figures, and of lists of units in work."""

    WAITING = "waiting"
    PRESENTED = "presented"
    SUPPLEMENT = "supplement"
    ESCALATED = "escalated"
    DUE_TODAY = "due_today"
    DUE_SOON = "due_in_3_days"
    LISTS = "lists"


class FigureDelta(Base):
    """One step, written in the transaction of what it counts, until a job adds it to the sums. Never updated."""

    __tablename__ = "figure_deltas"

    id: Mapped[BigId]
    day: Mapped[date]
    """The day of what happened (Asia/Ho_Chi_Minh); of a standing figure, of the deadline: 9999-12-31 for none."""
    office_id: Mapped[int]
    """No foreign key: offices are never deleted. 0: of no office (the hotline)."""
    officer_id: Mapped[int]
    """Who did it; 0: nobody in particular."""
    figure: Mapped[Figure] = mapped_column(words(Figure, closed=False))
    key: Mapped[str]
    number: Mapped[int]
    seconds: Mapped[int]


class FigureDay(Base):
    """The sum of an office's own steps of one kind and day. A row whose sum is nothing is not kept."""

    __tablename__ = "figure_days"
    __table_args__ = (
        Index("ix_figure_days_officer", "officer_id", "day", postgresql_where="officer_id <> 0"),
        Index("ix_figure_days_day", "day", postgresql_using="brin"),  # a country's quarter among the rows of years
        Index("ix_figure_days_nothing", "office_id", postgresql_where="number = 0 AND seconds = 0"),
    )

    office_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Figure] = mapped_column(words(Figure, closed=False), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    officer_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    seconds: Mapped[int]


class FigureBranch(Base):
    """The sum over an office and all under it, of whichever officers: a country is read as quickly as an office."""

    __tablename__ = "figure_branches"
    __table_args__ = (Index("ix_figure_branches_nothing", "office_id", postgresql_where="number = 0 AND seconds = 0"),)

    office_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Figure] = mapped_column(words(Figure, closed=False), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    seconds: Mapped[int]


class FigureMorning(Base):
    """How things stood when a day began, of an office with all under it; noted once, and kept for some weeks.

    A standing figure says how things are: what it was is in no table, so it is noted (dashboards.mornings).
    """

    __tablename__ = "figure_mornings"

    office_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Stood] = mapped_column(words(Stood, closed=False), primary_key=True)
    number: Mapped[int]


class FigureCheck(Base):
    """One comparison of the figures with what they count; the newest says how they stand. Names nobody."""

    __tablename__ = "figure_checks"

    id: Mapped[BigId]
    at: Mapped[datetime]
    since: Mapped[date]
    """From which day on; how things are now is compared whatever the day."""
    differences: Mapped[int]
    """How many sums were wrong."""
    healed: Mapped[bool]
