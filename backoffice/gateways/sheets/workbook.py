"""The rows of the first visible sheet of an .xlsx file, as texts (ECMA-376, part 1, chapter 18).

Read as a stream, for the ready-made readers build a tree of all rows: its memory grows with what a stranger sends.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from backoffice.gateways.sheets.archive import open_workbook
from backoffice.gateways.sheets.days import FROM_1900, FROM_1904, shown_day
from backoffice.gateways.sheets.marks import Clock, Reader, listen
from backoffice.gateways.sheets.places import cell_name, named_column
from backoffice.gateways.sheets.refusal import broken, too_big, unfit

Row = tuple[int, Mapping[int, str]]
"""The number a spreadsheet program shows, and the texts by column (0 is A)."""

MOST_COLUMNS = 100
MOST_STRINGS = 500_000
MOST_STYLES = 65_536
LONGEST_FORMAT = 255
"""So long a number format may be in Excel; what is behind it is not looked at."""
_ZEROS = re.compile(r"0{2,20}")
_SAID = re.compile(r'"[^"]*(?:"|$)|\[(?!(?:h+|m+|s+)\])[^]]*(?:]|$)|[\\_*].?', re.DOTALL | re.IGNORECASE)
"""What a number format shows as it stands, with colours and conditions; an open quote or bracket goes to the end."""
_OF_A_DAY = re.compile("[dmyhs]", re.IGNORECASE)


def workbook_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows that hold anything; raises InvalidInput for a file that is no sound workbook, or too big a one."""
    clock = Clock()
    with open_workbook(data) as archive:
        book = _Book()
        _hear(archive, "xl/workbook.xml", book, clock)
        links = _Links()
        _hear(archive, "xl/_rels/workbook.xml.rels", links, clock)
        names = set(archive.namelist())
        texts, styles = _Texts(), _Styles()
        for kind, reader in (("sharedStrings", texts), ("styles", styles)):
            part = links.of_kind(kind)
            if part in names:
                _hear(archive, part, reader, clock)
        sheet = _Sheet(texts.found, styles.formats(), book.epoch)
        for _ in listen(archive, links.targets.get(book.sheet or "", ""), sheet, clock):
            yield from sheet.take()


def _hear(archive: zipfile.ZipFile, name: str, reader: Reader, clock: Clock) -> None:
    for _ in listen(archive, name, reader, clock):
        pass


class _Quiet:
    """Hears nothing; its children what they need."""

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


class _Book(_Quiet):
    """Which sheet is the first that is not hidden, and from which day dates are counted."""

    sheet: str | None = None
    epoch = FROM_1900

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and self.sheet is None and attributes.get("state", "visible") == "visible":
            self.sheet = attributes.get("id")
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = FROM_1904


class _Links(_Quiet):
    """Where the parts of the workbook lie."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name != "Relationship" or len(self.targets) > MOST_COLUMNS * 10:
            return
        where = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        self.targets[attributes.get("Id", "")] = where
        self._kinds[attributes.get("Type", "").rpartition("/")[2]] = where

    def of_kind(self, kind: str) -> str:
        return self._kinds.get(kind, "")


class _Texts(_Quiet):
    """The texts that cells refer to by number; how they are read aloud (rPh) is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._aloud = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "rPh":
            self._aloud = True
        elif name == "t" and not self._aloud:
            self._parts = self._parts if self._parts is not None else []
            self._parts.append("")
        elif name == "si":
            self._parts = None

    def data(self, text: str) -> None:
        if self._parts and not self._aloud:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name == "rPh":
            self._aloud = False
        elif name == "si":
            if len(self.found) >= MOST_STRINGS:
                raise too_big()
            self.found.append("".join(self._parts or ()))
            self._parts = None


class _Format(NamedTuple):
    """What a number format does to a number: it makes a date of it, or puts zeros in front up to `width` digits."""

    is_date: bool
    width: int


_GENERAL = _Format(is_date=False, width=0)
_BUILT_IN_DATES = frozenset((*range(14, 23), 45, 46, 47))
"""Number formats that need not be written down (ECMA-376, part 1, 18.8.30): those that show a day or a time."""


