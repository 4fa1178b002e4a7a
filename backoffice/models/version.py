"""What a declaration said before its person corrected it, and the one-time links that open a refused one anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, words
from backoffice.models.declaration import PhotoKind


class DeclarationVersion(Base):
    """A former version of a declaration: the one it has now is in its own row, its number in declarations.version."""

    __tablename__ = "declaration_versions"

    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 for what was declared first."""
    values: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """rules.declared.snapshot of it."""
    made_at: Mapped[datetime]
    replaced_at: Mapped[datetime]
    """When the next version was sent."""


class VersionPhoto(Base):
    """A photo that the version after had another in its place of: the columns of Photo, which it was."""

    __tablename__ = "version_photos"
    __table_args__ = (
        ForeignKeyConstraint(
            ["declaration_id", "number"],
            ["declaration_versions.declaration_id", "declaration_versions.number"],
            name="fk_version_photos_version",
            ondelete="CASCADE",
        ),
        Index("uq_version_photos_kind", "declaration_id", "number", "kind", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    declaration_id: Mapped[int]
    number: Mapped[int]
    """The last version it was of."""
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    key_name: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    citizen_card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    rotation: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class RedeclareLink(Base):
    """A link in the letter of a refusal that opens the form filled in, once; of its token only the hash is here.

    The declaration is named without a foreign key: a sweep that deletes 100,000 others would pay for the proof.
    """

    __tablename__ = "redeclare_links"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    declaration_id: Mapped[int] = mapped_column(index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
