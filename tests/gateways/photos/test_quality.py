"""Notes that point the officer's eye: they must come when due, and stay away from what is only unusual."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from backoffice.gateways.photos.decode import bounded
from backoffice.gateways.photos.prepared import QualityNote
from backoffice.gateways.photos.quality import quality_notes
from tests.gateways.photos.samples import card, on_table


def notes(image: Image.Image) -> set[str]:
    return {str(note) for note in quality_notes(bounded(image, 2000), image.size)}


def dimmed(image: Image.Image, factor: float) -> Image.Image:
    return image.point(lambda value: round(value * factor))


def grained(image: Image.Image, amplitude: float) -> Image.Image:
    grain = np.random.default_rng(7).normal(0, amplitude, (image.height, image.width, 1))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def lit(image: Image.Image, radius: float) -> Image.Image:
    """A lamp's reflection in the middle, burnt out and fading."""
    y, x = np.mgrid[0 : image.height, 0 : image.width]
    distance = np.hypot(x - image.width * 0.45, y - image.height * 0.55) / (radius * image.width)
    return Image.fromarray(
        np.clip(np.asarray(image) + 400 * np.exp(-(distance[..., None] ** 2)), 0, 255).astype(np.uint8)
    )


def portrait(wall: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", (900, 1350), wall)
    draw = ImageDraw.Draw(image)
    draw.ellipse((100, 1000, 800, 1700), fill=(60, 70, 110))
    draw.ellipse((270, 330, 630, 820), fill=(214, 176, 148))
    draw.chord((250, 280, 650, 800), 180, 360, fill=(30, 24, 22))
    for x in (370, 530):
        draw.ellipse((x - 28, 590, x + 28, 614), fill=(35, 28, 25))
    draw.line((400, 730, 500, 730), fill=(150, 80, 80), width=10)
    return image


@pytest.mark.parametrize(
    "image",
    [
        card(1400),
        on_table(card(1300), angle=8),
        grained(on_table(card(1300)), 8),
        on_table(card(1300, ground=(250, 250, 248)), angle=3),
        portrait((255, 255, 255)),
        portrait((90, 140, 200)),
    ],
    ids=["card", "on a table", "grainy", "white card", "white wall", "blue wall"],
)
def test_a_good_photo_has_no_note(image: Image.Image) -> None:
    assert notes(image) == set()


@pytest.mark.parametrize("grain", [0.0, 6.0])
@pytest.mark.parametrize("width", [0.3, 0.5, 1.0])
def test_a_card_out_of_focus_is_blurred_with_or_without_grain(width: float, grain: float) -> None:
    blurred = on_table(card(1300)).filter(ImageFilter.GaussianBlur(width * 1300 / 86))
    assert notes(grained(blurred, grain)) == {"blurred"}


@pytest.mark.parametrize("wall", [(255, 255, 255), (90, 140, 200)])
def test_a_portrait_out_of_focus_is_blurred_and_its_white_is_no_glare(wall: tuple[int, int, int]) -> None:
    assert notes(portrait(wall).filter(ImageFilter.GaussianBlur(5))) == {"blurred"}


def test_a_slight_softness_is_not_called_blurred() -> None:
    assert notes(on_table(card(1300)).filter(ImageFilter.GaussianBlur(0.1 * 1300 / 86))) == set()


def test_a_card_in_the_dark_is_dark_and_not_blurred() -> None:
    assert notes(dimmed(card(1400), 0.25)) == {"dark"}


def test_a_card_on_a_black_table_is_not_dark() -> None:
    black = Image.new("RGB", (1600, 1200), (8, 8, 8))
    black.paste(card(1300), (150, 190))
    assert notes(black) == set()


@pytest.mark.parametrize("radius", [0.06, 0.15])
def test_a_reflection_on_the_card_is_glare(radius: float) -> None:
    assert "glare" in notes(lit(on_table(card(1300)), radius))


def test_a_white_label_is_no_glare() -> None:
    image = card(1400)
    image.paste((255, 255, 255), (500, 300, 900, 500))
    assert notes(image) == set()


@pytest.mark.parametrize(("size", "small"), [((640, 400), False), ((639, 480), True), ((800, 399), True)])
def test_a_photo_below_the_size_that_print_needs_is_too_small(size: tuple[int, int], small: bool) -> None:
    assert (QualityNote.TOO_SMALL in quality_notes(card(1400).resize(size), size)) == small


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 3), (20, 20)])
def test_a_strip_or_a_dot_is_too_small_and_no_error(size: tuple[int, int]) -> None:
    assert "too_small" in notes(Image.new("RGB", size, "white"))
