"""E-mail addresses (D3): one plain address, so that nothing in it could become a header or a second recipient."""

from __future__ import annotations

import re

from backoffice.identity.malformed import Malformed

LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3: a path has at most 256 octets, two of them the angle brackets."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?P<local>[A-Za-z0-9_+%'-]+(?:\.[A-Za-z0-9_+%'-]+)*)@(?P<domain>(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
)


def normalize_email(text: str | None) -> str | None:
    """Return the address trimmed, its domain in lower case; None for nothing. Raises Malformed.

    Stricter than RFC 5321: no quoting, no comments, ASCII only, a domain of at least two labels. So no header can be
    injected through it.
    """
    trimmed = (text or "").strip(" ")
    if not trimmed:
        return None
    found = _EMAIL.fullmatch(trimmed) if len(trimmed) <= LONGEST_EMAIL else None
    if found is None or len(found["local"]) > 64:
        raise Malformed(
            "E-mail chưa đúng. Xin viết theo mẫu ten@tenmien.vn, không dấu, không khoảng trống.", code="email_invalid"
        )
    return f"{found['local']}@{found['domain'].lower()}"
