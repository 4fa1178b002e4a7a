"""What to photograph and how, in plain words: for the officer's screen and the citizen's phone (D4)."""

from __future__ import annotations

from dataclasses import dataclass

from backoffice.models import PhotoKind

_PAPER = (
    "Đặt giấy tờ bản gốc trên mặt phẳng sẫm màu, chụp thẳng từ trên xuống, thấy đủ bốn góc.",
    "Đủ sáng, không để đèn lóa lên giấy tờ; chữ và mã QR (nếu có) phải đọc được.",
    "Giữ yên máy cho ảnh rõ nét.",
)


@dataclass(frozen=True)
class Wanted:
    """A photo that is asked for: its name within a sentence, how to take it, and whether of oneself."""

    name: str
    how: tuple[str, ...]
    is_face: bool = False


WANTED: dict[PhotoKind, Wanted] = {
    PhotoKind.PORTRAIT: Wanted(
        "ảnh chân dung",
        (
            "Chụp từ ngực trở lên, nhìn thẳng, không đội mũ, không đeo kính râm.",
            "Đứng trước nền sáng một màu; mặt đủ sáng, không ngược sáng.",
            "Giữ yên máy cho ảnh rõ nét.",
        ),
        is_face=True,
    ),
    PhotoKind.ID_FRONT: Wanted("ảnh mặt trước giấy tờ", _PAPER),
    PhotoKind.ID_BACK: Wanted("ảnh mặt sau giấy tờ", _PAPER),
    PhotoKind.BIRTH_CERTIFICATE: Wanted("ảnh giấy khai sinh", _PAPER),
}
