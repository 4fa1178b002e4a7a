"""The sentence that says what became of a press whose answer was lost."""

from __future__ import annotations

from backoffice.decision.settled import Done, NotDone
from backoffice.desk.history import WORDS
from backoffice.kernel import clock
from backoffice.models import TrailEvent

_SAID: dict[TrailEvent, str] = {
    TrailEvent.APPROVE: "Đã duyệt",
    TrailEvent.REJECT: "Đã trả lời “Không chấp nhận”",
    TrailEvent.SUPPLEMENT: "Đã trả hồ sơ để bổ sung",
    TrailEvent.ESCALATE: "Đã báo lãnh đạo",
    TrailEvent.CLAIM: "Đã nhận xử lý",
    TrailEvent.RELEASE: "Đã trả lại hồ sơ",
    TrailEvent.HANDOVER: "Đã bàn giao hồ sơ",
    TrailEvent.PRESENT: "Đã ghi là đã nộp hồ sơ",
    TrailEvent.ACCOUNT_LOCK: "Đã khóa tài khoản",
    TrailEvent.ACCOUNT_UNLOCK: "Đã mở khóa tài khoản",
    TrailEvent.DOOR_OPENED: "Đã mở lại đăng nhập",
    TrailEvent.PHONE_DOUBTED: "Đã ghi dấu về số điện thoại của tài khoản",
}


def sentence(result: Done | NotDone) -> str:
    """Return what the officer reads: that it was done and when, or that nothing was and what to do next."""
    if isinstance(result, Done):
        return f"{_what(result.event)} lúc {clock.local(result.at):%H:%M}. Việc đó đã được ghi trước khi mất kết nối."
    if result.decided:
        return f"Việc vừa bấm chưa được ghi: {result.decided}"
    return "Chưa có gì thay đổi, xin bấm lại. Nội dung đã nhập vẫn còn nguyên."


def _what(event: TrailEvent) -> str:
    if event in _SAID:
        return _SAID[event]
    return f"Đã ghi “{WORDS[event]}”" if event in WORDS else "Việc vừa bấm đã được ghi"
