"""The XML of a workbook, read as it streams by: nothing of it is kept but what is collected, and within a time."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator, Mapping
from typing import Protocol
from xml.etree.ElementTree import ParseError, XMLParser  # noqa: S405 (a document type is refused below)

from backoffice.gateways.sheets.archive import chunks
from backoffice.gateways.sheets.refusal import broken, too_big

MOST_SECONDS = 10.0


class Reader(Protocol):
    """What hears of the elements of a part of the workbook; names come without their namespace."""

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
    parser = XMLParser(target=_Ear(reader))  # noqa: S314
    try:
        for chunk in chunks(archive, name):
            parser.feed(chunk)
            clock.check()
            yield
        parser.close()
    except (ParseError, ValueError, LookupError, OverflowError):
        raise broken() from None
    yield


class _Ear:
    """Calls the reader by names without namespaces: those of the strict form of the format differ."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.data = reader.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._reader.begin(tag.rpartition("}")[2], {key.rpartition("}")[2]: attributes[key] for key in attributes})

    def end(self, tag: str) -> None:
        self._reader.end(tag.rpartition("}")[2])

    def doctype(self, *_: object) -> None:
        raise broken()

    def close(self) -> None:
        """End."""
