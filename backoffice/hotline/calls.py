"""What an agent does with a voice on the line: looks who it is, then what the account's owner asks for (A4, A7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from backoffice.accounts import resets, tries
from backoffice.accounts.resets import Place
from backoffice.hotline import announced, bounds, passes, view, words
from backoffice.hotline.gate import match, read_code, read_phone
from backoffice.hotline.queries import call_of, proven, waiting_declarations
from backoffice.hotline.view import USABLE, Values
from backoffice.hotline.words import Act
from backoffice.kernel import clock, limits
from backoffice.kernel.db import transaction
from backoffice.kernel.errors import Conflict, Fault, InvalidInput
from backoffice.kernel.hashing import lookup_hash
from backoffice.kernel.limits import Limit
from backoffice.models import Account, CallReason, Figure, HotlineCall, Notice, TrailEvent
from backoffice.notices import account_actions as notices
from backoffice.notices import outbox
from backoffice.notices.credentials import is_open, newest_issue
from backoffice.notices.undelivered import mark_resent
from backoffice.rules import figures
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record
from backoffice.rules.permissions import HOTLINE, Do, require

RESENDS = Limit("hotline resend", 3, timedelta(days=1))
"""Of one issue: each costs an SMS, and the owner's patience."""


class Done(NamedTuple):
    """What was done, for the agent, and the sentence to read out."""

    text: str
    say: str


def look(officer: Actor, phone: str, code: str, token: str = "") -> Values:
    """Match the caller's number and code (any spelling) and return what is shown; `token`: of an announced call.

    Raises NotFound for who is not of the hotline, InvalidInput (phone, code) when one is empty, TooManyRequests.
    """
    require(officer, Do.USE_HOTLINE, HOTLINE)
    _require_filled(phone, code)
    bounds.admit(officer)
    with transaction() as session:
        account = match(session, code, phone)
        call = _note_call(session, officer, account, phone, code)
        announced.use_up(session, token)
        shown = view.of_call(session, officer, call, account, passes.issue(officer, call, account))
    if account is None:
        bounds.note_miss(officer, code, phone)
    return shown


def resend(officer: Actor, sealed: str) -> Values:
    """Send the newest temporary password, unused and not expired, again to the registered phone.

    This and the acts below return what is shown now, and raise Conflict: pass_over, and here nothing_to_resend;
    TooManyRequests for the fourth in a day.
    """
    return _do(officer, sealed, Act.RESEND, _resend)


def reset(officer: Actor, sealed: str) -> Values:
    """Send a new password to the registered phone; raises Conflict also as accounts.resets.order refuses."""
    return _do(officer, sealed, Act.RESET, _reset)


def open_door(officer: Actor, sealed: str) -> Values:
    """Let passwords be tried again from every device, after too many wrong ones (A7)."""
    return _do(officer, sealed, Act.OPEN, _open_door)


def tell_declaration(officer: Actor, sealed: str) -> Values:
    """Say which office waits for the owner's declaration, until when, with which papers; Conflict (no_declaration)."""
    return _do(officer, sealed, Act.DECLARATION, _tell_declaration)


def choose_reason(officer: Actor, sealed: str, reason: str) -> Values:
    """Note why the caller called; raises InvalidInput (reason), Conflict (pass_over)."""
    require(officer, Do.USE_HOTLINE, HOTLINE)
    if reason not in set(CallReason):
        raise InvalidInput([Fault("reason", "Xin chọn một trong các lý do trên màn hình.")])
    with transaction() as session:
        call = call_of(session, officer, passes.read(officer, sealed))
        call.reason = CallReason(reason)
        return {"pass": sealed, "reasons": view.reasons(call.reason)}


