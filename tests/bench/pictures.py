"""Photos as telephones send them, drawn here: nobody's face, nobody's card."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from tests.gateways.photos.samples import card, saved

TWELVE_MEGAPIXELS = (4032, 3024)
MEGABYTE = 1_000_000


@cache
def photo(megabytes: float = 2.0, *, with_card: bool = False) -> bytes:
    """Return a JPEG of 12 megapixels and about so many megabytes: shades and grain, and a card with its QR if asked."""
    image = _scene()
    if with_card:
        image = image.copy()
        image.paste(card(2400), (800, 700))
    low, high = 20, 98
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(saved(image, quality=middle)) < megabytes * MEGABYTE else (low, middle)
    return saved(image, quality=low)


@cache
def _scene() -> Image.Image:
    """Return noise of many sizes, as a photographed room has: coarse shades strong, fine grain faint."""
    rng = np.random.default_rng(7)
    width, height = TWELVE_MEGAPIXELS
    total = np.zeros((height, width), np.float32)
    for step, strength in ((500, 60), (125, 30), (25, 14), (5, 7), (1, 3)):
        small = rng.normal(0, 1, (height // step + 1, width // step + 1)).astype(np.float32)
        grown = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(grown) * strength
    tint = np.stack([total + 130, total * 0.9 + 120, total * 0.8 + 110], axis=-1)
    return Image.fromarray(np.clip(tint, 0, 255).astype(np.uint8))
