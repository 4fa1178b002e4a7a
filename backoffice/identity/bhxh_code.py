"""The social-insurance (BHXH) code of a person (domain 3)."""

from __future__ import annotations

import re

from backoffice.identity.input_method import keys_behind, was_changed
from backoffice.identity.malformed import Malformed
from backoffice.identity.text import compact, is_digits

_HEALTH_CARD = re.compile(r"[A-Z]{2}[1-5]\d{2}(\d{10})")


def normalize_bhxh_code(text: str) -> str:
    """Return the code in `text` as 10 or 12 digits.

    A 15-character BHYT card number (2 letters, level 1-5, 2 digits of province, code) gives its last 10 digits.
    Blanks, dots, dashes, full-width digits and invisible marks are tolerated. Raises Malformed.
    """
    code = _as_sent(compact(text).upper())
    if is_digits(code):
        if len(code) in (10, 12):
            return code
        raise Malformed(
            f"Mã số BHXH có 10 hoặc 12 chữ số, ở đây có {len(code)}. Xin xem lại trên thẻ BHYT hoặc sổ BHXH.",
            code="bhxh_code_length",
        )
    card = _HEALTH_CARD.fullmatch(code)
    if card:
        return card[1]
    if not code:
        raise Malformed("Chưa có mã số BHXH. Xin nhập 10 hoặc 12 chữ số, hoặc số thẻ BHYT.", code="bhxh_code_missing")
    raise Malformed(
        "Mã số BHXH chỉ gồm 10 hoặc 12 chữ số; số thẻ BHYT gồm 2 chữ cái rồi 13 chữ số. Xin xem lại và nhập lại.",
        code="bhxh_code_invalid",
    )


def _as_sent(code: str) -> str:
    """Return a card number as the scanner sent it, where an input method changed its letters; else unchanged."""
    if not was_changed(code):
        return code
    sent = [keys for keys in keys_behind(code) if _HEALTH_CARD.fullmatch(keys)]
    return sent[0] if len(sent) == 1 else code


def group_code(code: str) -> str:
    """Return a code grouped for the eye: "012 345 6789", 12 digits "001 085 012 345"; else unchanged."""
    if len(code) == 10:
        return f"{code[:3]} {code[3:6]} {code[6:]}"
    if len(code) == 12:
        return f"{code[:3]} {code[3:6]} {code[6:9]} {code[9:]}"
    return code
