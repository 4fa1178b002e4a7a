"""An account as its owner is told of it: every column, its holds, when secrets, devices and sessions came and went."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts.sessions import Ended
from backoffice.desk.account_words import LOCKED_FOR, SIGNED_IN_BY, STATUSES
from backoffice.hotline.words import ALARMS, REASONS, acts_said
from backoffice.identity.receipt_code import format_receipt_code
from backoffice.identity.redaction import mask_code
from backoffice.kernel import clock
from backoffice.models import (
    Account,
    AccountDevice,
    AccountHold,
    AccountNote,
    AccountSession,
    Alarm,
    Asker,
    Authenticator,
    CredentialAttempt,
    CredentialIssue,
    Declaration,
    FormerPassword,
    HoldKind,
    HotlineCall,
    OneTimeCode,
    SpokenReset,
    WrongTries,
)
from backoffice.notices.one_time import ACTS, Purpose
from backoffice.rights.belongings import is_childs
from backoffice.rights.declared import paper_and_place
from backoffice.rights.document import AccountHeld, Handled, Opened
from backoffice.rights.names import Names

_HOLDS = {HoldKind.PHONE: "điện thoại", HoldKind.CODE: "mã số"}
_ENDED: dict[str, str] = {
    Ended.SIGNED_OUT: "chủ tài khoản thoát",
    Ended.OTHER_DEVICE: "đăng nhập trên thiết bị khác",
    Ended.PASSWORD: "đổi mật khẩu",
    Ended.PHONE: "đổi số điện thoại",
    Ended.LOCKED: "tài khoản tạm khóa",
    Ended.CLOSED: "ngừng sử dụng tài khoản",
    Ended.STOLEN: "nghi bị lấy trộm phiên đăng nhập",
}


def account_held(session: Session, names: Names, one: Account, asker: Asker) -> AccountHeld:
    """Return all of an account. What is the guardian's is hidden from the child who asks."""
    is_hidden = is_childs(one) and asker is Asker.SELF
    return AccountHeld(
        **paper_and_place(one, is_hidden),
        number=one.id,
        status=STATUSES[one.status],
        office=names.office(one.office_id),
        must_update_phone=one.must_update_phone,
        email_confirmed=None if is_hidden else one.email_confirmed,
        guardian_bhxh_code=_guardian(session, one, is_hidden),
        opened_by=_opened_by(session, one),
        opened_at=one.opened_at,
        locked_at=one.locked_at,
        lock_reason=LOCKED_FOR[one.lock_reason] if one.lock_reason else None,
        closed_at=one.closed_at,
        password_set_at=one.password_set_at,
        password_reminded_at=one.password_reminded_at,
        held=[*_holds(session, one)],
        secrets=sorted(_secrets(session, one), key=lambda secret: secret.since),
        sessions=sorted(_sessions(session, one), key=lambda entry: entry.since),
        calls=sorted(_calls(session, names, one), key=lambda call: call.at),
        alarms=[*_alarms(session, names, one)],
        notes=[*_notes(session, names, one)],
    )


def _guardian(session: Session, one: Account, is_hidden: bool) -> str | None:
    code = session.scalar(select(Account.bhxh_code).where(Account.id == one.guardian_id))
    return mask_code(code) if code and is_hidden else code


def _opened_by(session: Session, one: Account) -> str | None:
    code = session.scalar(select(Declaration.receipt_code).where(Declaration.id == one.declaration_id))
    return format_receipt_code(code) if code else None


def _holds(session: Session, one: Account) -> Iterator[str]:
    for hold in session.scalars(select(AccountHold).where(AccountHold.account_id == one.id).order_by(AccountHold.kind)):
        yield f"{_HOLDS[hold.kind]} {hold.value} (từ {clock.local(hold.taken_at):%d/%m/%Y})"