def _do(officer: Actor, sealed: str, act: Act, step: Callable[[Session, Account, Actor], Done | Conflict]) -> Values:
    """Do `step` to the account of the pass; a refusal that leaves an alarm is raised once that is committed."""
    require(officer, Do.HOTLINE_ACT, HOTLINE)
    known = passes.read(officer, sealed)
    with transaction() as session:
        call, account = proven(session, officer, known)
        done = step(session, account, officer)
        is_done, now = isinstance(done, Done), clock.now()
        facts: dict[str, Any] = {"act": act.value, "call": call.id, "done": is_done}
        record(session, TrailEvent.HOTLINE_ACT, officer, account=account, moment=now, **facts)
        if is_done and act is Act.OPEN:
            figures.count(session, Figure.UNLOCKED, figures.NOWHERE, now, officer_id=officer.id)
        if is_done:
            call.acts = f"{call.acts} {act}".strip()
            session.flush()
        shown = view.of_call(session, officer, call, account, sealed)
    if isinstance(done, Conflict):
        raise done
    return shown | {"done": done}


def _resend(session: Session, account: Account, officer: Actor) -> Done | Conflict:
    issue = newest_issue(session, account.id)
    if account.status not in USABLE or issue is None or not is_open(session, issue):
        return Conflict(
            "Không còn mật khẩu tạm nào để gửi lại (đã dùng, hoặc hết hiệu lực). Chưa có gì thay đổi; nếu người gọi "
            "cần, xin cấp mật khẩu mới.",
            code="nothing_to_resend",
        )
    limits.spend(
        RESENDS,
        str(issue.id),
        f"Mật khẩu này đã được gửi lại {RESENDS.most} lần trong ngày. Chưa có gì thay đổi; xin hỏi người gọi máy có "
        "nhận được tin nhắn của số khác không, hoặc mời đến cơ quan BHXH gần nhất.",
    )
    outbox.cancel(session, Notice.credential_issue_id == issue.id)
    mark_resent(session, officer, Notice.account_id == account.id, Notice.credential_issue_id.is_not(None))
    notices.reset_password(session, account, issue)
    record(session, TrailEvent.RESEND, officer, account=account, place=Place.HOTLINE.value, issue=issue.number)
    return Done(words.RESENT, words.RESENT_SAY)


def _reset(session: Session, account: Account, officer: Actor) -> Done | Conflict:
    issue = resets.order(session, account, officer, Place.HOTLINE)
    return issue if isinstance(issue, Conflict) else Done(words.RESET, words.RESET_SAY)


def _open_door(session: Session, account: Account, _officer: Actor) -> Done | Conflict:
    tries.forgive_all(session, account)
    return Done(words.OPENED, words.OPENED_SAY)


def _tell_declaration(session: Session, account: Account, officer: Actor) -> Done | Conflict:
    found = waiting_declarations(session, account)
    if not found:
        return Conflict(
            "Không còn tờ khai nào đang chờ (đã giải quyết, hoặc quá hạn và đã xóa). Chưa có gì thay đổi.",
            code="no_declaration",
        )
    for one in found:
        record(session, TrailEvent.STATUS_READ, officer, declaration=one, account=account)
    return Done(
        "Có tờ khai đang chờ: xin đọc câu dưới đây.", " ".join(words.declaration_say(one, one.office) for one in found)
    )


def _note_call(session: Session, officer: Actor, account: Account | None, phone: str, code: str) -> HotlineCall:
    """Write the agent's log and the trail: the same statements whether the caller matched or not."""
    call = HotlineCall(
        officer_id=officer.id,
        account_id=account.id if account is not None else None,
        at=clock.now(),
        matched=account is not None,
        acts="",
    )
    session.add(call)
    session.flush()
    met = figures.MATCHED if call.matched else figures.MISSED
    figures.count(session, Figure.CALL, figures.NOWHERE, call.at, officer_id=officer.id, key=met)
    record(
        session,
        TrailEvent.HOTLINE_LOOK if account is not None else TrailEvent.HOTLINE_MISS,
        officer,
        account=account,
        subject_hash=None if account is not None else lookup_hash("bhxh_code", read_code(code)),
        call=call.id,
        phone=lookup_hash("phone", read_phone(phone)).hex(),
    )
    return call


def _require_filled(phone: str, code: str) -> None:
    faults = []
    if not phone.strip():
        faults.append(Fault("phone", "Xin nhập số điện thoại đang gọi đến."))
    if not code.strip():
        faults.append(Fault("code", "Xin hỏi và nhập mã số BHXH của người gọi."))
    if faults:
        raise InvalidInput(faults)
