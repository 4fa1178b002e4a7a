"""Workbooks of text cells: nothing in them is ever a formula, and codes keep their zeros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from backoffice.gateways.sheets.table import LONGEST_CELL, Column
from backoffice.identity.text import visible_lines

_NO_XML = re.compile("[\ufffe\uffff]")


def write_table(title: str, columns: Sequence[Column], lines: Iterable[Mapping[str, str | None]]) -> bytes:
    """Return an .xlsx file with one sheet `title`: the columns' titles, which stay in sight, then a row a line.

    A line gives texts by the columns' keys; what it does not give is empty. `lines` is read once, as it is written.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    for at, column in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(at)].width = column.width
    head = {"font": Font(bold=True), "fill": PatternFill("solid", fgColor="E8EEF7")}
    page.append([_cell(page, column.title, head) for column in columns])
    plain = {"alignment": Alignment(vertical="top", wrap_text=True)}
    for line in lines:
        page.append([_cell(page, line.get(column.key) or "", plain) for column in columns])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_text(text: str) -> str:
    """Return `text` as a cell may hold it: visible, in NFC, no longer than a cell."""
    return _NO_XML.sub("", visible_lines(text))[:LONGEST_CELL]


def _cell(page: Any, text: str, look: Mapping[str, Any]) -> Any:
    """Return a text cell: typed as text, and marked so that editing it in a spreadsheet program leaves it one."""
    cell = WriteOnlyCell(page, value=as_text(text))
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True
    for name, value in look.items():
        setattr(cell, name, value)
    return cell
