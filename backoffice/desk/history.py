"""The history of a declaration, told from its trail in plain words."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.desk.labels import short_moment
from backoffice.models import ActorKind, Declaration, Officer, TrailEvent, TrailRow

WORDS: dict[TrailEvent, str] = {
    TrailEvent.DECLARE: "Khai điện tử",
    TrailEvent.REVIEW: "Mở xem",
    TrailEvent.FORM01: "Mở mẫu số 01",
    TrailEvent.CLAIM: "Nhận xử lý",
    TrailEvent.RELEASE: "Trả lại",
    TrailEvent.PRESENT: "Đã nộp hồ sơ",
    TrailEvent.APPROVE: "Duyệt",
    TrailEvent.REJECT: "Không chấp nhận",
    TrailEvent.WITHDRAW: "Rút tờ khai",
    TrailEvent.SUPPLEMENT: "Chờ bổ sung",
    TrailEvent.ESCALATE: "Báo lãnh đạo",
    TrailEvent.NOTICE_FAILED: "Tin nhắn, thư không gửi được",
}
_ACTORS: dict[ActorKind, str] = {
    ActorKind.CLIENT: "Công dân",
    ActorKind.CITIZEN: "Công dân",
    ActorKind.SYSTEM: "Hệ thống",
    ActorKind.OFFICER: "Cán bộ",
}
MOST = 30
_EVENTS = (
    select(TrailRow.at, TrailRow.event, TrailRow.actor_kind, Officer.full_name)
    .outerjoin(Officer, (Officer.id == TrailRow.actor_id) & (TrailRow.actor_kind == ActorKind.OFFICER))
    .where(
        TrailRow.declaration_id == bindparam("declaration", type_=BigInteger()),
        TrailRow.event == any_(bindparam("told", [event.value for event in WORDS], type_=ARRAY(Text))),
    )
    .order_by(TrailRow.at.desc(), TrailRow.id.desc())
    .limit(MOST)
)


def history_of(session: Session, declaration: Declaration) -> list[dict[str, str]]:
    """Return the latest 30 events, latest first: at, who, what; one officer's looks in a row count once."""
    rows = session.execute(_EVENTS, {"declaration": declaration.id})
    told: list[dict[str, str]] = []
    for at, event, kind, name in rows:
        line = {"at": short_moment(at), "who": name or _ACTORS[kind], "what": WORDS[event]}
        if told and event is TrailEvent.REVIEW and (told[-1]["who"], told[-1]["what"]) == (line["who"], line["what"]):
            continue
        told.append(line)
    return told
