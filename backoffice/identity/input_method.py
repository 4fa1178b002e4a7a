"""What a scanner sent, when a Vietnamese input method stood between it and us (screens: scanner truths).

With Unikey on, "A6" (VNI) or "AA" (Telex) arrives as "Â" and "DD" or "D9" as "Đ": the keys behind a changed letter can
be worked out, and a check character or a fixed pattern then tells which of the possible texts was meant.
"""

from __future__ import annotations

import unicodedata

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_CIRCUMFLEX, _BREVE, _HORN, _STROKE = "\u0302", "\u0306", "\u031b", "Đ"
_TELEX = {_ACUTE: "S", _GRAVE: "F", _HOOK: "R", _TILDE: "X", _DOT: "J", _BREVE: "W", _HORN: "W", _STROKE: "D"}
_VNI = {
    **{_ACUTE: "1", _GRAVE: "2", _HOOK: "3", _TILDE: "4", _DOT: "5"},
    **{_CIRCUMFLEX: "6", _HORN: "7", _BREVE: "8", _STROKE: "9"},
}
_MOST_MARKS = 4
_FARTHEST = 4

_Mark = tuple[int, str]


def keys_behind(text: str) -> frozenset[str]:
    """Return the texts in capitals which, typed through Telex or VNI, may have become `text`.

    Empty when `text` holds no changed letter or more than four marks. A mark's key may have come later than its letter,
    over up to three letters.
    """
    return frozenset(_behind(text.upper(), _TELEX) | _behind(text.upper(), _VNI))


def was_changed(text: str) -> bool:
    """Tell whether `text` holds letters which an input method may have made."""
    return any(char.isalpha() and not char.isascii() for char in text)


def _behind(text: str, scheme: dict[str, str]) -> set[str]:
    if scheme is _TELEX:
        text = unicodedata.normalize("NFC", text).replace("Ư", "W")
    base = ""
    marks: list[_Mark] = []
    for char in unicodedata.normalize("NFD", text):
        if char == _STROKE:
            base += "D"
        elif unicodedata.category(char) != "Mn":
            base += char
            continue
        key = _key(char, base, scheme)
        if key is None:
            return set()
        marks.append((len(base) - 1, key))
    if "W" in text and not marks:
        return {base}
    return _with_keys(base, marks) if 0 < len(marks) <= _MOST_MARKS else set()


def _key(mark: str, base: str, scheme: dict[str, str]) -> str | None:
    """Return the key that sets `mark` on the last letter of `base`; Telex doubles a letter for its circumflex."""
    if not base:
        return None
    return base[-1] if mark == _CIRCUMFLEX and scheme is _TELEX else scheme.get(mark)


def _with_keys(base: str, marks: list[_Mark]) -> set[str]:
    """Return every text with the key of each mark put back after its letter, or after letters that follow it."""
    if not marks:
        return {base}
    at, key = marks[-1]
    found: set[str] = set()
    for end in range(at + 1, min(at + 1 + _FARTHEST, len(base) + 1)):
        if end > at + 1 and not base[end - 1].isalpha():
            break
        found |= _with_keys(base[:end] + key + base[end:], marks[:-1])
    return found
