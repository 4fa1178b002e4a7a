"""Why a file cannot be read, in a sentence with what to do."""

from __future__ import annotations

from backoffice.kernel.errors import Fault, InvalidInput

NOTHING_DONE = "Chưa có gì thay đổi."


def unfit(sentence: str, code: str = "unfit_file") -> InvalidInput:
    """Return the refusal of a file (field "file")."""
    whole = f"{sentence} {NOTHING_DONE}"
    return InvalidInput([Fault("file", whole, code)], whole)


def broken() -> InvalidInput:
    """Return the refusal of a workbook that cannot be understood."""
    return unfit("Tệp bị hỏng hoặc không phải tệp Excel. Xin mở tệp bằng Excel, lưu lại dạng .xlsx rồi gửi lại.")


def too_big() -> InvalidInput:
    """Return the refusal of a workbook that would take too much memory or time."""
    return unfit(
        "Tệp quá lớn khi mở ra. Xin chép riêng bảng cần nhập sang một tệp Excel mới rồi gửi lại.", "file_too_big"
    )
