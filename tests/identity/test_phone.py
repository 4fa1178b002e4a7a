"""Mobile numbers: one normal form, any spelling found (domain 3, D6)."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import backoffice
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import group_phone, mask_phone, mobile_prefixes, normalize_phone

DATA = Path(backoffice.__file__).parent / "data"
NUMBERS = st.builds(str.__add__, st.sampled_from(sorted(mobile_prefixes())), st.from_regex("[0-9]{7}", fullmatch=True))


def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "text",
    [
        "0981234567",
        "098 123 4567",
        "098.123.4567",
        "098-123-4567",
        "+84981234567",
        "+84 98 123 45 67",
        "84981234567",
        "0084981234567",
        "00 84 98 1234567",
        "+84 (0) 98 123 4567",
        "(098) 123 4567",
        "\u202a+84\u00a0981234567\u202c",
        "０９８１２３４５６７",
        "'0981234567",
    ],
)
def test_every_spelling_of_a_number_gives_10_digits_from_0(text):
    assert normalize_phone(text) == "0981234567"


@pytest.mark.parametrize("row", rows("mobile_prefix_2018_conversion.csv"), ids=lambda row: row["old_11_digit_prefix"])
def test_an_11_digit_number_of_before_2018_is_converted_in_every_spelling(row):
    old, new = row["old_11_digit_prefix"] + "1234567", row["new_10_digit_prefix"] + "1234567"
    for text in (old, "+84" + old[1:], "84" + old[1:], "0084" + old[1:], f"{old[:4]} {old[4:7]} {old[7:]}"):
        assert normalize_phone(text) == new


@pytest.mark.parametrize("prefix", [row["prefix"] for row in rows("mobile_prefixes.csv")])
def test_a_number_of_each_mobile_prefix_is_taken(prefix):
    assert normalize_phone(prefix + "1234567") == prefix + "1234567"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "phone_missing"),
        ("098123456", "phone_length"),
        ("09812345678", "phone_length"),
        ("01301234567", "phone_length"),
        ("981234567", "phone_no_zero"),
        ("02438345678", "phone_length"),
        ("0243834567", "phone_landline"),
        ("0120123456", "phone_prefix"),
        ("0511234567", "phone_prefix"),
        ("+14155550123", "phone_foreign"),
        ("0012025550123", "phone_foreign"),
        ("0981234567 ext 2", "phone_invalid"),
        ("09812E4567", "phone_invalid"),
        ("0981234567, 0912345678", "phone_invalid"),
        ("1900 9068", "phone_no_zero"),
        ("+", "phone_invalid"),
        ("+999999999999999999999999", "phone_foreign"),
    ],
)
def test_what_is_no_vietnamese_mobile_number_is_refused_by_name_with_a_sentence(text, code):
    with pytest.raises(Malformed) as refusal:
        normalize_phone(text)
    assert refusal.value.code == code
    assert "Xin " in refusal.value.message


def test_a_foreign_number_is_told_by_its_country_code():
    with pytest.raises(Malformed, match=r"nước ngoài \(mã nước \+1\)"):
        normalize_phone("+1 415 555 0123")


@given(NUMBERS)
def test_all_spellings_of_one_number_are_one_number(number):
    spellings = {number, "+84" + number[1:], "84" + number[1:], "0084" + number[1:], group_phone(number)}
    assert {normalize_phone(text) for text in spellings} == {number}


@given(st.text(alphabet="0123456789+ .-()", max_size=20))
def test_any_number_gives_a_mobile_number_that_stays_or_a_refusal(text):
    try:
        phone = normalize_phone(text)
    except Malformed:
        return
    assert len(phone) == 10
    assert phone[:3] in mobile_prefixes()
    assert normalize_phone(phone) == phone


def test_a_masked_number_shows_its_first_and_last_three_digits_only():
    assert mask_phone("0981234567") == "098…567"
    assert mask_phone("12345") == "…"


def test_a_number_is_grouped_for_the_eye():
    assert group_phone("0981234567") == "098 123 4567"
    assert group_phone("12345") == "12345"
