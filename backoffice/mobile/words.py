"""How an account reads in the app."""

from __future__ import annotations

from backoffice.accounts.owner import OwnDeclaration
from backoffice.accounts.proofs import Step
from backoffice.identity.text import visible
from backoffice.models import AccountStatus, IdType, Status
from backoffice.rules.lifecycle import LABELS

PAPERS: dict[IdType, str] = {
    IdType.CITIZEN_ID: "Căn cước/CCCD",
    IdType.OLD_ID: "CMND",
    IdType.PASSPORT: "Hộ chiếu",
}
ACCOUNTS: dict[AccountStatus, str] = {
    AccountStatus.ISSUED: "Đã cấp, chưa đăng nhập",
    AccountStatus.ACTIVE: "Đang sử dụng",
    AccountStatus.LOCKED: "Tạm khóa",
    AccountStatus.CLOSED: "Đã ngừng sử dụng",
}
CODE_SENT = (
    "Mã OTP đang được gửi đến số điện thoại đã đăng ký, có hiệu lực 5 phút. Không đưa mã cho ai: cán bộ, tổng đài "
    "không bao giờ hỏi mã này."
)
LETTER_MAYBE = (
    "Nếu mã số BHXH này có tài khoản và địa chỉ thư đã được xác nhận, một thư có mã đặt lại mật khẩu sẽ đến trong ít "
    "phút; mã có hiệu lực 30 phút. Nếu không nhận được, xin gọi 1900 9068 (phím 8) bằng số điện thoại đã đăng ký."
)
LINK_SENT = "Thư xác nhận đang được gửi. Xin mở thư và bấm vào liên kết trong 7 ngày; xem cả mục thư rác."
NO_TOKEN = "Chưa đăng nhập tài khoản. Xin đăng nhập rồi làm lại."  # noqa: S105 (a sentence)
_DUE: dict[Step, str] = {
    Step.FIRST_PASSWORD: "Mật khẩu vừa nhập là mật khẩu tạm. Xin chọn mật khẩu của riêng bạn để bắt đầu sử dụng.",
    Step.NEW_PASSWORD: "Mật khẩu đã dùng quá 6 tháng nên cần đổi. Xin lấy mã OTP gửi đến số điện thoại đã đăng ký, rồi "
    "chọn mật khẩu mới.",
    Step.DEVICE: "Tài khoản này đã đăng nhập trên thiết bị khác. Nếu tiếp tục{on}, thiết bị kia sẽ bị đăng xuất. Xin "
    "lấy mã OTP gửi đến số điện thoại đã đăng ký để xác nhận; nếu không phải bạn đang đăng nhập, xin dừng lại và gọi "
    "1900 9068.",
}


def due(step: Step, device_name: str | None = None) -> str:
    """Return what to tell the owner of the step that is due (A1, A3); the device is named where its name is known."""
    name = visible(device_name or "")
    return _DUE[step].replace("{on}", f" trên “{name}”" if name else "")


def standing(one: OwnDeclaration, status: Status) -> str:
    """Return where a declaration stands, told as `status`."""
    if status is Status.SUBMITTED and one.supplement_at is not None:
        return "Chờ bổ sung"
    if status is Status.SUBMITTED and one.presented_at is not None:
        return "Đã nộp, đang giải quyết"
    return LABELS[status]
