"""What the fields of an officer must be: pure checks, the same for a form, a file and the command line."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from backoffice.identity.email import normalize_email
from backoffice.identity.malformed import Malformed
from backoffice.identity.names import fold, normalize_name
from backoffice.identity.text import visible
from backoffice.models import Office, OfficeKind, Role
from backoffice.rules.role_words import ROLES
from backoffice.signin.usernames import is_username, normal_username

LABELS: dict[str, str] = {
    "username": "Tên đăng nhập",
    "name": "Họ tên",
    "role": "Vai trò",
    "office": "Cơ quan",
    "email": "E-mail",
    "second_office": "Cơ quan thứ hai",
    "second_until": "Làm thay đến hết ngày",
    "state": "Tình trạng",
    "password": "Mật khẩu",
    "authenticator": "Ứng dụng xác thực",
}
LONGEST_NAME = 100
MOST_DAYS = 90
"""A second office ends at the latest so many days from the day it is given."""

USERNAME_INVALID = (
    "Tên đăng nhập gồm 3 đến 40 ký tự: chữ thường không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; "
    "bắt đầu bằng chữ hoặc số."
)
_ROOT_ALONE: dict[Role, str] = {
    Role.HOTLINE: "Tổng đài là của cả nước, nên nhân viên tổng đài thuộc cơ quan 000 (BHXH Việt Nam).",
    Role.AUDITOR: "Người kiểm tra xem được nhật ký của cả nước, nên thuộc cơ quan 000 (BHXH Việt Nam).",
}
_STAND_INS = (Role.RECEPTION, Role.SUPERVISOR)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_OFFICE_CODE = re.compile(r"[0-9A-Za-z]{1,10}")


def read_username(text: str) -> str:
    """Return the user name as it is kept; raises Malformed."""
    name = normal_username(visible(text[:1000]))
    if not is_username(name):
        raise Malformed(USERNAME_INVALID, code="username_invalid")
    return name


def read_name(text: str) -> str:
    """Return the full name in NFC, at most 100 characters; raises Malformed."""
    name = normalize_name(text[:2000])
    if len(name) > LONGEST_NAME:
        raise Malformed(f"Họ tên dài quá {LONGEST_NAME} ký tự. Xin viết ngắn lại.", code="name_too_long")
    return name


def read_email(text: str) -> str | None:
    """Return the address in normal form, None for nothing; raises Malformed."""
    return normalize_email(visible(text[:2000]))


def read_role(text: str) -> Role:
    """Return the role named by its code or by its Vietnamese name, with or without diacritics; raises Malformed."""
    sought = fold(text[:200])
    for role, label in ROLES.items():
        if sought in (role.value, fold(label)):
            return role
    choices = ", ".join(ROLES.values())
    raise Malformed(f"Chưa rõ vai trò. Xin chọn một trong: {choices}.", code="role_invalid")


def read_office_code(text: str) -> str:
    """Return the code that `text` is or begins with ("00114 BHXH …"), "" when there is none."""
    first = visible(text[:400]).lstrip("'").partition(" ")[0]
    return first if _OFFICE_CODE.fullmatch(first) else ""


def read_day(text: str) -> date | None:
    """Return the day, written 30/11/2026 or 2026-11-30; None for nothing. Raises Malformed."""
    clean = visible(text[:100])
    if not clean:
        return None
    try:
        if found := _DAY.fullmatch(clean):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return datetime.fromisoformat(clean).date()
    except ValueError:
        raise Malformed("Ngày chưa đúng. Xin ghi theo mẫu 30/11/2026.", code="day_invalid") from None


def role_fault(role: Role, office: Office) -> str | None:
    """Return why nobody of `role` can belong to `office`, None when they can."""
    return _ROOT_ALONE.get(role) if office.kind is not OfficeKind.ROOT else None


def second_fault(role: Role, own: Office, second: Office, until: date, today: date) -> tuple[str, str] | None:
    """Return the field and why an officer of `role` and office `own` cannot stand in at `second` until the end of
    `until`, None when they can.
    """
    if role not in _STAND_INS:
        return "second_office", "Chỉ cán bộ tiếp nhận hồ sơ và lãnh đạo mới làm thay ở cơ quan khác được."
    if second.code == own.code:
        return "second_office", "Cơ quan thứ hai phải khác cơ quan của chính người này."
    if until < today:
        return "second_until", "Ngày này đã qua. Xin chọn từ hôm nay trở đi."
    if until > today + timedelta(days=MOST_DAYS):
        latest = today + timedelta(days=MOST_DAYS)
        return "second_until", f"Làm thay không quá {MOST_DAYS} ngày: xin chọn đến ngày {latest:%d/%m/%Y} là muộn nhất."
    return None


def is_of_root(role: Role) -> bool:
    """Tell whether officers of `role` belong to the root office alone."""
    return role in _ROOT_ALONE


def may_stand_in(role: Role) -> bool:
    """Tell whether officers of `role` can have a second office."""
    return role in _STAND_INS
