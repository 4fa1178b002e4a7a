"""The note on a missing corner: it comes when due, and hardly ever else (figures: gateways.photos.corners)."""

from __future__ import annotations

import pytest
from PIL import Image

from backoffice.gateways.photos.corners import CUT_LIMIT, cut_corner
from backoffice.gateways.photos.prepared import QualityNote
from backoffice.gateways.photos.quality import quality_notes
from tests.gateways.photos.cards import photo_of_card, scan
from tests.gateways.photos.samples import card, on_table


def noted(photos: list[Image.Image]) -> int:
    return sum(cut_corner(photo) > CUT_LIMIT for photo in photos)


def test_a_card_that_is_all_there_on_whatever_table_or_fills_the_picture_has_no_note() -> None:
    assert noted([photo_of_card(number) for number in range(8)]) == 0
    assert noted([photo_of_card(number, tight=True) for number in range(4)]) == 0
    assert noted([scan(number) for number in range(4)]) == 0


@pytest.mark.parametrize("cut", [1, 2])
def test_cut_off_corners_are_noted_where_the_table_tells_them(cut: int) -> None:
    assert noted([photo_of_card(number, cut) for number in range(12)]) >= 2


@pytest.mark.parametrize(("angle", "place"), [(4, (560, 300)), (-6, (520, 120)), (0, (500, 200))])
def test_a_card_half_off_a_plain_table_is_noted_among_the_other_notes(angle: float, place: tuple[int, int]) -> None:
    table = Image.new("RGB", (1600, 1200), (60, 56, 52))
    laid = card(1200).convert("RGBA").rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    table.paste(laid, place, laid)
    assert QualityNote.CUT_OFF in quality_notes(table, table.size)
    assert QualityNote.CUT_OFF not in quality_notes(on_table(card(1300), angle), (1600, 1200))


@pytest.mark.parametrize("size", [(1, 1), (300, 90), (256, 256), (100, 2000)])
def test_what_is_no_card_at_all_has_no_missing_corner(size: tuple[int, int]) -> None:
    assert cut_corner(Image.new("L", size, 200)) == 0.0
    assert cut_corner(Image.linear_gradient("L").resize(size)) == 0.0
