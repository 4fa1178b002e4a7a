"""The e-transaction account that an approval opens, and its credentials (A1, K2, D6)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words
from backoffice.models.declaration import IdType

NOT_REMINDED = "status = 'active' AND password_reminded_at IS NULL"
"""Whose owner is to be told, when the time comes, that the password ends (A1)."""


class AccountStatus(StrEnum):
    """Where an account stands."""

    ISSUED = "issued"
    ACTIVE = "active"
    LOCKED = "locked"
    CLOSED = "closed"


class LockReason(StrEnum):
    """Why an account was locked."""

    WRONG_APPROVAL = "wrong_approval"
    OWNER_ASKED = "owner_asked"
    SUSPICION = "suspicion"


class HoldKind(StrEnum):
    """What an open account holds alone (D6)."""

    PHONE = "phone"
    CODE = "code"


class Account(Base):
    """One person's account; the user name is the BHXH code (K2)."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index("ix_accounts_not_reminded", "password_set_at", postgresql_where=NOT_REMINDED),
        Index("ix_accounts_closed", "closed_at", postgresql_where="closed_at IS NOT NULL"),
    )

    id: Mapped[BigId]
    bhxh_code: Mapped[str] = mapped_column(index=True)
    full_name: Mapped[str]
    id_type: Mapped[IdType] = mapped_column(words(IdType))
    id_number: Mapped[str] = mapped_column(index=True)
    date_of_birth: Mapped[date | None]
    province_code: Mapped[str]
    district_code: Mapped[str | None]
    ward_code: Mapped[str]
    address_line: Mapped[str]
    phone: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None]
    status: Mapped[AccountStatus] = mapped_column(words(AccountStatus))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    declaration_id: Mapped[int | None] = mapped_column(ForeignKey("declarations.id", ondelete="SET NULL"), unique=True)
    opened_at: Mapped[datetime]
    password_hash: Mapped[str | None]
    """The password the citizen chose; temporary ones live in credential attempts."""
    password_set_at: Mapped[datetime | None]
    password_reminded_at: Mapped[datetime | None]
    """When its owner was told that the password ends soon (A1)."""
    lock_reason: Mapped[LockReason | None] = mapped_column(words(LockReason, closed=False))
    locked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    must_update_phone: Mapped[bool] = mapped_column(server_default="false")
    """"Phải cập nhật số" (D6): the number was freed for somebody else, or is doubted."""
    email_confirmed: Mapped[str | None]
    """The address its owner has confirmed by a link: the only one that resets a password (A5)."""
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    """Of a child's account: whose phone it uses (D11)."""


class AccountNote(Base):
    """Why an officer did something to an account, in the officer's words: the trail, which takes none, leads to it."""

    __tablename__ = "account_notes"

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    note: Mapped[str]


class AccountHold(Base):
    """A phone or a code taken by an open account: the primary key is the rule (D6)."""

    __tablename__ = "account_holds"

    kind: Mapped[HoldKind] = mapped_column(words(HoldKind), primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    taken_at: Mapped[datetime]


class CredentialIssue(Base):
    """One giving-out of a temporary password; only the newest issue of an account counts."""

    __tablename__ = "credential_issues"
    __table_args__ = (Index("uq_credential_issues_number", "account_id", "number", unique=True),)

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    number: Mapped[int]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CredentialAttempt(Base):
    """One password made for one try at sending an issue: its hash, committed before the gateway is called."""

    __tablename__ = "credential_attempts"

    id: Mapped[BigId]
    issue_id: Mapped[int] = mapped_column(ForeignKey("credential_issues.id", ondelete="CASCADE"), index=True)
    password_hash: Mapped[str]
    made_at: Mapped[datetime]


class OneTimeCode(Base):
    """A code of six digits to the registered phone, for one purpose (A2, A3); the worker makes it when it sends.

    Every try at sending makes one of its own: each fits until the first is used.
    """

    __tablename__ = "one_time_codes"

    id: Mapped[BigId]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    """What it is for, as notices.one_time.Purpose."""
    hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), default=list)
    ordered_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    wrong: Mapped[int] = mapped_column(default=0)
    """How often another code was given in its place."""
    used_at: Mapped[datetime | None]
