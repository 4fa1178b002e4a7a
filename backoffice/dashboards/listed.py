"""Which lists there are, one for each figure that is shown, and how each is named."""

from __future__ import annotations

from enum import StrEnum

from backoffice.models import Channel, Figure, NoticeChannel


class Listed(StrEnum):
    """What is listed: the same as the figure of that name counts."""

    WAITING = "waiting"
    PRESENTED = "presented"
    SUPPLEMENT = "supplement"
    ESCALATED = "escalated"
    DUE_TODAY = "due_today"
    DUE_SOON = "due_in_3_days"
    LISTS = "lists"
    """Lists of units in work."""
    DECLARED = "declared"
    APPROVED = "approved"
    REJECTED = "rejected"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"


NOW = (
    Listed.WAITING,
    Listed.PRESENTED,
    Listed.SUPPLEMENT,
    Listed.ESCALATED,
    Listed.DUE_TODAY,
    Listed.DUE_SOON,
    Listed.LISTS,
)
"""Lists of how things are now; the others are of a day or of several."""
DECISIONS = (Listed.APPROVED, Listed.REJECTED, Listed.DECIDED)
"""Lists that can be narrowed to one officer, and to a time at the desk."""
FIGURES: dict[Listed, Figure] = {
    Listed.DECLARED: Figure.DECLARED,
    Listed.APPROVED: Figure.APPROVED,
    Listed.REJECTED: Figure.REJECTED,
    Listed.WITHDRAWN: Figure.WITHDRAWN,
    Listed.EXPIRED: Figure.EXPIRED,
    Listed.FAILED: Figure.NOTICE_FAILED,
}
NAMES: dict[Listed, str] = {
    Listed.WAITING: "Chưa đến nộp",
    Listed.PRESENTED: "Đã nộp, đang giải quyết",
    Listed.SUPPLEMENT: "Chờ bổ sung",
    Listed.ESCALATED: "Báo lãnh đạo",
    Listed.DUE_TODAY: "Hạn nộp hôm nay",
    Listed.DUE_SOON: "Hạn nộp trong 3 ngày tới",
    Listed.LISTS: "Danh sách đơn vị đang xử lý",
    Listed.DECLARED: "Tờ khai mới",
    Listed.APPROVED: "Đã duyệt",
    Listed.REJECTED: "Không chấp nhận",
    Listed.DECIDED: "Đã giải quyết",
    Listed.WITHDRAWN: "Đã rút",
    Listed.EXPIRED: "Quá hạn, đã xóa",
    Listed.FAILED: "Tin không gửi được",
}
TABS: dict[Listed, str] = {
    Listed.WAITING: "/desk?list=waiting",
    Listed.PRESENTED: "/desk?list=presented",
    Listed.SUPPLEMENT: "/desk?list=supplement",
    Listed.ESCALATED: "/desk?list=escalated",
    Listed.DUE_TODAY: "/desk?list=due_today",
}
"""The queue's tabs that count the same: a supervisor's queue is that of the own branch."""
CHANNELS: dict[str, str] = {
    Channel.APP: "Ứng dụng VssID",
    Channel.PORTAL: "Cổng dịch vụ công",
    Channel.LIST: "Danh sách đơn vị",
    Channel.DESK: "Tại quầy",
}
WAYS: dict[str, str] = {NoticeChannel.SMS: "Tin nhắn SMS", NoticeChannel.EMAIL: "Thư điện tử"}


class Took(StrEnum):
    """Classes of the time from the arrival at the desk to the decision, coarser than rules.figures.MINUTES."""

    FIVE = "5"
    TEN = "10"
    HALF_HOUR = "30"
    HOUR = "60"
    HALF_DAY = "240"
    DAY = "1440"
    LONGER = "longer"
    UNKNOWN = "unknown"


TOOK: dict[Took, str] = {
    Took.FIVE: "Đến 5 phút",
    Took.TEN: "Trên 5 đến 10 phút",
    Took.HALF_HOUR: "Trên 10 đến 30 phút",
    Took.HOUR: "Trên 30 phút đến 1 giờ",
    Took.HALF_DAY: "Trên 1 đến 4 giờ",
    Took.DAY: "Trên 4 giờ đến 1 ngày",
    Took.LONGER: "Trên 1 ngày",
    Took.UNKNOWN: "Không qua quầy hoặc không ghi giờ nộp",
}
_BOUNDS = [int(one) for one in (Took.FIVE, Took.TEN, Took.HALF_HOUR, Took.HOUR, Took.HALF_DAY, Took.DAY)]


def took_of(key: str) -> Took:
    """Return the class to which a key of rules.figures.time_key belongs."""
    if key in (Took.LONGER, Took.UNKNOWN):
        return Took(key)
    return Took(str(next(bound for bound in _BOUNDS if int(key) <= bound)))


def minutes_of(took: Took) -> tuple[int, int | None]:
    """Return above how many minutes and up to how many (None: any) a class lies; raises ValueError for UNKNOWN."""
    if took is Took.LONGER:
        return _BOUNDS[-1], None
    upper = int(took)
    return max((bound for bound in _BOUNDS if bound < upper), default=-1), upper
