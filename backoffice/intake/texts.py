"""Free texts and e-mail addresses from outside, made safe to keep, print, send and show."""

from __future__ import annotations

import re

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import visible

LONGEST_EMAIL = 254
"""RFC 5321, 4.5.3.1.3: a path has at most 256 octets, two of them the angle brackets."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?P<local>[A-Za-z0-9_+%'-]+(?:\.[A-Za-z0-9_+%'-]+)*)@(?P<domain>(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{0,61}}[A-Za-z0-9])"
)
_LOST = "\ufffd"


def normalize_text(text: str | None, *, limit: int) -> str:
    """Return `text` on one line in NFC, without control, zero-width and direction characters; "" for None.

    Raises Malformed when it is longer than `limit` or holds the mark that an earlier system put for a lost character.
    """
    clean = visible(text or "")
    if len(clean) > limit:
        raise Malformed(f"Nội dung dài quá {limit} ký tự. Xin viết ngắn lại.", code="too_long")
    if _LOST in clean:
        raise Malformed("Nội dung có ký tự bị hỏng khi gửi. Xin gửi lại bằng bảng mã UTF-8.", code="lost_character")
    return clean


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
