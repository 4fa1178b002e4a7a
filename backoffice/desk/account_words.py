"""How an account reads at the desk, in the words of wording.md."""

from __future__ import annotations

from datetime import datetime

from backoffice.kernel import clock
from backoffice.models import AccountStatus, LockReason, SessionKind

STATUSES: dict[AccountStatus, str] = {
    AccountStatus.ISSUED: "Đã cấp, chưa đăng nhập",
    AccountStatus.ACTIVE: "Đang sử dụng",
    AccountStatus.LOCKED: "Tạm khóa",
    AccountStatus.CLOSED: "Đã ngừng sử dụng",
}
TONES: dict[AccountStatus, str] = {
    AccountStatus.ISSUED: "none",
    AccountStatus.ACTIVE: "good",
    AccountStatus.LOCKED: "bad",
    AccountStatus.CLOSED: "none",
}
LOCKED_FOR: dict[LockReason, str] = {
    LockReason.WRONG_APPROVAL: "duyệt nhầm",
    LockReason.OWNER_ASKED: "chủ tài khoản yêu cầu",
    LockReason.SUSPICION: "nghi bị người khác lợi dụng",
}
"""Why it is locked, after a colon."""
SIGNED_IN_BY: dict[SessionKind, str] = {SessionKind.APP: "trên ứng dụng", SessionKind.WEB: "trên trang web"}
USABLE = frozenset({AccountStatus.ISSUED, AccountStatus.ACTIVE})
"""What can be signed in to, now or with the first password."""


def moment(instant: datetime) -> str:
    """Return "09:40 20/11" for an instant of this year, else "09:40 20/11/2024": accounts live long."""
    local = clock.local(instant)
    return f"{local:%H:%M %d/%m}" if local.year == clock.today().year else f"{local:%H:%M %d/%m/%Y}"
