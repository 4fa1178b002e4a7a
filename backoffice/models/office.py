"""Offices of the Vietnam Social Security: a tree with one root, 000 BHXH Việt Nam (D8)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId, words


class OfficeKind(StrEnum):
    """Level of an office in the tree."""

    ROOT = "root"
    PROVINCE = "province"
    DISTRICT = "district"


class Office(Base):
    """One office; `path` lists the codes from the root down ("000.001.00114."), so a scope is a prefix."""

    __tablename__ = "offices"
    __table_args__ = (
        Index("ix_offices_path_prefix", "path", postgresql_ops={"path": "text_pattern_ops"}),
        Index("ix_offices_folded_name", "folded_name"),
    )

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    folded_name: Mapped[str]
    short_name: Mapped[str]
    """ASCII, at most 24 characters: the name in an SMS."""
    kind: Mapped[OfficeKind] = mapped_column(words(OfficeKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    path: Mapped[str]
    province_code: Mapped[str | None]
    address: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    provenance: Mapped[str]
    """Where the row comes from: "synthetic_code" rows are for demonstration only."""
    closed_at: Mapped[datetime | None]
