"""Text as the form's fonts can print it.

PDF/A refuses a document with a character that no font has, so every other character becomes □ and the form says so.
"""

from __future__ import annotations

import re
import unicodedata

INSTEAD = "□"

# Tinos or Libertinus Serif prints these (a test renders all): Latin and all of Vietnamese, Greek, Cyrillic, signs.
PRINTED = (
    (0x20, 0x7E),
    (0xA0, 0x36F),
    (0x391, 0x3A1),
    (0x3A3, 0x3C9),
    (0x400, 0x481),
    (0x48A, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x20A0, 0x20BF),
    (0x2122, 0x2122),
    (0x25A1, 0x25A1),
)
_PILED_MARKS = re.compile("([\u0300-\u036f])[\u0300-\u036f]+")
_VARIATION = frozenset(map(chr, range(0xFE00, 0xFE10)))


def printable(text: str) -> str:
    """Return `text` in NFC on one line, without controls and direction marks, each character no font has as □.

    Of several marks piled on one letter the first stays, so that no line reaches into its neighbours.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return _PILED_MARKS.sub(r"\1", "".join(map(_printed, line)))


def _printed(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf") or character in _VARIATION:
        return ""
    point = ord(character)
    return character if any(low <= point <= high for low, high in PRINTED) else INSTEAD
