"""The mark by which a gateway's callback names a message: a stranger can make up none, and it tells nobody anything."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import quote

from backoffice.kernel.hashing import lookup_hash

PATH = "/api/v1/receipts"
"""Where receipts are taken (notices.receipt_routes)."""


def receipt_url(base: str, gateway: str, notice_id: int, attempt: int) -> str:
    """Return the address for receipts of this try, at the desk that is reached under `base`."""
    return f"{place(base, gateway)}{mark(gateway, notice_id, attempt)}"


def place(base: str, gateway: str) -> str:
    """Return what all addresses for receipts of that gateway begin with: the mark alone follows."""
    return f"{base.rstrip('/')}{PATH}/{quote(gateway)}/"


def mark(gateway: str, notice_id: int, attempt: int) -> str:
    """Return "<notice>-<attempt>-<keyed hash>"."""
    return f"{notice_id}-{attempt}-{_proof(gateway, notice_id, attempt)}"


def read_mark(gateway: str, text: str) -> tuple[int, int] | None:
    """Return the notice and the attempt that a mark given to `gateway` names; None for one we did not make."""
    notice, _, rest = text.partition("-")
    attempt, _, proof = rest.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (notice, attempt)):
        return None
    if not compare_digest(proof.encode(), _proof(gateway, int(notice), int(attempt)).encode()):
        return None
    return int(notice), int(attempt)


def _proof(gateway: str, notice_id: int, attempt: int) -> str:
    return lookup_hash("receipt", f"{gateway}\0{notice_id}\0{attempt}").hex()
