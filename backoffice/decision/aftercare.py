"""The moment after: what an officer does about the message of a decision while the citizen still stands there.

Each is one transaction, refuses by raising, and leaves a trail row. Common to all: `receipt_code` is 11 characters
without hyphens; NotFound when the declaration does not exist or is out of the officer's scope. No claim is needed: a
decided declaration has none, and two officers are put one after the other by the lock on its row.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.actions import account_opened_by, change_phone
from backoffice.accounts.queries import holds_its_phone
from backoffice.decision.queries import declaration_for
from backoffice.decision.refusals import require_open
from backoffice.identity.malformed import Malformed
from backoffice.identity.phone import group_phone, normalize_phone
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.models import (
    Account,
    AccountStatus,
    Correction,
    Declaration,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    Purpose,
    Status,
    TrailEvent,
)
from backoffice.notices import account_actions as account_notices
from backoffice.notices import actions as notices
from backoffice.notices.credentials import issue_credentials
from backoffice.notices.queries import newest, sms_times
from backoffice.notices.undelivered import mark_resent
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do

PAUSE = timedelta(seconds=30)
"""After an SMS that may still arrive, so long until the next: else the citizen gets two and one password fits."""
WINDOW = timedelta(hours=1)
MOST_IN_WINDOW = 5
"""So many SMS about one decision an hour, the first and those to a corrected number among them."""
CONSENT = "Công dân đồng ý sửa số điện thoại tại quầy sau khi đã duyệt."
"""What the officer ticked, kept with the correction."""

_TOLD_OF = {
    Purpose.REGISTER: NoticeKind.APPROVED,
    Purpose.ADJUST: NoticeKind.ADJUSTED,
    Purpose.STOP: NoticeKind.CLOSED,
}
_WENT = (NoticeStatus.SENT, NoticeStatus.DELIVERED, NoticeStatus.UNKNOWN)
_GIVEN_UP = (NoticeStatus.FAILED, NoticeStatus.CANCELLED)


def told_kind(declaration: Declaration) -> NoticeKind | None:
    """Return the kind of message whose fate counts now: of the decision, or of what is waited for (K7); else None."""
    if declaration.status is Status.SUBMITTED:
        return NoticeKind.SUPPLEMENT if declaration.supplement_at is not None else None
    if declaration.status is Status.APPROVED:
        return _TOLD_OF[declaration.purpose]
    return NoticeKind.REJECTED if declaration.status is Status.REJECTED else None


def resend(receipt_code: str, officer: Actor) -> None:
    """Send the message of the decision again: a new password for an approval, else the very same words.

    An e-mail that had failed goes again too. Raises Conflict: nothing_to_send; sent_just_now (within 30 seconds of an
    SMS that may still arrive); sent_too_often (5 an hour a declaration); signed_in or account_closed (the account is
    no longer waiting for its first sign-in); expired (nobody needs the supplement any more).
    """
    with transaction() as session:
        send_again(session, declaration_for(session, receipt_code, officer, Do.RESEND, locked=True), officer)


def send_again(session: Session, declaration: Declaration, officer: Actor, **facts: Any) -> None:
    """Do what `resend` promises for `declaration`, locked by the caller; `facts` go into the trail too.

    What had not arrived leaves the worklist: it was seen to.
    """
    kind = told_kind(declaration)
    last = newest(session, declaration.id, kind, NoticeChannel.SMS) if kind else None
    if kind is None or last is None:
        raise Conflict(
            "Hồ sơ này không có tin nhắn nào để gửi lại. Chưa có gì thay đổi; xin xem tình trạng hồ sơ.",
            code="nothing_to_send",
        )
    _require_pause(last)
    require_few(session, declaration, kind)
    account = _send(session, declaration, kind)
    _mark_resent(session, declaration, kind, officer)
    record(session, TrailEvent.RESEND, officer, declaration=declaration, account=account, kind=kind.value, **facts)


def correct_phone(receipt_code: str, officer: Actor, value: str, consent: str) -> None:
    """Give the account just opened the right number `value`, with the citizen's `consent` (not ""), and send to it.

    The old number is free at once and told so (K10), a password sent there is void (a new issue), old and new are kept
    as a correction. Raises InvalidInput (fields value, consent); Conflict: not_approved, signed_in, account_closed,
    phone_taken (D6), sent_too_often.
    """
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.CORRECT_PHONE, locked=True)
        give_number(session, declaration, officer, value, consent)


def give_number(session: Session, declaration: Declaration, officer: Actor, value: str, consent: str) -> None:
    """Do what `correct_phone` promises for `declaration`, locked by the caller."""
    if declaration.status is not Status.APPROVED or declaration.purpose is not Purpose.REGISTER:
        raise _not_approved(declaration)
    account = _waiting_account(session, declaration)
    old, phone = account.phone, _read_phone(value, consent, account.phone)
    require_few(session, declaration, NoticeKind.APPROVED)
    was_held = holds_its_phone(session, account)
    change_phone(session, account, phone, officer, declaration=declaration)
    if was_held:
        account_notices.phone_given_up(session, account, old)
    session.add(
        Correction(
            declaration_id=declaration.id,
            field="phone",
            old_value=old,
            new_value=phone,
            note=CONSENT,
            officer_id=officer.id,
            at=clock.now(),
        )
    )
    _send_credentials(session, declaration, account, by_mail=True)
    _mark_resent(session, declaration, NoticeKind.APPROVED, officer)


def note_seen(receipt_code: str, officer: Actor) -> None:
    """Note that the citizen showed the latest SMS on the phone; said twice it changes nothing.

    Raises Conflict (not_sent) when there is none that can have arrived.
    """
    with transaction() as session:
        declaration = declaration_for(session, receipt_code, officer, Do.NOTE_SEEN, locked=True)
        kind = told_kind(declaration)
        sms = newest(session, declaration.id, kind, NoticeChannel.SMS) if kind else None
        if sms is None or sms.status not in _WENT:
            raise Conflict(
                "Tin mới nhất chưa được gửi đi nên công dân chưa thể nhận được. Chưa có gì thay đổi: xin đợi, hoặc bấm "
                "“Gửi lại”. Nếu công dân đang xem tin cũ hơn: mật khẩu trong tin cũ không còn dùng được.",
                code="not_sent",
            )
        if sms.seen_at is None:
            notices.seen(session, sms, officer)
            record(session, TrailEvent.NOTICE_SEEN, officer, declaration=declaration, notice_id=sms.id)


def _send(session: Session, declaration: Declaration, kind: NoticeKind) -> Account | None:
    """Send again what `kind` says; return the account, if it is about one."""
    if kind is NoticeKind.APPROVED:
        account = _waiting_account(session, declaration)
        mail = newest(session, declaration.id, kind, NoticeChannel.EMAIL)
        _send_credentials(session, declaration, account, by_mail=mail is None or mail.status in _GIVEN_UP)
        return account
    if kind is NoticeKind.SUPPLEMENT:
        require_open(session, declaration)
    notices.same_again(session, declaration, kind)
    return None


def _send_credentials(session: Session, declaration: Declaration, account: Account, *, by_mail: bool) -> None:
    issue = issue_credentials(session, account, config.current().password_days)
    notices.approved_again(session, declaration, account, issue, by_mail=by_mail)


def _mark_resent(session: Session, declaration: Declaration, kind: NoticeKind, officer: Actor) -> None:
    """Note that what had not arrived was sent again: the SMS always, an e-mail when it had failed."""
    went_again = or_(Notice.channel == NoticeChannel.SMS, Notice.status == NoticeStatus.FAILED)
    mark_resent(session, officer, Notice.declaration_id == declaration.id, Notice.kind == kind, went_again)


def _waiting_account(session: Session, declaration: Declaration) -> Account:
    """Return the account of an approval, locked, while it waits for its first sign-in."""
    account = account_opened_by(session, declaration.id, locked=True)
    if account is not None and account.status is AccountStatus.ISSUED:
        return account
    if account is not None and account.status is AccountStatus.ACTIVE:
        raise Conflict(
            "Công dân đã đăng nhập tài khoản này rồi, nên không gửi lại mật khẩu tạm và không sửa số tại đây nữa. "
            "Chưa có gì thay đổi: nếu công dân quên mật khẩu hoặc mất số, xin dùng “Cấp lại mật khẩu”.",
            code="signed_in",
        )
    raise Conflict(
        "Tài khoản của hồ sơ này đang tạm khóa hoặc đã ngừng sử dụng. Chưa có gì thay đổi; xin báo lãnh đạo.",
        code="account_closed",
    )


def _read_phone(value: str, consent: str, old: str) -> str:
    """Return the new number in normal form; raises InvalidInput (value, consent) with every fault at once."""
    faults, phone = [], ""
    try:
        phone = normalize_phone(value)
    except Malformed as fault:
        faults.append(Fault("value", fault.message, fault.code))
    if phone == old:
        message = f"Đây chính là số đang ghi: {group_phone(old)}. Số đúng thì bấm “Gửi lại”; số sai, xin nhập số khác."
        faults.append(Fault("value", message, "same_phone"))
    if not consent.strip():
        faults.append(Fault("consent", "Xin hỏi công dân, rồi đánh dấu là công dân đồng ý đổi số.", "consent_missing"))
    if faults:
        raise InvalidInput(faults)
    return phone


def _require_pause(last: Notice) -> None:
    """Raise Conflict (sent_just_now) while the last SMS is on its way; one that failed is not waited for."""
    left = last.created_at + PAUSE - clock.now()
    if left > timedelta() and last.status not in _GIVEN_UP:
        seconds = math.ceil(left.total_seconds())
        raise Conflict(
            f"Tin vừa được gửi lúc {clock.local(last.created_at):%H:%M:%S}. Chưa gửi thêm tin nào: xin đợi {seconds} "
            "giây nữa rồi bấm “Gửi lại”, trong lúc đó xin hỏi công dân xem máy.",
            code="sent_just_now",
        )


def require_few(session: Session, declaration: Declaration, kind: NoticeKind) -> None:
    """Raise Conflict (sent_too_often) when the last hour had all the SMS it may have, saying when the next may go."""
    times = sms_times(session, declaration.id, kind, clock.now() - WINDOW)
    if len(times) >= MOST_IN_WINDOW:
        again: datetime = clock.local(times[MOST_IN_WINDOW - 1] + WINDOW + timedelta(minutes=1))
        raise Conflict(
            f"Hồ sơ này đã gửi {len(times)} tin trong một giờ qua nên tạm dừng gửi. Chưa có gì thay đổi: có thể gửi từ "
            f"{again:%H:%M}. Xin hỏi lại số điện thoại với công dân và in phiếu kết quả giao tận tay.",
            code="sent_too_often",
        )


def _not_approved(declaration: Declaration) -> Conflict:
    if declaration.status is Status.SUBMITTED:
        text = "Hồ sơ chưa được giải quyết: xin sửa số điện thoại ngay trong phần dữ liệu khai, trước khi duyệt."
    else:
        text = "Hồ sơ này không có tài khoản nên không có số để sửa. Xin in phiếu kết quả giao tận tay công dân."
    return Conflict(f"Chưa có gì thay đổi. {text}", code="not_approved")
