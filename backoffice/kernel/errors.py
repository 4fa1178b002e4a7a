"""Domain errors: raised by use cases, turned into answers in one place (web.errors).

Every error carries a Vietnamese sentence that says what happened and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault of one input field: `field` as the caller named it (dotted for nested), `message` in Vietnamese."""

    field: str
    message: str
    code: str = "invalid"


class DomainError(Exception):
    """A refusal a person can understand: `message` is the sentence, `code` a stable name for machines."""

    status = 400
    code = "refused"
    title = "Không thực hiện được"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InvalidInput(DomainError):
    """Input with faults, all of them at once (422)."""

    status = 422
    code = "invalid_input"
    title = "Dữ liệu chưa đúng"

    def __init__(self, faults: Iterable[Fault], message: str | None = None) -> None:
        self.faults = tuple(faults)
        super().__init__(message or "Một số mục chưa đúng. Xin sửa các mục được nêu rồi gửi lại.")

    @property
    def by_field(self) -> dict[str, str]:
        """Return the first sentence about each field, as a form shows them."""
        return {one.field: one.message for one in reversed(self.faults)}


class Unauthenticated(DomainError):
    """Nobody is signed in, or the key is unknown (401)."""

    status = 401
    code = "unauthenticated"
    title = "Chưa đăng nhập"


class Forbidden(DomainError):
    """Signed in, but the role may never do this (403)."""

    status = 403
    code = "forbidden"
    title = "Không có quyền"


class NotFound(DomainError):
    """Does not exist, or is out of the asker's scope: both answer alike (404)."""

    status = 404
    code = "not_found"
    title = "Không tìm thấy"

    def __init__(
        self,
        message: str = "Không tìm thấy nội dung này, hoặc nội dung không thuộc phạm vi của bạn. "
        "Xin kiểm tra lại mã rồi tìm lại.",
    ) -> None:
        super().__init__(message)


class Conflict(DomainError):
    """The thing is no longer as the asker saw it: decided, claimed by another, key used for another body (409)."""

    status = 409
    code = "conflict"
    title = "Dữ liệu đã thay đổi"


class TooLarge(DomainError):
    """More bytes than are taken (413)."""

    status = 413
    code = "too_large"
    title = "Dữ liệu quá lớn"


class TooManyRequests(DomainError):
    """Asked too often (429); `retry_after` in seconds."""

    status = 429
    code = "too_many_requests"
    title = "Quá nhiều lần"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something behind us is out for now; nothing was done (503)."""

    status = 503
    code = "unavailable"
    title = "Hệ thống tạm gián đoạn"
