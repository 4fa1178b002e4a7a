"""Passwords: argon2id at OWASP's minimum (19 MiB, t=2, p=1), chosen knowingly for 100,000 resets a day."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Lower-case letters and digits without 0 o 1 l i (design 4)."""
LENGTH = 12
_NOBODY = _hasher.hash("nobody's password")


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`."""
    return _hasher.hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Tell whether `password` fits the hash `kept`; None costs the same time and never fits."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def may_be_temporary(password: str) -> bool:
    """Tell whether it looks like one that `new_temporary_password` made."""
    return len(password) == LENGTH and all(char in ALPHABET for char in password)


def new_temporary_password() -> str:
    """Return a random temporary password: 12 characters of ALPHABET, about 59 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
