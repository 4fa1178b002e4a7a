"""Declarations somebody is still filling in: what was typed so far, and the photos that came with it (D10)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backoffice.models.base import Base, BigId, words
from backoffice.models.declaration import PhotoKind


class DraftKind(StrEnum):
    """What is being declared, and for whom (D2, D11)."""

    REGISTER = "register"
    CHILD = "child"
    ADJUST = "adjust"
    STOP = "stop"


class DeclarationDraft(Base):
    """One form being filled in; it lapses two hours after it was last touched.

    What was typed is sealed under a key made of the token, of which only the hash is here: without the browser's cookie
    nobody opens it. Sent, it holds the receipt in the same way, so that a second press is answered like the first.
    Declarations are named without foreign keys: a sweep that deletes 100,000 of them would pay for the proof each time.
    """

    __tablename__ = "declaration_drafts"

    id: Mapped[BigId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    kind: Mapped[DraftKind] = mapped_column(words(DraftKind, closed=False))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The values as typed; once sent, the receipt."""
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    """The officer who types for a citizen at the desk; the draft opens for nobody else."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    """The account whose owner proved to be it: a child's guardian (D11), or who adjusts or stops (D2)."""
    replaces_id: Mapped[int | None]
    """The refused declaration that the new one is to name."""
    corrects_id: Mapped[int | None]
    """The declaration of which a new version is written."""
    declaration_id: Mapped[int | None]
    """What became of it once it was sent."""
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime] = mapped_column(index=True)

    photos: Mapped[list[DraftPhoto]] = relationship(
        back_populates="draft", lazy="raise", cascade="all, delete-orphan", order_by="DraftPhoto.kind"
    )


class DraftPhoto(Base):
    """A photo of a draft, encrypted as photos are: the columns of Photo, which they become once the draft is sent."""

    __tablename__ = "draft_photos"
    __table_args__ = (
        Index("uq_draft_photos_draft_kind", "draft_id", "kind", unique=True),
        CheckConstraint("width > 0 AND height > 0", name="sized"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("declaration_drafts.id", ondelete="CASCADE"))
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_name: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    citizen_card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]

    draft: Mapped[DeclarationDraft] = relationship(back_populates="photos", lazy="raise")


class DraftPhotoLink(Base):
    """A one-time leave to send one photo of a draft from the citizen's phone, given at the desk."""

    __tablename__ = "draft_photo_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("declaration_drafts.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
