"""The history of a declaration, told from its trail in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.desk.corrections import Corrected, corrected, reasoned
from backoffice.desk.labels import short_moment
from backoffice.desk.opening import REASONS
from backoffice.desk.scan_words import told
from backoffice.desk.version_words import resubmitted
from backoffice.kernel.direct import Direct
from backoffice.models import (
    ActorKind,
    Channel,
    Correction,
    Declaration,
    How,
    Officer,
    OpenedFile,
    TrailEvent,
    TrailRow,
    columns_of,
)

WORDS: dict[TrailEvent, str] = {
    TrailEvent.DECLARE: "Khai điện tử",
    TrailEvent.RESUBMIT: "Công dân sửa tờ khai",
    TrailEvent.PREFILL: "Mở nội dung đã khai để sửa, khai lại",
    TrailEvent.ENTRY_CHECKED: "Kiểm tra hồ sơ do cán bộ lập giúp",
    TrailEvent.REVIEW: "Mở xem",
    TrailEvent.OPEN: "Nêu lý do mở xem",
    TrailEvent.FORM01: "Mở mẫu số 01",
    TrailEvent.RETAKE: "Thay ảnh chụp lại",
    TrailEvent.PHOTO_INVITE: "Đưa mã để chụp lại ảnh bằng điện thoại",
    TrailEvent.PHOTO_SENT: "Gửi ảnh bằng điện thoại",
    TrailEvent.PHOTO_DISCARD: "Bỏ ảnh gửi bằng điện thoại",
    TrailEvent.CLAIM: "Nhận xử lý",
    TrailEvent.RELEASE: "Thôi giữ",
    TrailEvent.HANDOVER: "Bàn giao",
    TrailEvent.PRESENT: "Đã nộp hồ sơ",
    TrailEvent.SCAN: "Quét",
    TrailEvent.VERIFY: "Xác minh",
    TrailEvent.UNVERIFY: "Bỏ xác minh",
    TrailEvent.LEDGER: "In phiếu xác minh",
    TrailEvent.APPROVE: "Duyệt",
    TrailEvent.REJECT: "Không chấp nhận",
    TrailEvent.WITHDRAW: "Rút tờ khai",
    TrailEvent.SUPPLEMENT: "Chờ bổ sung",
    TrailEvent.ESCALATE: "Báo lãnh đạo",
    TrailEvent.CORRECT: "Sửa tờ khai",
    TrailEvent.SLIP: "In phiếu",
    TrailEvent.DEESCALATE: "Giao lại cho cán bộ",
    TrailEvent.PRESENT_LATE: "Nhập hồ sơ đã nộp trước đó",
    TrailEvent.EXTENDED: "Gia hạn nộp",
    TrailEvent.NOTICE_FAILED: "Tin nhắn, thư không gửi được",
    TrailEvent.NOTICE_SEEN: "Công dân đã thấy tin",
    TrailEvent.NOTICE_CALL_BACK: "Ghi việc liên hệ công dân về tin chưa đến",
    TrailEvent.NOTICE_GIVEN_UP: "Thôi gửi tin chưa đến",
    TrailEvent.RESEND: "Gửi lại tin",
    TrailEvent.PHONE_CHANGE: "Sửa số điện thoại, gửi lại mật khẩu",
    TrailEvent.TRANSFER: "Tiếp nhận từ cơ quan khác",
    TrailEvent.PHONE_FREE: "Giải phóng số điện thoại khỏi tài khoản cũ",
    TrailEvent.RESET: "Cấp lại mật khẩu",
    TrailEvent.ACCOUNT_LOCK: "Duyệt nhầm, khóa tài khoản",
    TrailEvent.ACCOUNT_ADJUST: "Điều chỉnh thông tin tài khoản",
    TrailEvent.ACCOUNT_CLOSE: "Ngừng sử dụng tài khoản",
    TrailEvent.RETENTION: "Xóa ảnh, dữ liệu quét và ghi chú theo thời hạn lưu trữ",
}
_ACTORS: dict[ActorKind, str] = {
    ActorKind.CLIENT: "Công dân",
    ActorKind.CITIZEN: "Công dân",
    ActorKind.SYSTEM: "Hệ thống",
    ActorKind.OFFICER: "Cán bộ",
}
MOST = 40
_T, _O, _C = columns_of(TrailRow), columns_of(Officer), columns_of(Correction)
_BY_OFFICER = (_O.id == _T.actor_id) & (_T.actor_kind == ActorKind.OFFICER)
_REASON = func.coalesce(_T.facts["correction"].astext, _T.facts["reason"].astext)
_OF_IT = _C.id == _REASON.cast(BigInteger)
_EVENTS = Direct(
    select(_T.at, _T.event, _T.facts, _T.actor_kind, _O.full_name, *(_C[name] for name in Corrected._fields))
    .select_from(_T.at.table.outerjoin(_O.id.table, _BY_OFFICER).outerjoin(_C.id.table, _OF_IT))
    .where(
        _T.declaration_id == bindparam("declaration", type_=BigInteger()),
        _T.event == any_(bindparam("told", [event.value for event in WORDS], type_=ARRAY(Text))),
    )
    .order_by(_T.at.desc(), _T.id.desc())
    .limit(MOST)
)


@dataclass
class _Event:
    """What happened; one officer's looks in a row are one, and so is what they verified by eye item by item."""

    at: datetime
    event: TrailEvent
    facts: dict[str, Any]
    who: str
    correction: Corrected
    note: str = ""
    """In the officer's words, why the file was opened."""

    def takes_in(self, earlier: _Event) -> bool:
        """Tell whether `earlier` is told with this one; then it is."""
        if (self.event, self.who) != (earlier.event, earlier.who):
            return False
        if self.event is TrailEvent.VERIFY and self.facts.get("how") == earlier.facts.get("how") == How.SEEN:
            self.facts = self.facts | {"items": [*earlier.facts["items"], *self.facts["items"]]}
            return True
        return self.event is TrailEvent.REVIEW

    @property
    def corrected_field(self) -> str:
        """Return which declared field was corrected, "" for none: a reason kept for another act corrects nothing."""
        return "" if "reason" in self.facts else self.correction.field or ""

    def words(self) -> str:
        """Return what the history says of it, "" when another line says it."""
        if self.event is TrailEvent.TRANSFER and "merge" in self.facts:
            return "Chuyển sang cơ quan nhận khi hợp nhất"
        if self.event is TrailEvent.DECLARE and self.facts.get("channel") == Channel.DESK:
            return "Lập giúp tờ khai tại quầy"
        if "reason" in self.facts:
            by_eye = self.event is TrailEvent.TRANSFER and self.facts.get("how") == How.SEEN
            return reasoned(WORDS[self.event] + (", giấy tờ xem bằng mắt" if by_eye else ""), self.correction)
        if self.correction.field:
            return corrected(self.correction)
        if self.event is TrailEvent.RESUBMIT:
            return resubmitted(self.facts)
        if self.event is TrailEvent.WITHDRAW and self.facts.get("cause") == "citizen":
            return "Công dân tự rút tờ khai"
        if self.event is TrailEvent.OPEN:
            return f"{WORDS[self.event]}: {REASONS[self.facts['why']]}" + (f" – {self.note}" if self.note else "")
        is_told = self.event in (TrailEvent.SCAN, TrailEvent.VERIFY, TrailEvent.UNVERIFY)
        return told(self.event, self.facts) if is_told else WORDS[self.event]


def history_of(session: Session, declaration: Declaration) -> list[dict[str, str]]:
    """Return the latest events, latest first: at, who, what, correction (the field that was corrected, or "")."""
    events: list[_Event] = []
    for at, event, facts, kind, name, *correction in _EVENTS.rows(session, {"declaration": declaration.id}):
        one = _Event(at, event, facts, name or _ACTORS[kind], Corrected(*correction))
        if not (events and events[-1].takes_in(one)):
            events.append(one)
    _add_notes(session, events)
    lines = ((one, one.words()) for one in events)
    return [
        {"at": short_moment(one.at), "who": one.who, "what": what, "correction": one.corrected_field}
        for one, what in lines
        if what
    ]


def _add_notes(session: Session, events: list[_Event]) -> None:
    """Add the notes on why the file was opened, which stand beside the trail; asks nothing where it never was asked."""
    opened = {one.facts.get("opened"): one for one in events if one.event is TrailEvent.OPEN}
    query = select(OpenedFile.id, OpenedFile.note).where(OpenedFile.id.in_(opened))
    for number, note in session.execute(query) if opened else ():
        opened[number].note = note or ""
