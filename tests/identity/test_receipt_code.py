"""Receipt codes: random, typed in any spelling, every single mistake found (contract: words)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import (
    ALPHABET,
    format_receipt_code,
    is_receipt_code,
    new_receipt_code,
    normalize_receipt_code,
)

CODES = st.builds(new_receipt_code)


def test_a_new_code_has_11_characters_and_a_letter_among_the_first_10():
    for code in (new_receipt_code() for _ in range(500)):
        assert len(code) == 11
        assert set(code) <= set(ALPHABET)
        assert any(char.isalpha() for char in code[:10])
        assert normalize_receipt_code(code) == code


def test_a_draw_of_digits_only_is_drawn_again():
    drawn = iter("1234567890" + "12345678A9")
    assert new_receipt_code(lambda alphabet: next(drawn))[:10] == "12345678A9"


def test_new_codes_do_not_repeat():
    assert len({new_receipt_code() for _ in range(2000)}) == 2000


@given(CODES)
def test_a_code_is_found_in_every_spelling(code):
    shown = format_receipt_code(code)
    assert [len(part) for part in shown.split("-")] == [4, 4, 3]
    mistaken = code.replace("0", "o").replace("1", "l")
    for text in (shown, shown.lower(), f"  {' '.join(code)}\r\n", shown.replace("-", "–"), mistaken, "]Q1" + code):
        assert normalize_receipt_code(text) == code


def test_o_is_read_as_0_and_i_and_l_as_1():
    code = "A01B01C01D6"
    check = next(char for char in ALPHABET if is_receipt_code(code[:10] + char))
    code = code[:10] + check
    for zero, one in (("O", "I"), ("o", "l"), ("O", "L"), ("o", "i")):
        assert normalize_receipt_code(code.replace("0", zero).replace("1", one)) == code


def test_every_single_wrong_character_is_found():
    for code in (new_receipt_code() for _ in range(20)):
        for place in range(11):
            for wrong in set(ALPHABET) - {code[place]}:
                assert not is_receipt_code(code[:place] + wrong + code[place + 1 :])


def test_every_swap_of_two_characters_is_found_neighbours_or_not():
    for code in (new_receipt_code() for _ in range(200)):
        for first in range(11):
            for second in range(first + 1, 11):
                swapped = list(code)
                swapped[first], swapped[second] = code[second], code[first]
                assert is_receipt_code("".join(swapped)) == (code[first] == code[second])


def test_no_number_is_a_receipt_code():
    assert not any(is_receipt_code(f"{number:010}{check}") for number in range(500) for check in ALPHABET)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "receipt_code_missing"),
        ("--", "receipt_code_missing"),
        ("7K4M-92QX", "receipt_code_length"),
        ("7K4M-92QX-3ABC", "receipt_code_length"),
        ("UUUU-UUUU-UUU", "receipt_code_check"),
        ("7K4M+92QX+3A", "receipt_code_length"),
        ("7K4*-92QX-3AB", "receipt_code_check"),
        ("ĐK4M-92QX-3A", "receipt_code_diacritics"),
    ],
)
def test_what_is_no_receipt_code_is_refused_by_name_with_a_sentence(text, code):
    with pytest.raises(Malformed) as refusal:
        normalize_receipt_code(text)
    assert refusal.value.code == code
    assert "Xin " in refusal.value.message


@given(st.text(max_size=15))
def test_any_text_is_a_code_that_stays_or_is_refused(text):
    if is_receipt_code(text):
        code = normalize_receipt_code(text)
        assert normalize_receipt_code(code) == code
        assert len(code) == 11
