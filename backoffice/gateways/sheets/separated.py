"""The rows of a .csv file, as texts (RFC 4180, and what spreadsheet programs make of it)."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO

from backoffice.gateways.sheets.refusal import unfit

Row = tuple[int, Mapping[int, str]]
SEPARATORS = (",", ";", "\t")
MOST_COLUMNS = 100
_AS_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(data: bytes) -> str:
    """Return the text of the file: UTF-8 with or without a mark, UTF-16 with one. Raises InvalidInput."""
    try:
        text = data.decode("utf-16") if data.startswith(_UTF16) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unfit(
            "Tệp không phải Excel .xlsx, cũng không phải CSV bằng bảng mã UTF-8. Xin mở bằng Excel, lưu lại dạng "
            ".xlsx rồi gửi lại."
        ) from None
    if "\0" in text or text.lstrip().startswith(("<", "%PDF", "{\\rtf")):
        raise unfit("Tệp không phải bảng tính. Xin chọn tệp Excel .xlsx hoặc CSV.")
    return text


def separated_rows(text: str, separator: str) -> Iterator[Row]:
    """Yield the rows that hold anything, numbered as a spreadsheet program shows them. Raises InvalidInput."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            cells = {at: _plain(cell) for at, cell in enumerate(row[:MOST_COLUMNS]) if cell}
            if cells:
                yield number, cells
    except csv.Error:
        raise unfit(
            f"Tệp CSV sai từ dòng {number + 1}: có thể thiếu một dấu ngoặc kép. Xin sửa, hoặc gửi dạng .xlsx."
        ) from None


def _plain(cell: str) -> str:
    """Return a cell without the formula by which some programs keep a number's zeros: ="00114"."""
    found = _AS_FORMULA.fullmatch(cell)
    return found[1] if found else cell
