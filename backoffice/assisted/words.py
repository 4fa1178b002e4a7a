"""Words of the page where an officer enters a declaration for a citizen."""

from __future__ import annotations

from backoffice.intake.draft_values import SWITCHES
from backoffice.models import DraftKind, IdType, PhotoKind, RegisteredAt

TITLES: dict[DraftKind, str] = {
    DraftKind.REGISTER: "Lập tờ khai giúp: đăng ký tài khoản",
    DraftKind.CHILD: "Lập tờ khai giúp: đăng ký cho con",
}
OTHERS = ("start_date", "registered_at", "submission_method", "contact_person")
"""Fields of form 01 that hardly anybody fills in; they are folded away."""
ASKED: dict[DraftKind, tuple[str, ...]] = {
    DraftKind.REGISTER: (
        "full_name", "bhxh_code", "id_type", "id_number", "date_of_birth", "place_q", "line", "phone", "email", *OTHERS,
    ),
    DraftKind.CHILD: ("full_name", "bhxh_code", "date_of_birth", *OTHERS),
}  # fmt: skip
"""What is typed of each kind, in the order of the page; of a child's the rest is its guardian's account's."""
PAPERS: dict[IdType, str] = {
    IdType.CITIZEN_ID: "Căn cước/CCCD",
    IdType.PASSPORT: "Hộ chiếu",
    IdType.OLD_ID: "CMND 9 số (cũ)",
}
PLACES_OF_REGISTRATION: dict[RegisteredAt, str] = {
    RegisteredAt.PORTAL: "Cổng thông tin điện tử BHXH Việt Nam",
    RegisteredAt.IVAN: "Tổ chức I-VAN",
}
OPTIONAL = ("date_of_birth", "email", *OTHERS)
LABELS: dict[str, str] = {
    "full_name": "Họ và tên",
    "bhxh_code": "Mã số BHXH",
    "id_type": "Loại giấy tờ",
    "id_number": "Số giấy tờ",
    "date_of_birth": "Ngày sinh",
}
_NO_PLACE = "Chưa chọn xã, phường nơi ở. Xin gõ tên vào ô “Tìm xã, phường” rồi chọn một dòng hiện ra."
_SHORT = dict.fromkeys(PhotoKind, "Thiếu ảnh này.") | dict.fromkeys(SWITCHES, "Cần hỏi người khai rồi đánh dấu.")
"""Beside a photo or a box, where what is missing needs no name."""
_PLACE = ("province", "district", "ward")


def told(faults: dict[str, str]) -> dict[str, str]:
    """Return what is wrong by the field where it is mended: where one lives is one choice."""
    found = {name: _SHORT.get(name, text) for name, text in faults.items() if name not in _PLACE}
    return found | ({"place_q": _NO_PLACE} if any(name in faults for name in _PLACE) else {})


def said(name: str, value: str) -> str:
    """Return a value as the card says it, in words."""
    return PAPERS[IdType(value)] if name == "id_type" and value in list(IdType) else value
