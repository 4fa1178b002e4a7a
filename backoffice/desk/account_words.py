"""How an account reads at the desk, in the words of wording.md."""

from __future__ import annotations

from datetime import datetime

from backoffice.kernel import clock
from backoffice.models import AccountStatus

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
USABLE = frozenset({AccountStatus.ISSUED, AccountStatus.ACTIVE})
"""What can be signed in to, now or with the first password."""


def moment(instant: datetime) -> str:
    """Return "09:40 20/11" for an instant of this year, else "09:40 20/11/2024": accounts live long."""
    local = clock.local(instant)
    return f"{local:%H:%M %d/%m}" if local.year == clock.today().year else f"{local:%H:%M %d/%m/%Y}"