def _secrets(session: Session, one: Account) -> Iterator[Opened]:
    for issue in session.scalars(select(CredentialIssue).where(CredentialIssue.account_id == one.id)):
        tries = select(CredentialAttempt.made_at).where(CredentialAttempt.issue_id == issue.id)
        sent = session.scalars(tries.order_by(CredentialAttempt.id)).all()
        more = f"lần cấp {issue.number}" + (f", gửi {len(sent)} lần" if len(sent) > 1 else "")
        yield Opened(what="Mật khẩu tạm", since=issue.issued_at, until=issue.used_at or issue.expires_at, more=more)
    for former in session.scalars(select(FormerPassword).where(FormerPassword.account_id == one.id)):
        yield Opened(what="Mật khẩu tự đặt (chỉ lưu dạng băm)", since=former.set_at)
    for code in session.scalars(select(OneTimeCode).where(OneTimeCode.account_id == one.id)):
        purpose = Purpose(code.purpose)
        act = ACTS[purpose].screen if purpose in ACTS else "đặt lại mật khẩu qua thư điện tử"
        wrong = f", nhập sai {code.wrong} lần" if code.wrong else ""
        yield Opened(what="Mã OTP", since=code.ordered_at, until=code.used_at or code.expires_at, more=act + wrong)
    for app in session.scalars(select(Authenticator).where(Authenticator.account_id == one.id)):
        yield Opened(what="SmartOTP", since=app.made_at, more="đã cài xong" if app.confirmed_at else "chưa cài xong")


def _sessions(session: Session, one: Account) -> Iterator[Opened]:
    for device in session.scalars(select(AccountDevice).where(AccountDevice.account_id == one.id)):
        yield Opened(what="Thiết bị đã xác nhận (tên chỉ lưu dạng băm)", since=device.first_at, until=device.seen_at)
    for entry in session.scalars(select(AccountSession).where(AccountSession.account_id == one.id)):
        reason = _ENDED.get(entry.end_reason or "", "đã hết hạn") if entry.ended_at else "đang mở"
        what = f"Đăng nhập {SIGNED_IN_BY[entry.kind]}"
        yield Opened(what=what, since=entry.began_at, until=entry.ended_at or entry.seen_at, more=reason)
    for tries in session.scalars(select(WrongTries).where(WrongTries.account_id == one.id, WrongTries.number > 0)):
        what, more = "Nhập sai mật khẩu", f"{tries.number} lần liền"
        yield Opened(what=what, since=tries.last_at, until=tries.closed_until, more=more)


def _calls(session: Session, names: Names, one: Account) -> Iterator[Handled]:
    for call in session.scalars(select(HotlineCall).where(HotlineCall.account_id == one.id)):
        reason = REASONS[call.reason] if call.reason else ""
        parts = ["Gọi tổng đài, khớp" if call.matched else "Gọi tổng đài, không khớp", reason, acts_said(call.acts)]
        yield names.handled(call.at, call.officer_id, "; ".join(filter(None, parts)))
    for reset in session.scalars(select(SpokenReset).where(SpokenReset.account_id == one.id)):
        what = "Cấp lại mật khẩu, đọc qua trợ lý ảo của tổng đài"
        yield Handled(at=reset.at, by=names.client(reset.client_id) or "", what=what)


def _alarms(session: Session, names: Names, one: Account) -> Iterator[Handled]:
    for alarm in session.scalars(select(Alarm).where(Alarm.account_id == one.id).order_by(Alarm.id)):
        yield Handled(at=alarm.at, by="Hệ thống", what=ALARMS[alarm.kind])
        if alarm.handled_at:
            yield names.handled(alarm.handled_at, alarm.handled_by_id, "Đã xem xét cảnh báo", alarm.note)


def _notes(session: Session, names: Names, one: Account) -> Iterator[Handled]:
    for note in session.scalars(select(AccountNote).where(AccountNote.account_id == one.id).order_by(AccountNote.id)):
        yield names.handled(note.at, note.officer_id, "Ghi chú", note.note)
