"""Drawn photos of cards lying about, whole or with corners cut off, for the note on missing corners: nobody's card.

A sample is the same for the same number. As a program it measures: `python -m tests.gateways.photos.cards 400`.
"""

from __future__ import annotations

import sys
from functools import cache
from math import cos, radians, sin
from random import Random
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from backoffice.gateways.photos.corners import CUT_LIMIT, cut_corner
from tests.gateways.photos.samples import card

WIDE, HIGH = 800, 600
TABLES = (
    "plain", "plain", "wood", "planks across", "planks along", "tiles", "cloth", "weave", "granite", "sheet", "edge",
)  # fmt: skip
GROUNDS = ((222, 238, 228), (201, 220, 205), (235, 225, 205), (199, 215, 235), (240, 240, 238))
_Reals = NDArray[np.floating[Any]]


def photo_of_card(number: int, cut: int = 0, *, tight: bool = False) -> Image.Image:
    """A card on some table, in grey, with `cut` of its corners (0, 1, 2) well outside; `tight`: it hardly fits."""
    random = Random(f"{number} {cut} {tight}")
    size = (HIGH, WIDE) if random.random() < 0.25 and not tight else (WIDE, HIGH)
    middle = None
    while middle is None:
        length = _length(random, cut, tight) * size[0]
        angle = random.uniform(-0.8, 0.8) if tight else random.choice((0, random.uniform(-2, 2), random.uniform(-8, 8)))
        middle = _middle(random, size, length, angle, cut)
    made = _card(random, length).rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    place = round(middle[0] - made.width / 2), round(middle[1] - made.height / 2)
    photo = _table(random, size)
    if random.random() < 0.5:
        _cast_shadow(random, photo, made, place)
    photo.paste(made, place, made)
    if random.random() < 0.3:
        _put_fingers(random, photo, made, place)
    return _taken(random, photo)


def scan(number: int) -> Image.Image:
    """A card that fills the picture, as a flatbed scanner or a cut leaves it: a little turned, a strip too much."""
    random = Random(f"scan {number}")
    made = _plain(random.choice(GROUNDS)).resize((860, 540))
    if random.random() < 0.5:
        around = Image.new("RGB", (868, 548), random.choice(((255, 255, 255), (20, 20, 20))))
        around.paste(made, (4, 4), made)
        made = around
    made = made.convert("RGB").rotate(random.uniform(-0.6, 0.6), Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    return made.crop((random.randint(0, 8), 0, made.width, made.height - random.randint(0, 8))).convert("L")


def _length(random: Random, cut: int, tight: bool) -> float:
    if tight:
        return random.uniform(0.93, 0.985)
    return random.uniform(0.75, 1.05) if cut else random.uniform(0.55, 0.92)


@cache
def _plain(ground: tuple[int, int, int]) -> Image.Image:
    """The card with its rounded corners, some with fine lines on it."""
    made = card(860, ground=ground)
    if ground[0] % 2:
        draw = ImageDraw.Draw(made)
        for start in range(-1200, 1200, 20):
            draw.arc((start - 300, -200, start + 700, 900), 0, 360, fill=tuple(max(0, one - 12) for one in ground))
    shape = Image.new("L", made.size, 0)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, made.width - 1, made.height - 1), radius=32, fill=255)
    made.putalpha(shape)
    return made


def _card(random: Random, length: float) -> Image.Image:
    made = _plain(random.choice(GROUNDS)).resize((round(length), round(length * 54 / 86)), Image.Resampling.BILINEAR)
    return _tilted(random, made) if random.random() < 0.4 else made


def _tilted(random: Random, made: Image.Image) -> Image.Image:
    """As a camera sees it that is not held level."""
    wide, high = made.size
    pulls = [(random.uniform(0, 0.05) * wide, random.uniform(0, 0.05) * high) for _ in range(4)]
    corners = ((0, 0), (wide, 0), (wide, high), (0, high))
    rows, wanted = [], []
    for (x, y), (right, down) in zip(corners, pulls, strict=True):
        seen_x, seen_y = (x - right if x else right), (y - down if y else down)
        rows += [[seen_x, seen_y, 1, 0, 0, 0, -x * seen_x, -x * seen_y]]
        rows += [[0, 0, 0, seen_x, seen_y, 1, -y * seen_x, -y * seen_y]]
        wanted += [x, y]
    how = np.linalg.solve(np.array(rows, float), np.array(wanted, float)).tolist()
    return made.transform(made.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BILINEAR)


def _middle(random: Random, size: tuple[int, int], length: float, angle: float, cut: int) -> tuple[float, float] | None:
    """Where its middle lies so that `cut` corners are well outside, by a fifteenth of its length, the others inside."""
    turn, high = radians(angle), length * 54 / 86
    ends = [(x * length / 2, y * high / 2) for x in (-1, 1) for y in (-1, 1)]
    turned = [(x * cos(turn) + y * sin(turn), y * cos(turn) - x * sin(turn)) for x, y in ends]
    for _ in range(300):
        middle = random.uniform(0.2, 0.8) * size[0], random.uniform(0.2, 0.8) * size[1]
        outs = [_outside((middle[0] + x, middle[1] + y), size) / length for x, y in turned]
        if sum(out > 1 / 15 for out in outs) == cut and sum(out > -0.003 for out in outs) == cut:
            return middle
    return None


