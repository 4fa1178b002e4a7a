"""What a phone's camera does to a drawn paper: a table under it, a slight tilt, and the faults officers know."""

from __future__ import annotations

import io
import math
import random
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]

PHOTO_SIZE = (1080, 694)  # pixels; the card is 1000 wide, 11.7 pixels a millimetre
CARD_SIZE = (1000, 631)
TILTS = (-0.9, -0.6, -0.3, 0.3, 0.6, 0.9)  # degrees
TABLES: tuple[Colour, ...] = ((122, 92, 66), (74, 82, 90), (146, 136, 122), (52, 70, 84), (104, 112, 92))
BLUR_FACTOR, BLUR_RADIUS = 3, 3
DARK_PART = 0.22
JPEG_QUALITY = 82


def photograph(card: Image.Image, outline: Image.Image, rng: random.Random) -> Image.Image:
    """Return the RGB `card`, of which the mask `outline` shows the shape, lying a little askew on a table."""
    photo = _table(rng.choice(TABLES)).copy()
    tilt = rng.choice(TILTS)
    at = (rng.randint(-8, 8), rng.randint(-6, 6))
    photo.paste(_laid(card, tilt), at, _laid_outline(outline.tobytes(), outline.size, tilt))
    return photo


def spoil(photo: Image.Image, rng: random.Random, *, blurred: bool, dark: bool, glare: bool) -> Image.Image:
    """Return the RGB photo with the faults asked for; what is printed can then no longer be read well, if at all."""
    if glare:
        photo = _with_glare(photo, rng)
    if blurred:
        small = photo.reduce(BLUR_FACTOR).filter(ImageFilter.BoxBlur(BLUR_RADIUS))
        photo = small.resize(photo.size, Image.Resampling.BILINEAR)
    if dark:
        photo = photo.point([round(level * DARK_PART) for level in range(256)] * 3)
    return photo


def as_jpeg(photo: Image.Image) -> bytes:
    """Return the photo as JPEG bytes."""
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def _with_glare(photo: Image.Image, rng: random.Random) -> Image.Image:
    """Burn a reflection of the lamp into the left or the middle of the card."""
    spot = _lamp(int(photo.width * 0.42))
    at = (rng.randint(50, photo.width // 3), rng.randint(photo.height // 8, photo.height - spot.height - 40))
    lit = photo.copy()
    lit.paste((255, 255, 255), (*at, at[0] + spot.width, at[1] + spot.height), spot)
    return lit


def _laid(image: Image.Image, tilt: float) -> Image.Image:
    """Return the image scaled to CARD_SIZE and turned by `tilt` degrees in the middle of a picture of PHOTO_SIZE."""
    scale = image.width / CARD_SIZE[0]
    cos, sin = scale * math.cos(math.radians(tilt)), scale * math.sin(math.radians(tilt))
    x, y = PHOTO_SIZE[0] / 2, PHOTO_SIZE[1] / 2
    matrix = (cos, sin, image.width / 2 - cos * x - sin * y, -sin, cos, image.height / 2 + sin * x - cos * y)
    return image.transform(PHOTO_SIZE, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


@cache
def _laid_outline(outline: bytes, size: tuple[int, int], tilt: float) -> Image.Image:
    return _laid(Image.frombytes("L", size, outline), tilt)


@cache
def _lamp(width: int) -> Image.Image:
    """Return how much light falls where: full in the middle of an oval, none at its rim."""
    rim = Image.radial_gradient("L").point([max(0, min(255, round((178 - level) * 4))) for level in range(256)])
    return rim.resize((width, width * 3 // 4), Image.Resampling.BILINEAR)


@cache
def _table(colour: Colour) -> Image.Image:
    """Return a table top with a little grain and light from above."""
    width, height = PHOTO_SIZE
    table = Image.new("RGB", PHOTO_SIZE, colour)
    draw = ImageDraw.Draw(table)
    grain = random.Random(sum(colour))  # noqa: S311 - a drawing, no secret
    for y in range(height):
        light = 1.08 - 0.2 * y / height + grain.uniform(-0.015, 0.015)
        draw.line((0, y, width, y), fill=tuple(min(255, round(part * light)) for part in colour))
    return table.filter(ImageFilter.BoxBlur(1))