def _read_format(code: str) -> _Format:
    """Return what a number format does, in time that grows with its length alone: a stranger wrote it."""
    shown = _SAID.sub("", code).partition(";")[0]
    is_date = code != "General" and _OF_A_DAY.search(shown) is not None
    return _Format(is_date, len(code) if _ZEROS.fullmatch(code) else 0)


class _Styles(_Quiet):
    """The number format of each cell style."""

    def __init__(self) -> None:
        self._own: dict[str, str] = {}
        self._cells: list[str] = []
        self._in_cells = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and len(self._own) < MOST_STYLES:
            self._own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:LONGEST_FORMAT]
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells and len(self._cells) < MOST_STYLES:
            self._cells.append(attributes.get("numFmtId", "0"))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def formats(self) -> list[_Format]:
        """Return them by the numbers that cells give; each is read once, however many cells and styles have it."""
        read = {number: self._format(number) for number in set(self._cells)}
        return [read[number] for number in self._cells]

    def _format(self, number: str) -> _Format:
        if own := self._own.get(number):
            return _read_format(own)
        return _Format(is_date=_whole(number) in _BUILT_IN_DATES, width=0)


@dataclass(slots=True)
class _Cell:
    column: int
    kind: str
    style: int
    parts: list[str] = field(default_factory=list)
    formula: list[str] | None = None


class _Sheet(_Quiet):
    """Collects rows of texts, to be taken now and then."""

    def __init__(self, texts: list[str], formats: list[_Format], epoch: datetime) -> None:
        self._texts, self._formats, self._epoch = texts, formats, epoch
        self._ready: list[Row] = []
        self._number = 0
        self._row: dict[int, str] = {}
        self._cell: _Cell | None = None
        self._column = -1
        self._parts: list[str] | None = None
        """Where the text that comes belongs."""

    def take(self) -> list[Row]:
        ready, self._ready = self._ready, []
        return ready

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        elif self._cell is not None:
            if name in ("v", "t"):
                self._parts = self._cell.parts
            elif name == "f":
                self._parts = self._cell.formula = []

    def data(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name == "c":
            cell, self._cell = self._cell, None
            if cell is not None and (text := self._text(cell)):
                self._row[cell.column] = text
        elif name in ("v", "t", "f"):
            self._parts = None
        elif name == "row" and self._row:
            self._end_row(self._number, self._row)
            self._row = {}

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        self._number = int(attributes.get("r", self._number + 1))
        self._row, self._column = {}, -1

    def _end_row(self, number: int, row: dict[int, str]) -> None:
        self._ready.append((number, row))

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        self._column = column = named_column(attributes.get("r", ""), self._column + 1)
        if column < MOST_COLUMNS:
            self._cell = _Cell(column, attributes.get("t", "n"), _style(attributes.get("s", "0")))

    def _text(self, cell: _Cell) -> str:
        text = "".join(cell.parts)
        if cell.kind == "e":
            raise unfit(f"Ô {self._name(cell)} có lỗi công thức {text[:10]}. Xin sửa ô này rồi gửi lại.")
        if cell.formula is not None and not text and cell.kind != "str":
            raise unfit(f"Ô {self._name(cell)} có công thức chưa tính. Xin mở bằng Excel, lưu lại rồi gửi lại.")
        if cell.kind == "s":
            at = _whole(text) if text else -1
            if not 0 <= at < len(self._texts):
                raise broken()
            return self._texts[at]
        return self._number_text(text, cell.style) if cell.kind == "n" and text else text

    def _name(self, cell: _Cell) -> str:
        return cell_name(cell.column, self._number)

    def _number_text(self, text: str, style: int) -> str:
        """Return a number as its cell shows it: a date as 31/12/2026, with the zeros its format puts in front."""
        value = float(text)
        shown = self._formats[style] if 0 <= style < len(self._formats) else _GENERAL
        if shown.is_date:
            return shown_day(value, self._epoch)
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value)).zfill(shown.width)
        return text.strip()


@lru_cache(maxsize=1000)
def _style(text: str) -> int:
    return _whole(text)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
