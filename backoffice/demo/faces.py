"""Friendly drawn faces: nobody's portrait, and plainly a drawing. The same person always has the same face."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

from backoffice.demo.people import Person

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

SKINS: tuple[Colour, ...] = ((244, 208, 172), (236, 190, 150), (226, 174, 132), (207, 152, 112), (248, 218, 188))
HAIRS: tuple[Colour, ...] = ((28, 24, 26), (44, 32, 28), (62, 42, 34))
GREY_HAIR: Colour = (168, 166, 166)
CLOTHES: tuple[Colour, ...] = ((38, 66, 110), (122, 46, 58), (46, 96, 84), (92, 74, 128), (70, 76, 88), (150, 96, 48))
SHIRTS: tuple[Colour, ...] = ((250, 250, 248), (214, 228, 244), (248, 228, 226), (232, 240, 222))
INK: Colour = (52, 38, 36)
WHITE: Colour = (252, 252, 252)
GREY_FROM = 1962  # who was born before is drawn grey-haired
OVERSAMPLING = 2
NEARNESS = 1.16


@dataclass(frozen=True)
class _Features:
    """How somebody looks, drawn from the citizen ID, so that portrait and card agree."""

    skin: Colour
    hair: Colour
    coat: Colour
    shirt: Colour
    long_hair: bool
    style: int
    glasses: bool
    width: float
    smile: float


def draw_face(person: Person, size: tuple[int, int], backdrop: Colour) -> Image.Image:
    """Return head and shoulders of the person before `backdrop`, an RGB image of `size` (about 2:3) pixels."""
    width, height = (side * OVERSAMPLING for side in size)
    image = Image.new("RGB", (width, height), backdrop)
    pen = _Pen(ImageDraw.Draw(image), width=width, height=height)
    features = _features(person)
    _back_hair(pen, features)
    _body(pen, features)
    _head(pen, features)
    _front_hair(pen, features)
    _eyes_and_mouth(pen, features)
    return image.reduce(OVERSAMPLING)


def _features(person: Person) -> _Features:
    look = random.Random(person.citizen_id)  # noqa: S311 - a drawing, no secret
    grey = person.date_of_birth.year < GREY_FROM
    return _Features(
        skin=look.choice(SKINS),
        hair=GREY_HAIR if grey else look.choice(HAIRS),
        coat=look.choice(CLOTHES),
        shirt=look.choice(SHIRTS),
        long_hair=person.sex == "female",
        style=look.randrange(3),
        glasses=look.random() < (0.5 if grey else 0.25),
        width=look.uniform(0.185, 0.205),
        smile=look.uniform(0.045, 0.075),
    )


class _Pen:
    """Draws in a space one unit wide and one and a half high, whatever the pixels, seen from a little nearer."""

    def __init__(self, draw: ImageDraw.ImageDraw, *, width: int, height: int) -> None:
        self._draw, self._scale = draw, width * NEARNESS
        self._right = (0.5 - 0.5 * NEARNESS) * width
        self._down = height - (1.5 * NEARNESS - 0.13) * width

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """Fill an ellipse around x, y."""
        self._draw.ellipse(self._box((x - rx, y - ry, x + rx, y + ry)), fill=fill)

    def cap(self, box: Box, start: float, end: float, fill: Colour) -> None:
        """Fill the chord of the ellipse in `box` between two angles in degrees, clockwise from three o'clock."""
        self._draw.chord(self._box(box), start, end, fill=fill)

    def arc(self, box: Box, start: float, end: float, fill: Colour, width: float) -> None:
        """Draw a part of an ellipse's line."""
        self._draw.arc(self._box(box), start, end, fill=fill, width=self._line(width))

    def block(self, box: Box, radius: float, fill: Colour) -> None:
        """Fill a rectangle with round corners."""
        self._draw.rounded_rectangle(self._box(box), radius * self._scale, fill=fill)

    def shape(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._point(x, y) for x, y in points], fill=fill)

    def ring(self, x: float, y: float, r: float, fill: Colour, width: float) -> None:
        """Draw a circle's line."""
        self._draw.ellipse(self._box((x - r, y - r, x + r, y + r)), outline=fill, width=self._line(width))

    def _box(self, box: Box) -> Box:
        left, top, right, bottom = box
        return (*self._point(left, top), *self._point(right, bottom))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return self._right + x * self._scale, self._down + y * self._scale

    def _line(self, width: float) -> int:
        return max(1, round(width * self._scale))


def _back_hair(pen: _Pen, look: _Features) -> None:
    if not look.long_hair:
        return
    length = (1.18, 1.02, 0.94)[look.style]
    pen.oval(0.5, 0.60, look.width + 0.075, 0.30, look.hair)
    pen.block((0.5 - look.width - 0.07, 0.58, 0.5 + look.width + 0.07, length), 0.09, look.hair)


