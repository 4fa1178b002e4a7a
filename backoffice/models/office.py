"""Offices of the Vietnam Social Security: a tree with one root, 000 BHXH Việt Nam (D8)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Double, ForeignKey, Index
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
    latitude: Mapped[float | None] = mapped_column(Double)
    """Position on a map in degrees (WGS 84), for a link to it."""
    longitude: Mapped[float | None] = mapped_column(Double)
    closed_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    """Into which office it was merged: its code is found there."""
    former_path: Mapped[str | None]
    """Its path until it was merged: who was given an office above it then was given it too (rules.office_limits)."""


class OfficeWard(Base):
    """A ward (code since July 2025, wards_34_2025.csv) whose people an office serves."""

    __tablename__ = "office_wards"

    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(primary_key=True, index=True)


class OfficeChange(Base):
    """One field of an office that was changed: its history."""

    __tablename__ = "office_changes"
    __table_args__ = (Index("ix_office_changes_office", "office_id", "at"),)

    id: Mapped[BigId]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    at: Mapped[datetime]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    field: Mapped[str]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]


class OfficeMerge(Base):
    """A merge of one office into another, on its day; done once, or cancelled before."""

    __tablename__ = "office_merges"
    __table_args__ = (
        Index(
            "uq_office_merges_open",
            "office_id",
            unique=True,
            postgresql_where="done_at IS NULL AND cancelled_at IS NULL",
        ),
    )

    id: Mapped[BigId]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    on_day: Mapped[date]
    """From the first minute of this day (Asia/Ho_Chi_Minh) the successor serves."""
    decision: Mapped[str]
    """Number of the decision that orders it."""
    officer_id: Mapped[int] = mapped_column(ForeignKey("officers.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    moved_declarations: Mapped[int | None]
    moved_officers: Mapped[int | None]
