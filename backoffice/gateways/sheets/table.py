"""A table in a file: its headings found wherever they stand, in any order, with diacritics or without."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from backoffice.gateways.sheets.archive import is_archive
from backoffice.gateways.sheets.cells import Row
from backoffice.gateways.sheets.refusal import too_big, unfit
from backoffice.gateways.sheets.separated import SEPARATORS, decode, separated_rows
from backoffice.gateways.sheets.workbook import workbook_rows
from backoffice.identity.names import fold
from backoffice.identity.text import visible_lines

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
"""Characters that Excel takes in a cell."""
LOOKED_AT = 30
"""Rows in which the headings are looked for: a title stands above them."""
MOST_CHARACTERS = 10_000_000
"""Of all cells of the table together."""
_REMARK = re.compile(r"\([^)]*\)|\*")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Column:
    """A column: `key` for us, `title` as people read and we write it, `also` what else its heading may be."""

    key: str
    title: str
    also: tuple[str, ...] = ()
    required: bool = False
    width: int = 16
    """In characters, where we write it."""


@dataclass(frozen=True)
class Line:
    """One row below the headings: the number a spreadsheet program shows, and a text for each column there is."""

    number: int
    values: Mapping[str, str]

    def kept(self) -> dict[str, Any]:
        """Return the row as JSON may keep it; `line_of` makes it a line again."""
        return {"number": self.number, "values": dict(self.values)}


def line_of(kept: Mapping[str, Any]) -> Line:
    """Return the line that `Line.kept` was made of."""
    return Line(kept["number"], kept["values"])


@dataclass(frozen=True)
class Table:
    """What stands in the file; `present` are the keys of the columns it has."""

    present: frozenset[str]
    lines: Sequence[Line]


def read_table(data: bytes, columns: Sequence[Column], *, most_lines: int = 5000) -> Table:
    """Return the table in an .xlsx (its first visible sheet) or .csv file (UTF-8; comma, semicolon or tab).

    Empty rows are left out, other columns ignored; texts are visible and in NFC. Raises InvalidInput (field "file")
    with a sentence when the file cannot be read, headings are missing or stand there twice, or it has more lines.
    """
    if not data.strip():
        raise unfit("Tệp trống. Xin chọn tệp Excel .xlsx hoặc CSV có bảng cần nhập.")
    for rows in _ways(data):
        top = list(islice(rows, LOOKED_AT))
        for at, (_, cells) in enumerate(top):
            where = found_headings(cells, columns)
            if has_required(where, columns):
                return _table(where, chain(top[at + 1 :], rows), columns, most_lines)
    needed = ", ".join(f"“{column.title}”" for column in columns if column.required)
    raise unfit(
        f"Không thấy dòng tiêu đề có các cột {needed}. Xin dùng tệp mẫu, giữ nguyên dòng tiêu đề, rồi gửi lại.",
        "headings_missing",
    )


def _ways(data: bytes) -> Iterator[Iterator[Row]]:
    """Yield each way in which the file may be read."""
    if is_archive(data):
        yield workbook_rows(data)
        return
    text = decode(data)
    for separator in SEPARATORS:
        yield separated_rows(text, separator)


def found_headings(cells: Mapping[int, str], columns: Sequence[Column]) -> list[tuple[int, Column]]:
    """Return the columns whose headings stand in the row, each with its place (0 is A)."""
    known: dict[str, Column] = {}
    for column in columns:
        known.update(dict.fromkeys(map(_heading, (column.title, column.key, *column.also)), column))
    found = ((at, known.get(_heading(text[:200]))) for at, text in sorted(cells.items()))
    return [(at, column) for at, column in found if column]


def _heading(text: str) -> str:
    return " ".join(_WORD.findall(fold(_REMARK.sub(" ", text)).replace("_", " ")))


def has_required(where: Sequence[tuple[int, Column]], columns: Iterable[Column]) -> bool:
    """Tell whether all columns that must be there were found."""
    found = {column.key for _, column in where}
    return bool(found) and all(column.key in found for column in columns if column.required)


def _table(
    where: Sequence[tuple[int, Column]], rows: Iterable[Row], columns: Sequence[Column], most_lines: int
) -> Table:
    refuse_twice([column for _, column in where])
    lines: list[Line] = []
    left = MOST_CHARACTERS
    for number, cells in rows:
        left -= sum(len(cells.get(at, "")) for at, _ in where)
        if left < 0:  # one long text may stand in many cells and take its room in the file once
            raise too_big()
        values = {column.key: visible_lines(cells.get(at, "")) for at, column in where}
        if any(values.values()):
            lines.append(Line(number, values))
        if len(lines) > most_lines:
            raise unfit(f"Tệp có hơn {dotted(most_lines)} dòng. Xin chia thành nhiều tệp.", "too_many_lines")
    if not lines:
        raise unfit("Dưới dòng tiêu đề không có dòng nào. Xin xem lại tệp rồi gửi lại.", "no_lines")
    return Table(frozenset(column.key for _, column in where), lines)


def dotted(number: int) -> str:
    """Return a number as it is written here: 20.000."""
    return f"{number:,}".replace(",", ".")


def refuse_twice(found: Sequence[Column]) -> None:
    """Raise InvalidInput when a column was found twice."""
    for column in found:
        if found.count(column) > 1:
            raise unfit(f"Cột “{column.title}” có hai lần. Xin bỏ bớt một cột rồi gửi lại.", "heading_twice")
