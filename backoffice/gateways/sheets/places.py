"""Where a cell stands: its column's letters and number (0 is A), and its whole name as spreadsheet programs show it."""

from __future__ import annotations

import re
from functools import cache, lru_cache

_LETTERS = re.compile(r"[A-Z]{1,3}")
_MOST_DIGITS = 7
"""Of a row's number."""


def named_column(where: str, other: int) -> int:
    """Return the column that a cell's name says, `other` when it has none."""
    letters = where.rstrip("0123456789")
    if not 0 < len(where) - len(letters) <= _MOST_DIGITS:
        return other
    column = _column(letters)
    return other if column is None else column


def cell_name(column: int, row: int) -> str:
    """Return the name of a cell: B2."""
    return f"{letters_of(column)}{row}"


@cache
def letters_of(column: int) -> str:
    """Return the letters of a column."""
    before, last = divmod(column, 26)
    return (letters_of(before - 1) if before else "") + chr(ord("A") + last)


@lru_cache(maxsize=1000)
def _column(letters: str) -> int | None:
    if not _LETTERS.fullmatch(letters):
        return None
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
