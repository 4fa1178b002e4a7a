"""Text on drawings, in Be Vietnam Pro (static/fonts, OFL): Pillow's own font has no Vietnamese letters.

The two TrueType files are the font's web subsets latin, latin-ext and vietnamese merged into one, hinting left out.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).resolve().parents[2] / "static" / "fonts"


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return the font at `size` pixels, medium or bold."""
    name = "BeVietnamPro-Bold.ttf" if bold else "BeVietnamPro-Medium.ttf"
    return ImageFont.truetype(FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def wrap(text: str, size: int, width: float) -> list[str]:
    """Return the text in lines no wider than `width` pixels in bold of `size`; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size, bold=True).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
