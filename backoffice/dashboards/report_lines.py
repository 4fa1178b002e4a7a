"""What a report tells of an office: each figure with its name, how it is read off, and what exactly it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backoffice.dashboards.tallies import Figures
from backoffice.gateways.sheets.book import Cell, Kind
from backoffice.models import Channel, NoticeChannel

Number = int | float | None


@dataclass(frozen=True)
class Line:
    """One figure: `label`, how it is read off figures, what its cells hold, what it counts, in a sentence."""

    label: str
    read: Callable[[Figures], Number]
    meaning: str
    kind: Kind = Kind.NUMBER
    short: str = ""
    """The heading of a column, where it is not `label`."""

    @property
    def heading(self) -> str:
        """Return what a column of it is called."""
        return self.short or self.label

    def cell(self, figures: Figures) -> Cell:
        """Return the figure as a cell."""
        return Cell(self.read(figures), self.kind)


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


QUICK = 10
_DECIDED = (
    Line("Đã giải quyết", lambda of: of.decided, "Số tờ khai đã duyệt cộng số không chấp nhận trong kỳ."),
    Line(
        "Đã duyệt", lambda of: of.approved, "Tờ khai được duyệt trong kỳ: mở tài khoản, điều chỉnh hoặc ngừng sử dụng."
    ),
    Line("Không chấp nhận", lambda of: of.rejected, "Tờ khai bị từ chối trong kỳ, có nêu lý do."),
    Line(
        "Tỷ lệ duyệt",
        lambda of: of.approval_rate,
        "Đã duyệt chia cho đã giải quyết. Để trống khi chưa giải quyết tờ khai nào.",
        Kind.SHARE,
    ),
)
_TIMES = (
    Line(
        "Thời gian giải quyết trung bình (phút)",
        lambda of: _minutes(of.mean_seconds),
        "Từ lúc công dân nộp hồ sơ tại quầy đến lúc duyệt hoặc không chấp nhận, tính trung bình. Không tính tờ khai "
        "giải quyết khi chưa nộp.",
        Kind.MINUTES,
        "Trung bình (phút)",
    ),
    Line(
        "Thời gian giải quyết trung vị (phút)",
        lambda of: of.median_minutes,
        "Một nửa số hồ sơ được giải quyết trong thời gian này hoặc nhanh hơn (ước tính theo nhóm thời gian; từ một "
        "ngày trở lên ghi 1.440).",
        Kind.MINUTES,
        "Trung vị (phút)",
    ),
    Line(
        f"Giải quyết trong {QUICK} phút",
        lambda of: of.share_within(QUICK),
        f"Tỷ lệ hồ sơ được giải quyết trong vòng {QUICK} phút kể từ lúc nộp.",
        Kind.SHARE,
    ),
)
_DESK = (
    Line(
        "Lượt nộp hồ sơ",
        lambda of: of.arrived,
        "Lượt công dân nộp hồ sơ tại bộ phận Tiếp nhận và Trả kết quả. Nộp lại sau khi bổ sung được tính thêm một "
        "lượt.",
    ),
    *_DECIDED,
    Line("Yêu cầu bổ sung", lambda of: of.asked, "Lượt trả hồ sơ để công dân bổ sung, hoàn thiện."),
)
FLOWS: tuple[Line, ...] = (
    Line("Tờ khai mới", lambda of: of.declared, "Tờ khai nhận được trong kỳ, qua mọi kênh."),
    *_DESK,
    Line(
        "Đã rút",
        lambda of: of.withdrawn,
        "Tờ khai khép lại vì công dân rút, tờ khai khác của cùng người đã được duyệt, hoặc người đó đã có tài khoản.",
    ),
    Line("Quá hạn, đã xóa", lambda of: of.expired, "Tờ khai bị xóa vì hết hạn mà công dân không nộp hồ sơ."),
    *_TIMES,
    Line(
        "Tin nhắn, thư không đến",
        lambda of: of.notices_failed,
        "Tin nhắn, thư điện tử gửi không được. Tin gửi lại thành công sau đó vẫn được tính ở đây.",
    ),
)
"""What happened in the span."""
STANDING: tuple[Line, ...] = (
    Line(
        "Chưa đến nộp",
        lambda of: of.waiting,
        "Tờ khai còn hạn, công dân chưa đến nộp hồ sơ, tính tại lúc lập báo cáo.",
    ),
    Line(
        "Hạn nộp hôm nay",
        lambda of: of.due_today,
        "Chưa nộp hoặc chờ bổ sung, hết hạn trong ngày lập báo cáo.",
    ),
    Line(
        "Hạn nộp trong 3 ngày",
        lambda of: of.due_in_3_days,
        "Chưa nộp hoặc chờ bổ sung, hết hạn từ ngày lập báo cáo đến ba ngày sau.",
    ),
    Line(
        "Đã nộp, đang giải quyết",
        lambda of: of.presented,
        "Hồ sơ đã nộp tại quầy, chưa quyết định, tính tại lúc lập báo cáo.",
    ),
    Line("Chờ bổ sung", lambda of: of.supplement, "Hồ sơ còn hạn bổ sung, tính tại lúc lập báo cáo."),
    Line(
        "Báo lãnh đạo",
        lambda of: of.escalated,
        "Hồ sơ chờ lãnh đạo quyết định; cũng được tính trong các mục trên.",
    ),
)
"""How things are when the report is made, whatever its span."""
OF_OFFICER: tuple[Line, ...] = (*_DESK, *_TIMES)
"""What an officer does: nobody in particular declares, withdraws or lets expire."""
OF_DAY: tuple[Line, ...] = FLOWS
CALLS: tuple[Line, ...] = (
    Line("Cuộc gọi", lambda of: of.calls, "Cuộc gọi đến tổng đài mà nhân viên hoặc trợ lý ảo đã tra cứu."),
    Line("Khớp", lambda of: of.calls_matched, "Số điện thoại và mã số BHXH khớp với một tài khoản."),
    Line("Không khớp", lambda of: of.calls_missed, "Số điện thoại và mã số BHXH không khớp hoặc chưa đăng ký."),
    Line(
        "Cấp lại mật khẩu",
        lambda of: of.resets,
        "Mật khẩu mới được cấp ngoài quầy: qua tổng đài, trợ lý ảo, thư điện tử.",
    ),
    Line(
        "Mở lại đăng nhập",
        lambda of: of.unlocked,
        "Lượt nhân viên tổng đài mở lại việc nhập mật khẩu sau nhiều lần sai.",
    ),
)
CHANNELS: dict[str, str] = {
    Channel.APP.value: "Ứng dụng VssID",
    Channel.PORTAL.value: "Cổng dịch vụ công",
    Channel.LIST.value: "Danh sách của đơn vị",
    Channel.DESK.value: "Lập giúp tại quầy",
}
NOTICES: dict[str, str] = {NoticeChannel.SMS.value: "Tin nhắn SMS", NoticeChannel.EMAIL.value: "Thư điện tử"}
