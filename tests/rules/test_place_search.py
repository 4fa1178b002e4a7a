"""D3: where somebody lives is found by a few words, in both shapes of an address."""

from __future__ import annotations

import unicodedata

import pytest

from backoffice.rules.place_search import find_places
from backoffice.rules.places import find_place


def first(text: str) -> str:
    return find_places(text).places[0].one_line()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ba dinh ha noi", "Phường Ba Đình, Thành phố Hà Nội"),
        ("BA ĐÌNH, HÀ NỘI", "Phường Ba Đình, Thành phố Hà Nội"),
        (unicodedata.normalize("NFD", "Phường Ba Đình, Hà Nội"), "Phường Ba Đình, Thành phố Hà Nội"),
        ("phuc xa", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội"),
        ("bến nghé tphcm", "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh"),
        ("p1 q3", "Phường 1, Quận 3, Thành phố Hồ Chí Minh"),
        ("thanh trì hn", "Xã Thanh Trì, Thành phố Hà Nội"),
    ],
)
def test_the_likeliest_place_comes_first(text: str, line: str):
    assert first(text) == line


def test_of_equal_names_the_present_one_comes_before_the_former():
    shapes = [place.district is None for place in find_places("ba dinh nga son thanh hoa").places]
    assert shapes == sorted(shapes, reverse=True)
    assert find_places("ly son quang ngai").places[0].district is None


def test_a_district_that_had_no_wards_is_a_place_of_its_own():
    found = [place for place in find_places("con dao").places if place.district]
    assert [place.one_line() for place in found] == ["Huyện Côn Đảo, Tỉnh Bà Rịa - Vũng Tàu"]
    assert found[0].ward is None


def test_every_place_that_is_offered_is_taken():
    for place in find_places("an phu", most=200).places:
        codes = [unit.code if unit else "" for unit in (place.province, place.district, place.ward)]
        assert find_place(*codes) == place


@pytest.mark.parametrize("text", ["", "  ", "…!?", "x", "a" + "\u0301" * 100_000, "\x00\u202e", "không có nơi này đâu"])
def test_what_names_no_place_finds_none(text: str):
    assert find_places(text).places == []


def test_more_than_are_shown_is_said():
    found = find_places("phuong", most=3)
    assert len(found.places) == 3
    assert found.more
