"""New passwords given out elsewhere than at a desk: by a hotline agent, by the virtual assistant, by e-mail (A4, A5).

Steps take the session of the use case, with the account locked by it.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backoffice import config
from backoffice.accounts.queries import holds_its_phone
from backoffice.kernel import clock
from backoffice.kernel.errors import Conflict
from backoffice.models import (
    Account,
    AccountStatus,
    ActorKind,
    Alarm,
    AlarmKind,
    CredentialIssue,
    Figure,
    Notice,
    TrailEvent,
    TrailRow,
)
from backoffice.notices import account_actions as notices
from backoffice.notices.account_messages import Told
from backoffice.notices.credentials import issue_credentials
from backoffice.notices.undelivered import mark_resent
from backoffice.rules import figures
from backoffice.rules.actors import Actor
from backoffice.rules.journal import record, subject_of
from backoffice.rules.permissions import Do, may

MOST, WITHIN = 3, timedelta(days=7)
"""New passwords of one code outside the desk; the next is for a supervisor or the desk (one person had 47 a month)."""


class Place(StrEnum):
    """Where a password was given out, as the trail says it (at a desk: accounts.queries.PLACE)."""

    HOTLINE = "hotline"
    ASSISTANT = "assistant"
    EMAIL = "email"


TOO_MANY = (
    f"Tài khoản này đã được cấp lại mật khẩu {MOST} lần trong {WITHIN.days} ngày qua nên tổng đài tạm dừng cấp lại. "
    "Xin nhờ trưởng ca tổng đài, hoặc mang căn cước hay hộ chiếu bản gốc đến cơ quan BHXH gần nhất để được cấp lại."
)
_UNUSABLE: dict[AccountStatus, str] = {
    AccountStatus.LOCKED: "Tài khoản này đang tạm khóa nên chưa cấp lại được mật khẩu. Xin mang căn cước hay hộ chiếu "
    "bản gốc đến cơ quan BHXH gần nhất.",
    AccountStatus.CLOSED: "Tài khoản này đã ngừng sử dụng nên không cấp lại mật khẩu được. Xin khai đăng ký lại.",
}
_NO_PHONE = (
    "Tài khoản này cần cập nhật số điện thoại nên chưa gửi được mật khẩu. Xin mang căn cước hay hộ chiếu bản gốc đến "
    "cơ quan BHXH gần nhất."
)
_BY: dict[Place, Told] = {Place.HOTLINE: Told.HOTLINE, Place.ASSISTANT: Told.HOTLINE, Place.EMAIL: Told.EMAIL}


def order(session: Session, account: Account, actor: Actor, place: Place) -> CredentialIssue | Conflict:
    """Open the account's next issue of passwords, and tell its owner; or return the refusal.

    The refusal is to be raised once this is committed: it leaves an alarm. From an agent the password itself goes to
    the registered phone; in the other places the caller gives it out, and the phone is told of it. Refused are (code)
    account_locked, account_closed, phone_not_held, and reset_limit: the fourth within a week, but for who may go above.
    """
    refusal = why_not(session, account, actor)
    if refusal is not None:
        if refusal.code == "reset_limit":
            _raise_alarm(session, account, actor)
        return refusal
    issue = issue_credentials(session, account, config.current().password_days)
    if place is Place.HOTLINE:
        notices.reset_password(session, account, issue)
        mark_resent(session, actor, Notice.account_id == account.id, Notice.credential_issue_id.is_not(None))
    notices.reset_told(session, account, _BY[place], by_sms=place is not Place.HOTLINE)
    by = actor.id if actor.kind is ActorKind.OFFICER else None
    told: dict[str, Any] = {
        "account": account,
        "subject_hash": subject_of(account),
        "place": place.value,
        "issue": issue.number,
    }
    now = clock.now()
    figures.count(session, Figure.RESET, figures.NOWHERE, now, officer_id=by, key=place.value)
    record(session, TrailEvent.RESET, actor, moment=now, **told)
    return issue


def why_not(session: Session, account: Account, actor: Actor) -> Conflict | None:
    """Return why `actor` can give out no password of the account now; None when they can."""
    if account.status in _UNUSABLE:
        return Conflict(_UNUSABLE[account.status], code=f"account_{account.status}")
    if not holds_its_phone(session, account):
        return Conflict(_NO_PHONE, code="phone_not_held")
    if not may(actor, Do.RESET_ABOVE_LIMIT) and lately(session, account) >= MOST:
        return Conflict(TOO_MANY, code="reset_limit")
    return None


def lately(session: Session, account: Account) -> int:
    """Return how often a password was given out elsewhere than at a desk in the last seven days, by the trail."""
    counted = select(func.count()).where(
        TrailRow.subject_hash == subject_of(account),
        TrailRow.at > clock.now() - WITHIN,
        TrailRow.event == TrailEvent.RESET,
        TrailRow.facts["place"].astext.in_([place.value for place in Place]),
    )
    return session.scalars(counted).one()


def _raise_alarm(session: Session, account: Account, actor: Actor) -> None:
    """Tell supervisors, once a day; the account's row is locked, so two at once make one."""
    midnight = clock.end_of_day(clock.today() - timedelta(days=1))
    told = select(Alarm.id).where(
        Alarm.account_id == account.id, Alarm.kind == AlarmKind.MANY_RESETS, Alarm.at > midnight
    )
    if session.scalars(told.limit(1)).first() is None:
        alarm = Alarm(kind=AlarmKind.MANY_RESETS, account_id=account.id, at=clock.now())
        if actor.kind is ActorKind.OFFICER:
            alarm.officer_id = actor.id
        elif actor.kind is ActorKind.CLIENT:
            alarm.client_id = actor.id
        session.add(alarm)
