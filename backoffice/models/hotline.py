"""The hotline: calls the telephone system announced, what agents did, resets by the virtual assistant (A4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class CallReason(StrEnum):
    """Why somebody called."""

    FORGOT_PASSWORD = "forgot_password"  # noqa: S105 (a reason)
    NO_MESSAGE = "no_message"
    LOCKED_OUT = "locked_out"
    DECLARATION = "declaration"
    PHONE_LOST = "phone_lost"
    FRAUD = "fraud"
    OTHER = "other"


class AnnouncedCall(Base):
    """A call the telephone system announced: its token opens the screen with the number filled in, for minutes."""

    __tablename__ = "announced_calls"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("machine_clients.id", ondelete="CASCADE"))
    phone: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class HotlineCall(Base):
    """One call as an agent's own log has it; no word of who called unless it was an account's owner."""

    __tablename__ = "hotline_calls"
    __table_args__ = (Index("ix_hotline_calls_officer", "officer_id", "at"),)

    id: Mapped[BigId]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(index=True)
    matched: Mapped[bool]
    reason: Mapped[CallReason | None] = mapped_column(words(CallReason, closed=False))
    acts: Mapped[str] = mapped_column(default="")
    """What was done, as words of hotline.acts, separated by blanks."""


class SpokenReset(Base):
    """A reset the virtual assistant asked for: the same call may ask again within two minutes (contract)."""

    __tablename__ = "spoken_resets"

    client_id: Mapped[int] = mapped_column(ForeignKey("machine_clients.id", ondelete="CASCADE"), primary_key=True)
    call_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    issue_id: Mapped[int] = mapped_column(ForeignKey("credential_issues.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(index=True)
