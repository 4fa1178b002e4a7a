"""Words of the public form: its fields as people read them, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backoffice.intake.draft_values import iso_day, written_day
from backoffice.kernel.errors import Fault
from backoffice.models import IdType, PhotoKind, RegisteredAt
from backoffice.portal.declare_steps import PLACE
from backoffice.rules.photo_wording import WANTED

PAPER_CHOICES: dict[IdType, str] = {
    IdType.CITIZEN_ID: "Căn cước/CCCD",
    IdType.PASSPORT: "Hộ chiếu",
    IdType.OLD_ID: "CMND 9 số (cũ)",
}
PLACES_OF_REGISTRATION: dict[RegisteredAt, str] = {
    RegisteredAt.PORTAL: "Cổng thông tin điện tử BHXH Việt Nam",
    RegisteredAt.IVAN: "Tổ chức I-VAN",
}
_NO_PLACE = "Chưa chọn xã, phường nơi ở. Xin gõ tên ở ô “Tìm xã, phường” rồi chọn một dòng hiện ra."
LABELS: dict[str, str] = {
    "full_name": "Họ và tên",
    "bhxh_code": "Mã số BHXH",
    "id_type": "Loại giấy tờ",
    "id_number": "Số giấy tờ",
    "date_of_birth": "Ngày sinh",
    "address": "Địa chỉ liên hệ",
    "phone": "Số điện thoại",
    "email": "Thư điện tử",
    "send_form01_by_email": "Gửi mẫu số 01 qua thư điện tử",
    "start_date": "Ngày bắt đầu giao dịch điện tử",
    "registered_at": "Nơi đăng ký giao dịch điện tử",
    "submission_method": "Phương thức nộp hồ sơ",
    "contact_person": "Người liên hệ",
}


def said(name: str, values: Mapping[str, str]) -> str:
    """Return what stands in a field, in words; "" for nothing."""
    value = values.get(name, "").strip()
    match name:
        case "id_type":
            return PAPER_CHOICES[IdType(value)] if value in list(IdType) else ""
        case "registered_at":
            return PLACES_OF_REGISTRATION[RegisteredAt(value)] if value in list(RegisteredAt) else ""
        case "send_form01_by_email":
            return "Có" if value == "1" else "Không"
        case "date_of_birth" | "start_date":
            return written_day(iso_day(value))
        case _:
            return value


def told(faults: Iterable[Fault]) -> dict[str, str]:
    """Return what is wrong by the field where it is mended, in the words of a page: where one lives is one choice."""
    found: dict[str, str] = {}
    for fault in faults:
        if fault.field in PLACE:
            found["place_q"] = _NO_PLACE
        else:
            found.setdefault(fault.field, fault.message)
    return found


def photo_names(kinds: Sequence[PhotoKind]) -> list[str]:
    """Return the names of photos, each as the beginning of a sentence."""
    return [WANTED[kind].name[:1].upper() + WANTED[kind].name[1:] for kind in kinds]
