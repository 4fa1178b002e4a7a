"""User names of officers, and passwords as they are typed."""

from __future__ import annotations

import re
import unicodedata

from backoffice.kernel.passwords import verify_password

_SHAPE = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
PASSWORD_MIN = 12
PASSWORD_MAX = 200
"""Characters."""
_MOST_TYPED = 5 * PASSWORD_MAX
"""Characters looked at: normalising endless combining marks takes quadratic time, and NFC makes one of four at most."""


def normal_username(typed: str) -> str:
    """Return `typed` as user names are kept: no blanks around, lower case."""
    return unicodedata.normalize("NFC", typed[:_MOST_TYPED]).strip().casefold()


def is_username(name: str) -> bool:
    """Tell whether `name` may be a user name: 3 to 40 of a–z, 0–9, dot, underscore, hyphen."""
    return _SHAPE.fullmatch(name) is not None


def normal_password(typed: str) -> str:
    """Return `typed` in Unicode's NFC, so that every input method gives the same password (RFC 8265).

    What is far too long is cut, and still too long.
    """
    return unicodedata.normalize("NFC", typed[:_MOST_TYPED])


def fits(kept: str | None, typed: str) -> bool:
    """Tell whether the password `typed` fits the hash `kept`, at the same cost when there is none."""
    password = normal_password(typed)
    return verify_password(kept if len(password) <= PASSWORD_MAX else None, password[:PASSWORD_MAX])
