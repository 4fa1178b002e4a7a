"""What was done to an officer, from the trail: who did it, when, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.models import ActorKind, DisabledReason, Officer, TrailEvent, TrailRow
from backoffice.officers.values import LABELS
from backoffice.rules.journal import officer_subject
from backoffice.rules.role_words import ROLES

SHOWN = 50
_SENTENCES: dict[TrailEvent, str] = {
    TrailEvent.OFFICER_CREATE: "Thêm người dùng",
    TrailEvent.OFFICER_EDIT: "Đổi thông tin",
    TrailEvent.OFFICER_DISABLE: "Ngừng sử dụng",
    TrailEvent.OFFICER_ENABLE: "Cho dùng lại",
    TrailEvent.OFFICER_LINK: "Cấp đường dẫn đặt mật khẩu",
    TrailEvent.OFFICER_LINK_USED: "Đã dùng đường dẫn, đặt mật khẩu",
    TrailEvent.TOTP_RESET: "Bỏ ứng dụng xác thực đã đăng ký",
    TrailEvent.TOTP_ENROLLED: "Đã đăng ký ứng dụng xác thực",
}
_UNUSED = "Tự ngừng sử dụng vì 60 ngày không đăng nhập"


class Entry(NamedTuple):
    """One thing done to an officer; `who` is empty where it happened by itself."""

    at: Any
    what: str
    details: list[str]
    who: str


def history_of(session: Session, officer_id: int) -> list[Entry]:
    """Return what was done to the officer, the latest first, at most 50."""
    query = (
        select(TrailRow.at, TrailRow.event, TrailRow.facts, Officer.full_name)
        .outerjoin(Officer, (Officer.id == TrailRow.actor_id) & (TrailRow.actor_kind == ActorKind.OFFICER))
        .where(TrailRow.subject_hash == officer_subject(officer_id), TrailRow.event.in_(_SENTENCES))
        .order_by(TrailRow.at.desc(), TrailRow.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(query)
    return [Entry(at, _what(event, facts), _details(facts), name or "") for at, event, facts, name in rows]


def _what(event: TrailEvent, facts: Mapping[str, Any]) -> str:
    if event is TrailEvent.OFFICER_DISABLE and facts.get("reason") == DisabledReason.UNUSED.value:
        return _UNUSED
    return _SENTENCES[event]


def _details(facts: Mapping[str, Any]) -> list[str]:
    """Return what changed in words; of name and e-mail the trail knows only that they did."""
    return [told_change(field, facts.get(field)) for field in LABELS if field in facts.get("fields", ())]


def told_change(field: str, pair: Any) -> str:
    """Return a change (old and new value, or the new alone) in words: "Vai trò: Lãnh đạo → Quản trị"; the field alone
    when its values are not known.
    """
    if isinstance(pair, str):
        return f"{LABELS[field]}: nay là {_word(field, pair)}"
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return LABELS[field]
    old, new = (_word(field, value) for value in pair)
    return f"{LABELS[field]}: {old} → {new}"


def _word(field: str, value: Any) -> str:
    if value is None:
        return "không"
    if field == "role" and value in ROLES:
        return ROLES[value]
    if field == "second_until":
        return "/".join(reversed(str(value).split("-")))
    return str(value)
