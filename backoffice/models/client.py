"""Machines that call the API: the VssID app, the portal, the telephone system."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base, BigId


class Scope(StrEnum):
    """What a machine client may do."""

    INTAKE = "intake"
    HOTLINE = "hotline"
    APP = "app"


class MachineClient(Base):
    """One calling system; its key is shown once and kept as a hash."""

    __tablename__ = "machine_clients"

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    contact: Mapped[str | None]
    """Whom to call about it: a unit's name and number, no citizen's."""
    office_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    """Offices it may declare for, with all under them; empty: all."""
    rate: Mapped[int] = mapped_column(server_default="6000")
    """Requests it may make in a minute."""
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ClientKey(Base):
    """A key of a machine client: shown once, kept as a hash; two of them may be good while one replaces the other."""

    __tablename__ = "client_keys"

    id: Mapped[BigId]
    client_id: Mapped[int] = mapped_column(ForeignKey("machine_clients.id"), index=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    ending: Mapped[str | None]
    """Its last 4 characters, by which people tell keys apart."""
    created_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("officers.id"))
    ends_at: Mapped[datetime | None]
    """From then on it opens nothing: revoked, or replaced and its overlap over."""
    used_at: Mapped[datetime | None]
    """Last used, to the minute."""


class IdempotencyKey(Base):
    """The answer once given to a client's Idempotency-Key; goes with the declaration it made."""

    __tablename__ = "idempotency_keys"

    client_id: Mapped[int] = mapped_column(ForeignKey("machine_clients.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    declaration_id: Mapped[int | None] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(index=True)
