"""Which characters of two texts differ, for marking them on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

from backoffice.identity.names import fold

Segment = tuple[str, bool]
"""A piece of a text, and whether it differs."""


def differing(a: str, b: str, *, folded: bool = False) -> tuple[list[bool], list[bool]]:
    """Return for each character of `a` and of `b` (both in NFC) whether it differs; capitals never do.

    `folded` leaves diacritics out too. Numbers and dates of one length are compared place by place.
    """
    left, right = _keys(a, folded), _keys(b, folded)
    if len(a) == len(b) and not any(char.isalpha() for char in a + b):
        marks = [x != y for x, y in zip(left, right, strict=True)]
        return marks, list(marks)
    marks_a, marks_b = [True] * len(a), [True] * len(b)
    for at_a, at_b, size in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        marks_a[at_a : at_a + size] = marks_b[at_b : at_b + size] = [False] * size
    return marks_a, marks_b


def segments(text: str, marks: Sequence[bool] = ()) -> tuple[Segment, ...]:
    """Return `text` in pieces, each wholly marked or not; without `marks` it is one piece, and "" is none."""
    if not any(marks):
        return ((text, False),) if text else ()
    pieces = groupby(zip(text, marks, strict=True), key=lambda pair: pair[1])
    return tuple(("".join(char for char, _ in pairs), differs) for differs, pairs in pieces)


def either(*marks: Sequence[bool]) -> list[bool]:
    """Return the marks of one text in which each character is marked that any of `marks` (of one length) has."""
    return [any(flags) for flags in zip(*marks, strict=True)]


def _keys(text: str, folded: bool) -> list[str]:
    return [fold(char) if folded else char.casefold() for char in text]
