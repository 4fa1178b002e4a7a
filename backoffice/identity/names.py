"""Names of people: kept as written in NFC, compared without case, searched without diacritics (domain 3)."""

from __future__ import annotations

import unicodedata

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import visible

LONGEST_NAME = 200
_NO_SCRIPT = ("So", "Co", "Cs", "Cn")
"""Unicode categories of pictures and signs, of private and unassigned characters."""


def normalize_name(text: str) -> str:
    """Return the name in NFC, white space folded, control and direction marks removed.

    No alphabet is prescribed: names of every people of the country and of foreigners pass.
    Raises Malformed when nothing is left, over 200 characters, without a single letter, or with a picture (emoji) or a
    sign that is none of any script: no paper has it.
    """
    name = visible(text)
    if not name:
        raise Malformed("Chưa có họ tên. Xin nhập họ và tên như trên giấy tờ.", code="name_missing")
    if len(name) > LONGEST_NAME:
        raise Malformed(f"Họ tên dài quá {LONGEST_NAME} ký tự. Xin xem lại và nhập lại.", code="name_too_long")
    if not any(char.isalpha() for char in name):
        raise Malformed("Họ tên phải có chữ cái. Xin nhập họ và tên như trên giấy tờ.", code="name_without_letters")
    if any(unicodedata.category(char) in _NO_SCRIPT for char in name):
        raise Malformed(
            "Họ tên có hình hoặc ký hiệu không có trên giấy tờ. Xin xóa đi, chỉ giữ chữ như trên giấy tờ.",
            code="name_with_symbols",
        )
    return name


def fold(text: str) -> str:
    """Return `text` for searching: lower case, no diacritics, đ as d, white space folded; NFD and NFC give the same."""
    bare = _without_marks(_without_marks(visible(text)).casefold())
    return " ".join(bare.replace("đ", "d").split())


def same_name(a: str, b: str) -> bool:
    """Tell whether two names are equal but for case, white space and Unicode form."""
    return _caseless(a) == _caseless(b)


def alike_name(a: str, b: str) -> bool:
    """Tell whether two names are equal when diacritics are left out too (scanners which cannot send them)."""
    return fold(a) == fold(b)


def _caseless(text: str) -> str:
    return visible(unicodedata.normalize("NFC", visible(text).casefold()))


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
