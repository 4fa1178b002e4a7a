"""The sheets and cells of a workbook that holds a list: texts, and what each cell was. Nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.gateways.sheets.cells import Cell, SheetReader
from backoffice.gateways.sheets.formats import Styles
from backoffice.gateways.sheets.marks import Clock, hear, listen
from backoffice.gateways.sheets.parts import Book, Links, Texts
from backoffice.gateways.sheets.refusal import broken, too_big
from backoffice.identity.text import visible

SECONDS = 25.0
MOST_SHEETS = 50
MARK = "VSS_MAU"
"""The hidden name in our template: which version it is, and for which unit."""
_COMMAND = re.compile(r"[=@]")


class OpenedBook:
    """A workbook whose shared parts were read."""

    def __init__(self, archive: Any, clock: Clock) -> None:
        self._archive, self._clock = archive, clock
        self._book, self._links = _Sheets(), Links()
        hear(archive, "xl/workbook.xml", self._book, clock)
        hear(archive, "xl/_rels/workbook.xml.rels", self._links, clock)
        self.names = set(archive.namelist())
        self._texts, styles = Texts(), Styles()
        for kind, reader in (("sharedStrings", self._texts), ("styles", styles)):
            part = self._links.of_kind(kind)
            if part in self.names:
                hear(archive, part, reader, clock)
        self._formats = styles.formats()
        self.template = self._book.template

    @property
    def sheets(self) -> list[tuple[str, str, bool]]:
        """Name, id and whether it is hidden, of each sheet."""
        return self._book.sheets

    def rows(self, sheet_id: str, *, as_written: bool = False) -> Iterator[SheetRow]:
        """Yield the rows of a sheet that hold anything; `as_written`: of a formula the formula itself, as text."""
        part = self._links.targets.get(sheet_id, "")
        if part not in self.names or not part.startswith("xl/worksheets/"):
            return
        kind = _AsWritten if as_written else _Marked
        reader = kind(self._texts.found, self._formats, self._book.epoch)
        for _ in listen(self._archive, part, reader, self._clock):
            yield from reader.taken()


class _Sheets(Book):
    """All sheets of the workbook, and what our template left in it."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.template = ""
        self._named = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        super().begin(name, attributes)
        if name == "sheet":
            if len(self.sheets) >= MOST_SHEETS:
                raise too_big()
            title = visible(attributes.get("name", ""))[:100]
            self.sheets.append((title, attributes.get("id", ""), attributes.get("state", "visible") != "visible"))
        self._named = name == "definedName" and attributes.get("name") == MARK

    def data(self, text: str) -> None:
        if self._named and len(self.template) < 100:
            self.template += text

    def end(self, name: str) -> None:
        self._named = False


@dataclass
class SheetRow:
    """A row that holds anything: its number, texts and marks by column (0 is A)."""

    number: int
    cells: dict[int, str]
    marks: dict[int, str]
    hidden: bool


class _Marked(SheetReader):
    """Rows of texts with what each cell was."""

    def __init__(self, texts: list[str], formats: Any, epoch: datetime) -> None:
        super().__init__(texts, formats, epoch)
        self._rows: list[SheetRow] = []
        self._marks: dict[int, str] = {}
        self._hidden = False
        self._last = 0

    def taken(self) -> list[SheetRow]:
        ready, self._rows = self._rows, []
        return ready

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        super()._begin_row(attributes)
        self._marks, self._hidden = {}, attributes.get("hidden") in ("1", "true")

    def _end_row(self, number: int, row: dict[int, str]) -> None:
        if number <= self._last:
            raise broken()  # a row that stands there twice
        self._last = number
        self._rows.append(SheetRow(number, row, self._marks, self._hidden))

    def _text(self, cell: Cell) -> str:
        text = "".join(cell.parts)
        if cell.kind == "e":
            self._marks[cell.column] = "error"
            return text[:20]
        if cell.kind != "s" and cell.formula is not None:
            self._marks[cell.column] = "formula"
            return (self._number_text(text, cell.style) if cell.kind == "n" and text else text) or "="
        shown = super()._text(cell)
        if cell.formula is not None or _COMMAND.match(shown):
            self._marks[cell.column] = "formula"
        elif cell.kind == "n" and shown:
            self._marks[cell.column] = "date" if "/" in shown else "number"
        return shown


class _AsWritten(_Marked):
    """Rows of texts as somebody typed them: where there is a formula, the formula."""

    def _text(self, cell: Cell) -> str:
        shown = super()._text(cell)
        said = "".join(cell.formula or ())
        return f"={said}" if said else shown
