"""Numbers of identity papers (domain 3): CCCD (citizen_id), CMND (old_id) and passports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from backoffice.identity.malformed import Malformed
from backoffice.identity.text import compact, is_digits

Sex = Literal["male", "female"]

SEXES: dict[Sex, str] = {"male": "Nam", "female": "Nữ"}
CHILD_UNDER = 14
ADULT_FROM = 18

_CENTURIES: dict[str, tuple[int, Sex]] = {
    "0": (1900, "male"),
    "1": (1900, "female"),
    "2": (2000, "male"),
    "3": (2000, "female"),
    "4": (2100, "male"),
    "5": (2100, "female"),
}
_PASSPORT = re.compile(r"(?=.*\d)[A-Z0-9]{6,9}")


@dataclass(frozen=True)
class CitizenNumber:
    """What the 12 digits of a CCCD say: `province_code` of 3 digits where the birth was registered, sex, birth year."""

    number: str
    province_code: str
    sex: Sex
    birth_year: int


def normalize_id_number(id_type: str, text: str) -> str:
    """Return the number of a paper: 12 digits (citizen_id), 9 digits (old_id), 6-9 capitals and digits (passport).

    Blanks, dots and dashes are tolerated. Raises Malformed, also for an unknown `id_type`.
    """
    number = compact(text).upper()
    if id_type not in ("citizen_id", "old_id", "passport"):
        raise Malformed("Loại giấy tờ phải là Căn cước/CCCD, CMND hoặc Hộ chiếu. Xin chọn lại.", code="id_type_unknown")
    if not number:
        raise Malformed("Chưa có số giấy tờ. Xin nhập số trên giấy tờ.", code="id_number_missing")
    if id_type == "citizen_id":
        return _citizen_id(number)
    if id_type == "old_id":
        return _old_id(number)
    return _passport(number)


def _citizen_id(number: str) -> str:
    if is_digits(number) and len(number) == 12:
        return number
    if is_digits(number) and len(number) == 9:
        raise Malformed(
            "Số căn cước/CCCD có 12 chữ số; 9 chữ số là số CMND. Xin chọn lại loại giấy tờ.", code="is_old_id"
        )
    raise Malformed(
        f"Số căn cước/CCCD có 12 chữ số{_count(number)}. Xin xem lại và nhập lại.", code="citizen_id_invalid"
    )


def _old_id(number: str) -> str:
    if is_digits(number) and len(number) == 9:
        return number
    if is_digits(number) and len(number) == 12:
        raise Malformed("Số CMND có 9 chữ số; 12 chữ số thì xin chọn loại giấy tờ Căn cước/CCCD.", code="is_citizen_id")
    raise Malformed(f"Số CMND có 9 chữ số{_count(number)}. Xin xem lại và nhập lại.", code="old_id_invalid")


def _passport(number: str) -> str:
    if _PASSPORT.fullmatch(number):
        return number
    raise Malformed(
        "Số hộ chiếu có 6 đến 9 ký tự, gồm chữ cái và chữ số, ví dụ một chữ cái và 7 chữ số. Xin xem lại và nhập lại.",
        code="passport_invalid",
    )


def _count(number: str) -> str:
    return f", ở đây có {len(number)}" if is_digits(number) else ", không có chữ cái"


def read_citizen_number(number: str) -> CitizenNumber:
    """Return what a CCCD's 12 digits say. Raises Malformed for other texts and for a century digit above 5."""
    digits = normalize_id_number("citizen_id", number)
    if digits[3] not in _CENTURIES:
        raise Malformed(
            f"Số căn cước/CCCD có chữ số thứ tư là {digits[3]}, không ứng với thế kỷ sinh nào. Xin xem lại giấy tờ.",
            code="citizen_id_century",
        )
    century, sex = _CENTURIES[digits[3]]
    return CitizenNumber(digits, digits[:3], sex, century + int(digits[4:6]))


def citizen_number_faults(
    number: str, date_of_birth: date | None, sex: Sex | None = None, *, source: str = "khai"
) -> list[str]:
    """Return Vietnamese notes where a CCCD number is ill-built or its birth year or sex is not the one given.

    `source` says where these come from, after "ngày sinh": "khai", "trên thẻ".
    """
    try:
        said = read_citizen_number(number)
    except Malformed as fault:
        return [fault.message]
    notes = []
    if date_of_birth is not None and date_of_birth.year != said.birth_year:
        born = f"{date_of_birth:%d/%m/%Y}"
        notes.append(f"Số căn cước/CCCD cho biết năm sinh {said.birth_year}, ngày sinh {source} là {born}.")
    if sex is not None and sex != said.sex:
        notes.append(f"Số căn cước/CCCD cho biết giới tính {SEXES[said.sex]}, giới tính {source} là {SEXES[sex]}.")
    return notes


def age_on(day: date, date_of_birth: date) -> int:
    """Return the full years of age on `day`; who was born on 29 February is a year older on 1 March. At least 0."""
    before_birthday = (day.month, day.day) < (date_of_birth.month, date_of_birth.day)
    return max(0, day.year - date_of_birth.year - before_birthday)


def age_note(day: date, date_of_birth: date) -> str:
    """Return what the officer is told when the person is a child on `day` (D11), "" for an adult.

    Under 14 an ID is not obligatory and the registration goes through a guardian; from 14 to 17 only for who has no ID
    or no phone of their own.
    """
    age = age_on(day, date_of_birth)
    if age < CHILD_UNDER:
        return f"Người này {age} tuổi: đăng ký cho con, qua cha, mẹ hoặc người giám hộ đã có tài khoản."
    if age < ADULT_FROM:
        return f"Người này {age} tuổi: nếu chưa có giấy tờ hoặc số điện thoại riêng thì đăng ký qua người giám hộ."
    return ""
