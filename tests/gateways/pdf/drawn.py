"""What a PDF draws, read from its own operators (ISO 32000-1, 8.5): a path apart from the program that wrote it.

Filled and stroked paths alone, without words and pictures: enough to see a QR code as a scanner on paper would.
"""

from __future__ import annotations

from io import BytesIO
from math import hypot
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfReader
from pypdf.generic import ContentStream

SCALE = 4
"""Pixels to a point."""
_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1, 0, 0, 1, 0, 0)


def first_page(pdf: bytes) -> Image.Image:
    """The paths of the first page."""
    reader = PdfReader(BytesIO(pdf))
    page = reader.pages[0]
    wide, high = (float(side) for side in page.mediabox[2:])
    image = Image.new("L", (round(wide * SCALE), round(high * SCALE)), 255)
    _draw(ImageDraw.Draw(image), page, page.get_contents(), reader, (SCALE, 0, 0, -SCALE, 0, high * SCALE))
    return image


def _draw(draw: ImageDraw.ImageDraw, holder: Any, content: Any, reader: PdfReader, matrix: _Matrix) -> None:
    kept: list[tuple[_Matrix, int]] = []
    shade, pen, path = 0, 1.0, []
    for operands, name in ContentStream(content, reader).operations:
        numbers = [float(one) for one in operands if isinstance(one, int | float)]
        match name:
            case b"q":
                kept.append((matrix, shade))
            case b"Q":
                matrix, shade = kept.pop()
            case b"cm":
                matrix = _times(tuple(numbers), matrix)  # type: ignore[arg-type]
            case b"g" | b"rg" | b"sc" | b"scn" if numbers:
                shade = 0 if sum(numbers) / len(numbers) < 0.5 else 255
            case b"m":
                path.append([_at(matrix, *numbers)])
            case b"l":
                path[-1].append(_at(matrix, *numbers))
            case b"c":
                path[-1].append(_at(matrix, *numbers[-2:]))
            case b"re":
                x, y, wide, high = numbers
                path.append([_at(matrix, *one) for one in ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))])
            case b"w":
                pen = numbers[0]
            case b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"S" | b"s" | b"n":
                for one in path:
                    if name[:1] in b"fFBb" and len(one) > 2:
                        draw.polygon(one, fill=shade)
                    if name[:1] in b"BbSs":
                        draw.line(one, fill=0, width=round(pen * hypot(*matrix[:2])))
                path = []
            case b"Do":
                thing = holder["/Resources"]["/XObject"][operands[0]].get_object()
                if thing["/Subtype"] == "/Form":
                    own = tuple(float(one) for one in thing.get("/Matrix", _SAME))
                    _draw(draw, thing, thing, reader, _times(own, matrix))  # type: ignore[arg-type]


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    p, q, r, s, t, u = other
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def _at(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
