"""Keyed hashes: equal values can be found again without the value being kept (LOOKUP_KEY; design 5)."""

from __future__ import annotations

import hashlib
import secrets

HASH_BYTES = 16
_key: bytes | None = None


def configure(lookup_key: str) -> None:
    """Set the key of all lookups (LOOKUP_KEY)."""
    global _key
    _key = hashlib.sha256(b"lookup:" + lookup_key.encode()).digest()


def lookup_hash(kind: str, value: str) -> bytes:
    """Return the 16-byte keyed hash of `value`, which is a `kind` ("bhxh_code", "id_number", "receipt_code", …).

    BLAKE2b with a key (RFC 7693): a fifteenth of what HMAC-SHA256 takes, and an expiry makes four for each declaration.
    """
    if _key is None:
        raise RuntimeError("hashing.configure was not called")
    return hashlib.blake2b(f"{kind}\0{value}".encode(), key=_key, digest_size=HASH_BYTES).digest()


def new_token() -> str:
    """Return an unguessable URL-safe token of 32 random bytes."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is kept of a random token or key: enough to recognise it, useless to a thief."""
    return hashlib.sha256(token.encode()).digest()
