"""What is held on a person, on paper, for that person: sections of records, tables and photos."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backoffice.gateways.pdf.compiler import compile_pdf
from backoffice.gateways.pdf.pictures import photo_svg
from backoffice.gateways.pdf.printable import printable

TEMPLATE = "person.typ"
_LONG_WORD = re.compile(r"\S{25,}")
_PIECE = re.compile(r"\S{16}(?=\S)")
_BREAK = "\u200b"


@dataclass(frozen=True)
class Table:
    """Rows under a head; every row as long as the head. `title` may be ""."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Picture:
    """A photo as JPEG, and the degrees clockwise (0, 90, 180, 270) by which it is turned upright."""

    caption: str
    jpeg: bytes
    degrees: int = 0


@dataclass(frozen=True)
class Record:
    """One thing: what it is, its labelled values, tables and photos."""

    heading: str
    values: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Section:
    """A numbered part of the document; `empty` is said when there is nothing in it."""

    title: str
    note: str
    records: Sequence[Record]
    empty: str


@dataclass(frozen=True)
class PersonPaper:
    """The whole document: its title, what it is (paragraphs), its first values, its sections. `made_at` is aware."""

    title: str
    about: Sequence[str]
    values: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    footer: str
    made_at: datetime


def render_person(paper: PersonPaper) -> bytes:
    """Return the document as PDF/A, A4. Nothing in it is read as markup; what no font can print is shown as □.

    A photo that is no readable JPEG leaves a frame that says so. Safe in threads; raises RuntimeError in a child forked
    after its parent made a document.
    """
    pictures: dict[str, str] = {}
    content = {
        "title": _text(paper.title),
        "about": [_text(one) for one in paper.about],
        "values": _pairs(paper.values),
        "sections": [_section(one, pictures) for one in paper.sections],
        "footer": _text(paper.footer),
    }
    return compile_pdf(TEMPLATE, content, pictures, created=paper.made_at)


def _section(section: Section, pictures: dict[str, str]) -> dict[str, object]:
    records = [_record(one, pictures) for one in section.records]
    return {
        "title": _text(section.title),
        "note": _text(section.note),
        "records": records,
        "empty": _text(section.empty),
    }


def _record(record: Record, pictures: dict[str, str]) -> dict[str, object]:
    return {
        "heading": _text(record.heading),
        "values": _pairs(record.values),
        "tables": [_table(one) for one in record.tables],
        "pictures": [_picture(one, pictures) for one in record.pictures],
    }


def _table(table: Table) -> dict[str, object]:
    return {
        "title": _text(table.title),
        "head": [_text(one) for one in table.head],
        "rows": [[_text(one) for one in row] for row in table.rows],
    }


def _picture(picture: Picture, pictures: dict[str, str]) -> dict[str, object]:
    """Put the photo among the document's pictures, and return by which name it is there."""
    name, svg = f"photo{len(pictures)}", photo_svg(picture.jpeg, picture.degrees)
    if svg is not None:
        pictures[name] = svg
    return {"caption": _text(picture.caption), "name": name, "readable": svg is not None}


def _pairs(values: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[_text(label), _text(value)] for label, value in values]


def _text(text: str) -> str:
    """Return the text printable, long words so that a line may end within them."""
    return _LONG_WORD.sub(lambda word: _PIECE.sub(lambda piece: piece[0] + _BREAK, word[0]), printable(text))
