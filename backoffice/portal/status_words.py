"""Where a declaration stands, in plain words: what it is, what it means, what to do next. It names nobody (D6)."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice import config
from backoffice.intake.standing import Standing
from backoffice.kernel import clock
from backoffice.models import Purpose, Status
from backoffice.rules.reasons import Reason

PURPOSES: dict[Purpose, str] = {
    Purpose.REGISTER: "Đăng ký tài khoản",
    Purpose.ADJUST: "Điều chỉnh thông tin tài khoản",
    Purpose.STOP: "Ngừng sử dụng tài khoản",
}
_APPROVED: dict[Purpose, str] = {
    Purpose.REGISTER: (
        "Tài khoản đã được cấp. Tên đăng nhập và mật khẩu tạm đã gửi bằng tin nhắn đến số điện thoại đã khai; xin đăng "
        "nhập và đổi mật khẩu trong {days} ngày. Chưa nhận được tin: gọi 1900 9068 (phím 8) bằng số đó."
    ),
    Purpose.ADJUST: "Thông tin tài khoản đã được điều chỉnh như đã khai. Xin đăng nhập để xem lại.",
    Purpose.STOP: "Tài khoản đã ngừng sử dụng. Muốn dùng lại, xin khai đăng ký mới.",
}
_HAND_IN = "Chưa nộp hồ sơ. Xin đến cơ quan dưới đây chậm nhất {day}, mang giấy tờ bản gốc và mẫu số 01 đã ký."
_SUPPLEMENT = "Hồ sơ còn thiếu. Xin mang phần còn thiếu đến cơ quan dưới đây chậm nhất {day}."
_PRESENTED = "Hồ sơ đã nộp và đang được giải quyết. Kết quả sẽ gửi bằng tin nhắn, không cần làm gì thêm."
_REJECTED = "Tờ khai không được chấp nhận, vì:"
_STRANGERS = (
    "Nếu chính mình đã khai: xin khai lại với số điện thoại của mình. Nếu không khai gì: xin bỏ qua tin nhắn đã nhận."
)
_WITHDRAWN = "Tờ khai đã rút hoặc đã đóng, không còn được giải quyết. Nếu vẫn cần, xin khai lại."
_EXPIRED = "Không nộp trong thời hạn nên tờ khai và ảnh {gone}. Nếu vẫn cần, xin khai lại."


@dataclass(frozen=True)
class Words:
    """What the page says: the state in a word or two with its tone (good, warn, bad, none), and what comes next."""

    state: str
    tone: str
    next: str
    more: str = ""


def words_of(one: Standing) -> Words:
    """Return the words for where a declaration stands."""
    match one.status:
        case Status.APPROVED:
            days = config.current().password_days
            return Words("Đã chấp nhận", "good", _APPROVED[one.purpose].format(days=days))
        case Status.REJECTED:
            more = _STRANGERS if Reason.PHONE_NOT_OWN in one.reason_codes else ""
            return Words("Không chấp nhận", "bad", _REJECTED, more)
        case Status.WITHDRAWN:
            return Words("Đã rút", "none", _WITHDRAWN)
        case Status.EXPIRED:
            gone = f"đã xóa ngày {clock.local(one.deleted_at):%d/%m/%Y}" if one.deleted_at else "sẽ bị xóa"
            return Words("Quá hạn", "bad", _EXPIRED.format(gone=gone))
    day = f"{clock.local(one.expires_at):%d/%m/%Y}" if one.expires_at else ""
    if one.supplement:
        return Words("Chờ bổ sung", "warn", _SUPPLEMENT.format(day=day))
    if one.is_presented:
        return Words("Đã nộp, đang giải quyết", "none", _PRESENTED)
    return Words("Đã khai, chưa nộp", "warn", _HAND_IN.format(day=day))
