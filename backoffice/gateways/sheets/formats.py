"""What number formats make of numbers: days, or zeros in front (ECMA-376, part 1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from backoffice.gateways.sheets.marks import Quiet

MOST_STYLES = 65_536
LONGEST_FORMAT = 255
"""So long a number format may be in Excel; what is behind it is not looked at."""
_ZEROS = re.compile(r"0{2,20}")
_SAID = re.compile(r'"[^"]*(?:"|$)|\[(?!(?:h+|m+|s+)\])[^]]*(?:]|$)|[\\_*].?', re.DOTALL | re.IGNORECASE)
"""What a number format shows as it stands, with colours and conditions; an open quote or bracket goes to the end."""
_OF_A_DAY = re.compile("[dmyhs]", re.IGNORECASE)


class Format(NamedTuple):
    """What a number format does to a number: it makes a date of it, or puts zeros in front up to `width` digits."""

    is_date: bool
    width: int


GENERAL = Format(is_date=False, width=0)
BUILT_IN_DATES = frozenset((*range(14, 23), 45, 46, 47))
"""Number formats that need not be written down (ECMA-376, part 1, 18.8.30): those that show a day or a time."""


def read_format(code: str) -> Format:
    """Return what a number format does, in time that grows with its length alone: a stranger wrote it."""
    shown = _SAID.sub("", code).partition(";")[0]
    is_date = code != "General" and _OF_A_DAY.search(shown) is not None
    return Format(is_date, len(code) if _ZEROS.fullmatch(code) else 0)


class Styles(Quiet):
    """The number format of each cell style."""

    def __init__(self) -> None:
        self._own: dict[str, str] = {}
        self._cells: list[str] = []
        self._in_cells = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
        if name == "numFmt" and len(self._own) < MOST_STYLES:
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:LONGEST_FORMAT]
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells and len(self._cells) < MOST_STYLES:
            self._cells.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        """Hear that it ends."""
        if name == "cellXfs":
            self._in_cells = False

    def formats(self) -> list[Format]:
        """Return them by the numbers that cells give; each is read once, however many cells and styles have it."""
        read = {number: self._format(number) for number in set(self._cells)}
        return [read[number] for number in self._cells]

    def _format(self, number: str) -> Format:
        if own := self._own.get(number):
            return read_format(own)
        return Format(is_date=whole(number) in BUILT_IN_DATES, width=0)


def whole(text: str) -> int:
    """Return the whole number that is written, -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
