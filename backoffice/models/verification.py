"""What an officer has made sure of before deciding: the ledger, what was scanned, corrected and photographed anew."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words
from backoffice.models.declaration import PhotoKind


class Item(StrEnum):
    """What is to be verified before an approval (the contract; wording.md)."""

    NAME = "name"
    ID_NUMBER = "id_number"
    BIRTH_CERTIFICATE = "birth_certificate"
    DATE_OF_BIRTH = "date_of_birth"
    BHXH_CODE = "bhxh_code"
    PORTRAIT = "portrait"
    ID_DOCUMENT = "id_document"
    GUARDIAN = "guardian"
    FORM01_SIGNED = "form01_signed"
    PHONE = "phone"


class How(StrEnum):
    """How an item was verified; an officer says SEEN or OVERRIDDEN, the other two are set by the server alone."""

    SCANNED = "scanned"
    SEEN = "seen"
    OVERRIDDEN = "overridden"
    LIST = "list"


class Verification(Base):
    """One entry of a declaration's ledger. What was corrected since lapses and stays; one entry an item counts."""

    __tablename__ = "verifications"
    __table_args__ = (
        Index("uq_verifications_live", "declaration_id", "item", unique=True, postgresql_where="lapsed_at IS NULL"),
        Index("ix_verifications_declaration_id", "declaration_id"),
    )

    id: Mapped[BigId]
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"))
    item: Mapped[Item] = mapped_column(words(Item, closed=False))
    how: Mapped[How] = mapped_column(words(How))
    note: Mapped[str | None]
    """Why it was overridden, in the officer's words."""
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    lapsed_at: Mapped[datetime | None]


class DeskScan(Base):
    """What was scanned at the desk for a declaration; the newest of a kind is the one that is compared."""

    __tablename__ = "desk_scans"

    id: Mapped[BigId]
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    read: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """identity.scan_kinds.scan_to_dict of it: citizen data, deleted with the declaration."""


class Correction(Base):
    """A typing error put right at the desk with the citizen's consent: old and new are kept."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("ix_corrections_taken_over", "at", postgresql_where="field = 'office_code'"),
        Index("ix_corrections_kept", "at", postgresql_where="blanked_at IS NULL"),
    )

    id: Mapped[BigId]
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    field: Mapped[str]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]
    note: Mapped[str]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    at: Mapped[datetime]
    blanked_at: Mapped[datetime | None]
    """When the retention took old value, new value and note out; that the field was corrected stays."""


class PhotoUpload(Base):
    """A one-time leave to send one photo of a declaration from the citizen's phone; the token itself is not kept.

    What was sent waits here for an officer to take or discard it, sealed like any photo: without these columns nobody
    opens its files. They are the columns of Photo, and are emptied together.
    """

    __tablename__ = "photo_uploads"
    __table_args__ = (
        CheckConstraint("num_nulls(photo_id, wrapped_key, key_name, width, height, notes) IN (0, 6)", name="whole"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    photo_id: Mapped[UUID | None]
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_name: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    notes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    citizen_card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
