"""The CCCD's QR read from the photo of the card, from its original resolution (D5)."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFilter

from backoffice.gateways.photos.pipeline import prepare
from tests.gateways.photos.samples import CCCD, card, on_table, picture, qr_code, saved

NUMBER = "001085012345"


@pytest.mark.parametrize("angle", [0, 7, 45, 90, 180, 271])
def test_the_code_of_a_card_is_read_turned_any_way(angle: float) -> None:
    photo = prepare(saved(on_table(card(1000), angle), "JPEG", quality=85))
    assert photo.qr_text == CCCD
    assert photo.citizen_card is not None
    assert photo.citizen_card["number"] == NUMBER
    assert photo.citizen_card["old_number"] == "012345678"
    assert photo.citizen_card["full_name"] == "Nguyễn Thử Mẫu"
    assert photo.citizen_card["date_of_birth"] == "1985-01-20"
    assert "no_qr" not in photo.notes


@pytest.mark.parametrize("width", [700, 2800])
def test_the_code_is_read_from_small_and_large_photos(width: int) -> None:
    size = round(width * 1.2), round(width * 0.9)
    photo = prepare(saved(on_table(card(width), 4, size), "JPEG", quality=85))
    assert photo.citizen_card is not None
    assert photo.citizen_card["number"] == NUMBER


def test_the_code_is_read_from_the_original_where_the_kept_photo_would_be_too_coarse() -> None:
    """A card far away in a large photo: 16 mm of code are 130 px there, and 48 once the photo is 2000 px wide."""
    far = on_table(card(700), 0, (5400, 3200))
    photo = prepare(saved(far, "JPEG", quality=90))
    assert photo.width == 2000
    assert photo.citizen_card is not None
    again = prepare(photo.full)
    assert again.qr_text is None
    assert "no_qr" in again.notes


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_the_code_is_read_from_every_format(kind: str) -> None:
    photo = prepare(saved(on_table(card(1000), 5), kind))
    assert photo.citizen_card is not None
    assert photo.citizen_card["number"] == NUMBER


def test_the_code_of_a_pale_soft_photo_is_read() -> None:
    pale = on_table(card(1200), 3).point(lambda value: 150 + round(value * 0.15))
    photo = prepare(saved(pale.filter(ImageFilter.GaussianBlur(1.0)), "JPEG", quality=85))
    assert photo.qr_text == CCCD


def test_a_photo_without_a_code_says_so() -> None:
    photo = prepare(saved(picture(900, 600)))
    assert (photo.qr_text, photo.citizen_card) == (None, None)
    assert "no_qr" in photo.notes


def test_a_code_that_is_no_cccd_is_kept_as_text_only() -> None:
    photo = prepare(saved(card(1400, qr="https://example.invalid/")))
    assert (photo.qr_text, photo.citizen_card) == ("https://example.invalid/", None)
    assert "no_qr" not in photo.notes


@pytest.mark.parametrize("stranger_first", [True, False])
def test_among_several_codes_the_cccd_wins(stranger_first: bool) -> None:
    codes = [qr_code("https://example.invalid/", 300), qr_code(CCCD, 400)]
    sheet = Image.new("RGB", (1200, 600), "white")
    for place, code in zip((50, 650), codes if stranger_first else codes[::-1], strict=True):
        sheet.paste(code, (place, 80))
    assert prepare(saved(sheet, "PNG")).qr_text == CCCD


def test_a_code_without_end_is_not_kept() -> None:
    photo = prepare(saved(qr_code("7" * 2500, 1400), "PNG"))
    assert photo.qr_text is None
