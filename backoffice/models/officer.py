"""Who works here, and their sign-ins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office


class Role(StrEnum):
    """What an officer is (design 5)."""

    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    HOTLINE = "hotline"
    ADMINISTRATOR = "administrator"


class Officer(Base):
    """A person who signs in to the back-office; belongs to one office."""

    __tablename__ = "officers"

    id: Mapped[BigId]
    username: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    role: Mapped[Role] = mapped_column(words(Role))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    password_hash: Mapped[str]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The TOTP secret, sealed (never in clear)."""
    totp_last_step: Mapped[int | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)


class OfficerSession(Base):
    """A signed-in browser; its cookie holds a random token of which only the hash is kept here."""

    __tablename__ = "officer_sessions"
    __table_args__ = (
        Index("uq_officer_sessions_one_open", "officer_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class KnownDevice(Base):
    """A browser an officer has signed in from before: its tries count apart from strangers' (design 5)."""

    __tablename__ = "known_devices"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]


class SignInFailure(Base):
    """One wrong try, under the keyed hash of what is counted (user name and device, or address)."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_counted", "key_hash", "at"),)

    id: Mapped[BigId]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)
