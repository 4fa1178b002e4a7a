"""A citizen's declaration (form 01), its photos, its claim, and the tombstone that is left when it expires."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, DateTime, ForeignKey, Index, LargeBinary, Text, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from backoffice.models.account_change import AccountChange
from backoffice.models.base import Base, BigId, words
from backoffice.models.office import Office


class Purpose(StrEnum):
    """The three purposes of form 01 (D2)."""

    REGISTER = "register"
    ADJUST = "adjust"
    STOP = "stop"


class Status(StrEnum):
    """Where a declaration stands; moves are in rules.lifecycle."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Channel(StrEnum):
    """How a declaration reached us (D1)."""

    APP = "app"
    PORTAL = "portal"
    LIST = "list"
    DESK = "desk"


class IdType(StrEnum):
    """Kinds of ID paper (D3)."""

    CITIZEN_ID = "citizen_id"
    OLD_ID = "old_id"
    PASSPORT = "passport"


class RegisteredAt(StrEnum):
    """Place of e-transaction registration (D3)."""

    PORTAL = "portal"
    IVAN = "ivan"


class PhotoKind(StrEnum):
    """Which photo it is (D4, D11)."""

    PORTRAIT = "portrait"
    ID_FRONT = "id_front"
    ID_BACK = "id_back"
    BIRTH_CERTIFICATE = "birth_certificate"


_UNDECIDED = "status = 'submitted'"
REFUSED = "status IN ('rejected', 'withdrawn')"
UNCLEARED = "status = 'approved' AND cleared_at IS NULL"
CLEARED = "status = 'approved' AND cleared_at IS NOT NULL"
"""What has a term of its own once decided (rules.retention), as the indexes know it."""
_NAME_WORDS = (
    "to_tsvector('simple'::regconfig, folded_name) || array_to_tsvector(string_to_array("
    "office_id::text || '_'::text || replace(trim(both from "
    "regexp_replace(folded_name, '[^[:alnum:]]+'::text, ' '::text, 'g'::text)), ' '::text, "
    "' '::text || office_id::text || '_'::text), ' '::text))"
)
"""Each word of the name twice: as it is, and with its office's id before it, so that one office is searched alone."""
_DEADLINE = "COALESCE(expires_at, '9999-01-01 00:00:00+00'::timestamp with time zone)"


