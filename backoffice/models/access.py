"""How the owner of an account comes in: passwords before, sessions, wrong tries, the second factor (A1–A3, A5–A7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class SessionKind(StrEnum):
    """By what an account's owner is signed in."""

    APP = "app"
    WEB = "web"


class AlarmKind(StrEnum):
    """What a supervisor should look at."""

    RESET_THEN_DEVICE = "reset_then_device"
    """A new device came within the hour after a reset."""
    MANY_RESETS = "many_resets"
    """A code was refused its fourth reset of the week."""
    MANY_MISSES = "many_misses"
    """One agent, client or phone asked for many codes that do not fit."""
    GUESSED_AT = "guessed_at"
    """Somebody tries passwords of an account: it takes none from strange devices until a reset."""


class FormerPassword(Base):
    """A password the owner chose before, or now: the last five are not taken again (A1)."""

    __tablename__ = "former_passwords"
    __table_args__ = (Index("ix_former_passwords_account", "account_id", "id"),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    password_hash: Mapped[str]
    set_at: Mapped[datetime]


class AccountDevice(Base):
    """A device an account's owner has proven: the app's or the browser's name of it is kept as a keyed hash."""

    __tablename__ = "account_devices"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    device_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    first_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)


class AccountSession(Base):
    """The owner signed in on one device; of its tokens only hashes are kept. One open session an account (A3)."""

    __tablename__ = "account_sessions"
    __table_args__ = (
        Index("uq_account_sessions_one_open", "account_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SessionKind] = mapped_column(words(SessionKind))
    device_hash: Mapped[bytes] = mapped_column(LargeBinary)
    access_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    access_until: Mapped[datetime]
    refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    used_refresh_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """The token before: whoever shows it again has stolen it, or was stolen from."""
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    until: Mapped[datetime]
    """Signed in no longer than that, whatever is refreshed."""
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    end_reason: Mapped[str | None]


class WrongTries(Base):
    """Wrong passwords in a row under one keyed hash: an account from strange devices, or one known device (A7)."""

    __tablename__ = "wrong_tries"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    """None of a code that has no account: it closes like any other, so that nobody learns which codes have one."""
    number: Mapped[int]
    """Since the last right one, or the last reset."""
    last_at: Mapped[datetime] = mapped_column(index=True)
    closed_until: Mapped[datetime | None]


class Authenticator(Base):
    """An account's SmartOTP (A6, RFC 6238): the secret is sealed."""

    __tablename__ = "authenticators"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]
    wrong: Mapped[int] = mapped_column(default=0)
    """In a row, since the last right one or the last closure."""
    closed_until: Mapped[datetime | None]
    """No code is looked at until then: too many were wrong."""


class Alarm(Base):
    """Something about an account that a supervisor should look at."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_open", "id", postgresql_where="handled_at IS NULL"),)

    id: Mapped[BigId]
    kind: Mapped[AlarmKind] = mapped_column(words(AlarmKind, closed=False))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("machine_clients.id"))
    at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    note: Mapped[str | None]


class Attempt(Base):
    """One counted attempt under a keyed hash: for limits, when the queue's server is away (kernel.limits)."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_counted", "key_hash", "at"),)

    id: Mapped[BigId]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)
