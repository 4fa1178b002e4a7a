"""A stranger's workbook given back as texts, with columns of answers beside the rows of its list.

Every cell is a text, a formula is the text of the formula: nothing in what goes out is ever evaluated, and no link,
macro or hidden sheet of the file goes with it. This runs in a confined process (`lists`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backoffice.gateways.sheets.archive import open_workbook
from backoffice.gateways.sheets.list_cells import SECONDS, OpenedBook, SheetRow
from backoffice.gateways.sheets.long import TextSheet, write_texts
from backoffice.gateways.sheets.marks import Clock
from backoffice.gateways.sheets.refusal import too_big
from backoffice.gateways.sheets.table import MOST_CHARACTERS
from backoffice.kernel.errors import InvalidInput

_WIDTH, _WIDEST = 14, 40


@dataclass(frozen=True)
class Answers:
    """What to write beside which rows: the sheet of the list, the row of its headings, the columns' titles and widths.

    `rows` gives, by the spreadsheet's own number (as text, for JSON), a text for each column.
    """

    sheet: str
    head: int
    columns: Sequence[tuple[str, int]]
    rows: Mapping[str, Sequence[str]]


def answered(data: bytes, asked: Answers) -> bytes:
    """Return the workbook of visible sheets with the answers; raises InvalidInput for a file that cannot be read."""
    with open_workbook(data) as archive:
        book = OpenedBook(archive, Clock(SECONDS))
        left = MOST_CHARACTERS
        sheets = []
        for name, sheet_id, hidden in book.sheets:
            if hidden:
                continue
            rows = _rows(book, sheet_id, is_list=name == asked.sheet)
            left -= sum(len(text) for row in rows for text in row.cells.values())
            if left < 0:
                raise too_big()
            sheets.append(_with_answers(name, rows, asked) if name == asked.sheet else _plain(name, rows))
    return write_texts(sheets)


def _rows(book: OpenedBook, sheet_id: str, *, is_list: bool) -> list[SheetRow]:
    """Return the rows of a sheet; one beside the list that cannot be read is empty."""
    try:
        return list(book.rows(sheet_id, as_written=True))
    except InvalidInput:
        if is_list:
            raise
        return []


def _plain(name: str, rows: Sequence[SheetRow]) -> TextSheet:
    return TextSheet(name, ((row.number, row.cells) for row in rows), widths=_widths(rows))


def _with_answers(name: str, rows: Sequence[SheetRow], asked: Answers) -> TextSheet:
    behind = max((max(row.cells, default=-1) for row in rows), default=-1) + 1
    widths = _widths(rows) | {behind + at: width for at, (_, width) in enumerate(asked.columns)}
    return TextSheet(name, _lines(rows, asked, behind), asked.head, widths)


def _lines(rows: Sequence[SheetRow], asked: Answers, behind: int) -> Iterator[tuple[int, Mapping[int, str]]]:
    for row in rows:
        texts = asked.rows.get(str(row.number), ())
        if row.number == asked.head:
            texts = [title for title, _ in asked.columns]
        yield row.number, row.cells | {behind + at: text for at, text in enumerate(texts) if text}


def _widths(rows: Sequence[SheetRow]) -> dict[int, int]:
    """Return how wide the columns are to be, by the first rows."""
    widths: dict[int, int] = {}
    for row in rows[:200]:
        for at, text in row.cells.items():
            widths[at] = min(_WIDEST, max(widths.get(at, _WIDTH), len(text) + 2))
    return widths
