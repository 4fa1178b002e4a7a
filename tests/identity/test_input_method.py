"""A scanner types through Unikey: what it sent is worked out again (screens: scanner truths)."""

import random

import pytest

from backoffice.identity.input_method import keys_behind
from backoffice.identity.malformed import Malformed
from backoffice.identity.receipt_code import is_receipt_code, new_receipt_code, normalize_receipt_code

TELEX = {"AA": "Â", "EE": "Ê", "DD": "Đ", "AW": "Ă", "W": "Ư"} | {
    vowel + key: typed
    for vowel, typed_all in {"A": "ÁÀẢÃẠ", "E": "ÉÈẺẼẸ", "Y": "ÝỲỶỸỴ"}.items()
    for key, typed in zip("SFRXJ", typed_all, strict=True)
}
VNI = {"A6": "Â", "E6": "Ê", "A8": "Ă", "D9": "Đ"} | {
    vowel + key: typed
    for vowel, typed_all in {"A": "ÁÀẢÃẠ", "E": "ÉÈẺẼẸ", "Y": "ÝỲỶỸỴ"}.items()
    for key, typed in zip("12345", typed_all, strict=True)
}


def typed_through(code: str, scheme: dict[str, str]) -> str:
    """What a simple input method makes of `code`: a key changes the letter right before it."""
    typed = ""
    while code:
        keys = next((code[:length] for length in (2, 1) if code[:length] in scheme), "")
        typed += scheme.get(keys, code[0])
        code = code[len(keys) or 1 :]
    return typed


@pytest.mark.parametrize(
    ("seen", "sent"),
    [
        ("Á7K", "AS7K"),
        ("Á7K", "A17K"),
        ("Â9", "AA9"),
        ("Â9", "A69"),
        ("Đ4", "DD4"),
        ("Đ4", "D94"),
        ("Ư7", "W7"),
        ("Ằ3", "AWF3"),
        ("Ằ3", "A823"),
        ("ÁNK2", "ANSK2"),
        ("đ4", "DD4"),
    ],
)
def test_the_keys_behind_a_changed_letter_are_among_the_readings(seen, sent):
    assert sent in keys_behind(seen)


def test_a_text_without_changed_letters_has_no_other_reading():
    assert keys_behind("7K4M92QX3AB") == frozenset()
    assert keys_behind("") == frozenset()


@pytest.mark.parametrize("scheme", [TELEX, VNI], ids=["telex", "vni"])
def test_a_receipt_code_scanned_with_unikey_on_is_read_rightly_or_refused_and_mostly_read(scheme):
    read = refused = 0
    while read + refused < 300:
        code = new_receipt_code()
        typed = typed_through(code, scheme)
        if typed == code:
            continue
        if is_receipt_code(typed):
            assert normalize_receipt_code(typed) == code
            read += 1
        else:
            with pytest.raises(Malformed, match="bộ gõ"):
                normalize_receipt_code(typed)
            refused += 1
    assert read > 2 * refused


def test_a_text_full_of_changed_letters_is_given_up_at_once():
    seen = "".join(random.Random(1).choices("ÂẦĐĂẸ", k=5000))
    assert keys_behind(seen) == frozenset()
