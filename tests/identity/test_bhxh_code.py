"""The BHXH code in every spelling (domain 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.bhxh_code import group_code, normalize_bhxh_code
from backoffice.identity.malformed import Malformed


@pytest.mark.parametrize(
    "text",
    [
        "0123456789",
        "012 345 6789",
        " 012.345.6789\r\n",
        "012-345-6789",
        "012–345–6789",
        "０１２３４５６７８９",
        "\u200b012\u200f3456\ufeff789\u202c",
        "012\u00a0345\u20096789",
        "'0123456789",
        "]Q10123456789",
        "DN4010123456789",
        "dn 4 01 012 345 6789",
        "TE1-79-0123456789",
    ],
)
def test_every_spelling_of_a_code_or_card_number_gives_the_10_digits(text):
    assert normalize_bhxh_code(text) == "0123456789"


@pytest.mark.parametrize("text", ["001085012345", "001 085 012 345", "001.085.012.345"])
def test_a_12_digit_personal_number_is_a_code_since_august_2025(text):
    assert normalize_bhxh_code(text) == "001085012345"


def test_a_card_number_changed_by_an_input_method_is_read_as_it_was_sent():
    assert normalize_bhxh_code("TÉ790123456789") == "0123456789"  # VNI: TE1 79 …
    assert normalize_bhxh_code("Đ4010123456789") == "0123456789"  # Telex: DD4 01 …


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bhxh_code_missing"),
        (" \u200b ", "bhxh_code_missing"),
        ("123456789", "bhxh_code_length"),
        ("01234567890", "bhxh_code_length"),
        ("0123456789012", "bhxh_code_length"),
        ("DN6010123456789", "bhxh_code_invalid"),
        ("DN0010123456789", "bhxh_code_invalid"),
        ("D14010123456789", "bhxh_code_invalid"),
        ("DN401012345678", "bhxh_code_invalid"),
        ("01234567O9", "bhxh_code_invalid"),
        ("0123456789/12", "bhxh_code_invalid"),
        ("+123456789", "bhxh_code_invalid"),
        ("½123456789", "bhxh_code_invalid"),
    ],
)
def test_what_is_no_code_is_refused_by_name_with_a_sentence(text, code):
    with pytest.raises(Malformed) as refusal:
        normalize_bhxh_code(text)
    assert refusal.value.code == code
    assert "Xin " in refusal.value.message


def test_a_wrong_length_is_told_with_the_number_of_digits_counted():
    with pytest.raises(Malformed, match="10 hoặc 12 chữ số, ở đây có 9"):
        normalize_bhxh_code("123 456 789")


@given(st.from_regex(r"[0-9]{10}|[0-9]{12}", fullmatch=True))
def test_grouping_a_code_and_reading_it_again_changes_nothing(code):
    assert normalize_bhxh_code(group_code(code)) == code == normalize_bhxh_code(normalize_bhxh_code(code))


@given(st.from_regex(r"[A-Z]{2}[1-5][0-9]{12}", fullmatch=True))
def test_every_card_number_gives_its_last_10_digits(card):
    assert normalize_bhxh_code(card) == normalize_bhxh_code(card.lower()) == card[-10:]


@given(st.text(max_size=30))
def test_any_text_gives_10_or_12_digits_or_a_refusal(text):
    try:
        code = normalize_bhxh_code(text)
    except Malformed:
        return
    assert len(code) in (10, 12)
    assert code.isascii()
    assert code.isdigit()


@pytest.mark.parametrize(
    ("code", "grouped"), [("0123456789", "012 345 6789"), ("001085012345", "001 085 012 345"), ("12", "12")]
)
def test_codes_are_grouped_for_the_eye(code, grouped):
    assert group_code(code) == grouped
