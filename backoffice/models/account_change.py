"""What a declaration does to an account there is: it adjusts or stops it (D2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backoffice.models.base import Base


class AccountChange(Base):
    """Which account a declaration adjusts or stops, and how it stood when that was declared.

    What is to change is what the declaration says otherwise than `before`: so what is corrected at the desk counts too.
    """

    __tablename__ = "account_changes"

    declaration_id: Mapped[int] = mapped_column(ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The account's columns (rules.changes.snapshot); None for a stop, and once the retention took them."""
    proven_phone: Mapped[str | None]
    """The new number on which the citizen read a code and typed it on a public page (K10, A7)."""
    proven_at: Mapped[datetime | None]
