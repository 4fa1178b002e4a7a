"""How a request reads: who asked, how they were identified, where it stands."""

from __future__ import annotations

from backoffice.kernel import clock
from backoffice.models import Asker, Identified, PersonRequest, WithdrawnReason

ASKERS: dict[Asker, str] = {
    Asker.SELF: "Chính người đó",
    Asker.GUARDIAN: "Cha, mẹ hoặc người giám hộ (người dưới 18 tuổi)",
}
IDENTIFIED: dict[Identified, str] = {
    Identified.SCANNED: "Đã quét mã QR trên thẻ, khớp",
    Identified.SEEN: "Đã xem giấy tờ bản gốc, số khớp",
}
WITHDRAWN: dict[WithdrawnReason, str] = {
    WithdrawnReason.TAKEN_BACK: "Công dân rút yêu cầu",
    WithdrawnReason.MISTAKE: "Ghi nhầm",
}


def is_open(request: PersonRequest) -> bool:
    """Tell whether it still waits for its answer."""
    return request.answered_at is None and request.withdrawn_at is None


def is_overdue(request: PersonRequest) -> bool:
    """Tell whether its last day has passed without an answer."""
    return is_open(request) and request.due_on < clock.today()


def state_of(request: PersonRequest) -> str:
    """Return where it stands: "Chờ trả lời", "Quá hạn trả lời 2 ngày", "Đã trả lời 09:40 20/11/2026", or why not."""
    if request.answered_at:
        return f"Đã trả lời {clock.local(request.answered_at):%H:%M %d/%m/%Y}"
    if request.withdrawn_at and request.withdrawn_reason:
        return f"{WITHDRAWN[request.withdrawn_reason]} {clock.local(request.withdrawn_at):%d/%m/%Y}"
    if is_overdue(request):
        return f"Quá hạn trả lời {(clock.today() - request.due_on).days} ngày"
    return "Chờ trả lời"


def left_of(request: PersonRequest) -> str:
    """Return "hôm nay", "ngày mai", "còn 3 ngày" of a request that is in time; "" of one overdue or closed."""
    if not is_open(request) or is_overdue(request):
        return ""
    days = (request.due_on - clock.today()).days
    return {0: "hôm nay", 1: "ngày mai"}.get(days, f"còn {days} ngày")
