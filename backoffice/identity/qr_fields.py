"""Fields of a scanned card: where they are separated, and what a date, a sex or a hexadecimal text in them says.

A keyboard-wedge scanner types through the computer's layout: letters may lose their diacritics and `|` may become
another sign, digits survive: so the separator is guessed from the pattern of the digits (screens: scanner truths).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from backoffice.identity.papers import Sex
from backoffice.identity.scan_text import scanned_once
from backoffice.identity.text import compact, is_digits, unprefixed, visible

_NUMBER = r"(?:[A-Za-z]{2}\d{13}|\d{12}|\d{10})"
_FOREIGN_LETTERS = "µμçÇűŰłŁøØñÑöÖäÄåÅ"  # what other layouts have where the bar is; no Vietnamese letters
_OTHER_SEPARATOR = re.compile(rf"\D{{0,4}}?{_NUMBER}\s*([^\w\s]|[{_FOREIGN_LETTERS}])")
_OLD_NUMBER_NEXT = re.compile(rf"\D{{0,4}}?\d{{12}}\s*([^\w\s]|[{_FOREIGN_LETTERS}])\s*(?:\d{{9}}|\d{{12}})?\s*\1")
_FEWEST_SEPARATORS = 4
_DAY = r"\d{8}|\d{2}/\d{2}/\d{4}"
_RUN_TOGETHER = re.compile(
    rf"\D{{0,4}}?(\d{{12}})\s*(\d{{9}}|\d{{12}})?\s*([^\d|]+?)\s*({_DAY})\s*(Nam|Nữ|Nu)(?=[\s\W]|[A-ZĐ]|\d)(.*?)({_DAY})?",
    re.IGNORECASE | re.DOTALL,
)
_SEXES: dict[str, Sex] = {"nam": "male", "nu": "female", "nữ": "female", "male": "male", "female": "female"}


def split_fields(text: str) -> list[str]:
    """Return the fields of a scanned text, cleaned; one field when no separator can be made out."""
    return split_line(scanned_once(text))


def split_line(line: str) -> list[str]:
    """Return the fields of a scanned line that is clean already (scan_text), as `split_fields` does."""
    separator = _separator(line)
    if separator:
        pieces = line.split(separator)
        fields = [visible(field) for field in (pieces if separator == "|" else _rejoined(pieces, separator))]
        return [unprefixed(fields[0]), *fields[1:]]
    together = _RUN_TOGETHER.fullmatch(line)
    return [visible(field or "") for field in together.groups()] if together else [line]


def without_end(fields: Sequence[str]) -> list[str]:
    """Return the fields without the "$" that ends a BHYT card's QR."""
    kept = [field.removesuffix("$").strip() for field in fields]
    return kept[:-1] if len(kept) > 1 and fields[-1] == "$" else kept


def _separator(line: str) -> str | None:
    if "|" in line:
        return "|"
    found = _OTHER_SEPARATOR.match(line)
    if found is None or (line.count(found[1]) < _FEWEST_SEPARATORS and not _OLD_NUMBER_NEXT.match(line)):
        return None
    return found[1]


def _rejoined(fields: list[str], separator: str) -> list[str]:
    """Put a CCCD's name and address together again where they hold the sign that stands for the bar."""
    born = next((at for at in range(2, len(fields) - 1) if is_date(fields[at]) and read_sex(fields[at + 1])), None)
    if born is None or not is_digits(compact(fields[0])):
        return fields
    name_at = 1 if any(char.isalpha() for char in fields[1]) else 2
    last = len(fields) - 1 if re.fullmatch(r"[0-9/ ]*", fields[-1]) else len(fields)
    issued = next((at for at in range(born + 3, len(fields)) if is_whole_date(fields[at])), max(last, born + 3))
    return [
        *fields[:name_at],
        *_one(fields[name_at:born], separator),
        *fields[born : born + 2],
        *_one(fields[born + 2 : issued], separator),
        *fields[issued:],
    ]


def _one(pieces: Sequence[str], separator: str) -> list[str]:
    return [separator.join(pieces)] if pieces else []


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


def is_whole_date(text: str) -> bool:
    """Tell whether a field has the length of a day, month and year: no more digits can have followed."""
    return is_date(text) and sum(char.isdigit() for char in text) == 8


def read_sex(text: str) -> Sex | None:
    """Return the sex a CCCD's word tells ("Nam", "Nữ", also without diacritics), None when it is unreadable."""
    return _SEXES.get(text.strip().casefold())


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
        return "" if like_hex(text) else visible(text)
    return decoded if any(char.isalpha() for char in decoded) else visible(text)


def like_hex(text: str) -> bool:
    """Tell whether `text` is long, in one piece and a third of it digits: no name or address that a person wrote."""
    return len(text) >= 8 and " " not in text and sum(char.isdigit() for char in text) * 3 >= len(text)
