"""Vietnamese mobile numbers (domain 3): one normal form, any spelling read (D6, D7)."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import phonenumbers

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import compact, is_digits

_VIETNAM = 84


def normalize_phone(text: str) -> str:
    """Return the mobile number in `text` as 10 digits from 0.

    Read are 0…, +84…, 84… and 0084…, with blanks, dots, dashes and brackets, and the 11-digit numbers of before
    15 Sep 2018, which are converted. Raises Malformed for anything else: landlines, foreign numbers, unknown prefixes.
    """
    national = _national(compact(text.replace("(", "").replace(")", "")))
    if len(national) == 11 and national[:4] in _conversions():
        national = _conversions()[national[:4]] + national[4:]
    if len(national) != 10:
        raise Malformed(
            f"Số điện thoại di động có 10 chữ số bắt đầu bằng 0, ở đây có {len(national)}. Xin xem lại và nhập lại.",
            code="phone_length",
        )
    if national[:3] not in mobile_prefixes():
        raise _not_mobile(national)
    return national


def _national(number: str) -> str:
    """Return the digits of `number` from the leading 0 on; the country's code may be +84, 84 or 0084."""
    if not number:
        raise Malformed("Chưa có số điện thoại. Xin nhập số di động 10 chữ số.", code="phone_missing")
    if not is_digits(number.removeprefix("+")):
        raise Malformed(
            "Số điện thoại chỉ gồm chữ số. Xin nhập số di động 10 chữ số, ví dụ 098 123 4567.", code="phone_invalid"
        )
    if number.startswith("00"):
        number = "+" + number[2:]
    if number.startswith("84") and len(number) >= 11:
        number = "+" + number
    if number.startswith("+84"):
        return "0" + number[3:].removeprefix("0")
    if number.startswith("+"):
        raise _foreign(number)
    if not number.startswith("0"):
        raise Malformed("Số điện thoại thiếu số 0 ở đầu. Xin nhập đủ 10 chữ số bắt đầu bằng 0.", code="phone_no_zero")
    return number


def _foreign(number: str) -> Malformed:
    try:
        country = phonenumbers.parse(number).country_code
    except phonenumbers.NumberParseException:
        country = None
    where = f" (mã nước +{country})" if country else ""
    return Malformed(
        f"Đây là số điện thoại nước ngoài{where}. Xin dùng số di động Việt Nam để nhận được tin nhắn.",
        code="phone_foreign",
    )


def _not_mobile(national: str) -> Malformed:
    if national.startswith("02"):
        return Malformed(
            "Đây là số máy bàn, không nhận được tin nhắn. Xin dùng số di động 10 chữ số.", code="phone_landline"
        )
    return Malformed(
        f"Đầu số {national[:3]} không phải của mạng di động Việt Nam. Xin xem lại và nhập lại số điện thoại.",
        code="phone_prefix",
    )


def mask_phone(phone: str) -> str:
    """Return a normal number with its middle hidden: "098…567"; anything else wholly hidden."""
    return f"{phone[:3]}…{phone[-3:]}" if len(phone) == 10 else "…"


def group_phone(phone: str) -> str:
    """Return a normal number grouped for the eye: "098 123 4567"; else unchanged."""
    return f"{phone[:3]} {phone[3:6]} {phone[6:]}" if len(phone) == 10 else phone


@cache
def mobile_prefixes() -> frozenset[str]:
    """Return the 3-digit prefixes of Vietnamese mobile networks (data/mobile_prefixes.csv)."""
    return frozenset(row["prefix"] for row in _rows("mobile_prefixes.csv"))


@cache
def _conversions() -> dict[str, str]:
    rows = _rows("mobile_prefix_2018_conversion.csv")
    return {row["old_11_digit_prefix"]: row["new_10_digit_prefix"] for row in rows}


def _rows(name: str) -> list[dict[str, str]]:
    file = resources.files("backoffice") / "data" / name
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
