"""The rows of the first visible sheet of an .xlsx file, as texts (ECMA-376, part 1, chapter 18).

Read as a stream, for the ready-made readers build a tree of all rows: its memory grows with what a stranger sends.
"""

from __future__ import annotations

from collections.abc import Iterator

from backoffice.gateways.sheets.archive import open_workbook
from backoffice.gateways.sheets.cells import Row, SheetReader
from backoffice.gateways.sheets.formats import Styles
from backoffice.gateways.sheets.marks import Clock, hear, listen
from backoffice.gateways.sheets.parts import Book, Links, Texts


def workbook_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows that hold anything; raises InvalidInput for a file that is no sound workbook, or too big a one."""
    clock = Clock()
    with open_workbook(data) as archive:
        book = Book()
        hear(archive, "xl/workbook.xml", book, clock)
        links = Links()
        hear(archive, "xl/_rels/workbook.xml.rels", links, clock)
        names = set(archive.namelist())
        texts, styles = Texts(), Styles()
        for kind, reader in (("sharedStrings", texts), ("styles", styles)):
            part = links.of_kind(kind)
            if part in names:
                hear(archive, part, reader, clock)
        sheet = SheetReader(texts.found, styles.formats(), book.epoch)
        for _ in listen(archive, links.targets.get(book.sheet or "", ""), sheet, clock):
            yield from sheet.take()
