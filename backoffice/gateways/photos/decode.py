"""From bytes to pixels, with Pillow and libheif: upright, RGB, bounded. Runs in a worker of the pool only.

Traps that are dealt with here, each seen:
- Pillow opens dozens of formats, some of them ruinous: the one class that fits the sniffed format is called directly,
  which also keeps a JPEG with a second picture behind it (gain map, 3D) from being taken for a multi-picture file.
- A HEIC carries thumbnails that need not show the same as the image: they are switched off, only the image is decoded.
- A decoder fails in a dozen ways on a broken file: all of them are `PhotoRefused(broken)`, memory is told apart.
- Colours are taken as sRGB: profiles go with the other metadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO

import numpy as np
import pillow_heif
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from backoffice.gateways.photos import limits
from backoffice.gateways.photos.inspect import Header, PhotoFormat
from backoffice.gateways.photos.refusal import PhotoRefused, Refusal

pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False
pillow_heif.options.DECODE_THREADS = 1

_OPENERS: dict[PhotoFormat, Callable[[BytesIO], Image.Image]] = {
    PhotoFormat.JPEG: JpegImageFile,
    PhotoFormat.PNG: PngImageFile,
    PhotoFormat.WEBP: WebPImageFile,
    PhotoFormat.HEIC: pillow_heif.HeifImageFile,
}

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(data: bytes, header: Header) -> tuple[Image.Image, Image.Image]:
    """(photo, grey): RGB, upright and at most MAX_EDGE; and the luminance in the original size, as it was stored.

    Raises `PhotoRefused`: broken. Raises MemoryError when memory is out.
    """
    with _faults_as_broken():
        if header.format == PhotoFormat.JPEG:
            return decode_jpeg(data), _jpeg_luminance(data)
        stored = _open(data, header.format)
        turn = _turn(stored)
        plain = flatten(stored)
        return _upright(bounded(plain, limits.MAX_EDGE), turn), plain.convert("L")


def decode_jpeg(data: bytes) -> Image.Image:
    """A JPEG as RGB, upright, at most MAX_EDGE, scaled while decoding as far as libjpeg can (1/2, 1/4, 1/8)."""
    image = JpegImageFile(BytesIO(data))
    turn = _turn(image)
    target = fit(image.size, limits.MAX_EDGE)
    image.draft("RGB", target)
    return _upright(bounded(flatten(image), limits.MAX_EDGE, target), turn)


def fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size with the same shape whose longest edge is at most `edge`; never larger than it was, never 0."""
    longest = max(size)
    if longest <= edge:
        return size
    return max(1, round(size[0] * edge / longest)), max(1, round(size[1] * edge / longest))


def bounded(image: Image.Image, edge: int, size: tuple[int, int] | None = None) -> Image.Image:
    """The image at `size`, or fitted into `edge`, as sharp as can be; itself when it is that small already."""
    size = size or fit(image.size, edge)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def small(image: Image.Image, edge: int) -> Image.Image:
    """The image fitted into `edge`, quickly: to be looked at until the large one is there."""
    size = fit(image.size, edge)
    return image if size == image.size else image.resize(size, Image.Resampling.HAMMING, reducing_gap=1.0)


def flatten(image: Image.Image) -> Image.Image:
    """Any mode Pillow reads as RGB: transparent parts on white, 16 bits reduced to 8, CMYK and palettes converted."""
    image.load()
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        clear = image if image.mode == "RGBA" else image.convert("RGBA")  # convert() would copy
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear)
        return ground
    return image.convert("RGB")


def _jpeg_luminance(data: bytes) -> Image.Image:
    image = JpegImageFile(BytesIO(data))
    image.draft("L", image.size)
    return image.convert("L")


def _open(data: bytes, kind: PhotoFormat) -> Image.Image:
    image = _OPENERS[kind](BytesIO(data))
    if image.width * image.height > limits.MAX_PIXELS:
        raise PhotoRefused(Refusal.TOO_MANY_PIXELS)
    image.load()
    return image


def _turn(image: Image.Image) -> Image.Transpose | None:
    with suppress(Exception):  # a broken EXIF block is no reason to refuse a sound picture
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    return None


def _upright(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    return image if turn is None else image.transpose(turn)


@contextmanager
def _faults_as_broken() -> Iterator[None]:
    try:
        yield
    except (PhotoRefused, MemoryError):
        raise
    except Exception as error:
        if "memory" in str(error).lower():  # libheif reports its own allocation failures by text only
            raise MemoryError from error
        raise PhotoRefused(Refusal.BROKEN) from error
