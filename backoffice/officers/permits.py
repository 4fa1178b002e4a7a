"""The table of who may do what (rules.permissions.PERMITS), in words: the very one that decides."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.models import Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import (
    PERMITS,
    Do,
    Predicate,
    anywhere,
    own_branch,
    own_office,
    own_office_and_merged,
    require,
)

SCOPES: dict[Predicate, str] = {
    own_office: "đơn vị mình",
    own_office_and_merged: "đơn vị mình và đơn vị đã hợp nhất vào",
    own_branch: "đơn vị mình và cấp dưới",
    anywhere: "mọi nơi",
}
NEVER = "–"

_OF_THE_ROOT = "Tổng đài thuộc BHXH Việt Nam (000), nên chỉ lãnh đạo của cơ quan này."
NOTES: dict[Do, str] = {
    Do.USE_HOTLINE: _OF_THE_ROOT,
    Do.HOTLINE_ACT: _OF_THE_ROOT,
    Do.SEE_CLIENTS: "Phần mềm kết nối thuộc BHXH Việt Nam (000), nên chỉ quản trị của cơ quan này.",
    Do.EDIT_CLIENTS: "Phần mềm kết nối thuộc BHXH Việt Nam (000), nên chỉ quản trị của cơ quan này.",
    Do.SEARCH: "Tìm đúng mã thì biết cả hồ sơ nơi khác, nhưng chỉ tên cơ quan và hạn nộp.",
    Do.TRANSFER: "Người dân đến cơ quan khác nơi đã chọn; có ghi nhật ký.",
    Do.ENTER_FOR_CITIZEN: "Không ai lập cho chính mình; tự duyệt chỉ khi đã quét căn cước và có mẫu số 01 đã ký.",
    Do.CHECK_SAMPLE: "Không ai kiểm tra hồ sơ do chính mình lập.",
    Do.HANDLE_ALARM: "Không ai xử lý cảnh báo về chính mình.",
    Do.HANDLE_TRAIL_ALARM: "Không ai xử lý cảnh báo về chính mình.",
    Do.EDIT_OFFICERS: "Không ai tự nâng quyền của mình.",
    Do.SEE_DASHBOARD: "Số liệu của từng người chỉ lãnh đạo của đơn vị đó thấy. Tổng đài: chỉ lãnh đạo của 000.",
    Do.SEE_UNITS: "Cấp tỉnh nhận được danh sách của đơn vị thuộc cấp cơ sở.",
    Do.DECIDE_ESCALATED: "Hồ sơ đã báo lãnh đạo thì cán bộ tiếp nhận không quyết định được nữa.",
}
"""What the predicate alone does not tell."""

GROUPS: dict[str, dict[Do, str]] = {
    "Hồ sơ": {
        Do.USE_DESK: "Mở danh sách hồ sơ",
        Do.SEARCH: "Tìm hồ sơ",
        Do.REVIEW: "Mở hồ sơ để xem xét",
        Do.SEE_PHOTO: "Xem ảnh trong hồ sơ",
        Do.ROTATE_PHOTO: "Xoay ảnh",
        Do.RETAKE_PHOTO: "Chụp lại ảnh tại quầy",
        Do.PRINT_FORM01: "In mẫu số 01",
        Do.CLAIM: "Nhận giữ hồ sơ",
        Do.RELEASE: "Trả hồ sơ đang giữ",
        Do.HANDOVER: "Bàn giao hồ sơ đang giữ",
        Do.PRESENT: "Ghi đã nộp hồ sơ",
        Do.ENTER_FOR_CITIZEN: "Lập tờ khai giúp người đến quầy",
        Do.SCAN: "Quét giấy tờ",
        Do.VERIFY: "Xác minh từng mục",
        Do.CORRECT: "Sửa nội dung khai cho đúng giấy tờ",
        Do.SUPPLEMENT: "Cho chờ bổ sung",
        Do.APPROVE: "Duyệt",
        Do.REJECT: "Không chấp nhận",
        Do.ESCALATE: "Báo lãnh đạo",
        Do.TRANSFER: "Tiếp nhận tại đây hồ sơ của cơ quan khác",
        Do.CLOSE_WITH_RESET: "Cấp lại mật khẩu và đóng tờ khai",
        Do.PRINT_SLIP: "In phiếu cho người dân",
        Do.PRINT_DAY_LIST: "In, xuất bảng kê trong ngày",
    },
    "Việc của lãnh đạo": {
        Do.SUPERVISE: "Xem hồ sơ chờ lãnh đạo",
        Do.DECIDE_ESCALATED: "Quyết định hồ sơ đã báo lãnh đạo",
        Do.CHECK_SAMPLE: "Kiểm tra hồ sơ do cán bộ lập giúp rồi duyệt",
        Do.DEESCALATE: "Giao lại hồ sơ cho cán bộ",
        Do.ENTER_LATE: "Nhập hồ sơ đã nộp trước đó",
        Do.EXTEND_DEADLINES: "Gia hạn nộp cho cả cơ quan",
        Do.RELEASE_OTHERS: "Thu hồi hồ sơ người khác đang giữ",
    },
    "Tài khoản": {
        Do.SEE_ACCOUNT: "Xem tài khoản của người đến quầy",
        Do.RESET_ACCOUNT: "Cấp lại mật khẩu",
        Do.RESET_ABOVE_LIMIT: "Cấp lại mật khẩu quá số lần quy định",
        Do.CHANGE_ACCOUNT_PHONE: "Đổi số điện thoại của tài khoản",
        Do.FREE_PHONE: "Giải phóng số điện thoại",
        Do.LOCK_ACCOUNT: "Khóa tài khoản duyệt nhầm",
        Do.LOCK_FOR_OWNER: "Khóa tài khoản khi chủ yêu cầu",
        Do.UNLOCK_ACCOUNT: "Mở khóa tài khoản",
        Do.REOPEN_DOOR: "Cho đăng nhập lại sau nhiều lần sai",
        Do.DOUBT_PHONE: "Ghi nghi ngờ số điện thoại",
        Do.CHANGE_FOR_OWNER: "Lập tờ khai điều chỉnh, ngừng sử dụng giúp chủ",
    },
    "Tin nhắn, thư": {
        Do.USE_NOTICES: "Mở trang tin nhắn, thư",
        Do.SEE_NOTICES: "Xem tin nhắn chưa đến",
        Do.HANDLE_NOTICE: "Xử lý tin nhắn chưa đến",
        Do.RESEND: "Gửi lại tin",
        Do.CORRECT_PHONE: "Sửa số rồi gửi lại",
        Do.NOTE_SEEN: "Ghi người dân đã thấy tin",
        Do.SEE_GATEWAYS: "Xem tình trạng cổng nhắn tin",
        Do.WATCH_GATEWAYS: "Theo dõi số liệu cổng nhắn tin",
        Do.SEE_CATALOGUE: "Xem danh mục mẫu tin",
    },
    "Tổng đài": {
        Do.USE_HOTLINE: "Mở màn hình tổng đài",
        Do.HOTLINE_ACT: "Làm việc theo yêu cầu của người gọi",
        Do.SEE_HOTLINE_LOG: "Xem sổ cuộc gọi",
        Do.SEE_ALARMS: "Xem cảnh báo",
        Do.HANDLE_ALARM: "Xử lý cảnh báo",
    },
    "Danh sách đơn vị": {
        Do.USE_BATCHES: "Mở trang danh sách đơn vị",
        Do.SEE_BATCH: "Xem danh sách đã nhận",
        Do.WORK_BATCH: "Gửi danh sách lên, sửa từng dòng, ghi công văn, hủy",
        Do.APPLY_BATCH: "Duyệt theo danh sách",
        Do.CONFIRM_BATCH: "Xem lại, đồng ý duyệt danh sách đông người",
        Do.SEE_UNITS: "Xem trường học, doanh nghiệp gửi danh sách",
        Do.EDIT_UNITS: "Thêm, sửa, đóng đơn vị",
    },
    "Quản trị": {
        Do.SEE_OFFICES: "Xem cơ quan BHXH",
        Do.EDIT_OFFICES: "Thêm, sửa, đóng, hợp nhất cơ quan",
        Do.SEE_OFFICERS: "Xem người dùng",
        Do.EDIT_OFFICERS: "Thêm, sửa, khóa người dùng",
        Do.SEE_CLIENTS: "Xem phần mềm kết nối",
        Do.EDIT_CLIENTS: "Thêm, sửa phần mềm kết nối và khóa",
        Do.SEE_PERMITS: "Xem bảng này",
        Do.SEE_RETENTION: "Xem thời hạn lưu trữ và việc đã xóa",
    },
    "Số liệu, báo cáo": {
        Do.SEE_DASHBOARD: "Xem số liệu, lập báo cáo",
        Do.SEE_OWN_FIGURES: "Xem số liệu việc đã làm của chính mình",
    },
    "Nhật ký truy cập": {
        Do.USE_TRAIL: "Mở trang nhật ký",
        Do.SEE_TRAIL: "Tra cứu, xuất nhật ký",
        Do.HANDLE_TRAIL_ALARM: "Xử lý cảnh báo trong nhật ký",
        Do.ANSWER_PERSON: "Trả lời yêu cầu cung cấp dữ liệu cá nhân",
    },
    "Của riêng mỗi người": {
        Do.OWN_SESSION: "Khóa màn hình, đăng xuất",
        Do.OWN_ACCOUNT: "Xem, đổi mật khẩu và thiết bị của chính mình",
        Do.SEE_SANDBOX: "Xem tin nhắn thử nghiệm (chỉ ở bản chạy thử)",
    },
}


@dataclass(frozen=True)
class Line:
    """One act: in words, what is to be known besides, and for each role where it may do it."""

    do: Do
    words: str
    note: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Acts that belong together."""

    title: str
    lines: tuple[Line, ...]


def show_permits(officer: Actor, roles: tuple[Role, ...]) -> list[Group]:
    """Return the table with a cell for each of `roles`, in their order; raises Forbidden but for administrators."""
    require(officer, Do.SEE_PERMITS)
    return [
        Group(title, tuple(Line(do, words, NOTES.get(do, ""), _cells(do, roles)) for do, words in acts.items()))
        for title, acts in GROUPS.items()
    ]


def _cells(do: Do, roles: tuple[Role, ...]) -> tuple[str, ...]:
    return tuple(SCOPES[predicate] if (predicate := PERMITS[do].get(role)) else NEVER for role in roles)
