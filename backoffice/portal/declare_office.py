"""The step of the receiving office: /declare/office (D8); the nearest first, since the address is known."""

from __future__ import annotations

from flask import Response, request

from backoffice.intake.draft_rows import Draft
from backoffice.kernel import rates
from backoffice.offices import public as offices
from backoffice.portal import declare_room
from backoffice.portal.declare_room import draft, go_on, lead, room, save, show_step, was_tried
from backoffice.portal.declare_steps import beside
from backoffice.rules.places import province_now
from backoffice.web.guard import public

pages = room("declare_office", __name__)

SEARCHES_A_MINUTE = 120
_NEAREST = 5
_NONE = "Chưa chọn cơ quan BHXH nơi nộp. Xin chọn một cơ quan dưới đây, hoặc tìm theo tên."
_GONE = "Cơ quan đã chọn không còn tiếp nhận hồ sơ (đã đóng hoặc hợp nhất). Xin chọn cơ quan khác."


@pages.get("/office")
@public
def office_page() -> Response:
    """Offer the nearest offices, and those that were looked for."""
    return _page(draft())


@pages.post("/office")
@public
def take_office() -> Response:
    """Keep the chosen office; go on, back, or look for another."""
    at = declare_room.step(draft(), "office")
    act = request.form.get("act", "next")
    known = save(at, request.form, office_q=request.form.get("office_q", ""))
    if act == "save":
        return Response(status=204)
    if act == "find":
        rates.count("declare_offices", request.remote_addr or "", SEARCHES_A_MINUTE, 60)
        return lead(f"{at.href}#found")
    if act == "back":
        return lead(beside(known.kind, at)[0])
    return go_on(known, at, _faults(known))


def _page(found: Draft) -> Response:
    at = declare_room.step(found, "office")
    sought = found.values.get("_office_q", "").strip()
    answer = offices.find(q=sought) if sought else nearest(found)
    chosen = offices.by_code(found.values.get("office_code", ""))
    shown = answer.offices if sought else answer.offices[:_NEAREST]
    return show_step(
        found,
        at,
        faults=_faults(found) if was_tried(found, at) else gone(found),
        office_q=sought,
        chosen=chosen,
        offices=[one for one in shown if chosen is None or one.code != chosen.code],
        more=answer.more if sought else False,
        near="" if sought else answer.home,
    )


def nearest(found: Draft) -> offices.Answer:
    """Return the offices near the address of a draft, the nearest first; none while it is not known."""
    values = found.values
    province = province_now(values.get("province", ""))
    return offices.find("", province.code if province else "", values.get("ward", ""))


def gone(found: Draft) -> dict[str, str]:
    """Return what is wrong with an office that was chosen: it takes no declarations any more."""
    return _faults(found) if found.values.get("office_code") else {}


def _faults(found: Draft) -> dict[str, str]:
    code = found.values.get("office_code", "")
    if not code:
        return {"office_code": _NONE}
    return {} if offices.by_code(code) else {"office_code": _GONE}
