"""Acts on a message that did not arrive. Each is one transaction, refuses by raising, and leaves a trail row.

Common to all: NotFound when the message does not exist or is out of the officer's scope; of two officers at once the
second waits on the lock, and learns by a Conflict (handled) who did what and when; Conflict (not_needed) when it has
arrived meanwhile, was replaced, or is worth nothing any more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backoffice.accounts import desk_actions
from backoffice.accounts.queries import account_for
from backoffice.decision import aftercare
from backoffice.decision.reading import read_note
from backoffice.followup.holding import Found, held, require_unhandled, require_wanted, with_its_cause
from backoffice.followup.reading import normal_recipient, read_recipient
from backoffice.followup.words import Fix, fix_of
from backoffice.kernel import clock, rows
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, NotFound
from backoffice.kernel.hashing import lookup_hash
from backoffice.models import (
    Account,
    CallBack,
    Correction,
    Declaration,
    Handling,
    Notice,
    NoticeChannel,
    NoticeKind,
    TrailEvent,
)
from backoffice.notices import undelivered
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import Do

TWICE = timedelta(minutes=2)
"""The same note again within so long is the same press again."""
CONSENT = "Công dân đề nghị nhận tin này tại số hoặc địa chỉ đã ghi; dữ liệu khai không đổi."
"""What the officer ticked, kept with the correction."""
_DECIDED = (NoticeKind.APPROVED, NoticeKind.REJECTED, NoticeKind.SUPPLEMENT)


def note_call(notice_id: int, officer: Actor, note: str) -> None:
    """Keep what came of calling the citizen back; the message stays on the worklist. Raises InvalidInput (note)."""
    note = read_note(note, "Xin ghi kết quả liên hệ, ví dụ: gọi lúc 09:40, công dân hẹn đến chiều nay.")
    with transaction() as session:
        notice = held(session, notice_id, officer)
        require_unhandled(session, notice)
        if not _was_just_noted(session, notice, officer, note):
            rows.add(session, CallBack(notice_id=notice.id, officer_id=officer.id, at=clock.now(), note=note))
            _record(session, TrailEvent.NOTICE_CALL_BACK, notice, officer)


def give_up(notice_id: int, officer: Actor, note: str) -> None:
    """Take the message off the worklist without sending it again, for the reason `note`; the same twice is once.

    Raises InvalidInput (note).
    """
    note = read_note(note, "Xin ghi vì sao thôi gửi, ví dụ: công dân đã đến quầy nhận kết quả.")
    with transaction() as session:
        notice = held(session, notice_id, officer)
        if notice.handling is Handling.GIVEN_UP and (notice.handled_by_id, notice.handled_note) == (officer.id, note):
            return
        require_unhandled(session, notice)
        undelivered.mark_given_up(session, notice, officer, note)
        _record(session, TrailEvent.NOTICE_GIVEN_UP, notice, officer)


def resend(notice_id: int, officer: Actor) -> None:
    """Send it again: a decision by the rules of aftercare, a reset as a new password, else the very same words.

    Sent again already, by anybody, it is left at that: nothing goes twice. Raises what aftercare.resend and
    desk_actions.reset_password raise.
    """
    with transaction() as session:
        found = with_its_cause(session, notice_id, officer)
        notice = found.notice
        if notice.handling is Handling.RESENT:
            return
        require_wanted(session, notice)
        if notice.channel is NoticeChannel.SMS and notice.kind in _DECIDED and found.declaration is not None:
            aftercare.send_again(session, found.declaration, officer, notice_id=notice.id)
        elif notice.credential_issue_id is not None:
            _reset(session, found, officer)
        else:
            undelivered.repeat(session, notice)
            _record(session, TrailEvent.RESEND, notice, officer)
        undelivered.mark_resent(session, officer, Notice.id == notice.id)


def correct(notice_id: int, officer: Actor, value: str, consent: str) -> None:
    """Send it to the number or address `value`, with the citizen's `consent` (not "").

    A password: the account has the new number from now on (aftercare, desk_actions). A refusal, a letter: this message
    alone goes there, and old and new are kept; what was declared and decided never changes. The same twice is once.
    Raises InvalidInput (value, consent), Conflict (not_here: it is corrected in the file) and what
    aftercare.correct_phone and desk_actions.correct_phone raise.
    """
    with transaction() as session:
        found = with_its_cause(session, notice_id, officer)
        notice = found.notice
        if _was_just_corrected(session, notice, officer, value):
            return
        require_wanted(session, notice)
        fix = fix_of(notice.kind, notice.channel, with_password=notice.credential_issue_id is not None)
        if fix is Fix.NUMBER and found.declaration is not None:
            aftercare.give_number(session, found.declaration, officer, value, consent)
            _record(session, TrailEvent.RESEND, notice, officer)
        elif fix is Fix.ACCOUNT:
            account = _account(session, found, officer, Do.CHANGE_ACCOUNT_PHONE)
            desk_actions.give_phone(session, account, officer, value, consent)
            _reset(session, found, officer)
        elif fix is Fix.MESSAGE and found.declaration is not None:
            _redirect(session, notice, found.declaration, officer, read_recipient(notice, value, consent))
        else:
            raise _not_here(fix)
        undelivered.mark_resent(session, officer, Notice.id == notice.id)


def _account(session: Session, found: Found, officer: Actor, do: Do) -> Account:
    if found.account is None:
        raise NotFound
    return account_for(session, found.account.id, officer, do, locked=True)


def _reset(session: Session, found: Found, officer: Actor) -> None:
    account = _account(session, found, officer, Do.RESET_ACCOUNT)
    desk_actions.reset(session, account, officer, found.declaration)
    _record(session, TrailEvent.RESEND, found.notice, officer)


def _redirect(session: Session, notice: Notice, declaration: Declaration, officer: Actor, recipient: str) -> None:
    """Send `notice` to `recipient` instead, and keep both with the declaration."""
    by_sms = notice.channel is NoticeChannel.SMS
    if by_sms:
        aftercare.require_few(session, declaration, notice.kind)
    undelivered.repeat(session, notice, recipient)
    kept = Correction(
        declaration_id=declaration.id,
        field="notice_phone" if by_sms else "notice_email",
        old_value=notice.recipient,
        new_value=recipient,
        note=CONSENT,
        officer_id=officer.id,
        at=clock.now(),
    )
    rows.add(session, kept)
    what = "phone" if by_sms else "email"
    hashes = {"old": lookup_hash(what, notice.recipient).hex(), "new": lookup_hash(what, recipient).hex()}
    _record(session, TrailEvent.RESEND, notice, officer, reason=kept.id, **hashes)


def _record(session: Session, event: TrailEvent, notice: Notice, officer: Actor, **facts: Any) -> None:
    declaration = session.get(Declaration, notice.declaration_id) if notice.declaration_id else None
    account = session.get(Account, notice.account_id) if notice.account_id else None
    record(
        session,
        event,
        officer,
        declaration=declaration,
        account=account,
        notice_id=notice.id,
        kind=notice.kind.value,
        channel=notice.channel.value,
        **facts,
    )


def _was_just_noted(session: Session, notice: Notice, officer: Actor, note: str) -> bool:
    same = select(CallBack.id).where(
        CallBack.notice_id == notice.id,
        CallBack.officer_id == officer.id,
        CallBack.note == note,
        CallBack.at > clock.now() - TWICE,
    )
    return session.scalars(same.limit(1)).first() is not None


def _was_just_corrected(session: Session, notice: Notice, officer: Actor, value: str) -> bool:
    """Tell whether `officer` has had it sent to `value` already: the same press again."""
    if notice.handling is not Handling.RESENT or notice.handled_by_id != officer.id:
        return False
    later = undelivered.later_than(session, notice)
    return later is not None and later.recipient == normal_recipient(notice, value)


def _not_here(fix: Fix) -> Conflict:
    if fix is Fix.FILE:
        text = "Hồ sơ chưa giải quyết: xin mở hồ sơ, nhận xử lý rồi sửa số hoặc địa chỉ trong phần dữ liệu khai."
    else:
        text = "Tin này không sửa nơi nhận tại đây được: xin mở tài khoản để ghi số mới của công dân."
    return Conflict(f"{text} Chưa có gì thay đổi.", code="not_here")
