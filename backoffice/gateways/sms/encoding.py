"""A text in the alphabets of SMS: its parts as bytes, and what they cost (domain 3; 3GPP TS 23.038, 23.040)."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple


class Encoding(StrEnum):
    """The alphabet of an SMS."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


class Encoded(NamedTuple):
    """A text as its parts: GSM-7 with an octet for each septet, or UTF-16, without user data headers."""

    encoding: Encoding
    parts: list[bytes]


class Measure(NamedTuple):
    """What a text costs: `characters` as they count, one of the extension table or beyond 16 bits being two."""

    encoding: Encoding
    characters: int
    parts: int


_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40}
_EXTENSION |= {"€": 0x65}
"""3GPP TS 23.038, 6.2.1: the default alphabet by its codes, and its extension, with an escape before each."""
_GSM7 = {ord(char): bytes([code]) for code, char in enumerate(_BASIC) if code != _ESCAPE}
_GSM7 |= {ord(char): bytes([_ESCAPE, code]) for char, code in _EXTENSION.items()}
_SAME = bytes(code for code, char in enumerate(_BASIC) if ord(char) == code != _ESCAPE)
"""The letters that have the same code in ASCII: nearly all of a message without diacritics."""
_ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (140, 134)}
"""Bytes in the only part, and in each of several."""


def encoded(text: str) -> Encoded:
    """Return the parts of `text`, in GSM-7 if it can be, else in UCS-2; raises UnicodeError for half a character."""
    if text.isascii() and not (plain := text.encode()).translate(None, _SAME):
        return _in_parts(Encoding.GSM7, plain)
    try:
        encoding, content = Encoding.GSM7, codecs.charmap_encode(text, "strict", _GSM7)[0]
    except UnicodeEncodeError:
        encoding, content = Encoding.UCS2, text.encode("utf-16-be")
    return _in_parts(encoding, content)


def _in_parts(encoding: Encoding, content: bytes) -> Encoded:
    single, each = _ROOM[encoding]
    if len(content) <= single:
        return Encoded(encoding, [content])
    return Encoded(encoding, _divided(content, each, _ends_on_escape if encoding is Encoding.GSM7 else _ends_on_half))


def measure(text: str) -> Measure:
    """Return in which alphabet `text` goes, how many characters it counts, and in how many parts it is sent."""
    encoding, parts = encoded(text)
    size = sum(len(part) for part in parts)
    return Measure(encoding, size if encoding is Encoding.GSM7 else size // 2, len(parts))


def _divided(content: bytes, room: int, ends_badly: Callable[[bytes], int]) -> list[bytes]:
    """Fill parts of `room` bytes: what counts as two is never divided between them."""
    parts = []
    while content:
        part = content[:room]
        part = part[: len(part) - ends_badly(part)]
        parts.append(part)
        content = content[len(part) :]
    return parts


def _ends_on_escape(part: bytes) -> int:
    return 1 if part[-1] == _ESCAPE else 0


def _ends_on_half(part: bytes) -> int:
    """Return the bytes of a high surrogate at the end, whose other half is in the next part."""
    return 2 if 0xD8 <= part[-2] <= 0xDB else 0
