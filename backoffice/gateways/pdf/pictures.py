"""Photos and QR codes as the SVG that typst takes from memory, so that no photo is ever written to a disk."""

from __future__ import annotations

import base64
import io

import segno
from PIL import Image

JPEG_QUALITY = 75

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">{inside}</svg>'


def photo_svg(jpeg: bytes, *, longest: int) -> str | None:
    """Return the JPEG photo as an SVG, reduced to about `longest` pixels (up to 1.4 times as many, if that is quicker).

    None when the bytes are no readable JPEG.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            scale = longest / max(image.size)
            image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
            small = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    if max(small.size) > longest * 1.4:
        small.thumbnail((longest, longest), Image.Resampling.HAMMING)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=JPEG_QUALITY)
    data = base64.b64encode(out.getvalue()).decode("ascii")
    inside = f'<image width="{small.width}" height="{small.height}" href="data:image/jpeg;base64,{data}"/>'
    return _SVG.format(w=small.width, h=small.height, inside=inside)


def qr_svg(text: str) -> str:
    """Return a QR code of `text` as an SVG with its quiet zone; never a Micro QR, which many scanners do not read."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2)
    return out.getvalue().decode("utf-8")
