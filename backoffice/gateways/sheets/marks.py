"""The XML of a workbook, read as it streams by: nothing of it is kept but what is collected, and within a time."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Protocol
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from backoffice.gateways.sheets.archive import chunks
from backoffice.gateways.sheets.refusal import broken, too_big

MOST_SECONDS = 10.0
_OFTEN = frozenset(("c", "row", "v", "is", "t", "f"))
"""Elements of which a workbook has thousands, and no attribute with a prefix that counts."""
MOST_NAMES = 10_000
"""Different names of elements and attributes in one part; the parser keeps each."""

MOST_HELD = 1024 * 1024
"""Bytes of one tag: the parser holds it until it ends, and looks through it anew with each piece that comes."""


class Reader(Protocol):
    """What hears of the elements of a part of the workbook; names come without their namespace."""

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""

    def end(self, name: str) -> None:
        """Hear that it ends."""

    def data(self, text: str) -> None:
        """Hear a piece of text."""


class Quiet:
    """Hears nothing; its children what they need."""

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""

    def end(self, name: str) -> None:
        """Hear that it ends."""

    def data(self, text: str) -> None:
        """Hear a piece of text."""


class Clock:
    """How long one file may keep us."""

    def __init__(self, seconds: float = MOST_SECONDS) -> None:
        self._until = time.monotonic() + seconds

    def check(self) -> None:
        """Raise InvalidInput when the time is up."""
        if time.monotonic() > self._until:
            raise too_big()


def listen(archive: zipfile.ZipFile, name: str, reader: Reader, clock: Clock) -> Iterator[None]:
    """Let `reader` hear the part `name`; pauses now and then, so that what it has collected can be taken.

    Raises InvalidInput for what is no XML, has a document type (no spreadsheet program writes one) or takes too long.
    """
    parser, given = _parser(reader), 0
    try:
        for chunk in chunks(archive, name):
            parser.Parse(chunk, False)
            given += len(chunk)
            if len(parser.intern) > MOST_NAMES or given - parser.CurrentByteIndex > MOST_HELD:
                raise too_big()
            clock.check()
            yield
        parser.Parse(b"", True)
    except (ExpatError, ValueError, LookupError, OverflowError):
        raise broken() from None
    yield


def _parser(reader: Reader) -> XMLParserType:
    """Return a parser that calls `reader` by names without prefixes: those of the strict form of the format differ."""
    parser = ParserCreate()
    parser.buffer_text = True
    begin, end = reader.begin, reader.end

    def started(name: str, attributes: dict[str, str]) -> None:
        if name not in _OFTEN:
            name = _bare(name)
            attributes = {_bare(key): value for key, value in attributes.items() if not _declares(key)}
        begin(name, attributes)

    parser.StartElementHandler = started
    parser.EndElementHandler = lambda name: end(name if name in _OFTEN else _bare(name))
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refused
    return parser


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _declares(key: str) -> bool:
    """Tell whether an attribute declares a prefix: `xmlns:r` says nothing of a row's number."""
    return key.startswith("xmlns")


def _refused(*_: object) -> None:
    raise broken()


def hear(archive: zipfile.ZipFile, name: str, reader: Reader, clock: Clock) -> None:
    """Let `reader` hear the whole part `name`; raises InvalidInput as `listen` does."""
    for _ in listen(archive, name, reader, clock):
        pass
