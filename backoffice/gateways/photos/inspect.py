"""What a photo is, from its own bytes and without decoding it: format, size, frames, scans.

The name and the declared type of a file are never looked at: a renamed file is what its bytes are. Everything here is
plain reading of headers, linear in the number of bytes, safe to run in the server itself.
Sources: ITU-T T.81 (JPEG) annex B, W3C PNG third edition, the WebP container specification (Google),
ISO/IEC 23008-12 (HEIF) over ISO/IEC 14496-12 (boxes).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.refusal import PhotoRefused, Refusal

_MAX_PARTS = 5_000
"""Segments, chunks or boxes walked before a file is called broken; a real photo has some dozens."""


class PhotoFormat(StrEnum):
    """The formats taken; every other one is refused by name."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"


@dataclass(frozen=True)
class Header:
    """What a photo's header declares: size in pixels as stored (before orientation), frames, JPEG scans (else 1)."""

    format: PhotoFormat
    width: int
    height: int
    frames: int = 1
    scans: int = 1


def inspect(data: bytes) -> Header:
    """Read the header of a photo and hold it to the limits.

    Raises `PhotoRefused`: empty, too_many_bytes, unknown_format, broken (a header that makes no sense),
    too_many_pixels, animated, too_many_scans.
    """
    if not data:
        raise PhotoRefused(Refusal.EMPTY)
    if len(data) > limits.MAX_BYTES:
        raise PhotoRefused(Refusal.TOO_MANY_BYTES)
    kind = sniff(data)
    if kind is None:
        raise PhotoRefused(Refusal.UNKNOWN_FORMAT)
    try:
        header = _READERS[kind](data)
    except (struct.error, IndexError, ValueError) as error:
        raise PhotoRefused(Refusal.BROKEN) from error
    _hold_to_limits(header)
    return header


def sniff(data: bytes) -> PhotoFormat | None:
    """The format by magic bytes, or None when it is not one of ours."""
    if data.startswith(b"\xff\xd8\xff"):
        return PhotoFormat.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PhotoFormat.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PhotoFormat.WEBP
    if data[4:8] == b"ftyp" and _brands(data) & _HEIC_BRANDS and data[8:12] in _HEIC_BRANDS | _GENERIC_BRANDS:
        return PhotoFormat.HEIC
    return None


def _hold_to_limits(header: Header) -> None:
    if header.width < 1 or header.height < 1:
        raise PhotoRefused(Refusal.BROKEN)
    if header.width * header.height > limits.MAX_PIXELS:
        raise PhotoRefused(Refusal.TOO_MANY_PIXELS)
    if header.frames > limits.MAX_FRAMES:
        raise PhotoRefused(Refusal.ANIMATED)
    if header.scans > limits.MAX_PROGRESSIVE_SCANS:
        raise PhotoRefused(Refusal.TOO_MANY_SCANS)


# --- JPEG -----------------------------------------------------------------------------------------------------------

# 0xFF 0x00 is a stuffed byte of image data, 0xFF 0xFF is fill; restart markers and TEM stand alone and say nothing.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA


def _jpeg(data: bytes) -> Header:
    """Walk the segments as a decoder does, up to the end of the first image; what follows (a gain map) is not read."""
    size: tuple[int, int] | None = None
    scans = 0
    for marker, start in _segments(data):
        if marker in _SOF and size is None:
            height, width = struct.unpack_from(">HH", data, start + 3)
            size = width, height
        scans += marker == _SOS
        if scans > limits.MAX_PROGRESSIVE_SCANS:
            break
    if size is None or not scans:
        raise ValueError("no frame or no scan")
    return Header(PhotoFormat.JPEG, *size, scans=scans)


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(marker, position of its length field) of each segment of the first image."""
    position = 2
    for _ in range(_MAX_PARTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None or data[found.end() - 1] == _EOI:
            return
        if data[found.end() - 1] == _SOI:
            raise ValueError("an image inside an image")
        yield data[found.end() - 1], found.end()
        (length,) = struct.unpack_from(">H", data, found.end())
        position = found.end() + max(length, 2)
    raise ValueError("too many segments")


# --- PNG ------------------------------------------------------------------------------------------------------------


def _png(data: bytes) -> Header:
    """Size from IHDR; frames from an acTL chunk, which stands before the image data (APNG)."""
    if data[12:16] != b"IHDR":
        raise ValueError("IHDR is not first")
    width, height = struct.unpack_from(">II", data, 16)
    frames, position = 1, 8
    for _ in range(_MAX_PARTS):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"acTL":
            frames = max(2, struct.unpack_from(">I", data, position + 8)[0])
        if kind == b"IDAT":
            return Header(PhotoFormat.PNG, width, height, frames=frames)
        position += 12 + length
    raise ValueError("too many chunks")


# --- WebP -----------------------------------------------------------------------------------------------------------


def _webp(data: bytes) -> Header:
    """Size from the first chunk: VP8 (lossy), VP8L (lossless) or VP8X (extended, which also tells an animation)."""
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return Header(PhotoFormat.WEBP, width, height, frames=2 if data[20] & 0x02 else 1)
    if kind == b"VP8L":
        if data[20] != 0x2F:
            raise ValueError("no VP8L signature")
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header(PhotoFormat.WEBP, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        if data[23:26] != b"\x9d\x01\x2a":
            raise ValueError("no VP8 key frame")
        width, height = struct.unpack_from("<HH", data, 26)
        return Header(PhotoFormat.WEBP, width & 0x3FFF, height & 0x3FFF)
    raise ValueError("unknown WebP chunk")


# --- HEIC -----------------------------------------------------------------------------------------------------------

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_GENERIC_BRANDS = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})


def _brands(data: bytes) -> frozenset[bytes]:
    """Major and compatible brands of the ftyp box (an AVIF has none of HEIC's)."""
    length = min(int.from_bytes(data[:4], "big"), 1024, len(data))
    return frozenset([data[8:12], *(data[at : at + 4] for at in range(16, length - 3, 4))])


def _heic(data: bytes) -> Header:
    """The largest size among the image properties (meta/iprp/ipco/ispe); a `moov` box means a sequence, not a photo."""
    sizes = [(0, 0)]
    frames = 1
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"moov":
            frames = 2
        if kind == b"meta":
            sizes += _image_sizes(data, start + 4, end)
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Header(PhotoFormat.HEIC, width, height, frames=frames)


def _image_sizes(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    properties = _inside(data, _inside(data, [(start, end)], b"iprp"), b"ipco")
    for inner, _ in _inside(data, properties, b"ispe"):
        width, height = struct.unpack_from(">II", data, inner + 4)
        yield width, height


def _inside(data: bytes, ranges: Iterable[tuple[int, int]], wanted: bytes) -> Iterator[tuple[int, int]]:
    for start, end in ranges:
        yield from ((inner, stop) for kind, inner, stop in _boxes(data, start, end) if kind == wanted)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, start of content, end) of each box in a range; raises ValueError on a box that cannot be."""
    for _ in range(_MAX_PARTS):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, content)
            content += 8
        elif length == 0:
            length = end - start
        if length < content - start:
            raise ValueError("box shorter than its header")
        yield kind, content, min(start + length, end)
        start += length
    raise ValueError("too many boxes")


_READERS: dict[PhotoFormat, Callable[[bytes], Header]] = {
    PhotoFormat.JPEG: _jpeg,
    PhotoFormat.PNG: _png,
    PhotoFormat.WEBP: _webp,
    PhotoFormat.HEIC: _heic,
}
