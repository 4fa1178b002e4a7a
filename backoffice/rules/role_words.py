"""The roles as people read them (wording.md), on screens and in spreadsheets."""

from __future__ import annotations

from backoffice.models import Role

ROLES: dict[Role, str] = {
    Role.RECEPTION: "Cán bộ tiếp nhận hồ sơ",
    Role.SUPERVISOR: "Lãnh đạo",
    Role.HOTLINE: "Nhân viên tổng đài",
    Role.ADMINISTRATOR: "Quản trị",
    Role.AUDITOR: "Kiểm tra",
}
