"""Numbers of identity papers and what a CCCD's digits say (domain 3)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.malformed import Malformed
from backoffice.identity.papers import (
    CitizenNumber,
    age_note,
    age_on,
    citizen_number_faults,
    normalize_id_number,
    read_citizen_number,
)


@pytest.mark.parametrize(
    ("id_type", "text", "number"),
    [
        ("citizen_id", "001085012345", "001085012345"),
        ("citizen_id", " 001 085.012-345\n", "001085012345"),
        ("citizen_id", "００１085012345", "001085012345"),
        ("old_id", "012 345 678", "012345678"),
        ("passport", "b1234567", "B1234567"),
        ("passport", " B 1234567 ", "B1234567"),
        ("passport", "AB123456", "AB123456"),
        ("passport", "123456", "123456"),
        ("passport", "X12345678", "X12345678"),
    ],
)
def test_numbers_of_papers_are_read_in_every_spelling(id_type, text, number):
    assert normalize_id_number(id_type, text) == number


@pytest.mark.parametrize(
    ("id_type", "text", "code"),
    [
        ("citizen_id", "", "id_number_missing"),
        ("citizen_id", "00108501234", "citizen_id_invalid"),
        ("citizen_id", "00108501234A", "citizen_id_invalid"),
        ("citizen_id", "012345678", "is_old_id"),
        ("old_id", "01234567", "old_id_invalid"),
        ("old_id", "B12345678", "old_id_invalid"),
        ("old_id", "001085012345", "is_citizen_id"),
        ("passport", "B1234", "passport_invalid"),
        ("passport", "B123456789", "passport_invalid"),
        ("passport", "PASSPORT", "passport_invalid"),
        ("passport", "B12345É7", "passport_invalid"),
        ("driving_licence", "123456789", "id_type_unknown"),
        ("", "001085012345", "id_type_unknown"),
    ],
)
def test_what_is_no_such_number_is_refused_by_name_with_a_sentence(id_type, text, code):
    with pytest.raises(Malformed) as refusal:
        normalize_id_number(id_type, text)
    assert refusal.value.code == code
    assert "xin " in refusal.value.message.lower()


@pytest.mark.parametrize(
    ("digit", "sex", "year"),
    [
        ("0", "male", 1985),
        ("1", "female", 1985),
        ("2", "male", 2085),
        ("3", "female", 2085),
        ("4", "male", 2185),
        ("5", "female", 2185),
    ],
)
def test_the_fourth_digit_of_a_cccd_tells_century_and_sex(digit, sex, year):
    number = f"001{digit}85012345"
    assert read_citizen_number(number) == CitizenNumber(number, "001", sex, year)


@pytest.mark.parametrize("digit", "6789")
def test_a_century_digit_above_5_is_no_cccd(digit):
    with pytest.raises(Malformed, match="thế kỷ"):
        read_citizen_number(f"001{digit}85012345")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["male", "female"]))
def test_a_cccd_of_the_declared_year_of_birth_has_no_fault_and_of_another_has_one(born, sex):
    century = (born.year // 100 - 19) * 2 + (sex == "female")
    number = f"079{century}{born.year % 100:02}000001"
    assert read_citizen_number(number).sex == sex
    assert citizen_number_faults(number, born) == []
    other = born.replace(day=1, year=born.year - 1)
    assert len(citizen_number_faults(number, other)) == 1


def test_the_note_on_a_differing_year_names_both():
    assert citizen_number_faults("001085012345", date(1986, 1, 2)) == [
        "Số căn cước/CCCD cho biết năm sinh 1985, ngày sinh khai là 02/01/1986."
    ]


def test_an_undeclared_date_of_birth_is_no_fault_but_an_ill_built_number_is():
    assert citizen_number_faults("001085012345", None) == []
    assert len(citizen_number_faults("001985012345", None)) == 1
    assert len(citizen_number_faults("12", None)) == 1


def test_the_fourth_digit_is_held_against_the_sex_on_the_card():
    assert citizen_number_faults("001085012345", date(1985, 1, 2), "male") == []
    assert citizen_number_faults("001085012345", date(1986, 1, 2), "female", source="trên thẻ") == [
        "Số căn cước/CCCD cho biết năm sinh 1985, ngày sinh trên thẻ là 02/01/1986.",
        "Số căn cước/CCCD cho biết giới tính Nam, giới tính trên thẻ là Nữ.",
    ]


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 11, 20), date(2026, 11, 19), 13),
        (date(2012, 11, 20), date(2026, 11, 20), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2027, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_age_is_counted_in_full_years(born, day, age):
    assert age_on(day, born) == age


def test_a_child_is_told_and_an_adult_is_not():
    """D11: the child's path."""
    day = date(2026, 11, 20)
    assert "qua cha, mẹ hoặc người giám hộ" in age_note(day, date(2013, 1, 1))
    assert "nếu chưa có giấy tờ hoặc số điện thoại riêng" in age_note(day, date(2010, 1, 1))
    assert age_note(day, date(2008, 11, 20)) == ""
