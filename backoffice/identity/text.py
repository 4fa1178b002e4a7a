"""Cleaning of texts that were typed, pasted or scanned, before anything is read from them."""

from __future__ import annotations

import re
import unicodedata

from backoffice.identity.malformed import Malformed

_SYMBOLOGY_PREFIX = re.compile(r"^\][A-Za-z]\d")
_SEPARATORS = frozenset(".·•‧∙⋅−")
_LOST = "\ufffd"
_LARGEST_NUMBER = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST_NUMBER))


def visible(text: str) -> str:
    """Return `text` in NFC without control, format (zero-width, right-to-left) and surrogate characters.

    White space of any kind is folded to single blanks and trimmed. Idempotent.
    """
    if text.isprintable():  # nothing to leave out, and no white space but blanks: what nearly everything is
        return " ".join(unicodedata.normalize("NFC", text).split())
    spaced = "".join(" " if char.isspace() else char for char in text)
    kept = "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    return " ".join(unicodedata.normalize("NFC", kept).split())


def visible_lines(text: str) -> str:
    """Return `text` with each of its lines `visible`, ended by "\\n" alone, empty ones at both ends left out."""
    return "\n".join(visible(line) for line in text.splitlines()).strip()


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


def compact(text: str) -> str:
    """Return `text` without blanks, dots and dashes, in NFKC, with every digit as 0-9.

    Full-width and other scripts' digits become ASCII; a scanner's symbology prefix ("]Q1") and the apostrophe by which
    a spreadsheet keeps a number as text are dropped.
    """
    if is_digits(text):
        return text
    kept = []
    for char in unicodedata.normalize("NFKC", unprefixed(visible(text)).lstrip("'")):
        category = unicodedata.category(char)
        if char.isspace() or char in _SEPARATORS or category in {"Pd", "Cf"}:
            continue
        kept.append(str(unicodedata.decimal(char)) if category == "Nd" else char)
    return "".join(kept)


def unprefixed(text: str) -> str:
    """Return `text` without the AIM symbology prefix which some scanners send first, e.g. "]Q1"."""
    return _SYMBOLOGY_PREFIX.sub("", text)


def is_digits(text: str) -> bool:
    """Tell whether `text` is one or more of 0-9 and nothing else."""
    return text.isascii() and text.isdigit()


def row_number(text: str) -> int | None:
    """Return the number by which a table may know a row (0 to 2⁶³-1, at most 19 of the digits 0-9), None for others."""
    if not is_digits(text) or len(text) > _MOST_DIGITS:
        return None
    number = int(text)
    return number if number <= _LARGEST_NUMBER else None
