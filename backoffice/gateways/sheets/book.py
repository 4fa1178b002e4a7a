"""Workbooks of several sheets with figures: numbers are numbers, shares are percentages, texts are never formulas."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from backoffice.gateways.sheets.writing import as_text


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"
    """A float between 0 and 1, shown as a percentage."""
    MINUTES = "minutes"
    DAY = "day"


FORMATS: dict[Kind, str] = {
    Kind.TEXT: "@",
    Kind.NUMBER: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.MINUTES: "#,##0.0",
    Kind.DAY: "dd/mm/yyyy",
}


class Cell(NamedTuple):
    """A value of another kind than its column's."""

    value: int | float | None
    kind: Kind


Value = str | int | float | date | Cell | None


@dataclass(frozen=True)
class Head:
    """A column: its heading, what its cells hold, its width in characters."""

    title: str
    kind: Kind = Kind.NUMBER
    width: int = 13


@dataclass(frozen=True)
class Sheet:
    """One table: `title` (at most 31 characters), sentences above it, rows, and a last row of totals."""

    title: str
    heads: Sequence[Head]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[str] = ()
    """The first of them is the sheet's heading."""
    total: Sequence[Value] | None = None


class _Look(StrEnum):
    TITLE = "title"
    NOTE = "note"
    HEAD = "head"
    CELL = "cell"
    WORDS = "words"
    TOTAL = "total"


_THIN = Border(*(Side(style="thin", color="C5CDD8") for _ in range(4)))
_CELL: dict[str, Any] = {"border": _THIN, "alignment": Alignment(vertical="top")}
_LOOKS: dict[_Look, dict[str, Any]] = {
    _Look.TITLE: {"font": Font(bold=True, size=14)},
    _Look.NOTE: {"font": Font(color="4D5866")},
    _Look.HEAD: {
        "font": Font(bold=True),
        "fill": PatternFill("solid", fgColor="E8EEF7"),
        "alignment": Alignment(wrap_text=True, vertical="center", horizontal="center"),
        "border": _THIN,
    },
    _Look.CELL: _CELL,
    _Look.WORDS: {"border": _THIN, "alignment": Alignment(vertical="top", wrap_text=True)},
    _Look.TOTAL: _CELL | {"font": Font(bold=True), "fill": PatternFill("solid", fgColor="F3F5F8")},
}


class Book:
    """An .xlsx file, written a sheet at a time."""

    def __init__(self, title: str, creator: str) -> None:
        self._book = Workbook()
        self._book.remove(self._book.active)
        self._styles: dict[tuple[Kind, _Look], Any] = {}
        self._book.properties.title, self._book.properties.creator = as_text(title), as_text(creator)

    def add(self, sheet: Sheet) -> None:
        """Write a sheet: its headings stay in sight and are printed on every page, its rows can be filtered."""
        page = self._book.create_sheet(sheet.title)
        for at, head in enumerate(sheet.heads, 1):
            page.column_dimensions[get_column_letter(at)].width = head.width
        for at, note in enumerate(sheet.notes, 1):
            self._put(page.cell(at, 1), note, Kind.TEXT, _Look.NOTE if at > 1 else _Look.TITLE)
        first = len(sheet.notes) + 2 if sheet.notes else 1
        for at, head in enumerate(sheet.heads, 1):
            self._put(page.cell(first, at), head.title, Kind.TEXT, _Look.HEAD)
        self._write_rows(page, sheet, first + 1)
        _lay_out(page, sheet, first)

    def data(self) -> bytes:
        """Return the file."""
        out = BytesIO()
        self._book.save(out)
        return out.getvalue()

    def _write_rows(self, page: Any, sheet: Sheet, first: int) -> None:
        for number, row in enumerate(sheet.rows, first):
            for at, (head, value) in enumerate(zip(sheet.heads, row, strict=True), 1):
                look = _Look.WORDS if head.kind is Kind.TEXT else _Look.CELL
                self._put(page.cell(number, at), value, head.kind, look)
        for at, (head, value) in enumerate(zip(sheet.heads, sheet.total or (), strict=False), 1):
            self._put(page.cell(first + len(sheet.rows), at), value, head.kind, _Look.TOTAL)

    def _put(self, cell: Any, value: Value, kind: Kind, look: _Look) -> None:
        """Fill a cell; a text is typed as one, and marked so that editing it in a spreadsheet program leaves it one."""
        if isinstance(value, Cell):
            value, kind = value
        if isinstance(value, str):
            cell.value, kind = as_text(value), Kind.TEXT
            cell.data_type = "s"
        else:
            cell.value = value
        self._dress(cell, kind, look)

    def _dress(self, cell: Any, kind: Kind, look: _Look) -> None:
        """Give a cell its look; the first of each is the pattern of all others, for making one takes 300 µs."""
        if (kind, look) not in self._styles:
            cell.number_format, cell.quotePrefix = FORMATS[kind], kind is Kind.TEXT
            for name, one in _LOOKS[look].items():
                setattr(cell, name, one)
            self._styles[kind, look] = cell._style
        else:
            cell._style = copy(self._styles[kind, look])


def _lay_out(page: Any, sheet: Sheet, first: int) -> None:
    """Keep the headings in sight, and the columns that name the row; print on the width of a page."""
    named = next((at for at, head in enumerate(sheet.heads) if head.kind not in (Kind.TEXT, Kind.DAY)), 0)
    page.freeze_panes = f"{get_column_letter(named + 1)}{first + 1}"
    if sheet.rows:
        page.auto_filter.ref = f"A{first}:{get_column_letter(len(sheet.heads))}{first + len(sheet.rows)}"
    page.print_title_rows = f"{first}:{first}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.fitToHeight = 0
