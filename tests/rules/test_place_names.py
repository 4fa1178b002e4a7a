"""Wards by name, as an officer types them at the desk (D3)."""

from __future__ import annotations

import pytest

from backoffice.identity.malformed import Malformed
from backoffice.rules.place_names import find_ward


@pytest.mark.parametrize(
    "text",
    [
        "Ba Đình, Hà Nội",
        "phường ba đình, thành phố hà nội",
        "BA DINH,HA NOI",
        "P. Ba Đình, TP. Hà Nội",
        "Phường Ba Đình, Quận Ba Đình, Thành phố Hà Nội",
        "00004",
        " Ba Đình ",
    ],
)
def test_a_ward_is_found_by_name_and_province_or_by_code(text: str):
    place = find_ward(text, "01")
    assert (place.province.code, place.district, place.ward and place.ward.code) == ("01", None, "00004")


def test_of_several_wards_of_a_name_the_one_of_the_present_province_is_meant():
    with pytest.raises(Malformed) as several:
        find_ward("Hòa Bình")
    assert several.value.code == "ambiguous"
    assert "tên tỉnh" in several.value.message
    assert find_ward("Hòa Bình", "25").one_line() == "Phường Hoà Bình, Tỉnh Phú Thọ"


@pytest.mark.parametrize("text", ["", " , Hà Nội", "Không Có Nơi Này", "Ba Đình, Cà Mau", "99999"])
def test_what_is_no_ward_says_how_to_write_one(text: str):
    with pytest.raises(Malformed, match="Xin ghi"):
        find_ward(text, "01")
