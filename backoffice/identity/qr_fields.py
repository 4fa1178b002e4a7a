"""Fields of a scanned card: where they are separated, and what a date, a sex or a hexadecimal text in them says.

A keyboard-wedge scanner types through the computer's layout: letters may lose their diacritics and `|` may become
another sign, digits survive; some scanners send a prefix, CR, LF or Tab, or the same
code twice (screens: scanner truths).
"""

from __future__ import annotations

import re
from datetime import date

from backoffice.identity.papers import Sex
from backoffice.identity.text import unprefixed, visible

_FIRST_FIELD = r"\D{0,4}?(?:[A-Za-z]{2}\d{13}|\d{12}|\d{10})\s*"
_OTHER_SEPARATOR = re.compile(_FIRST_FIELD + r"([^\w\s])")
_RUN_TOGETHER = re.compile(
    r"(\d{12})(\d{9})?([^\d|]+)(\d{8})(Nam|Nữ|Nu)(?=[\s\W]|[A-ZĐ]|\d)(.*?)(\d{8})?", re.IGNORECASE | re.DOTALL
)
_SHORTEST_TWIN = 9  # below, the halves of one number may be equal by chance
_SEXES: dict[str, Sex] = {"nam": "male", "nu": "female", "nữ": "female", "male": "male", "female": "female"}


def split_fields(text: str) -> list[str]:
    """Return the fields of a scanned text, cleaned; one field when no separator can be made out."""
    line = scanned_once(text)
    separator = _separator(line)
    if separator:
        fields = [visible(field) for field in line.split(separator)]
        fields[0] = unprefixed(fields[0])
        return fields
    together = _RUN_TOGETHER.fullmatch(line)
    return [visible(field or "") for field in together.groups()] if together else [line]


def scanned_once(text: str) -> str:
    """Return a scanned text cleaned: without prefix and line ends, and without its twin when it was sent twice."""
    lines = list(dict.fromkeys(filter(None, (visible(line) for line in re.split(r"[\r\n]+", text)))))
    line = unprefixed(" ".join(lines))
    half = len(line) // 2
    if half >= _SHORTEST_TWIN and len(line) % 2 == 0 and line[:half] == line[half:]:
        return line[:half]
    return line


def _separator(line: str) -> str | None:
    if "|" in line:
        return "|"
    found = _OTHER_SEPARATOR.match(line)
    return found[1] if found and line.count(found[1]) >= 4 else None


def read_date(text: str) -> tuple[date | None, int | None]:
    """Return the day and the year in `text`; the day is None when only month or year are given or it does not exist.

    Read are ddmmyyyy, mmyyyy, yyyy, dd/mm/yyyy, mm/yyyy and yyyy-mm-dd, with stray blanks.
    """
    day, month, year = _date_parts(text.replace(" ", ""))
    if year is None or not 1850 <= year <= 2199:
        return None, None
    try:
        return date(year, month or 0, day or 0), year
    except ValueError:
        return None, year


def _date_parts(text: str) -> tuple[int | None, int | None, int | None]:
    parts = [part for part in re.split(r"[/.\-]", text) if part]
    if not all(part.isascii() and part.isdigit() for part in parts):
        return None, None, None
    if len(parts) == 1 and len(parts[0]) in (4, 6, 8):
        digits = parts[0]
        parts = [digits[at : at + 2] for at in range(0, len(digits) - 4, 2)] + [digits[-4:]]
    if len(parts) == 3 and len(parts[0]) == 4:
        parts.reverse()
    if not parts or len(parts) > 3 or len(parts[-1]) != 4 or any(len(part) > 2 for part in parts[:-1]):
        return None, None, None
    numbers: list[int | None] = [int(part) for part in parts]
    day, month, year = [None] * (3 - len(numbers)) + numbers
    return day, month, year


def is_date(text: str) -> bool:
    """Tell whether a field reads as a date of any of the forms above."""
    return read_date(text)[1] is not None


def read_sex(text: str) -> Sex | None:
    """Return the sex a CCCD's word tells ("Nam", "Nữ", also without diacritics), None when it is unreadable."""
    return _SEXES.get(text.casefold())


def read_hex(text: str) -> str:
    """Return the text behind hexadecimal UTF-8 of either case; plain text as it is; "" for "-" and for damaged hex.

    Hex is damaged when an input method changed its letters or the scanner lost some.
    """
    bare = text.replace(" ", "")
    if bare in ("", "-"):
        return ""
    try:
        decoded = visible(bytes.fromhex(bare).decode("utf-8")) if len(bare) >= 4 else ""
    except ValueError:
        return "" if _like_hex(text) else visible(text)
    return decoded if any(char.isalpha() for char in decoded) else visible(text)


def _like_hex(text: str) -> bool:
    """Long, in one piece and a third of it digits: no name or address that a person wrote."""
    return len(text) >= 8 and " " not in text and sum(char.isdigit() for char in text) * 3 >= len(text)
