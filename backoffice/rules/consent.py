"""What a declarer agrees to, word for word, and the name under which each wording is recorded (D3, D13)."""

from __future__ import annotations

from backoffice import config

_CURRENT = "2026-01"
_DAYS = 10
"""In a wording whose name tells no other number."""

_UNDERTAKING: dict[str, str] = {
    "2026-01": (
        "Cá nhân tôi cam kết hoàn toàn chịu trách nhiệm trước pháp luật về tính chính xác, trung thực của nội dung "
        "đăng ký nêu trên và thực hiện giao dịch điện tử trong lĩnh vực bảo hiểm xã hội theo đúng quy định của "
        "pháp luật."
    ),
}
"""D3 (S1, S4)."""

_CONSENT: dict[str, str] = {
    "2026-01": (
        "Tôi đồng ý để cơ quan BHXH xử lý dữ liệu đã khai và ảnh chân dung, ảnh giấy tờ tùy thân (dữ liệu cá nhân "
        "nhạy cảm) chỉ để xác minh và cấp tài khoản giao dịch điện tử. Tờ khai không được nộp sẽ bị xóa sau "
        "{days} ngày cùng toàn bộ ảnh; tôi có quyền rút lại sự đồng ý và yêu cầu xóa dữ liệu theo Luật Bảo vệ dữ liệu "
        "cá nhân (Luật số 91/2025/QH15) và Nghị định số 356/2025/NĐ-CP."
    ),
}
"""D13 (Law 91/2025/QH15, Decree 356/2025)."""


def current() -> str:
    """Return the name of the wording shown now; a declaration keeps the name of the one it agreed to.

    The days until what is not handed in is deleted (K4, EXPIRY_DAYS) are part of it: "2026-01", or "2026-01/15".
    """
    days = config.current().expiry_days
    return _CURRENT if days == _DAYS else f"{_CURRENT}/{days}"


def consent(name: str) -> str:
    """Return what was agreed to under the wording `name` (D13); the name itself where there is no such."""
    wording, _, days = name.partition("/")
    return _CONSENT.get(wording, name).format(days=days or _DAYS)


def undertaking(name: str) -> str:
    """Return what was undertaken under the wording `name` (D3)."""
    return _UNDERTAKING.get(name.partition("/")[0], name)
