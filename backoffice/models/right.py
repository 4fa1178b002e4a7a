"""Requests of people to be told what is held on them (Law 91/2025/QH15, Decree 356/2025)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office

OPEN_REQUEST = "answered_at IS NULL AND withdrawn_at IS NULL"


class Asker(StrEnum):
    """Who asked, and showed a paper of their own."""

    SELF = "self"
    GUARDIAN = "guardian"


class Identified(StrEnum):
    """How the paper of whoever asked was read; the server alone says scanned."""

    SCANNED = "scanned"
    SEEN = "seen"


class WithdrawnReason(StrEnum):
    """Why a request was closed without an answer."""

    TAKEN_BACK = "taken_back"
    MISTAKE = "mistake"


class PersonRequest(Base):
    """A person's request: number and day in the office's register, until when, what became of it.

    About whom stands in `sealed` alone, until it is answered or withdrawn; then a keyed hash is left.
    """

    __tablename__ = "person_requests"
    __table_args__ = (
        UniqueConstraint("office_id", "number", "received_on"),
        Index("ix_person_requests_open", "office_id", "due_on", postgresql_where=OPEN_REQUEST),
    )

    id: Mapped[BigId]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    number: Mapped[str]
    received_on: Mapped[date]
    due_on: Mapped[date]
    """The last day to answer (Asia/Ho_Chi_Minh)."""
    subject_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    """Keyed hash of the BHXH code, as in the trail."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code, and the number of the paper that was shown (rights.whom), sealed."""
    asker: Mapped[Asker] = mapped_column(words(Asker))
    identified: Mapped[Identified] = mapped_column(words(Identified))
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    made_at: Mapped[datetime | None]
    """When a file of the answer was last made."""
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    withdrawn_reason: Mapped[WithdrawnReason | None] = mapped_column(words(WithdrawnReason, closed=False))

    office: Mapped[Office] = relationship(lazy="raise")
