"""Cleaning of what a scanner sent: letters of a wrong code page, line ends, prefixes, the same code sent twice.

A keyboard-wedge scanner sends a prefix ("]Q1"), ends in CR, LF or Tab, and some send the same code twice; one that
sends bytes where characters are expected makes "Nguyá»…n" of "Nguyễn" (screens: scanner truths).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from backoffice.identity.text import unprefixed, visible

_SHORTEST_TWIN = 9  # below, the halves of one number may be equal by chance
_MOST_TIMES = 4
_FEWEST_TABS = 4
_BEGINNING = re.compile(r"\D{0,4}?((?:[A-Za-z]{2}\d{13}|\d{12}|\d{10})\s?[^\w\s].{3})")
_LINE_END = re.compile(r"[\r\n\u2028\u2029\v\f]+")

_VIETNAMESE_KEYS = str.maketrans("ăâêô\u0300\u0309\u0303\u0301\u0323đ", "1234567890")
_FRENCH_KEYS = str.maketrans(
    "&é\"'(-è_çà)" + "aqzwAQZW" + "m,;:!M?./" + "µù", "1234567890-" + "qawzQAWZ" + ";m,./:M<>" + "|'"
)
_FEWEST_DIGITS = 9


def scanned_lines(text: str) -> list[str]:
    """Return the lines of a scanned text, each cleaned, unprefixed and once; empty ones and repetitions left out."""
    mended = decoded(text)
    if "|" not in mended and mended.strip().count("\t") >= _FEWEST_TABS:
        mended = mended.strip().replace("\t", "|")
    lines = (_once(visible(line)) for line in _LINE_END.split(mended))
    return list(dict.fromkeys(filter(None, lines)))


def scanned_once(text: str) -> str:
    """Return a scanned text as one line, cleaned: without prefix and line ends, and without its twin if sent twice."""
    return _once(" ".join(scanned_lines(text)))


def decoded(text: str) -> str:
    """Return `text` with UTF-8 that was taken for another code page read as UTF-8: "Nguyá»…n" is "Nguyễn".

    Text that is not wholly of that kind is returned unchanged.
    """
    if text.isascii():
        return text
    for as_bytes in (_windows_bytes, lambda shown: shown.encode("cp437")):
        found = _utf8_behind(text, as_bytes)
        if found is not None:
            return found
    return text


def other_layouts(text: str) -> Iterator[str]:
    """Yield what a scanner set to US keys may have meant where the computer's layout is Vietnamese or French.

    Those two have letters and signs on the row of digits, so a text with a digit in it was typed on neither.
    """
    if re.search("[0-9]", text):
        return
    for keys in (_VIETNAMESE_KEYS, _FRENCH_KEYS):
        meant = text.translate(keys)
        if sum(char in "0123456789" for char in meant) >= _FEWEST_DIGITS:
            yield meant


def _once(line: str) -> str:
    return _longer_piece(unprefixed(_without_twins(unprefixed(_without_twins(line)))))


def _without_twins(line: str) -> str:
    """Return one of the equal parts of which `line` consists, whether or not a blank stands between them."""
    for times in range(_MOST_TIMES, 1, -1):
        for gap in ("", " "):
            length, rest = divmod(len(line) - len(gap) * (times - 1), times)
            if not rest and length >= _SHORTEST_TWIN and gap.join([line[:length]] * times) == line:
                return line[:length]
    return line


def _longer_piece(line: str) -> str:
    """Return the longer piece where a card begins twice: half of it came first, or half of it again."""
    begins = _BEGINNING.match(line)
    again = line.find(begins[1], begins.end()) if begins else -1
    return line if again < 0 else max(line[:again], line[again:], key=len)


def _utf8_behind(text: str, as_bytes: Callable[[str], bytes]) -> str | None:
    try:
        return as_bytes(text).decode("utf-8")
    except UnicodeError:
        return None


def _windows_bytes(text: str) -> bytes:
    """Return the bytes behind a text shown in Windows-1252; its five holes are shown as control characters."""
    return b"".join(char.encode("latin-1" if "\x80" <= char <= "\x9f" else "cp1252") for char in text)
