"""Who works here, and their sign-ins."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.identity.names import fold
from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office


class Role(StrEnum):
    """What an officer is (design 5)."""

    RECEPTION = "reception"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    HOTLINE = "hotline"
    ADMINISTRATOR = "administrator"


class DisabledReason(StrEnum):
    """Why an officer signs in no more."""

    BY_HAND = "by_hand"
    UNUSED = "unused"
    """Not seen for 60 days."""


def _folded_name(context: DefaultExecutionContext) -> str:
    return fold(context.get_current_parameters()["full_name"])  # type: ignore[no-untyped-call]


class Officer(Base):
    """A person who signs in to the back-office; belongs to one office."""

    __tablename__ = "officers"

    id: Mapped[BigId]
    username: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(default=_folded_name)
    """The name as it is searched; whoever changes the name changes it too (officers.editing)."""
    role: Mapped[Role] = mapped_column(words(Role))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    password_hash: Mapped[str]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The TOTP secret, sealed (never in clear)."""
    totp_last_step: Mapped[int | None]
    email: Mapped[str | None]
    second_office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    """Where the officer stands in for a colleague, until the end of `second_until` (Asia/Ho_Chi_Minh)."""
    second_until: Mapped[date | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    """The last sign-in, or the last input of a session that has ended."""
    enabled_at: Mapped[datetime | None]
    """From when days without a sign-in count anew: let in again once disabled, or before that was counted at all."""
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(words(DisabledReason, closed=False))
    wrong_codes: Mapped[int] = mapped_column(server_default="0")
    """Wrong second steps one after another, each after the right password, in browsers that are not vouched for."""
    untold_codes: Mapped[int] = mapped_column(server_default="0")
    """Of those, how many the officer has not yet called their own."""

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True, foreign_keys=[office_id])


class OfficerSession(Base):
    """A signed-in browser; its cookie holds a random token of which only the hash is kept here."""

    __tablename__ = "officer_sessions"
    __table_args__ = (
        Index("uq_officer_sessions_one_open", "officer_id", unique=True, postgresql_where="ended_at IS NULL"),
        Index("ix_officer_sessions_officer", "officer_id", "created_at"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    """The second office, while the officer stands in there; None: the own."""
    address: Mapped[str | None]
    """Where the browser was when it signed in (an officer's work-place, no citizen's)."""
    agent: Mapped[str | None]
    """What the browser said it is, in words an officer knows: "Chrome trên Windows"."""
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Which known device it is (`KnownDevice.token_hash`), also when that was forgotten since."""
    has_news: Mapped[bool] = mapped_column(server_default="false")
    """There is a new device of which the officer must still say whether it is theirs."""


class KnownDevice(Base):
    """A browser an officer has signed in from before: its tries count apart from strangers' (design 5)."""

    __tablename__ = "known_devices"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True, index=True)
    seen_at: Mapped[datetime]
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    agent: Mapped[str | None]
    told_at: Mapped[datetime | None]
    """When the officer said that this new device is known; None: still to be told of it (see `is_news`)."""
    is_news: Mapped[bool] = mapped_column(server_default="false")
    """Signed in from when the officer had other devices before."""
    forgotten_at: Mapped[datetime | None]
    """Forgotten while the officer was still to be told of it: known no more, and still to be answered."""
    wrong_codes: Mapped[int] = mapped_column(server_default="0")
    """Wrong second steps one after another here, each after the right password."""


class OfficerLink(Base):
    """A one-time link by which an officer chooses a password; only the hash of its token is kept."""

    __tablename__ = "officer_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands once for the six digits of a lost authenticator; kept as a keyed hash."""

    __tablename__ = "recovery_codes"

    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """One wrong try, under the keyed hash of what is counted (user name and device, or address)."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_counted", "key_hash", "at"),)

    id: Mapped[BigId]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)