def _outside(corner: tuple[float, float], size: tuple[int, int]) -> float:
    return max(-corner[0], corner[0] - size[0], -corner[1], corner[1] - size[1])


def _table(random: Random, size: tuple[int, int]) -> Image.Image:
    wide, high = size
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    kind, turn, base = random.choice(TABLES), random.uniform(0, 3), random.choice((15, 40, 70, 100, 140, 180, 215, 240))
    light = base + random.uniform(-30, 30) * ((x * cos(turn) + y * sin(turn)) / wide - 0.5)
    light += _pattern(kind, random, x, y)
    tint = np.array([random.randint(-12, 12) for _ in range(3)])
    table = Image.fromarray(np.clip(light[..., None] + tint, 0, 255).astype(np.uint8))
    if kind in ("sheet", "edge"):
        length = (random.randint(450, 750), random.randint(350, 600)) if kind == "sheet" else (wide + 200, high // 4)
        under = Image.new(
            "RGBA", length, (235, 235, 232, 255) if kind == "sheet" else (*[random.choice((30, 200))] * 3, 255)
        )
        under = under.rotate(random.uniform(-6, 6), expand=True, resample=Image.Resampling.BICUBIC)
        start = (
            (random.randint(-150, 150), random.randint(-150, 150))
            if kind == "sheet"
            else (-100, random.choice((-20, high - 130)))
        )
        table.paste(under, start, under)
    return table


def _pattern(kind: str, random: Random, x: _Reals, y: _Reals) -> _Reals:
    step, start = random.randint(60, 250), random.randint(0, 250)
    grain = np.random.default_rng(random.randint(0, 10**9))
    match kind:
        case "wood":
            return np.asarray(10 * np.sin((y + 4 * np.sin(x / 45)) / 3.5) + 7 * np.sin(y / 9 + 1))
        case "planks across":
            return np.asarray(-35.0 * ((y + x * 0.03 + start) % step < 3))
        case "planks along":
            return np.asarray(-35.0 * ((x + y * 0.03 + start) % step < 3))
        case "tiles":
            return np.asarray(-30.0 * (((x + start) % (2 * step) < 3) | ((y + start) % (2 * step) < 3)))
        case "cloth":
            return grain.normal(0, 14, (x.shape[0] // 2, x.shape[1] // 2)).repeat(2, 0).repeat(2, 1)
        case "weave":
            return np.asarray(9 * np.sin(x / 2.5) + 9 * np.sin(y / 2.5))
        case "granite":
            return grain.normal(0, 25, (x.shape[0] // 4, x.shape[1] // 4)).repeat(4, 0).repeat(4, 1)
    return np.zeros_like(x)


def _cast_shadow(random: Random, photo: Image.Image, made: Image.Image, place: tuple[int, int]) -> None:
    shade = Image.new("L", photo.size, 0)
    shade.paste(made.getchannel("A"), (place[0] + random.randint(-4, 4), place[1] + random.randint(1, 6)))
    shade = shade.filter(ImageFilter.GaussianBlur(random.uniform(1.5, 6))).point(
        [round(one * 0.35) for one in range(256)]
    )
    photo.paste((0, 0, 0), (0, 0), shade)


def _put_fingers(random: Random, photo: Image.Image, made: Image.Image, place: tuple[int, int]) -> None:
    draw, skin = ImageDraw.Draw(photo), (random.randint(175, 225), random.randint(140, 180), random.randint(110, 150))
    for _ in range(random.randint(1, 2)):
        reach, at = random.randint(10, 60), random.randint(0, made.height)
        left, right = place[0] + reach, place[0] + made.width - reach
        middle = place[1] + at
        box = (-90, middle - 30, max(left, 20), middle + 30)
        if random.random() < 0.5:
            box = (min(right, photo.width - 20), middle - 30, photo.width + 90, middle + 30)
        draw.rounded_rectangle(box, radius=30, fill=skin)


def _taken(random: Random, photo: Image.Image) -> Image.Image:
    """As a camera keeps it: unevenly lit, noisy, perhaps a little out of focus."""
    y, x = np.mgrid[0 : photo.height, 0 : photo.width]
    off = np.hypot(x - random.randint(0, photo.width), y - random.randint(0, photo.height)) / 1000
    light = (1 + random.uniform(-0.35, 0.1) * off) * random.uniform(0.55, 1.0)
    noise = np.random.default_rng(random.randint(0, 10**9)).normal(0, random.uniform(0, 6), (photo.height, photo.width))
    grey = Image.fromarray(np.clip(np.asarray(photo.convert("L")) * light + noise, 0, 255).astype(np.uint8))
    return grey.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 2))) if random.random() < 0.4 else grey


def measure(count: int) -> None:
    """Print of how many samples of each sort a corner is said to be missing, and the milliseconds that takes."""
    for name, make in (
        ("whole", photo_of_card),
        ("whole, tight", lambda one: photo_of_card(one, tight=True)),
        ("scan", scan),
        ("one corner cut off", lambda one: photo_of_card(one, 1)),
        ("two corners cut off", lambda one: photo_of_card(one, 2)),
    ):
        noted, spent = 0, 0.0
        for number in range(count):
            photo = make(number)
            start = process_time()
            noted += cut_corner(photo) > CUT_LIMIT
            spent += process_time() - start
        print(f"{name}: {noted} of {count}, {1000 * spent / count:.1f} ms each")


if __name__ == "__main__":
    measure(int(sys.argv[1]))
