"""Addresses in both shapes (D3)."""

import pytest

from backoffice.kernel.errors import InvalidInput
from backoffice.rules.places import districts, find_place, provinces, wards


def faults_of(*codes: str | None) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        find_place(*codes)
    return {fault.field: fault.message for fault in caught.value.faults}


def test_an_address_without_a_district_is_read_in_the_shape_since_july_2025():
    place = find_place("01", None, "00004")
    assert (place.province.name, place.district, place.ward.name) == ("Thành phố Hà Nội", None, "Phường Ba Đình")


def test_an_address_with_a_district_is_read_in_the_shape_before_july_2025():
    place = find_place("01", "001", "00004")
    assert (place.district.name, place.ward.name) == ("Quận Ba Đình", "Phường Trúc Bạch")


def test_an_empty_district_means_none():
    assert find_place("01", "", "00004") == find_place("01", None, "00004")


def test_blanks_around_codes_are_ignored():
    assert find_place(" 01", "001 ", " 00001 ") == find_place("01", "001", "00001")


@pytest.mark.parametrize(
    ("codes", "line", "envelope"),
    [
        (("01", None, "00004"), " 12 Đội Cấn ", "12 Đội Cấn, Phường Ba Đình, Thành phố Hà Nội"),
        (("02", "024", "00688"), "Tổ 3", "Tổ 3, Phường Quang Trung, Thành phố Hà Giang, Tỉnh Hà Giang"),
        (("31", "318", None), "", "Huyện Bạch Long Vĩ, Thành phố Hải Phòng"),
    ],
)
def test_one_line_reads_like_an_envelope(codes, line, envelope):
    assert find_place(*codes).one_line(line) == envelope


def test_unknown_codes_are_all_named_at_once():
    faults = faults_of("00", "999", "99999")
    assert set(faults) == {"province", "district", "ward"}
    assert faults["ward"] == "Không có xã, phường mang mã 99999. Xin chọn xã, phường trong danh mục."


def test_missing_codes_are_asked_for():
    assert faults_of("", None, "") == {
        "province": "Chưa chọn tỉnh, thành phố. Xin chọn tỉnh, thành phố trong danh mục.",
        "ward": "Chưa chọn xã, phường. Xin chọn xã, phường trong danh mục.",
    }


def test_a_district_of_another_province_is_refused_by_name():
    assert faults_of("04", "001", "00001") == {
        "district": "Quận Ba Đình không thuộc tỉnh Cao Bằng. Xin chọn lại quận, huyện."
    }


def test_a_ward_of_another_district_is_refused_by_name():
    assert faults_of("01", "002", "00004") == {
        "ward": "Phường Trúc Bạch không thuộc quận Hoàn Kiếm. Xin chọn lại xã, phường."
    }


def test_a_ward_of_another_province_is_refused_by_name():
    assert faults_of("04", None, "00004") == {
        "ward": "Phường Ba Đình không thuộc tỉnh Cao Bằng. Xin chọn lại xã, phường."
    }


def test_a_merged_province_without_a_district_names_its_successor():
    faults = faults_of("02", None, "00004")
    assert set(faults) == {"province"}
    assert "Tỉnh Hà Giang đã hợp nhất vào tỉnh Tuyên Quang" in faults["province"]


def test_an_old_ward_without_its_district_is_explained():
    faults = faults_of("01", None, "00001")
    assert "Phường Phúc Xá (mã 00001) là đơn vị trước ngày 01/7/2025" in faults["ward"]


def test_a_ward_may_be_left_out_only_where_the_district_never_had_any():
    assert find_place("48", "498", None).ward is None
    assert set(faults_of("01", "001", None)) == {"ward"}


def test_the_lists_have_the_country_in_both_shapes():
    assert (len(provinces()), len(provinces(before_2025=True))) == (34, 63)
    assert sum(len(districts(province.code)) for province in provinces(before_2025=True)) == 696
    assert sum(len(wards(province.code)) for province in provinces()) == 3321


def test_every_listed_unit_is_found_again():
    for province in provinces():
        first = wards(province.code)[0]
        assert find_place(province.code, None, first.code).ward == first
    for province in provinces(before_2025=True):
        for district in districts(province.code):
            some = wards(province.code, district.code)
            assert find_place(province.code, district.code, some[-1].code if some else None).district == district


def test_wards_of_a_district_are_listed_only_under_its_own_province():
    assert [ward.name for ward in wards("01", "001")][:2] == ["Phường Phúc Xá", "Phường Trúc Bạch"]
    assert wards("04", "001") == ()
    assert wards("00") == ()
    assert districts("00") == ()
