"""The parts of a workbook that its sheets refer to: which sheets there are, where they lie, the texts they share."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from backoffice.gateways.sheets.days import FROM_1900, FROM_1904
from backoffice.gateways.sheets.marks import Quiet
from backoffice.gateways.sheets.refusal import too_big

MOST_LINKS = 1000
MOST_STRINGS = 500_000


class Book(Quiet):
    """Which sheet is the first that is not hidden, and from which day dates are counted."""

    sheet: str | None = None
    epoch = FROM_1900

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
        if name == "sheet" and self.sheet is None and attributes.get("state", "visible") == "visible":
            self.sheet = attributes.get("id")
        if name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = FROM_1904


class Links(Quiet):
    """Where the parts of the workbook lie."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}
        self._kinds: dict[str, str] = {}

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
        if name != "Relationship" or len(self.targets) > MOST_LINKS:
            return
        where = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        self.targets[attributes.get("Id", "")] = where
        self._kinds[attributes.get("Type", "").rpartition("/")[2]] = where

    def of_kind(self, kind: str) -> str:
        """Return where the part of that kind lies, "" when there is none."""
        return self._kinds.get(kind, "")


class Texts(Quiet):
    """The texts that cells refer to by number; how they are read aloud (rPh) is left out."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] | None = None
        self._aloud = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """Hear that an element begins."""
        if name == "rPh":
            self._aloud = True
        elif name == "t" and not self._aloud:
            self._parts = self._parts if self._parts is not None else []
            self._parts.append("")
        elif name == "si":
            self._parts = None

    def data(self, text: str) -> None:
        """Hear a piece of text."""
        if self._parts and not self._aloud:
            self._parts.append(text)

    def end(self, name: str) -> None:
        """Hear that it ends."""
        if name == "rPh":
            self._aloud = False
        elif name == "si":
            if len(self.found) >= MOST_STRINGS:
                raise too_big()
            self.found.append("".join(self._parts or ()))
            self._parts = None
