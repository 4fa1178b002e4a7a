"""The history of a declaration, told from its trail in plain words."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.desk.labels import short_moment
from backoffice.models import ActorKind, Declaration, Officer, TrailEvent, TrailRow, columns_of

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
    TrailEvent.NOTICE_SEEN: "Công dân đã thấy tin",
    TrailEvent.RESEND: "Gửi lại tin",
    TrailEvent.PHONE_CHANGE: "Sửa số điện thoại, gửi lại mật khẩu",
}
_ACTORS: dict[ActorKind, str] = {
    ActorKind.CLIENT: "Công dân",
    ActorKind.CITIZEN: "Công dân",
    ActorKind.SYSTEM: "Hệ thống",
    ActorKind.OFFICER: "Cán bộ",
}
MOST = 30
_T, _O = columns_of(TrailRow), columns_of(Officer)
_EVENTS = (
    select(_T.at, _T.event, _T.actor_kind, _O.full_name)
    .select_from(_T.at.table.outerjoin(_O.id.table, (_O.id == _T.actor_id) & (_T.actor_kind == ActorKind.OFFICER)))
    .where(
        _T.declaration_id == bindparam("declaration", type_=BigInteger()),
        _T.event == any_(bindparam("told", [event.value for event in WORDS], type_=ARRAY(Text))),
    )
    .order_by(_T.at.desc(), _T.id.desc())
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
