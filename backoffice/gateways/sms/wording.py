"""What gateways and networks answer, in the plain Vietnamese that an officer reads (peers.md: exact words)."""

from __future__ import annotations

NOT_REACHED = "Chưa kết nối được với nhà mạng."
BUSY = "Nhà mạng đang bận, chưa nhận tin."
NO_ANSWER = "Nhà mạng chưa trả lời, chưa rõ tin đã được nhận hay chưa."
NO_SENSE = "Nhà mạng trả lời không đúng quy cách, chưa rõ tin đã được nhận hay chưa."
NOT_LET_IN = "Nhà mạng không cho hệ thống đăng nhập. Xin báo quản trị."
BAD_NUMBER = "Nhà mạng báo số này không nhận được tin. Xin kiểm tra lại số điện thoại với công dân."
REFUSED = "Nhà mạng không nhận tin này"
UNDELIVERABLE = (
    "Nhà mạng báo không giao được tin đến máy (số không tồn tại, bị khóa hoặc không liên lạc được). "
    "Xin kiểm tra lại số điện thoại với công dân."
)
TOO_LATE = "Nhà mạng không giao được tin trong thời hạn (máy tắt hoặc ngoài vùng phủ sóng)."
DELETED = "Nhà mạng đã hủy tin này, tin không đến máy."
SILENT = "Sau 72 giờ nhà mạng vẫn không báo tin đã đến máy hay chưa."

_STATES = {
    "EXPIRED": TOO_LATE,
    "DELETED": DELETED,
    "UNDELIV": UNDELIVERABLE,
    "REJECTD": "Nhà mạng từ chối giao tin này.",
}


def with_code(sentence: str, code: str) -> str:
    """Return the sentence with the network's own code behind it: "… (mã 69)."."""
    return f"{sentence.rstrip('.')} (mã {code})." if code else sentence


def of_state(state: str, code: str = "") -> str:
    """Return why a message did not arrive by the state of its receipt (SMPP 3.4, appendix B) and the network's code."""
    return with_code(_STATES.get(state, UNDELIVERABLE), " ".join(part for part in (state, code) if part))
