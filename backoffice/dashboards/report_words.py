"""What is said of reports: their spans, how far they have come, why one failed and what to do then."""

from __future__ import annotations

from backoffice.dashboards.report_spans import Span
from backoffice.models import KeptData, ReportFault, ReportState
from backoffice.rules.retention import term

SPANS: dict[Span, str] = {
    Span.DAY: "Một ngày",
    Span.WEEK: "Một tuần (thứ Hai đến Chủ nhật)",
    Span.MONTH: "Một tháng",
    Span.QUARTER: "Một quý",
}
STATES: dict[ReportState, tuple[str, str]] = {
    ReportState.ASKED: ("Đang chờ đến lượt", "none"),
    ReportState.WORKING: ("Đang lập", "none"),
    ReportState.DONE: ("Đã lập xong", "good"),
    ReportState.FAILED: ("Không lập được", "bad"),
    ReportState.CANCELLED: ("Đã hủy", "none"),
}
FAULTS: dict[ReportFault, str] = {
    ReportFault.BROKEN: "Hệ thống gặp trục trặc khi lập báo cáo. Số liệu không bị ảnh hưởng; xin bấm “Lập lại”. Nếu "
    "vẫn không được, báo quản trị hệ thống kèm giờ yêu cầu.",
    ReportFault.SLOW: "Lập quá lâu nên hệ thống đã dừng. Số liệu không bị ảnh hưởng; xin bấm “Lập lại” vào lúc ít "
    "người dùng, hoặc chọn khoảng thời gian ngắn hơn.",
    ReportFault.LOST: "Máy chủ dừng giữa chừng nhiều lần nên chưa lập được. Số liệu không bị ảnh hưởng; xin bấm “Lập "
    "lại”. Nếu vẫn không được, báo quản trị hệ thống.",
}
KEPT = f"{term(KeptData.REPORTS).days} ngày"
GONE = (
    f"Không có báo cáo này: báo cáo chỉ giữ {KEPT}, chỉ người yêu cầu mở được, và chỉ khi còn phụ trách cơ quan đó. "
    "Xin yêu cầu lập lại ở trang Báo cáo Excel."
)
NOT_YET = "Báo cáo này chưa lập xong nên chưa có tệp để tải. Xin đợi đến khi hiện “Đã lập xong”."
