"""What the confirmation tells: which office, with which papers, by which day (D10, K5)."""

from __future__ import annotations

from typing import Any

from backoffice.intake.answers import Receipt


def confirmation(receipt: Receipt) -> dict[str, Any]:
    """Return what the page after sending shows of a receipt."""
    return {
        "receipt_code": receipt.receipt_code,
        "expires_at": receipt.expires_at,
        "office": receipt.office,
        "form01_url": receipt.form01_url,
    }
