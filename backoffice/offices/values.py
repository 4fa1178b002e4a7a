"""What the fields of an office must be (D8): pure checks, the same for a form, a file and whatever comes later."""

from __future__ import annotations

import re

from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import group_phone
from backoffice.identity.text import compact, is_digits, normalize_text
from backoffice.models import OfficeKind
from backoffice.rules.place_names import province_named, ward_in
from backoffice.rules.places import province_now, ward_now

LABELS: dict[str, str] = {
    "code": "Mã cơ quan",
    "name": "Tên cơ quan",
    "kind": "Cấp",
    "parent": "Cơ quan cấp trên",
    "province_code": "Mã tỉnh",
    "address": "Địa chỉ",
    "phone": "Điện thoại",
    "email": "E-mail",
    "position": "Vị trí trên bản đồ",
    "wards": "Xã, phường phục vụ",
    "closed": "Ngừng hoạt động",
    "successor": "Hợp nhất vào",
}
"""Names of the fields as people read them; the keys are those of `office_changes.field`."""

LONGEST_NAME = 120
LONGEST_ADDRESS = 250
MOST_WARDS = 200
"""So many a list may give; an office that a merge gave more may keep them."""
CODE_LENGTHS = {OfficeKind.ROOT: 3, OfficeKind.PROVINCE: 3, OfficeKind.DISTRICT: 5}
_SPECIAL = re.compile(r"1[89]00\d{4,6}")
_LANDLINE_OR_MOBILE = re.compile(r"0[235789]\d{8,9}")
_SEPARATORS = re.compile(r"[;\r\n\t]+")
_POSITION = re.compile(r"(-?\d{1,3}(?:[.,]\d{1,12})?)°?\s*(?:;|,\s|,(?=\d+\.)|\s)\s*(-?\d{1,3}(?:[.,]\d{1,12})?)°?")
_DECIMALS = 6
"""A tenth of a metre."""
_LATITUDES, _LONGITUDES = (7.0, 24.0), (101.5, 118.0)
"""Vietnam with its islands, in degrees (WGS 84)."""


def read_code(text: str, kind: OfficeKind | None = None) -> str:
    """Return the code of an office in digits: 3 of a province, 5 of a district; either when `kind` is not known.

    Raises Malformed; a number that a spreadsheet has shortened is not mended, for 114 may be 00114 or a province.
    """
    code = compact(text)
    if not code:
        raise Malformed("Chưa có mã cơ quan. Xin nhập mã: 3 chữ số cho cấp tỉnh, 5 cho cấp cơ sở.", code="missing")
    lengths = {CODE_LENGTHS[kind]} if kind else {3, 5}
    if not is_digits(code) or len(code) not in lengths:
        wanted = {3: "3 chữ số (cấp tỉnh)", 5: "5 chữ số (cấp cơ sở)"}
        raise Malformed(
            f"Mã cơ quan phải có {' hoặc '.join(wanted[length] for length in sorted(lengths))}. "
            "Xin xem lại; số 0 ở đầu cũng phải ghi.",
            code="code_invalid",
        )
    return code


def kind_of_code(code: str) -> OfficeKind:
    """Return the kind of a new office with this code in normal form: by its length."""
    return OfficeKind.PROVINCE if len(code) == CODE_LENGTHS[OfficeKind.PROVINCE] else OfficeKind.DISTRICT


def read_name(text: str) -> str:
    """Return the name of an office on one line; raises Malformed when it is missing, has no letters or is too long."""
    name = normalize_text(text, limit=LONGEST_NAME)
    if not any(char.isalpha() for char in name):
        raise Malformed("Chưa có tên cơ quan. Xin nhập tên, ví dụ “BHXH cơ sở Ba Đình”.", code="name_missing")
    return name


def read_address(text: str) -> str | None:
    """Return the address on one line, None for nothing; raises Malformed."""
    return normalize_text(text, limit=LONGEST_ADDRESS) or None


def read_phone(text: str) -> str | None:
    """Return the number people call, in digits from 0 (a landline or mobile number) or 1800…, 1900…; None for nothing.

    Raises Malformed for anything else. Numbers written with +84 are read too.
    """
    number = compact(text.replace("(", "").replace(")", ""))
    if not number:
        return None
    number = re.sub(r"^(?:\+84|0084|84(?=\d{9,10}$))0?", "0", number)
    if _LANDLINE_OR_MOBILE.fullmatch(number) or _SPECIAL.fullmatch(number):
        return number
    hint = " Số 0 ở đầu đã bị mất." if is_digits(number) and _LANDLINE_OR_MOBILE.fullmatch("0" + number) else ""
    raise Malformed(
        f"Số điện thoại chưa đúng.{hint} Xin ghi đủ mã vùng, ví dụ 024 3733 9934, hoặc số di động, số 1900, 1800.",
        code="phone_invalid",
    )


