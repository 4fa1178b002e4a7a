"""A list of people in an .xlsx file, with what a reader of its cells must know: numbers, formulas, hidden rows.

Nothing is evaluated and no link followed: of a formula the value that the spreadsheet program kept is shown, marked.
This runs in a confined process (`lists`), for a stranger made the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from backoffice.gateways.sheets.archive import is_archive, open_workbook
from backoffice.gateways.sheets.list_cells import SECONDS, OpenedBook, SheetRow
from backoffice.gateways.sheets.marks import Clock
from backoffice.gateways.sheets.refusal import too_big, unfit
from backoffice.gateways.sheets.table import (
    LOOKED_AT,
    MOST_CHARACTERS,
    Column,
    dotted,
    found_headings,
    has_required,
    refuse_twice,
)
from backoffice.identity.text import visible

LONGEST = 300
"""Characters of a cell that are kept."""
NAMED = 20
"""Rows that a remark names."""
_Where = list[tuple[int, Column]]
_NUMBERED = re.compile(r"\(?\s*(?:\d{1,2}|[A-Z])\s*\)?", re.ASCII)


@dataclass
class ListRow:
    """One row: its number in the spreadsheet, a text for each column, and by column what is to be known of its cell."""

    number: int
    values: dict[str, str]
    marks: dict[str, Any] = field(default_factory=dict)


@dataclass
class ListTable:
    """What stands in the file; `columns` tells where each column is (0 is A), `head` the row of the headings."""

    sheet: str
    head: int
    columns: dict[str, int]
    rows: list[ListRow]
    remarks: list[dict[str, Any]] = field(default_factory=list)
    template: str = ""

    def packed(self) -> dict[str, Any]:
        """Return it as JSON may carry it."""
        return vars(self) | {"rows": [vars(row) for row in self.rows]}


def read_list(data: bytes, columns: Sequence[Column], people: Sequence[str], *, most: int) -> ListTable:
    """Return the one table of people in the file.

    A row without any of the columns `people` is nobody's (a sum, a signature) and becomes a remark. Raises InvalidInput
    with a sentence and a code for what is no .xlsx workbook, is encrypted, too big, has no headings, two tables, or
    more than `most` rows.
    """
    if not data.strip():
        raise unfit("Tệp trống. Xin chọn tệp Excel .xlsx có danh sách.", "empty")
    if not is_archive(data):
        raise unfit(
            "Tệp không phải Excel .xlsx. Xin mở bằng Excel, chọn “Lưu dưới dạng” .xlsx rồi gửi lại.", "not_excel"
        )
    with open_workbook(data) as archive:
        book = OpenedBook(archive, Clock(SECONDS))
        found = _the_table(book, columns, people, most)
        if any(name.startswith("xl/externalLinks/") for name in book.names):
            found.remarks.append({"code": "external_links"})
        found.template = book.template
        return found


def _the_table(book: OpenedBook, columns: Sequence[Column], people: Sequence[str], most: int) -> ListTable:
    found: ListTable | None = None
    remarks = []
    for name, sheet_id, hidden in book.sheets:
        if hidden or found is not None:
            if _table(name, book.rows(sheet_id), columns, people, 1, just_look=True) is None:
                continue
            if not hidden and found is not None:
                raise unfit(
                    f"Tệp có hai trang tính cùng có danh sách: “{found.sheet}” và “{name}”. Xin để mỗi danh sách trong "
                    "một tệp rồi gửi từng tệp.",
                    "two_tables",
                )
            remarks.append({"code": "hidden_sheet", "sheet": name})
        else:
            found = _table(name, book.rows(sheet_id), columns, people, most)
    if found is None:
        needed = ", ".join(f"“{column.title}”" for column in columns if column.required)
        raise unfit(
            f"Không thấy danh sách: cần dòng tiêu đề có các cột {needed}, bên dưới có ít nhất một người. Xin dùng tệp "
            "mẫu, giữ nguyên dòng tiêu đề, rồi gửi lại.",
            "headings_missing",
        )
    found.remarks += remarks
    return found


def _table(
    name: str,
    rows: Iterator[SheetRow],
    columns: Sequence[Column],
    people: Sequence[str],
    most: int,
    *,
    just_look: bool = False,
) -> ListTable | None:
    """Return the table of a sheet, None when it has none; `just_look`: its first row at most."""
    head = _head(rows, columns)
    if head is None:
        return None
    number, where, waiting = head
    if not just_look:
        refuse_twice([column for _, column in where])
    table = ListTable(name, number, {column.key: at for at, column in where}, [])
    nobody: list[int] = []
    left = MOST_CHARACTERS
    for row in chain(waiting, rows):
        left -= sum(len(row.cells.get(at, "")) for at, _ in where)
        if left < 0:
            raise too_big()
        one = _list_row(row, where)
        if not any(one.values.get(key) for key in people):
            if any(one.values.values()):
                nobody.append(one.number)
            continue
        table.rows.append(one)
        if just_look:
            return table
        if len(table.rows) > most:
            raise unfit(
                f"Danh sách có hơn {dotted(most)} dòng. Xin chia thành nhiều tệp rồi gửi từng tệp.", "too_many_rows"
            )
    if nobody:
        table.remarks.append({"code": "nobody", "rows": nobody[:NAMED], "count": len(nobody)})
    hidden = [one.number for one in table.rows if one.marks.get("hidden")]
    if hidden:
        table.remarks.append({"code": "hidden_rows", "rows": hidden[:NAMED], "count": len(hidden)})
    return table if table.rows else None


def _head(
    rows: Iterator[SheetRow], columns: Sequence[Column]
) -> tuple[int, list[tuple[int, Column]], list[SheetRow]] | None:
    """Return the row of the headings, where each column is, and rows below it that were read already.

    Headings may stand over two rows, as merged cells leave them. A row that only numbers the columns is passed over.
    """
    former: SheetRow | None = None
    for _ in range(LOOKED_AT):
        row = next(rows, None)
        if row is None:
            return None
        where = found_headings(row.cells, columns)
        if not has_required(where, columns) and former is not None:
            where = found_headings(former.cells | row.cells, columns)
        if has_required(where, columns):
            return row.number, where, _below(rows, where, columns)
        former = row
    return None


def _below(rows: Iterator[SheetRow], where: list[tuple[int, Column]], columns: Sequence[Column]) -> list[SheetRow]:
    row = next(rows, None)
    if row is None:
        return []
    texts = [row.cells[at].strip() for at, _ in where if row.cells.get(at)]
    if texts and all(_NUMBERED.fullmatch(text) for text in texts):
        return []
    known = dict(where)
    more = [(at, column) for at, column in found_headings(row.cells, columns) if at not in known]
    if more and not texts:  # the lower half of merged headings
        where.extend(one for one in more if one[1] not in known.values())
        return []
    return [row]


def _list_row(row: SheetRow, where: Sequence[tuple[int, Column]]) -> ListRow:
    marks: dict[str, Any] = {column.key: row.marks[at] for at, column in where if at in row.marks}
    if row.hidden:
        marks["hidden"] = True
    return ListRow(row.number, {column.key: visible(row.cells.get(at, ""))[:LONGEST] for at, column in where}, marks)
