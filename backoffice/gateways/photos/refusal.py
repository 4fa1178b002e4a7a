"""Why a photo is refused: one code and one sentence per reason, the sentence saying what to do next."""

from __future__ import annotations

from enum import StrEnum

from backoffice.kernel.errors import DomainError


class Refusal(StrEnum):
    """The reasons, as stable names for machines."""

    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    UNKNOWN_FORMAT = "unknown_format"
    TOO_MANY_PIXELS = "too_many_pixels"
    ANIMATED = "animated"
    TOO_MANY_SCANS = "too_many_scans"
    BROKEN = "broken"
    TOO_HEAVY = "too_heavy"


SENTENCES = {
    Refusal.EMPTY: "Tệp ảnh trống. Xin chọn hoặc chụp lại ảnh rồi gửi lại.",
    Refusal.TOO_MANY_BYTES: (
        "Ảnh nặng hơn 12 MB. Xin chụp lại ở cỡ ảnh nhỏ hơn, hoặc giảm dung lượng ảnh rồi gửi lại."
    ),
    Refusal.UNKNOWN_FORMAT: (
        "Tệp này không phải ảnh JPEG, PNG, WebP hoặc HEIC. Xin chọn ảnh chụp bằng điện thoại, "
        "hoặc lưu lại thành ảnh JPEG rồi gửi lại."
    ),
    Refusal.TOO_MANY_PIXELS: (
        "Ảnh lớn hơn 50 triệu điểm ảnh. Xin đặt máy ảnh ở cỡ nhỏ hơn (12 triệu điểm ảnh là đủ rõ), "
        "chụp lại rồi gửi lại."
    ),
    Refusal.ANIMATED: "Đây là ảnh động. Xin chọn một ảnh chụp thông thường rồi gửi lại.",
    Refusal.TOO_MANY_SCANS: (
        "Ảnh JPEG này được lưu theo kiểu hiện dần với quá nhiều lượt nên hệ thống không nhận. "
        "Xin lưu lại thành ảnh JPEG thông thường, hoặc chụp lại rồi gửi lại."
    ),
    Refusal.BROKEN: "Không đọc được ảnh: tệp bị hỏng hoặc chưa tải lên đủ. Xin chọn hoặc chụp lại ảnh rồi gửi lại.",
    Refusal.TOO_HEAVY: (
        "Hệ thống đã dừng đọc ảnh này vì tốn quá nhiều thời gian hoặc bộ nhớ. "
        "Xin chụp lại ở cỡ nhỏ hơn, hoặc lưu lại thành ảnh JPEG thông thường rồi gửi lại."
    ),
}
"""Vietnamese, each complete in itself; the caller says which photo is meant (portrait, front, back)."""


class PhotoRefused(DomainError):
    """A photo that is not taken (422): `code` is a `Refusal` value, `message` its sentence."""

    status = 422
    title = "Ảnh chưa dùng được"

    def __init__(self, reason: Refusal) -> None:
        super().__init__(SENTENCES[reason], code=reason.value)
