"""What a scanner's text looks like, and what of it is certainly not one of our codes."""

from __future__ import annotations

import re

from backoffice.identity.receipt_code import is_receipt_code
from backoffice.identity.scan_kinds import Fault, UnreadableScan
from backoffice.identity.scan_text import scanned_once
from backoffice.identity.text import is_digits

LONGEST_SCAN = 2000

_FIRST = r"^[^0-9|]{0,4}?(?:[0-9]{12}|[0-9]{10}|[^\W\d_]{1,3}[0-9]{11,13})\s*"
SCAN_SHAPES: tuple[str, ...] = (
    rf"{_FIRST}\|(?:[^|]*\|){{3}}",
    r"^[^0-9|]{0,4}(?:[A-Z]{2}[0-9]{13}|[0-9]{12})\|",
    rf"{_FIRST}([^0-9A-Z\s])(?:.*?\1){{3}}",
    r"^[^0-9|]{0,4}[0-9]{12} ?(?:[0-9]{9})?[^0-9|]+[0-9]{8} ?(?:nam|nữ|nu)",
    r"^(?=(?:.*[0-9]){8})[^|]*(?:\|[^|]*){3}",
    r"^[A-Z]{2}[1-5][0-9]{12}$",
    r"^(?:[0-9]{9}|[0-9]{10}|[0-9]{12})$",
    r"^(?=.*[^\x00-\x7f])(?=(?:.*[0-9]){2})[^\W_]{8,11}$",
    r"^(?:[0-9]{8}|[0-9]{13,14}|0002010[12][0-9]{2}.*)$",
    r"^(?:https?:|www\.|wifi:|begin:|mecard:|mailto:|smsto:|tel:|geo:)\S",
)
"""Regular expressions, without regard to case, in the part of the language that Python and JavaScript share."""

_SHAPES = tuple(re.compile(shape, re.IGNORECASE) for shape in SCAN_SHAPES)

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
    """Tell whether a text that came in one burst and ended with Enter is a scanner's, by what it contains.

    When it came and how fast is the caller's to judge; static/scanner.js has the same rules:
    1. Take the text in NFC, trimmed, without control characters and a prefix like "]Q1", and once if it came twice.
    2. It is a scan when it is a receipt code whose check fits, or when one of SCAN_SHAPES is found in it. In order: a
       card with four bars; half a card; a card with another sign four times for the bar; a CCCD without its bars; a
       card that lost its beginning; a BHYT card's number; 9, 10 or 12 digits; a receipt code that an input method
       changed; a barcode of goods or a payment's QR; an address of the web and the like.

    What looks like nothing of this is typing, and so is never taken from the field it stands in.
    """
    seen = scanned_once(text[:LONGEST_SCAN])
    return is_receipt_code(seen) or any(shape.search(seen) for shape in _SHAPES)


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
