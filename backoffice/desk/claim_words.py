"""What an officer reads when a declaration left their hands, or came into them, without their own doing."""

from __future__ import annotations

from backoffice.decision.watch import Watched
from backoffice.kernel import clock
from backoffice.models import TrailEvent
from backoffice.rules.actors import Actor

STAYS = "Những gì bạn đã gõ vẫn còn trên màn hình."
_DID: dict[TrailEvent, str] = {
    TrailEvent.CLAIM: "đã nhận xử lý hồ sơ này",
    TrailEvent.RELEASE: "đã lấy lại hồ sơ này",
    TrailEvent.SUPPLEMENT: "đã trả hồ sơ này để bổ sung",
    TrailEvent.ESCALATE: "đã báo lãnh đạo hồ sơ này",
    TrailEvent.APPROVE: "đã duyệt hồ sơ này",
    TrailEvent.REJECT: "đã trả lời “Không chấp nhận” hồ sơ này",
    TrailEvent.WITHDRAW: "đã duyệt tờ khai khác của người này, nên tờ khai này được rút",
}
_DECIDED = {TrailEvent.APPROVE, TrailEvent.REJECT, TrailEvent.WITHDRAW}


def lost_sentence(found: Watched, officer: Actor) -> str:
    """Return who took it, what they did and when, that nothing typed is lost, and what to do next."""
    return f"{_what_happened(found, officer)} {STAYS} {_what_next(found)}"


def gained_sentence(found: Watched, officer: Actor) -> str:
    """Return who gave it; "" when it was the officer's own doing, in another window."""
    last = found.last
    if last is None or last.event is not TrailEvent.HANDOVER or last.by_id == officer.id:
        return ""
    return f"{last.by} đã bàn giao hồ sơ này cho bạn lúc {clock.local(last.at):%H:%M}."


def corrected_sentence(found: Watched, _officer: Actor) -> str:
    """Return that its person sent a new version while the page was open."""
    return (
        f"Công dân vừa sửa tờ khai này (bản {found.version}). Mục đã sửa phải xác minh lại, mẫu số 01 phải ký bản mới. "
        f"{STAYS} Xin tải lại trang (F5) để xem nội dung mới."
    )


def _what_happened(found: Watched, officer: Actor) -> str:
    last, held = found.last, found.held
    if held is not None and held.officer_id == officer.id:
        return f"Thời gian giữ hồ sơ của bạn đã hết lúc {clock.local(held.until):%H:%M}; chưa ai nhận xử lý."
    if last is None:
        return "Hồ sơ này không còn do bạn giữ."
    if last.event is TrailEvent.WITHDRAW and last.by_id is None:
        return f"Công dân đã tự rút tờ khai này lúc {clock.local(last.at):%H:%M}."
    if found.merged is not None:
        former, heir = found.merged
        return f"{former} đã hợp nhất vào {heir} lúc {clock.local(last.at):%H:%M}, nên hồ sơ trở về danh sách chờ."
    who = "Bạn (ở cửa sổ khác)" if last.by_id == officer.id else last.by
    did = f"đã bàn giao hồ sơ này cho {found.holder}" if last.event is TrailEvent.HANDOVER else _DID[last.event]
    if last.event is TrailEvent.RELEASE and last.held_by == str(last.by_id):
        did = "đã trả lại hồ sơ này"
    return f"{who} {did} lúc {clock.local(last.at):%H:%M}."


def _what_next(found: Watched) -> str:
    if found.last is not None and found.last.event in _DECIDED:
        return "Bấm “Xem kết quả” (F2) để xem."
    if found.claim is not None:
        return "Xin trao đổi với đồng nghiệp trước khi làm tiếp."
    return "Muốn làm tiếp, bấm “Nhận xử lý” (F2)."
