"""Receipt codes (mã hồ sơ): 10 random Crockford base-32 characters and a check character.

The check is a weighted sum over GF(32) with a different weight at each of the 11 places, so that every single wrong
character and every swap of two different characters is found, at any distance. Stored without hyphens.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from backoffice.identity.input_method import keys_behind, was_changed
from backoffice.identity.malformed import Malformed
from backoffice.identity.text import compact

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH = 10
LENGTH = BODY_LENGTH + 1

_VALUES = {char: value for value, char in enumerate(ALPHABET)}
_TWINS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2)


def new_receipt_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new random code of 11 characters, with a letter among the first 10 so that no number looks like it.

    `choose` picks one character of a text (the demo passes a seeded one; everything else keeps the default).
    """
    while True:
        body = "".join(choose(ALPHABET) for _ in range(BODY_LENGTH))
        if not body.isdigit():
            return body + _check_character(body)


def normalize_receipt_code(text: str) -> str:
    """Return the 11 characters of the code in `text`; hyphens, blanks, lower case, O, I and L are tolerated.

    Letters which an input method changed on the way from a scanner are restored where the check leaves one way only.
    Raises Malformed when the length, a character or the check character is wrong.
    """
    code = _as_sent(compact(text).upper()).translate(_TWINS)
    if not code:
        raise Malformed("Chưa có mã hồ sơ. Xin nhập mã trên mẫu số 01 hoặc tin nhắn.", code="receipt_code_missing")
    if was_changed(code):
        raise Malformed(
            "Mã hồ sơ không có chữ có dấu: bộ gõ tiếng Việt đã làm đổi chữ. Xin tắt bộ gõ tiếng Việt rồi quét lại.",
            code="receipt_code_diacritics",
        )
    if len(code) != LENGTH:
        raise Malformed(
            f"Mã hồ sơ có {LENGTH} ký tự, ở đây có {len(code)}. Xin xem lại trên mẫu số 01 hoặc tin nhắn.",
            code="receipt_code_length",
        )
    if not _fits(code):
        raise Malformed(
            "Mã hồ sơ có ký tự sai hoặc đảo chỗ. Xin xem lại trên mẫu số 01 hoặc tin nhắn rồi nhập lại.",
            code="receipt_code_check",
        )
    return code


def format_receipt_code(code: str) -> str:
    """Return a stored code with hyphens for the eye: "7K4M-92QX-3AB"."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def is_receipt_code(text: str) -> bool:
    """Tell whether `text` is a well-formed receipt code in any spelling."""
    try:
        normalize_receipt_code(text)
    except Malformed:
        return False
    return True


def _as_sent(code: str) -> str:
    """Return the code a scanner sent through an input method, if it can be told; else unchanged."""
    if not was_changed(code) or not any(char.isdigit() for char in code):
        return code
    sent = [keys for keys in keys_behind(code) if len(keys) == LENGTH and _fits(keys)]
    return sent[0] if len(sent) == 1 else code


def _fits(code: str) -> bool:
    body, check = code[:BODY_LENGTH], code[BODY_LENGTH:]
    return all(char in _VALUES for char in code) and not body.isdigit() and _check_character(body) == check


def _check_character(body: str) -> str:
    """Return the character c for which the sum of x^(10-i) times character i, with c at place 10, is zero."""
    total = 0
    for char in body:
        total = _times_x(total ^ _VALUES[char])
    return ALPHABET[total]


def _times_x(value: int) -> int:
    doubled = value << 1
    return doubled ^ _FIELD_POLYNOMIAL if doubled & 0b100000 else doubled
