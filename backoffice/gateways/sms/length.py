"""What a text costs as SMS: in which alphabet it goes, how many characters it counts, in how many parts (domain 3)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Encoding(StrEnum):
    """The alphabet of an SMS."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


class Measure(NamedTuple):
    """What a text costs: `characters` as they count, one of the extension table or beyond 16 bits being two."""

    encoding: Encoding
    characters: int
    parts: int


_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""3GPP TS 23.038, 6.2.1: the default alphabet, and its extension, each of which takes an escape before it."""
_ROOM: dict[Encoding, tuple[int, int]] = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Characters in the only part, and in each of several."""


def measure(text: str) -> Measure:
    """Return in which alphabet `text` goes, how many characters it counts, and in how many parts it is sent."""
    if all(char in _BASIC or char in _EXTENSION for char in text):
        encoding, sizes = Encoding.GSM7, [1 + (char in _EXTENSION) for char in text]
    else:
        encoding, sizes = Encoding.UCS2, [1 + (ord(char) > 0xFFFF) for char in text]
    single, each = _ROOM[encoding]
    return Measure(encoding, sum(sizes), 1 if sum(sizes) <= single else _parts(sizes, each))


def _parts(sizes: Iterable[int], room: int) -> int:
    """Return how many parts of `room` are filled: what counts as two is never divided between them."""
    parts, used = 1, 0
    for size in sizes:
        if used + size > room:
            parts, used = parts + 1, 0
        used += size
    return parts
