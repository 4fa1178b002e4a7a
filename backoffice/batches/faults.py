"""What can be wrong with a row: a code, whether it keeps the row from being applied, and a sentence with what to do.

A fault as it is kept: {"code", "field", "blocks", and the facts its sentence needs}. What was declared is never among
them: it stands in the declaration alone, and is gone with it (K4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.identity.phone import group_phone
from backoffice.models import Declaration

Found = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of fault: its name in a list of counts, its sentence (a format of the facts), and where it is shown."""

    label: str
    sentence: str
    field: str = "bhxh_code"
    blocks: bool = True


_LIST = "Xin sửa ô này theo giấy tờ, hoặc đề nghị đơn vị gửi lại."
KINDS: dict[str, Kind] = {
    "code_missing": Kind("Thiếu mã số", "Chưa có mã số BHXH. Xin bổ sung theo thẻ BHYT hoặc sổ BHXH."),
    "code_zero_lost": Kind(
        "Mất số 0 đầu",
        "Mã số còn {digits} chữ số: Excel đã làm mất số 0 đầu, có thể là {meant}. Xin kiểm tra rồi sửa ô này.",
    ),
    "code_scientific": Kind(
        "Excel đổi thành số mũ",
        "Excel đã đổi mã số thành dạng số mũ nên mất chữ số. Xin đề nghị đơn vị nhập lại ở ô định dạng Văn bản.",
    ),
    "code_invalid": Kind("Mã số sai", "{why}"),
    "name_missing": Kind("Thiếu họ tên", "Chưa có họ tên. Xin bổ sung theo giấy tờ.", "full_name"),
    "name_old_font": Kind(
        "Tên gõ bằng phông cũ",
        "Họ tên gõ bằng phông chữ cũ ({encoding}) nên không đọc được. Xin gõ lại bằng Unicode, hoặc đề nghị đơn vị "
        "chuyển mã cả tệp rồi gửi lại.",
        "full_name",
    ),
    "name_differs": Kind(
        "Tên khác tờ khai",
        "Họ tên khác tờ khai ({declared}). Xin đối chiếu giấy tờ: sửa ô này, hoặc sửa tờ khai.",
        "full_name",
    ),
    "name_form": Kind(
        "Tên khác cách viết", "Tờ khai viết là {declared}: chỉ khác dấu hoặc khoảng trắng.", "full_name", blocks=False
    ),
    "birth_invalid": Kind(
        "Ngày sinh sai", "Không đọc được ngày sinh. Xin ghi ngày/tháng/năm, ví dụ 02/01/1985.", "date_of_birth"
    ),
    "birth_differs": Kind("Ngày sinh khác tờ khai", "Tờ khai ghi ngày sinh {declared}. " + _LIST, "date_of_birth"),
    "phone_zero_lost": Kind(
        "Số điện thoại mất số 0", "Số điện thoại mất số 0 đầu, có thể là {meant}. Xin kiểm tra rồi sửa ô này.", "phone"
    ),
    "phone_invalid": Kind("Số điện thoại sai", "{why}", "phone"),
    "phone_differs": Kind(
        "Số điện thoại khác tờ khai",
        "Tờ khai ghi số {declared}; mật khẩu sẽ gửi đến số đã khai. Xin hỏi đúng số rồi sửa ô này, hoặc sửa tờ khai.",
        "phone",
    ),
    "phone_twice": Kind(
        "Hai người một số điện thoại",
        "Số này cũng có ở dòng {rows}. Mỗi số chỉ dùng cho một mã số. Học sinh dùng số của cha mẹ: xin khai cho con "
        "qua tài khoản của người giám hộ.",
        "phone",
    ),
    "phone_held": Kind(
        "Số điện thoại đã có tài khoản khác",
        "Số này đang dùng cho tài khoản của mã số khác. Xin mời người khai đến quầy, hoặc khai lại bằng số của mình.",
        "phone",
    ),
    "not_declared": Kind(
        "Chưa có tờ khai",
        "Không có tờ khai nào chờ giải quyết theo mã số này. Xin kiểm tra mã số, hoặc đề nghị người này khai.",
    ),
    "expired": Kind(
        "Tờ khai quá hạn",
        "Đã khai ngày {declared_on}, quá hạn ngày {expired} nên đã xóa. Xin đề nghị người này khai lại.",
    ),
    "has_account": Kind(
        "Đã có tài khoản", "Mã số này đã có tài khoản từ {opened}. Không cần duyệt; xin bỏ dòng này khỏi danh sách."
    ),
    "other_office": Kind(
        "Tờ khai ở cơ quan khác", "Tờ khai do {office} giải quyết. Xin đề nghị đơn vị gửi danh sách cho cơ quan đó."
    ),
    "many_declared": Kind(
        "Nhiều tờ khai cùng mã số",
        "Có {count} tờ khai chờ giải quyết theo mã số này. Xin mở từng hồ sơ để giải quyết tại quầy.",
    ),
    "supplement": Kind("Chờ bổ sung", "Hồ sơ đang chờ người khai bổ sung. Xin giải quyết hồ sơ này tại quầy."),
    "escalated": Kind(
        "Đã báo lãnh đạo", "Hồ sơ đã báo lãnh đạo, do lãnh đạo quyết định. Xin bỏ dòng này khỏi danh sách."
    ),
    "person_twice": Kind("Một người hai dòng", "Người này còn có ở dòng {rows}. Xin giữ một dòng, bỏ các dòng kia."),
    "name_wrong": Kind("Họ tên sai", "{why}", "full_name"),
    "phone_wrong": Kind("Số điện thoại không dùng được", "{why}", "phone"),
    "birth_wrong": Kind("Ngày sinh không phù hợp", "{why}", "date_of_birth"),
    "id_wrong": Kind("Giấy tờ sai", "{why}", "id_number"),
    "id_zero_lost": Kind(
        "Số giấy tờ mất số 0",
        "Số giấy tờ còn {digits} chữ số: Excel đã làm mất số 0 đầu, có thể là {meant}. Xin kiểm tra rồi sửa ô này.",
        "id_number",
    ),
    "email_wrong": Kind("Thư điện tử sai", "{why}", "email"),
    "address_missing": Kind(
        "Thiếu địa chỉ", "Chưa có địa chỉ liên hệ. Xin ghi số nhà, đường; xã, phường; tỉnh, thành phố.", "address"
    ),
    "address_unknown": Kind(
        "Địa chỉ chưa rõ",
        "Không tìm thấy xã, phường của địa chỉ này. Xin ghi theo mẫu “Số 1 đường Mẫu, phường Ba Đình, Hà Nội”.",
        "address",
    ),
    "address_wrong": Kind("Địa chỉ sai", "{why}", "address"),
    "guardian_wrong": Kind("Người giám hộ chưa đúng", "{why}", "guardian_bhxh_code"),
    "guardian_missing": Kind(
        "Thiếu mã số người giám hộ",
        "Có ảnh giấy khai sinh nhưng chưa có mã số BHXH của cha, mẹ hoặc người giám hộ. Xin ghi mã số này.",
        "guardian_bhxh_code",
    ),
    "consent_missing": Kind(
        "Chưa đồng ý, cam kết",
        "Cột “Đã đồng ý và cam kết” chưa ghi “Có”. Xin đơn vị hỏi người này rồi ghi lại.",
        "consent",
    ),
    "office_wrong": Kind("Cơ quan không tiếp nhận", "{why}", ""),
    "content_wrong": Kind("Nội dung chưa đúng", "{why}", ""),
    "listed_before": Kind(
        "Đã lập tờ khai từ danh sách",
        "Đã lập tờ khai cho người này từ danh sách trước, ngày {declared_on}, đang chờ giải quyết. Xin bỏ dòng này.",
    ),
    "declared_already": Kind(
        "Đã có tờ khai khác",
        "Mã số này đã có tờ khai ngày {declared_on}, đang chờ giải quyết. Vẫn lập được; khi duyệt một tờ khai thì các "
        "tờ khai kia được rút.",
        blocks=False,
    ),
    "photo_missing": Kind("Thiếu ảnh", "Thiếu {what}. Xin gửi thêm tệp zip có ảnh này, tên theo mã số.", ""),
    "photo_doubled": Kind(
        "Trùng ảnh", "Có nhiều ảnh khác nhau cùng là {what}. Xin gửi thêm tệp zip chỉ có một ảnh đúng.", ""
    ),
    "photo_unreadable": Kind("Ảnh không dùng được", "Không dùng được {what}. {why}", ""),
    "formula": Kind(
        "Ô có công thức", "Ô có công thức hoặc liên kết nên không dùng được. Xin gõ lại giá trị vào ô này.", "bhxh_code"
    ),
    "cell_error": Kind("Ô báo lỗi", "Ô này đang báo lỗi của Excel. Xin gõ lại giá trị vào ô này.", "bhxh_code"),
    "hidden_row": Kind("Dòng bị ẩn", "Dòng này bị ẩn trong tệp. Xin xem có thuộc danh sách không.", "", blocks=False),
}
OF_OTHER_ROWS = frozenset({"person_twice", "phone_twice"})
"""Those that depend on other rows of the list."""

TELLING = frozenset(code for code, kind in KINDS.items() if kind.blocks and "{declared}" in kind.sentence)
"""Those whose sentence says what was declared otherwise than the list has it."""


def fault(code: str, field: str | None = None, **facts: Any) -> Found:
    """Return a fault as it is kept."""
    kind = KINDS[code]
    return {"code": code, "field": kind.field if field is None else field, "blocks": kind.blocks, **facts}


def sentence(found: Mapping[str, Any], said: Mapping[str, str] | None = None) -> str:
    """Return the fault in words, with what to do; `said` is what was declared (`said_in`), None when it is gone."""
    declared = (said or {}).get(found["field"]) or "đã xóa"
    return KINDS[found["code"]].sentence.format_map({"declared": declared, **found})


def said_in(declaration: Declaration) -> dict[str, str]:
    """Return what was declared, by the columns of a list, as sentences quote it."""
    born = declaration.date_of_birth
    return {
        "full_name": declaration.full_name,
        "date_of_birth": f"{born:%d/%m/%Y}" if born else "",
        "phone": group_phone(declaration.phone),
    }


def is_sound(found: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a row with these may be applied."""
    return not any(one["blocks"] for one in found)
