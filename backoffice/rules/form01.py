"""What the fields of form 01 must be (D3): read alike where a declaration comes in and where an error is corrected.

Each raises Malformed. Name, code, phone, paper and e-mail have their readers in identity; here are those that know the
day it is, or a bound of ours.
"""

from __future__ import annotations

from datetime import date, timedelta

from backoffice.identity.malformed import Malformed
from backoffice.identity.names import normalize_name
from backoffice.identity.text import normalize_text
from backoffice.kernel import clock

OLDEST_BIRTH = date(1900, 1, 1)
START_WITHIN = timedelta(days=366)
TYPED_NAME_LIMIT = 400
"""A name as typed, before invisible characters and blanks are tidied away."""
LINE_LIMIT = 200
TEXT_LIMIT = 200
NAMES: dict[str, str] = {
    "full_name": "họ tên",
    "bhxh_code": "mã số BHXH",
    "id_type": "loại giấy tờ",
    "id_number": "số giấy tờ",
    "date_of_birth": "ngày sinh",
    "address": "địa chỉ",
    "phone": "điện thoại",
    "email": "thư điện tử",
    "start_date": "ngày bắt đầu",
    "contact_person": "người liên hệ",
    "population_db_verified": "dấu xác thực của Cơ sở dữ liệu quốc gia về dân cư",
}
"""What may be corrected on the form (models.Correction.field), within a sentence."""


def read_full_name(text: str | None) -> str:
    """Return the name as it is kept, see identity.names."""
    return normalize_name(normalize_text(text, limit=TYPED_NAME_LIMIT))


def read_birth(day: date | None) -> date | None:
    """Return the day of birth: from 1900 to today; None when it was not declared."""
    if day and not OLDEST_BIRTH <= day <= clock.today():
        raise Malformed("Ngày sinh phải từ năm 1900 đến hôm nay. Xin xem lại ngày sinh.", code="out_of_range")
    return day


def read_start(day: date | None) -> date | None:
    """Return the first day of e-transactions: within a year of today; None when it was not declared."""
    if day and abs(day - clock.today()) > START_WITHIN:
        raise Malformed("Ngày bắt đầu phải trong vòng một năm kể từ hôm nay. Xin xem lại.", code="out_of_range")
    return day


def read_address_line(text: str | None) -> str:
    """Return house, street or hamlet on one line, at most 200 characters."""
    line = normalize_text(text, limit=LINE_LIMIT)
    if not line:
        raise Malformed("Chưa có số nhà, đường hoặc thôn, tổ. Xin ghi địa chỉ liên hệ.", code="missing")
    return line


def read_free_text(text: str | None) -> str | None:
    """Return a text on one line, at most 200 characters; None for nothing."""
    return normalize_text(text, limit=TEXT_LIMIT) or None