def _body(pen: _Pen, look: _Features) -> None:
    """Neck, shirt with its collar, coat with lapels."""
    pen.block((0.06, 1.06, 0.94, 1.9), 0.22, look.coat)
    pen.block((0.425, 0.82, 0.575, 1.2), 0.05, _shade(look.skin, 0.88))
    pen.shape([(0.36, 1.06), (0.64, 1.06), (0.5, 1.38)], look.shirt)
    pen.shape([(0.425, 1.02), (0.575, 1.02), (0.5, 1.16)], _shade(look.skin, 0.88))
    for side in (-1, 1):
        pen.shape(
            [(0.5 + side * 0.085, 1.01), (0.5 + side * 0.15, 1.05), (0.5 + side * 0.07, 1.18), (0.5, 1.13)],
            _shade(look.shirt, 0.96),
        )
        pen.shape(
            [(0.5 + side * 0.14, 1.04), (0.5 + side * 0.24, 1.09), (0.5 + side * 0.17, 1.23), (0.5, 1.46)],
            _shade(look.coat, 0.82),
        )


def _head(pen: _Pen, look: _Features) -> None:
    for side in (-1, 1):
        pen.oval(0.5 + side * look.width, 0.70, 0.032, 0.055, _shade(look.skin, 0.92))
    pen.oval(0.5, 0.66, look.width, 0.27, look.skin)
    for side in (-1, 1):
        pen.oval(0.5 + side * 0.105, 0.775, 0.042, 0.028, _blend(look.skin, (228, 120, 110), 0.3))


def _front_hair(pen: _Pen, look: _Features) -> None:
    """Three cuts each: parted, fringe, swept to one side."""
    left, right = 0.5 - look.width - 0.02, 0.5 + look.width + 0.02
    top = 0.345
    if look.long_hair:
        if look.style == 1:
            pen.cap((left, top, right, 0.86), 180, 360, look.hair)
        else:
            shift = 0.0 if look.style == 0 else 0.09
            pen.cap((left, top, right, 0.86), 196, 344, look.hair)
            pen.shape([(left, 0.74), (left, 0.52), (0.5 + shift, 0.40), (0.5 + shift, 0.47)], look.hair)
            pen.shape([(right, 0.74), (right, 0.52), (0.5 + shift, 0.40), (0.5 + shift, 0.47)], look.hair)
        return
    pen.cap((left, top, right, 0.84), 192, 348, look.hair)
    for edge, inner in ((left, left + 0.035), (right, right - 0.035)):
        pen.shape([(edge, 0.55), (inner, 0.53), (inner, 0.60), (edge + (inner - edge) / 2, 0.68)], look.hair)
    if look.style == 1:
        pen.oval(0.40, 0.42, 0.11, 0.075, look.hair)
        pen.oval(0.57, 0.40, 0.14, 0.065, look.hair)
    elif look.style == 2:
        pen.shape([(left + 0.01, 0.56), (0.40, 0.37), (0.66, 0.42), (0.56, 0.53)], look.hair)


def _eyes_and_mouth(pen: _Pen, look: _Features) -> None:
    brow = _shade(look.hair, 0.8)
    for side in (-1, 1):
        x = 0.5 + side * 0.085
        pen.oval(x, 0.68, 0.034, 0.021, WHITE)
        pen.oval(x, 0.68, 0.018, 0.020, (58, 38, 30))
        pen.oval(x + 0.005, 0.674, 0.005, 0.005, WHITE)
        pen.arc((x - 0.038, 0.655, x + 0.038, 0.71), 190, 350, INK, 0.006)
        pen.arc((x - 0.05, 0.605, x + 0.05, 0.675), 205, 335, brow, 0.012)
        if look.glasses:
            pen.ring(x, 0.685, 0.062, INK, 0.007)
    if look.glasses:
        pen.arc((0.475, 0.665, 0.525, 0.70), 180, 360, INK, 0.007)
    pen.arc((0.475, 0.70, 0.525, 0.775), 30, 150, _shade(look.skin, 0.75), 0.008)
    lip = (188, 74, 80) if look.long_hair else (168, 92, 84)
    pen.cap((0.43, 0.815 - look.smile, 0.57, 0.815 + look.smile), 15, 165, lip)


def _shade(colour: Colour, by: float) -> Colour:
    red, green, blue = colour
    return round(red * by), round(green * by), round(blue * by)


def _blend(colour: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a * (1 - part) + b * part) for a, b in zip(colour, other, strict=True))
    return red, green, blue