def phone_text(number: str) -> str:
    """Return a number in normal form as people read it: "024 3733 9934", "098 123 4567", "1900 9068"."""
    if number.startswith("1"):
        return f"{number[:4]} {number[4:]}"
    if len(number) == 11:
        return f"{number[:3]} {number[3:7]} {number[7:]}"
    return group_phone(number)


def read_email(text: str) -> str | None:
    """Return the e-mail address, None for nothing; raises Malformed."""
    return normalize_email(text)


def read_position(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees from "21.0285, 105.8542" (also "21,0285; 105,8542"); None for nothing.

    Raises Malformed when it is no such pair, or lies outside Vietnam.
    """
    clean = normalize_text(text, limit=100)
    if not clean:
        return None
    found = _POSITION.fullmatch(clean)
    if found is None:
        raise Malformed(
            "Vị trí chưa đúng. Xin ghi vĩ độ, dấu phẩy, kinh độ, ví dụ “21.0285, 105.8542”.", code="position_invalid"
        )
    latitude, longitude = (round(float(part.replace(",", ".")), _DECIMALS) for part in found.groups())
    if not (_LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]):
        raise Malformed(
            "Vị trí này không nằm ở Việt Nam. Xin ghi vĩ độ trước, kinh độ sau, ví dụ “21.0285, 105.8542”.",
            code="position_outside",
        )
    return latitude, longitude


def position_text(latitude: float | None, longitude: float | None) -> str:
    """Return a position as `read_position` reads it, "" for none."""
    if latitude is None or longitude is None:
        return ""
    return ", ".join(f"{part:.{_DECIMALS}f}".rstrip("0").rstrip(".") for part in (latitude, longitude))


def read_wards(text: str, province_code: str | None, *, had: int = 0) -> tuple[str, ...]:
    """Return the codes of the wards that `text` lists, in order; separated by semicolons or line ends.

    Each is a 5-digit code or a name, of the present province that `province_code` (of either shape) is in; with a comma
    and another province's name it may be of that. Raises Malformed naming those that are not known, and for more than
    MOST_WARDS and than the office `had`.
    """
    found, unknown = match_wards(text, province_code)
    if unknown:
        told = "; ".join(name[:60] for name in unknown[:5]) + ("; …" if len(unknown) > 5 else "")
        raise Malformed(
            f"Không nhận ra xã, phường: {told}. Xin ghi tên từ ngày 01/7/2025 hoặc mã 5 chữ số, cách nhau bằng dấu "
            "chấm phẩy; nơi thuộc tỉnh khác thì ghi thêm dấu phẩy và tên tỉnh.",
            code="ward_unknown",
        )
    if sentence := too_many(len(found), had):
        raise Malformed(sentence, code="too_many_wards")
    return found


def too_many(number: int, had: int) -> str:
    """Return why an office that has served `had` wards cannot serve `number` of them; "" when it can."""
    most = max(MOST_WARDS, had)
    return f"Một cơ quan phục vụ nhiều nhất {most} xã, phường; ở đây ghi {number}." if number > most else ""


def match_wards(text: str, province_code: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the codes of the wards that `text` lists, sorted and each once, and the names that answer to none."""
    province = province_now(province_code) if province_code else None
    codes, unknown = set(), []
    for name in split_wards(text):
        code = _ward(name, province.code if province else None)
        if code is None:
            unknown.append(name)
        else:
            codes.add(code)
    return tuple(sorted(codes)), tuple(unknown)


def split_wards(text: str) -> list[str]:
    """Return the entries of a list of wards."""
    parts = (normalize_text(part[:500], limit=500) for part in _SEPARATORS.split(text))
    return [part for part in parts if part]


def _ward(name: str, province: str | None) -> str | None:
    """Return the code of the ward `name` names: in the province after its comma, else in `province` or by its code."""
    bare, comma, above = name.rpartition(",")
    if comma:
        elsewhere = province_named(above)
        found = ward_in(bare, elsewhere.code) if elsewhere else None
    else:
        found = (ward_in(name, province) if province else None) or ward_now(name)
    return found.code if found else None
