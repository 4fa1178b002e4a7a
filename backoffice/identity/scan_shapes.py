"""What a scanner's text looks like, and what of it is certainly not one of our codes."""

from __future__ import annotations

import re
import unicodedata

from backoffice.identity.scan_kinds import Fault, UnreadableScan
from backoffice.identity.text import is_digits

SCAN_SHAPES: tuple[str, ...] = (
    r"^[^0-9]{0,4}([A-Za-z]{2}[0-9]{13}|[0-9]{12}|[0-9]{10})\|",
    r"\|[^|]*\|",
    r"^[^0-9]{0,4}([A-Za-z]{2}[0-9]{13}|[0-9]{12}|[0-9]{10})([^0-9A-Za-z\s])(.*\2){3}",
    r"^[^0-9]{0,4}[0-9]{12} ?([0-9]{9})?[^0-9|]{2,}([0-9]{8}|[0-9]{2}/[0-9]{2}/[0-9]{4}) ?[Nn]",
    r"^(https?:|www\.|HTTPS?:|WWW\.|WIFI:|BEGIN:|MECARD:|mailto:|tel:|geo:|SMSTO:|smsto:)",
    r"^0002010[12]",
    r"^[^0-9A-Za-z ]?[0-9][0-9 .-]{6,16}[0-9]$",
    r"^[A-Za-z]{2} ?[1-5] ?[0-9 .-]{12,16}$",
    r"^(?=.*[0-9])(?=.*[A-Za-z])[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{3}$",
    r"^[A-HJKMNP-TV-Z]{4}-?[A-HJKMNP-TV-Z]{4}-?[A-HJKMNP-TV-Z]{3}$",
    r"^(?=[^0-9]*[0-9][^0-9]*[0-9])(?=.*[\u00c0-\u1ef9])[^ |]{7,14}$",
)
"""Regular expressions in the part of the language that Python and JavaScript share, without flags."""

_SHAPES = tuple(re.compile(shape) for shape in SCAN_SHAPES)
_PREFIX = re.compile(r"^\][A-Za-z][0-9]")

_DO = "Xin quét mã QR trên Căn cước/CCCD, thẻ BHYT hoặc mẫu số 01, hoặc nhập số trên giấy tờ."
SENTENCES: dict[Fault, str] = {
    Fault.EMPTY: f"Chưa nhận được gì từ máy quét. {_DO}",
    Fault.TOO_LONG: f"Nội dung quét quá dài, không phải mã QR trên thẻ hoặc mẫu số 01. {_DO}",
    Fault.PARTIAL: "Mã QR này không phải của Căn cước/CCCD hay thẻ BHYT, hoặc quét chưa trọn. "
    "Xin quét lại, giữ yên máy quét; nếu vẫn không được, xin nhập số trên giấy tờ.",
    Fault.TWO_CODES: "Máy quét gửi hai mã khác nhau cùng một lúc. Xin quét lại từng mã một.",
    Fault.WEB: f"Đây là mã QR dẫn tới một trang web, không phải mã trên giấy tờ. {_DO}",
    Fault.PAYMENT: f"Đây là mã QR chuyển tiền, không phải mã trên giấy tờ. {_DO}",
    Fault.OTHER_QR: f"Đây là mã QR dùng vào việc khác, không phải mã trên giấy tờ. {_DO}",
    Fault.BARCODE: f"Đây là mã vạch hàng hóa, hoặc số giấy tờ nhập chưa đúng. {_DO}",
    Fault.UNKNOWN: f"Không nhận ra nội dung vừa quét. {_DO}",
}
_NUMBERS = "số Căn cước/CCCD có 12 chữ số, CMND 9, mã số BHXH 10 hoặc 12"

_FOREIGN: tuple[tuple[Fault, re.Pattern[str]], ...] = (
    (Fault.WEB, re.compile(r"\W{0,3}(?:https?:|www\.)|[\w-]{1,63}(?:\.[a-z]{2,24}){1,4}/", re.I)),
    (Fault.PAYMENT, re.compile(r"0002010[12]\d{2}")),
    (
        Fault.OTHER_QR,
        re.compile(r"(?:wifi|begin|mecard|bizcard|matmsg|mailto|smsto|sms|tel|geo|otpauth|upi|bitcoin):", re.I),
    ),
)
_BARCODE_LENGTHS = (8, 13, 14)


def looks_like_scan(text: str) -> bool:
    """Tell whether a text that came in one burst and ended with Enter is a scanner's, by what it contains (issue 4).

    Timing is the caller's. The rules, to be mirrored in JavaScript with the same expressions:
    1. Take the text in NFC, control characters out, trimmed, and without a prefix like "]Q1".
    2. It is a scan when one of SCAN_SHAPES is found in it: a card's number and a bar; two bars; a card's number and one
       other sign four times; a CCCD whose bars were lost; an address of the web and the like; a payment QR; 8 to 18
       digits and blanks, dots, dashes; a BHYT card number; 11 letters and digits with one of each (form 01), or 11
       capitals without I, L, O, U; one word with a letter that an input method made and two digits.

    A scan that nobody can read ("looks like" nothing of it) is thereby treated as typing, and so never lost.
    """
    seen = "".join(char for char in unicodedata.normalize("NFC", text) if unicodedata.category(char) != "Cc").strip()
    seen = _PREFIX.sub("", seen)
    return any(shape.search(seen) for shape in _SHAPES)


def unreadable(fault: Fault) -> UnreadableScan:
    """Return the scan that could not be read for `fault`, with its sentence."""
    return UnreadableScan(fault, SENTENCES[fault])


def foreign(line: str) -> UnreadableScan | None:
    """Return what a QR of the web, of a payment or of another use is called; None when it may be ours."""
    found = next((fault for fault, shape in _FOREIGN if shape.match(line)), None)
    return unreadable(found) if found else None


def unknown_digits(digits: str) -> UnreadableScan:
    """Return what digits are that are no number of ours: goods' barcode (EAN, GTIN) or a number of a wrong length."""
    if len(digits) in _BARCODE_LENGTHS and _fits_barcode(digits):
        return unreadable(Fault.BARCODE)
    sentence = f"Nội dung quét có {len(digits)} chữ số; {_NUMBERS}. Xin quét lại, hoặc xem lại và nhập đủ số."
    return UnreadableScan(Fault.NUMBER_LENGTH, sentence)


def _fits_barcode(digits: str) -> bool:
    """Check a GTIN: from the right, every second digit after the check digit counts three times (GS1)."""
    if not is_digits(digits):
        return False
    weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return weighted % 10 == 0
