"""The rows and cells of a sheet as texts, as a spreadsheet program shows them (ECMA-376, part 1, 18.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from backoffice.gateways.sheets.days import shown_day
from backoffice.gateways.sheets.formats import GENERAL, Format, whole
from backoffice.gateways.sheets.marks import Quiet
from backoffice.gateways.sheets.places import cell_name, named_column
from backoffice.gateways.sheets.refusal import broken, unfit

Row = tuple[int, Mapping[int, str]]
"""The number a spreadsheet program shows, and the texts by column (0 is A)."""

MOST_COLUMNS = 100


@dataclass(slots=True)
class Cell:
    """A cell as it is read: its column (0 is A), kind and style as written, pieces of its text and of its formula."""

    column: int
    kind: str
    style: int
    parts: list[str] = field(default_factory=list)
    formula: list[str] | None = None


class SheetReader(Quiet):
    """Collects rows of texts, to be taken now and then."""

    def __init__(self, texts: list[str], formats: list[Format], epoch: datetime) -> None:
        self._texts, self._formats, self._epoch = texts, formats, epoch
        self._ready: list[Row] = []
        self._number = 0
        self._row: dict[int, str] = {}
        self._cell: Cell | None = None
        self._column = -1
        self._parts: list[str] | None = None
        """Where the text that comes belongs."""

    def take(self) -> list[Row]:
        """Return the rows that are whole, once."""
        ready, self._ready = self._ready, []
        return ready

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
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
        """Hear a piece of text."""
        if self._parts is not None:
            self._parts.append(text)

    def end(self, name: str) -> None:
        """Hear that it ends."""
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
            self._cell = Cell(column, attributes.get("t", "n"), _style(attributes.get("s", "0")))

    def _text(self, cell: Cell) -> str:
        text = "".join(cell.parts)
        if cell.kind == "e":
            raise unfit(f"Ô {self._name(cell)} có lỗi công thức {text[:10]}. Xin sửa ô này rồi gửi lại.")
        if cell.formula is not None and not text and cell.kind != "str":
            raise unfit(f"Ô {self._name(cell)} có công thức chưa tính. Xin mở bằng Excel, lưu lại rồi gửi lại.")
        if cell.kind == "s":
            at = whole(text) if text else -1
            if not 0 <= at < len(self._texts):
                raise broken()
            return self._texts[at]
        return self._number_text(text, cell.style) if cell.kind == "n" and text else text

    def _name(self, cell: Cell) -> str:
        return cell_name(cell.column, self._number)

    def _number_text(self, text: str, style: int) -> str:
        """Return a number as its cell shows it: a date as 31/12/2026, with the zeros its format puts in front."""
        value = float(text)
        shown = self._formats[style] if 0 <= style < len(self._formats) else GENERAL
        if shown.is_date:
            return shown_day(value, self._epoch)
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value)).zfill(shown.width)
        return text.strip()


@lru_cache(maxsize=1000)
def _style(text: str) -> int:
    return whole(text)
