"""Machine clients in words."""

from __future__ import annotations

from backoffice.clients.keys import Overlap
from backoffice.models import Scope

SCOPES: dict[Scope, str] = {
    Scope.INTAKE: "Gửi và hỏi tờ khai",
    Scope.HOTLINE: "Tổng đài",
    Scope.APP: "Ứng dụng VssID",
}
SCOPE_HINTS: dict[Scope, str] = {
    Scope.INTAKE: "gửi tờ khai mới, hỏi tình trạng tờ khai",
    Scope.HOTLINE: "cấp lại mật khẩu qua cuộc gọi, chuyển cuộc gọi cho nhân viên",
    Scope.APP: "đăng nhập, đổi mật khẩu, xem tài khoản của chính chủ",
}
OVERLAPS: dict[Overlap, str] = {
    Overlap.NONE: "Ngay bây giờ (khi khóa cũ đã lộ)",
    Overlap.HOUR: "Sau 1 giờ",
    Overlap.DAY: "Sau 24 giờ",
    Overlap.WEEK: "Sau 7 ngày",
    Overlap.MONTH: "Sau 30 ngày",
}
