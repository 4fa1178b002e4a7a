"""The history of an account, told from its trail in plain words: what was done, by whom, when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from backoffice.desk.account_words import LOCKED_FOR, SIGNED_IN_BY, moment
from backoffice.kernel.direct import Direct
from backoffice.models import (
    Account,
    AccountNote,
    ActorKind,
    Correction,
    LockReason,
    Officer,
    TrailEvent,
    TrailRow,
    columns_of,
)
from backoffice.rules.journal import subject_of

WORDS: dict[TrailEvent, str] = {
    TrailEvent.ACCOUNT: "Mở xem tài khoản",
    TrailEvent.ACCOUNT_COMPARE: "Đối chiếu giấy tờ xuất trình",
    TrailEvent.ACCOUNT_OPEN: "Cấp tài khoản",
    TrailEvent.ACCOUNT_LOCK: "Khóa tài khoản",
    TrailEvent.ACCOUNT_UNLOCK: "Mở khóa tài khoản",
    TrailEvent.ACCOUNT_ACTIVE: "Đặt mật khẩu lần đầu, bắt đầu sử dụng",
    TrailEvent.ACCOUNT_CLOSE: "Ngừng sử dụng tài khoản",
    TrailEvent.ACCOUNT_ADJUST: "Điều chỉnh thông tin theo tờ khai",
    TrailEvent.ACCOUNT_SIGN_IN: "Đăng nhập",
    TrailEvent.ACCOUNT_SIGN_IN_FAILED: "Đăng nhập không được: sai mật khẩu",
    TrailEvent.ACCOUNT_SIGN_OUT: "Thoát",
    TrailEvent.ACCOUNT_READ: "Xem thông tin tài khoản",
    TrailEvent.PASSWORD_CHANGE: "Đổi mật khẩu",
    TrailEvent.EMAIL_CONFIRM: "Xác nhận thư điện tử",
    TrailEvent.EMAIL_RESET: "Đặt lại mật khẩu qua thư điện tử",
    TrailEvent.SMART_OTP: "SmartOTP",
    TrailEvent.HOTLINE_LOOK: "Gọi tổng đài, mã số và số điện thoại khớp",
    TrailEvent.HOTLINE_MISS: "Gọi tổng đài, mã số hoặc số điện thoại không khớp",
    TrailEvent.HOTLINE_ACT: "Tổng đài hỗ trợ",
    TrailEvent.ALARM_HANDLED: "Xem và giải quyết cảnh báo",
    TrailEvent.PHONE_DOUBTED: "Đánh dấu phải cập nhật số điện thoại",
    TrailEvent.DOOR_OPENED: "Mở lại đăng nhập sau khi nhập sai nhiều lần",
    TrailEvent.RESET: "Cấp lại mật khẩu",
    TrailEvent.RESEND: "Gửi lại tin",
    TrailEvent.PHONE_CHANGE: "Đổi số điện thoại",
    TrailEvent.PHONE_FREE: "Số điện thoại đã chuyển cho người khác",
    TrailEvent.NOTICE_FAILED: "Tin nhắn, thư không gửi được",
    TrailEvent.NOTICE_SEEN: "Công dân đã thấy tin",
    TrailEvent.NOTICE_CALL_BACK: "Ghi việc liên hệ công dân về tin chưa đến",
    TrailEvent.NOTICE_GIVEN_UP: "Thôi gửi tin chưa đến",
}
"""Every event that can be about an account."""
MOST = 50
_READ = 300
"""So many rows are looked through for as many lines: whoever guesses at a password fills the trail."""
_ACTORS: dict[ActorKind, str] = {
    ActorKind.CLIENT: "Phần mềm kết nối",
    ActorKind.CITIZEN: "Chủ tài khoản",
    ActorKind.SYSTEM: "Hệ thống",
    ActorKind.OFFICER: "Cán bộ",
}
_PLACES = {
    "desk": "tại quầy",
    "hotline": "qua tổng đài",
    "assistant": "qua trợ lý ảo của tổng đài",
    "email": "qua thư điện tử",
}
_BY: dict[str, str] = {kind.value: words for kind, words in SIGNED_IN_BY.items()}
_ACTS = {
    "resend": "gửi lại mật khẩu",
    "reset": "cấp mật khẩu mới",
    "again": "đọc lại mật khẩu mới trong cùng cuộc gọi",
    "open": "mở lại đăng nhập",
    "declaration": "báo nơi và hạn nộp tờ khai",
}
_STEPS: dict[tuple[TrailEvent, str], str] = {
    (TrailEvent.EMAIL_CONFIRM, "link"): "Xin thư xác nhận địa chỉ thư điện tử",
    (TrailEvent.EMAIL_RESET, "letter"): "Xin mã đặt lại mật khẩu qua thư điện tử",
    (TrailEvent.EMAIL_RESET, "none"): "Xin mã đặt lại mật khẩu qua thư điện tử, không gửi được",
    (TrailEvent.EMAIL_RESET, "wrong"): "Nhập sai mã đặt lại mật khẩu gửi qua thư điện tử",
    (TrailEvent.SMART_OTP, "made"): "Bắt đầu cài SmartOTP",
    (TrailEvent.SMART_OTP, "confirmed"): "Cài xong SmartOTP",
    (TrailEvent.SMART_OTP, "removed"): "Gỡ SmartOTP",
    (TrailEvent.SMART_OTP, "closed"): "Tạm dừng nhận mã SmartOTP vì nhập sai nhiều lần",
}
"""What the fact `what` makes of an event; else its own word stands."""
_MANY = frozenset({TrailEvent.ACCOUNT, TrailEvent.ACCOUNT_READ, TrailEvent.ACCOUNT_SIGN_IN_FAILED})
"""Told once for a run of them."""
_T, _O, _C, _N = (columns_of(model) for model in (TrailRow, Officer, Correction, AccountNote))
_ROWS = Direct(
    select(_T.at, _T.event, _T.facts, _T.actor_kind, _O.full_name, func.coalesce(_N.note, _C.note))
    .select_from(
        _T.at.table.outerjoin(_O.id.table, (_O.id == _T.actor_id) & (_T.actor_kind == ActorKind.OFFICER))
        .outerjoin(_N.id.table, _N.id == _T.facts["note"].astext.cast(BigInteger))
        .outerjoin(
            _C.id.table,
            (_C.id == _T.facts["reason"].astext.cast(BigInteger)) & (_T.event == TrailEvent.ACCOUNT_LOCK),
        )
    )
    .where(
        _T.subject_hash == bindparam("subject", type_=LargeBinary),
        _T.account_id == bindparam("account", type_=BigInteger()),
        _T.event == any_(bindparam("told", [event.value for event in WORDS], type_=ARRAY(Text))),
    )
    .order_by(_T.at.desc(), _T.id.desc())
    .limit(_READ)
)


@dataclass
class _Line:
    """What happened; a run of the same by the same is one line, with how often and the latest time."""

    at: datetime
    event: TrailEvent
    who: str
    what: str
    times: int = 1

    def takes_in(self, earlier: _Line) -> bool:
        """Tell whether `earlier` is told with this one; then it is."""
        if self.event not in _MANY or (self.event, self.who) != (earlier.event, earlier.who):
            return False
        self.times += 1
        return True

    def shown(self) -> dict[str, str]:
        """Return the values of a line of _history.html."""
        is_counted = self.times > 1 and self.event is TrailEvent.ACCOUNT_SIGN_IN_FAILED
        return {
            "at": moment(self.at),
            "who": self.who,
            "what": f"{self.what}, {self.times} lần" if is_counted else self.what,
        }


def history_of(session: Session, account: Account) -> list[dict[str, str]]:
    """Return what happened to the account, latest first, at most MOST lines: at, who, what."""
    lines: list[_Line] = []
    for at, event, facts, kind, name, note in _ROWS.rows(
        session, {"subject": subject_of(account), "account": account.id}
    ):
        line = _Line(at, event, name or _ACTORS[kind], _with_reason(told(event, facts), note))
        if not (lines and lines[-1].takes_in(line)):
            lines.append(line)
    return [line.shown() for line in lines[:MOST]]


def told(event: TrailEvent, facts: dict[str, Any]) -> str:
    """Return an event in plain words, without who, when and why."""
    known = _STEPS.get((event, facts.get("what", "")), WORDS[event])
    match event:
        case TrailEvent.RESET:
            return _and(known, _PLACES.get(facts.get("place", "")), sign=" ")
        case TrailEvent.ACCOUNT_SIGN_IN:
            by = _and(known, _BY.get(facts.get("by", "")), sign=" ")
            return _and(by, "thiết bị mới" if facts.get("new_device") else None)
        case TrailEvent.ACCOUNT_LOCK if facts.get("why"):
            return _and(known, LOCKED_FOR[LockReason(facts["why"])], sign=": ")
        case TrailEvent.HOTLINE_ACT:
            done = None if facts.get("done", True) else "không thực hiện được"
            return _and(_and(known, _ACTS.get(facts.get("act", "")), sign=": "), done)
        case TrailEvent.PHONE_DOUBTED if facts.get("doubted") is False:
            return "Bỏ đánh dấu phải cập nhật số điện thoại: số đúng của chủ tài khoản"
    return known


def _and(words: str, more: str | None, *, sign: str = ", ") -> str:
    return f"{words}{sign}{more}" if more else words


def _with_reason(what: str, note: str | None) -> str:
    return f"{what}. Lý do: {note}" if note else what
