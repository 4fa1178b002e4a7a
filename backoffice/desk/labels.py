"""How a declaration reads at the desk: urgency, deadline, states, in the words of wording.md."""

from __future__ import annotations

from datetime import datetime, timedelta

from backoffice.kernel import clock
from backoffice.models import Channel, PhotoKind, Purpose, Status
from backoffice.rules.lifecycle import Standing, is_overdue, is_waiting_for_supplement

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
        word = {Status.APPROVED: "duyệt", Status.REJECTED: "từ chối"}.get(declaration.status, "xong")
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
    """Return "2 phút" or "vừa xong": how long ago an instant was."""
    minutes = int((clock.now() - since) / timedelta(minutes=1))
    return f"{minutes} phút" if minutes else "vừa xong"
