"""Photos and QR codes as the SVG that typst takes from memory, so that no photo is ever written to a disk."""

from __future__ import annotations

import base64
import io

import segno
from PIL import Image

LONGEST = 1000
"""Pixels: 350 dpi at 72 mm."""
JPEG_QUALITY = 75
_MASK = 5
"""Any mask reads; trying all eight for the most even one costs four times as long as the code itself."""

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">{inside}</svg>'
_TURNS = {90: "translate({h} 0) rotate(90)", 180: "translate({w} {h}) rotate(180)", 270: "translate(0 {w}) rotate(270)"}
"""How a picture of w × h, turned clockwise by so many degrees, is put into its frame again."""


def photo_svg(jpeg: bytes, degrees: int = 0) -> str | None:
    """Return the JPEG photo as an SVG: as it is, or reduced when an edge has more than LONGEST pixels.

    `degrees` (0, 90, 180, 270) turn it clockwise, without touching its pixels. CMYK is made RGB. None when the bytes
    are no readable JPEG.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            size = image.size
            if max(size) > LONGEST or image.mode not in ("RGB", "L"):
                jpeg, size = _reduced(image)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    return _framed(jpeg, size, degrees)


def _framed(jpeg: bytes, size: tuple[int, int], degrees: int) -> str:
    width, height = size
    turn = f' transform="{_TURNS[degrees].format(w=width, h=height)}"' if degrees else ""
    data = base64.b64encode(jpeg).decode("ascii")
    inside = f'<image width="{width}" height="{height}"{turn} href="data:image/jpeg;base64,{data}"/>'
    across, down = (height, width) if degrees % 180 else size
    return _SVG.format(w=across, h=down, inside=inside)


def _reduced(image: Image.Image) -> tuple[bytes, tuple[int, int]]:
    scale = LONGEST / max(image.size)
    image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
    small = image.convert("RGB")
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.HAMMING)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue(), small.size


def qr_svg(text: str) -> str:
    """Return a QR code of `text` as an SVG with its quiet zone; never a Micro QR, which many scanners do not read."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False, mask=_MASK).save(out, kind="svg", border=2)
    return out.getvalue().decode("utf-8")
