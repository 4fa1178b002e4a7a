"""How a declaration reads at the desk: urgency, deadline, states, in the words of wording.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from backoffice.kernel import clock
from backoffice.models import BatchStage, Channel, PhotoKind, Purpose, Status
from backoffice.rules.lifecycle import Standing, is_overdue, is_waiting_for_supplement
from backoffice.rules.reasons import Reason

PURPOSES: dict[Purpose, str] = {
    Purpose.REGISTER: "Đăng ký sử dụng",
    Purpose.ADJUST: "Điều chỉnh thông tin",
    Purpose.STOP: "Ngừng sử dụng",
}
SHORT_PURPOSES: dict[Purpose, str] = {
    Purpose.REGISTER: "Đăng ký",
    Purpose.ADJUST: "Điều chỉnh",
    Purpose.STOP: "Ngừng",
}
CHANNELS: dict[Channel, str] = {
    Channel.APP: "qua ứng dụng VssID",
    Channel.PORTAL: "qua Cổng dịch vụ công",
    Channel.LIST: "theo danh sách đơn vị",
    Channel.DESK: "tại quầy",
}
BATCH_STAGES: dict[BatchStage, tuple[str, str]] = {
    BatchStage.RECEIVED: ("Đang đọc tệp", "info"),
    BatchStage.CHECKED: ("Đang đối chiếu", "info"),
    BatchStage.COMPARED: ("Đang đối chiếu", "info"),
    BatchStage.IN_REVIEW: ("Chờ xem xét", "warn"),
    BatchStage.APPLYING: ("Đang duyệt", "info"),
    BatchStage.APPLIED: ("Đã duyệt", "good"),
    BatchStage.REFUSED: ("Tệp không dùng được", "bad"),
    BatchStage.CANCELLED: ("Đã hủy", "none"),
}
"""Of a list of a unit: words and tone."""
PHOTOS: dict[PhotoKind, str] = {
    PhotoKind.PORTRAIT: "Chân dung",
    PhotoKind.ID_FRONT: "Mặt trước",
    PhotoKind.ID_BACK: "Mặt sau",
    PhotoKind.BIRTH_CERTIFICATE: "Giấy khai sinh",
}
TONES: dict[Status, str] = {
    Status.SUBMITTED: "none",
    Status.APPROVED: "good",
    Status.REJECTED: "bad",
    Status.WITHDRAWN: "none",
    Status.EXPIRED: "bad",
}
SHORT_REASONS: dict[Reason, str] = {
    Reason.ID_NUMBER_DIFFERS: "số giấy tờ khác",
    Reason.NAME_DIFFERS: "họ tên khác",
    Reason.CODE_WRONG: "mã số BHXH không đúng",
    Reason.NOT_THE_PERSON: "ảnh chân dung không đúng người",
    Reason.PHOTO_UNUSABLE: "ảnh mờ, lóa",
    Reason.PHONE_NOT_OWN: "điện thoại không phải của người khai",
    Reason.FORM01_UNSIGNED: "chưa ký mẫu số 01",
    Reason.ID_INVALID: "giấy tờ hết hạn, hư hỏng",
    Reason.CHILD_PROOF_MISSING: "thiếu giấy tờ của con",
    Reason.HAS_ACCOUNT: "đã có tài khoản",
    Reason.WRONG_OFFICE: "sai cơ quan tiếp nhận",
    Reason.OTHER: "lý do khác",
}
"""The reasons of a refusal in a few words, where what matters is that there was one (a flag)."""
FIELDS: dict[str, str] = {
    "full_name": "họ tên",
    "bhxh_code": "mã số BHXH",
    "id_type": "loại giấy tờ",
    "id_number": "số giấy tờ",
    "date_of_birth": "ngày sinh",
    "address": "địa chỉ",
    "address_line": "địa chỉ",
    "ward": "địa chỉ",
    "phone": "điện thoại",
    "start_date": "ngày bắt đầu",
    "contact_person": "người liên hệ",
    "population_db_verified": "dấu xác thực dân cư",
    "email": "thư điện tử",
    "office_code": "cơ quan nhận",
    "phone_hold": "tài khoản giữ số điện thoại",
    "escalated_note": "ý kiến của lãnh đạo",
    "expires_at": "hạn nộp",
    "presented_at": "giờ nộp",
}
"""What a correction changed, within a sentence."""
SOON_DAYS = 3


def state_tone(declaration: Standing) -> str:
    """Return "none", "good", "warn" or "bad" for where the declaration stands."""
    needs_eyes = declaration.escalated_at is not None or is_waiting_for_supplement(declaration)
    return "warn" if declaration.status is Status.SUBMITTED and needs_eyes else TONES[declaration.status]


def days_left(declaration: Standing) -> int | None:
    """Return whole days until the deadline day (0: today); None without a deadline."""
    if declaration.expires_at is None:
        return None
    return (clock.local(declaration.expires_at).date() - clock.today()).days


def urgency(declaration: Standing) -> str:
    """Return "past", "today", "soon", "later" or "decided" (nothing presses any more)."""
    left = days_left(declaration)
    if left is None:
        return "decided" if declaration.status is not Status.SUBMITTED else "later"
    if is_overdue(declaration):
        return "past"
    return "today" if left == 0 else "soon" if left <= SOON_DAYS else "later"


def deadline_words(declaration: Standing) -> str:
    """Return "hôm nay", "còn 2 ngày", "quá hạn", "đã nộp 09:40" or "duyệt 09:42": what the queue says first."""
    if declaration.status is not Status.SUBMITTED:
        word = {Status.APPROVED: "duyệt", Status.REJECTED: "không chấp nhận"}.get(declaration.status, "xong")
        return f"{word} {short_moment(declaration.decided_at)}"
    left = days_left(declaration)
    if left is None:
        return f"đã nộp {short_moment(declaration.presented_at)}"
    if is_overdue(declaration):
        return "quá hạn"
    return "hôm nay" if left == 0 else "ngày mai" if left == 1 else f"còn {left} ngày"


def deadline_sentence(declaration: Standing) -> str:
    """Return "30/11, còn 8 ngày" for the review page; "" without a deadline."""
    if declaration.expires_at is None:
        return ""
    return f"{clock.local(declaration.expires_at):%d/%m}, {deadline_words(declaration)}"


def short_moment(instant: datetime | None) -> str:
    """Return "09:40" for an instant of today, else "09:40 20/11"; "" for None."""
    if instant is None:
        return ""
    local = clock.local(instant)
    return f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%H:%M %d/%m}"


def ago(since: datetime) -> str:
    """Return "2 phút" or "vừa nhận": how long ago an instant was."""
    minutes = int((clock.now() - since) / timedelta(minutes=1))
    return f"{minutes} phút" if minutes else "vừa nhận"
