"""How offices are named: as people write them, and in the few characters an SMS has for it (D8, wording.md)."""

from __future__ import annotations

import re

from backoffice.identity.text import visible
from backoffice.rules.reasons import plain_sms

SHORT_LENGTH = 24
_KIND_WORDS = re.compile(r"^BHXH (Thành phố|Thị xã|Quận|Huyện|Tỉnh)\b", re.IGNORECASE)
_ABBREVIATED = {"thanh pho": "TP", "thi xa": "TX"}


def office_name(text: str) -> str:
    """Return an office's name as it is written in a sentence: "BHXH huyện Thanh Trì", the kind in small letters."""
    return _KIND_WORDS.sub(lambda match: match[0].replace(match[1], match[1].lower()), visible(text))


def short_name(name: str) -> str:
    """Return the name for an SMS: ASCII, at most 24 characters; the kind is left out where it does not fit."""
    kind = _KIND_WORDS.match(name)
    if kind is None:
        return plain_sms(name)[:SHORT_LENGTH].rstrip()
    rest = re.sub(r" ?- ?", "-", plain_sms(name[kind.end() :]))
    word = plain_sms(kind[1]).lower()
    whole = f"BHXH {_ABBREVIATED.get(word, word)} {rest}"
    return whole if len(whole) <= SHORT_LENGTH else f"BHXH {rest}"[:SHORT_LENGTH].rstrip()