class Declaration(Base):
    """One form 01. Deleted whole when it expires (K4); `status` is written by rules.lifecycle.move alone."""

    __tablename__ = "declarations"
    __table_args__ = (
        Index("ix_declarations_queue", "office_id", text(_DEADLINE), "id", postgresql_where=_UNDECIDED),
        Index("ix_declarations_due", "expires_at", postgresql_where=f"{_UNDECIDED} AND expires_at IS NOT NULL"),
        Index("ix_declarations_decided", "office_id", "status", "decided_at"),
        Index("ix_declarations_decider", "decided_by_id", "decided_at", postgresql_where="decided_by_id IS NOT NULL"),
        Index("ix_declarations_declared", "office_id", "declared_at"),
        Index("ix_declarations_name", "name_words", postgresql_using="gin"),
        Index("ix_declarations_bhxh_code", "bhxh_code"),
        Index("ix_declarations_id_number", "id_number"),
        Index("ix_declarations_phone", "phone"),
        Index("ix_declarations_replaces", "replaces_id", postgresql_where="replaces_id IS NOT NULL"),
        Index("ix_declarations_refused", "decided_at", postgresql_where=REFUSED),
        Index("ix_declarations_uncleared", "decided_at", postgresql_where=UNCLEARED),
        Index("ix_declarations_cleared", "decided_at", postgresql_where=CLEARED),
        CheckConstraint("(status = 'submitted') = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint(
            "presented_at IS NULL OR expires_at IS NULL OR supplement_at IS NOT NULL", name="clock_stopped"
        ),
    )

    id: Mapped[BigId]
    receipt_code: Mapped[str] = mapped_column(unique=True)
    form01_token: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    status: Mapped[Status] = mapped_column(words(Status))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("machine_clients.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))

    bhxh_code: Mapped[str]
    full_name: Mapped[str]
    folded_name: Mapped[str]
    name_words: Mapped[str] = deferred(mapped_column(TSVECTOR, Computed(_NAME_WORDS, persisted=True), nullable=False))
    id_type: Mapped[IdType] = mapped_column(words(IdType))
    id_number: Mapped[str]
    date_of_birth: Mapped[date | None]
    province_code: Mapped[str]
    district_code: Mapped[str | None]
    ward_code: Mapped[str]
    address_line: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str | None]
    send_form01_by_email: Mapped[bool]
    population_db_verified: Mapped[bool]
    guardian_bhxh_code: Mapped[str | None]
    contact_person: Mapped[str | None]
    start_date: Mapped[date | None]
    registered_at: Mapped[RegisteredAt | None] = mapped_column(words(RegisteredAt))
    submission_method: Mapped[str | None]
    consent_wording: Mapped[str]
    """Name of the wording of consent and undertaking that was agreed to (rules.consent; D13)."""
    consented_at: Mapped[datetime]

    declared_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """The instant after which it is deleted; None once handed in (K4) or decided."""
    reminded_at: Mapped[datetime | None]
    presented_at: Mapped[datetime | None]
    presented_to_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    supplement_at: Mapped[datetime | None]
    supplement_note: Mapped[str | None]
    supplement_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    escalated_at: Mapped[datetime | None]
    escalated_note: Mapped[str | None]
    escalated_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))

    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    rejected_note: Mapped[str | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("declarations.id", ondelete="SET NULL"))
    cleared_at: Mapped[datetime | None]
    """When the retention deleted its photos, scans and notes; the rest has a longer term."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was sent: each correction by its person before the visit makes one more (DeclarationVersion)."""

    office: Mapped[Office] = relationship(lazy="raise")
    photos: Mapped[list[Photo]] = relationship(
        back_populates="declaration", lazy="raise", passive_deletes=True, order_by="Photo.kind"
    )
    change: Mapped[AccountChange | None] = relationship(lazy="raise", passive_deletes=True, uselist=False)
    """Of an adjustment or a stop alone."""


class Photo(Base):
    """An encrypted photo; its data key is here, wrapped: deleting the row shreds every copy of the files."""

    __tablename__ = "photos"
    __table_args__ = (
        Index("uq_photos_declaration_kind", "declaration_id", "kind", unique=True),
        Index("ix_photos_key_name", "key_name"),
        Index("ix_photos_missing", "missing_since", postgresql_where="missing_since IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"))
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_name: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    citizen_card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What the CCCD's QR on this photo says (identity.qr.CitizenCard.to_dict), or None."""
    rotation: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    missing_since: Mapped[datetime | None]
    """When the daily check first found no file of it in the store; None once it is there again."""

    declaration: Mapped[Declaration] = relationship(back_populates="photos", lazy="raise")


class PhotoCheck(Base):
    """One comparison of the photo store with the rows; the newest says how the store stands. Names nobody."""

    __tablename__ = "photo_checks"

    id: Mapped[BigId]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """None while it is under way, or when it was killed: the next one begins anew."""
    position: Mapped[str] = mapped_column(default="")
    """The last file looked at."""
    files: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    """Files no row asks for."""
    missing: Mapped[int] = mapped_column(default=0)
    """Photos without a file."""
    fault: Mapped[str | None]
    """Why it stopped: store_out, other_store."""


class Claim(Base):
    """Who is examining a declaration, until when: one officer at a time (design 4)."""

    __tablename__ = "claims"

    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime]


class Tombstone(Base):
    """What is left of an expired declaration: nothing that names a person (K4).

    The office is no foreign key: offices are closed, never deleted, and each of 100,000 rows a sweep would pay for the
    proof.
    """

    __tablename__ = "tombstones"

    declaration_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    office_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    channel: Mapped[Channel] = mapped_column(words(Channel))
    bhxh_code_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    id_number_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    receipt_code_hash: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    declared_at: Mapped[datetime]
    expired_at: Mapped[datetime]
    """The deadline that passed."""
    deleted_at: Mapped[datetime] = mapped_column(index=True)


DEADLINE = literal_column(f"({_DEADLINE.replace('expires_at', 'declarations.expires_at')})", DateTime(timezone=True))
"""The deadline to order by, far in the future where there is none; ix_declarations_queue holds this very expression."""
