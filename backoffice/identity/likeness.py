"""How far two spellings of a name agree, and what makes them differ (domain 3, Names; screens: scanner truths)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from backoffice.identity.input_method import keys_behind
from backoffice.identity.names import fold
from backoffice.identity.text import visible

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_KEYS = frozenset("WSFRXJ123456789")
_TWICE = frozenset("AEOD")
_MOST_KEYS = 3
_LOST = re.compile(r"[?\ufffd]+")
_MARKED = re.compile(r"[^\x00-\x7f]+")


class Likeness(StrEnum):
    """What alone makes two spellings differ, the slightest first; only DIFFERENT is another name."""

    SAME = "same"
    CASE = "case"
    SPACING = "spacing"
    TONE_PLACE = "tone_place"
    READ_BARE = "read_bare"
    DECLARED_BARE = "declared_bare"
    INPUT_METHOD = "input_method"
    MARKS = "marks"
    LOST_LETTERS = "lost_letters"
    DIFFERENT = "different"


def likeness(declared: str, read: str) -> Likeness:
    """Return how the name `read` from a card agrees with the one `declared`; NFD and NFC are the same.

    SPACING: blanks, hyphens, apostrophes. TONE_PLACE: "Hoà" and "Hòa". READ_BARE, DECLARED_BARE: that one has no
    diacritics at all. INPUT_METHOD: letters that Telex or VNI made, or the keys of it. MARKS: both have diacritics, and
    others: "Hòa" and "Hoa". LOST_LETTERS: what is read lacks the letters with diacritics, or has "?" for them.
    """
    if declared == read:
        return Likeness.SAME
    a, b = visible(declared), visible(read)
    if a == b:
        return Likeness.SAME
    if _caseless(a) == _caseless(b):
        return Likeness.CASE
    if _letters(_caseless(a)) == _letters(_caseless(b)):
        return Likeness.SPACING
    if _letters(fold(a)) == _letters(fold(b)):
        return _same_letters(a, b)
    if _typed_alike(a, b):
        return Likeness.INPUT_METHOD
    return Likeness.LOST_LETTERS if _is_what_is_left(_caseless(a), _caseless(b)) else Likeness.DIFFERENT


def is_bare(text: str) -> bool:
    """Tell whether `text` has letters and none of them a diacritic."""
    return any(char.isalpha() for char in text) and all(char.isascii() for char in text if char.isalpha())


def _same_letters(a: str, b: str) -> Likeness:
    if is_bare(b):
        return Likeness.READ_BARE
    if is_bare(a):
        return Likeness.DECLARED_BARE
    return Likeness.TONE_PLACE if _tones_last(a) == _tones_last(b) else Likeness.MARKS


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _tones_last(text: str) -> list[str]:
    """Return the words with the tone of each behind its letters: it may stand on either vowel of two."""
    words = unicodedata.normalize("NFD", text.casefold()).split()
    return ["".join(sorted(word, key=lambda char: char in _TONES)) for word in words]


def _typed_alike(declared: str, read: str) -> bool:
    """Tell whether an input method stood between: it made letters of bare ones, or the scanner sent its keys."""
    wanted, typed = declared.split(), read.split()
    return len(wanted) == len(typed) and all(map(_word_typed_alike, wanted, typed))


def _word_typed_alike(declared: str, read: str) -> bool:
    wanted = fold(declared).upper()
    return fold(read).upper() == wanted or wanted in keys_behind(read) or _is_typed(wanted, read.upper())


def _is_typed(wanted: str, keys: str) -> bool:
    """Tell whether `keys` are the letters `wanted` with up to three keys of Telex or VNI between: "PHUOWNG"."""
    at = skipped = 0
    for key in keys:
        if at < len(wanted) and key == wanted[at]:
            at += 1
        elif at and (key in _KEYS or (key in _TWICE and key in wanted[:at])):
            skipped += 1
        else:
            return False
    return at == len(wanted) and 0 < skipped <= _MOST_KEYS


def _is_what_is_left(declared: str, read: str) -> bool:
    """Tell whether `read` is `declared` without its letters with diacritics, or with "?" in their place."""
    if declared.isascii() or not any(char.isalpha() for char in read):
        return False
    if _LOST.search(read):
        return _MARKED.sub("?", declared) == _LOST.sub("?", read)
    return visible(_MARKED.sub("", declared)) == read
