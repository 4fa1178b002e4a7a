"""The menu: what a signed-in officer can go to, from the one table of permissions."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for

from backoffice.models import Role
from backoffice.rules.actors import Actor
from backoffice.rules.permissions import HOTLINE, MACHINES, Do, InOffice, may
from backoffice.rules.role_words import ROLES

ENTRIES: tuple[tuple[str, str, Do], ...] = (
    ("Tiếp nhận hồ sơ", "desk.queue_page", Do.USE_DESK),
    ("Lập tờ khai giúp", "assisted.new_page", Do.ENTER_FOR_CITIZEN),
    ("Danh sách đơn vị", "batches.batches_page", Do.USE_BATCHES),
    ("Tin nhắn, thư", "followup.notices_page", Do.USE_NOTICES),
    ("Tổng đài", "hotline.screen", Do.USE_HOTLINE),
    ("Số liệu, báo cáo", "dashboards.dashboard_page", Do.SEE_DASHBOARD),
    ("Cảnh báo", "alarms.alarms_page", Do.SEE_ALARMS),
    ("Nhật ký truy cập", "trail.trail_page", Do.USE_TRAIL),
    ("Yêu cầu của công dân", "rights.requests_page", Do.ANSWER_PERSON),
    ("Cơ quan BHXH", "offices.offices_page", Do.SEE_OFFICES),
    ("Người dùng", "officers.officers_page", Do.SEE_OFFICERS),
    ("Kết nối phần mềm", "clients.clients_page", Do.SEE_CLIENTS),
    ("Lưu trữ, xóa dữ liệu", "retention.retention_page", Do.SEE_RETENTION),
    ("Ai được làm gì", "permits.permits_page", Do.SEE_PERMITS),
    ("Tin nhắn thử nghiệm", "sandbox.inbox", Do.SEE_SANDBOX),
)
_OF: dict[Do, InOffice] = {Do.USE_HOTLINE: HOTLINE, Do.SEE_CLIENTS: MACHINES}
"""What an entry is about, where its role alone does not tell who may open it."""
MOST = 8
"""So many entries fit into a line of a counter's screen; of more, those at the end are under one more, "Thêm"."""
_PART_OF = {
    "assisted_photos": "assisted",
    "assisted_samples": "assisted",
    "batch_review": "batches",
    "bundles": "batches",
    "dashboard_reports": "dashboards",
    "units": "batches",
}
"""Blueprints that are under the entry of another."""


def install(app: Flask) -> None:
    """Give the templates `me`, `menu`, `can` and `app_env`; a locked screen's frame is empty, whatever page it is."""
    app.jinja_env.globals["can"] = can
    app.context_processor(_context)


def can(do: Do | str, thing: InOffice | None = None) -> bool:
    """Tell a template whether whoever is signed in may `do` (to `thing`)."""
    actor = g.get("actor")
    return isinstance(actor, Actor) and may(actor, Do(do), thing)


def _context() -> dict[str, Any]:
    actor = g.get("actor")
    if not isinstance(actor, Actor) or actor.role is None or g.get("is_locked"):
        return {"me": None, "menu": []}
    return {"me": _me(actor, actor.role), "menu": _menu(actor)}


def _me(actor: Actor, role: Role) -> dict[str, str]:
    return {
        "id": str(actor.id),
        "name": actor.name,
        "username": actor.username,
        "role": role.value,
        "role_label": ROLES[role],
        "office_code": actor.office_code,
        "office_name": actor.office_name,
    }


def _menu(actor: Actor) -> list[dict[str, Any]]:
    room = _room(request.blueprint or "")
    shown = [
        (label, endpoint)
        for label, endpoint, do in ENTRIES
        if endpoint in current_app.view_functions and may(actor, do, _OF.get(do))
    ]
    in_sight = MOST if len(shown) > MOST + 1 else len(shown)
    return [
        {"label": label, "href": url_for(endpoint), "active": room == _room(endpoint), "is_seldom": at >= in_sight}
        for at, (label, endpoint) in enumerate(shown)
    ]


def _room(name: str) -> str:
    """Return the outermost blueprint in the name of a blueprint or endpoint, or whose part it is."""
    outermost = name.partition(".")[0]
    return _PART_OF.get(outermost, outermost)
