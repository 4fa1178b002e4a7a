"""An address in one line, as cards have it, is a place and a line (D3, domain 3)."""

from __future__ import annotations

import pytest

from backoffice.rules.place_text import read_place


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("Số 1, Ngõ 2, Phúc Xá, Ba Đình, Hà Nội", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội", "Số 1, Ngõ 2"),
        (
            "Khu 3, Thị trấn Văn Điển, Thanh Trì, Hà Nội",
            "Thị trấn Văn Điển, Huyện Thanh Trì, Thành phố Hà Nội",
            "Khu 3",
        ),
        ("Tổ 3, Phường 1, Quận 3, TP. Hồ Chí Minh", "Phường 1, Quận 3, Thành phố Hồ Chí Minh", "Tổ 3"),
        ("Số 2 phố Mẫu, Phường Ba Đình, Thành phố Hà Nội", "Phường Ba Đình, Thành phố Hà Nội", "Số 2 phố Mẫu"),
        ("PHÚC XÁ, BA ĐÌNH, HÀ NỘI", "Phường Phúc Xá, Quận Ba Đình, Thành phố Hà Nội", ""),
    ],
)
def test_an_address_of_either_shape_is_told_apart(text: str, place: str, line: str):
    lies = read_place(text)
    assert lies.place is not None
    assert (lies.place.one_line(), lies.line, lies.sought) == (place, line, "")


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("Tổ 1, Phường Không Có, Ba Đình, Hà Nội", "Phường Không Có, Ba Đình, Hà Nội"),
        ("Tổ 1, Quận Ba Đình, Hà Nội", "Tổ 1, Quận Ba Đình, Hà Nội"),
        ("Thôn Ba, Xã Bốn, Huyện Năm", "Thôn Ba, Xã Bốn, Huyện Năm"),
        ("Hà Nội", "Hà Nội"),
        (",,, ,", ""),
        ("", ""),
        ("x" * 5_000, "x" * 5_000),
    ],
)
def test_a_district_is_never_taken_for_the_ward_of_its_name_and_what_is_unknown_is_left_to_a_person(
    text: str, sought: str
):
    lies = read_place(text)
    assert lies.place is None
    assert lies.sought == sought
