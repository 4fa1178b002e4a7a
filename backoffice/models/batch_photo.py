"""Zips of photos that come with a list of people to be declared (D12 b), and the photos taken out of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, words
from backoffice.models.declaration import PhotoKind


class BatchArchive(Base):
    """One zip. Until its photos are taken out it lies sealed in the photo store under a data key of its own.

    Then the file is removed and the key forgotten; the row keeps what was found in it.
    """

    __tablename__ = "batch_archives"
    __table_args__ = (
        Index("uq_batch_archives_file", "batch_id", "file_hash", unique=True),
        CheckConstraint("(wrapped_key IS NULL) = (taken_at IS NOT NULL)", name="kept_until_taken"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Names the file in the store, too."""
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    file_name: Mapped[str]
    file_hash: Mapped[bytes] = mapped_column(LargeBinary)
    file_size: Mapped[int]
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_name: Mapped[str | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Photos gone through, of how many."""
    remarks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """Files that mean nobody: {"code", "count", "names": the first of them}."""
    fault: Mapped[str | None]
    sentence: Mapped[str | None]
    """Why the zip was not taken."""
    created_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


class BatchPhoto(Base):
    """A photo out of a zip, encrypted as photos are: the columns of Photo, which it becomes with the declaration.

    `refused` says why there is none to be had: a code of gateways.photos.Refusal, or "doubled".
    """

    __tablename__ = "batch_photos"
    __table_args__ = (
        Index("uq_batch_photos_person_kind", "batch_id", "bhxh_code", "kind", unique=True),
        CheckConstraint("(refused IS NULL) = (wrapped_key IS NOT NULL)", name="there_or_refused"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"))
    bhxh_code: Mapped[str]
    """As the file's name says it; whose it is is told by the row with this code."""
    kind: Mapped[PhotoKind] = mapped_column(words(PhotoKind))
    refused: Mapped[str | None]
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_name: Mapped[str | None]
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    notes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    citizen_card: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime]
